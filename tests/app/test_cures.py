"""What to do about code that does not load."""

from pathlib import Path

import pytest

from tests.conftest import destination, running, write_workspace


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("module.exports.onTrack = async () => {}", "without Node's modules", id="module"),
        pytest.param("exports.onTrack = async () => {}", "without Node's modules", id="exports"),
        pytest.param("const axios = require('axios')", "without Node's modules", id="require"),
        pytest.param("const key = process.env.KEY", "without Node's modules", id="process"),
        pytest.param("import axios from 'axios'", "no import, no export", id="import"),
        pytest.param("export async function onTrack() {}", "no import, no export", id="export"),
        pytest.param("const onTrack = async () => {}", "declares the handlers' names itself", id="const"),
        pytest.param("const token = await fetch('https://a.test')", "no await at the top", id="await"),
        pytest.param("async function onTrack(event: any) {}", "If this is TypeScript", id="a type"),
        pytest.param("function f(a): Promise<void> {}", "If this is TypeScript", id="a returned type"),
    ],
)
async def test_a_mistake_that_people_make_has_its_cure(tmp_path: Path, code: str, words: str) -> None:
    """Beside the engine's own words, wherever the mistake is told."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    (tmp_path / "function.js").write_text(code)
    async with running(tmp_path) as sandbox:
        (told,) = (await sandbox.get("/health"))["mistakes"]
    assert told.startswith("function.js:1:")
    assert words in told


@pytest.mark.parametrize(
    "code",
    ["async function onTrack() { const a = b ? c : }", "const a = 1; const a = 2", "missing()", "({ a: 1, : })"],
)
async def test_any_other_mistake_is_told_as_it_is(tmp_path: Path, code: str) -> None:
    """Message and source line say all there is."""
    write_workspace(tmp_path, "http://127.0.0.1:9/", destinations=destination("fn", "function"))
    (tmp_path / "function.js").write_text(code)
    async with running(tmp_path) as sandbox:
        (told,) = (await sandbox.get("/health"))["mistakes"]
    assert "Segment" not in told
