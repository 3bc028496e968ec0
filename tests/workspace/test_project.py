"""The projects that `segment-sandbox init` writes."""

import base64
import http.client
import json
import re
import runpy
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox import samples, workspace
from sandbox.errors import UserMistakeError
from sandbox.workspace import Template, tables

TEMPLATES = [pytest.param("function", id="function"), pytest.param("webhook", id="webhook")]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_has_no_mistake(tmp_path: Path, template: Template) -> None:
    """What init writes loads at once: an enabled destination of the template's component."""
    workspace.write_template(tmp_path / "new" / "project", template)
    file = workspace.find(tmp_path / "new" / "project")
    assert file
    (destination,) = workspace.load(file).destinations
    assert (destination.component, destination.enabled) == (template, True)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_sample_events_of_a_template_can_be_read(tmp_path: Path, template: Template) -> None:
    """They are there to be sent."""
    workspace.write_template(tmp_path, template)
    found, mistakes = samples.load_folder(tmp_path / "sample_events")
    assert ([each.name for each in found], mistakes) == (["identify", "track"], [])


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_paths_written_are_returned(tmp_path: Path, template: Template) -> None:
    """All of them, and git is told to leave the sandbox's memory alone."""
    written = workspace.write_template(tmp_path, template)
    assert sorted(written) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert ".segment-sandbox/" in (tmp_path / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("template", TEMPLATES)
def test_nothing_is_overwritten(tmp_path: Path, template: Template) -> None:
    """Files that are there already are named, and no other file is written."""
    (tmp_path / "README.md").write_text("mine")
    (tmp_path / "workspace.toml").write_text("mine too")
    with pytest.raises(UserMistakeError) as caught:
        workspace.write_template(tmp_path, template)
    assert str(caught.value) == (
        f"{tmp_path}: README.md, workspace.toml would be overwritten. Move what is there, or choose another folder."
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "workspace.toml"]


def test_a_folder_that_cannot_be_made_is_a_mistake(tmp_path: Path) -> None:
    """A file where the folder should be is no bug of ours."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(UserMistakeError, match="cannot be written to"):
        workspace.write_template(tmp_path / "taken", "webhook")


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_explains_every_key(tmp_path: Path, template: Template) -> None:
    """Each key of each table that the template uses is there, if only in a comment."""
    workspace.write_template(tmp_path, template)
    text = (tmp_path / "workspace.toml").read_text()
    top = [model for name, model in tables.TOP.items() if name not in ("functions", "faults")]  # one does without
    models: list[type[tables.Table]] = [*top, tables.SettingTable, tables.COMPONENTS[template]]
    for model in models:
        for key in model.model_fields.keys() - {"function"}:  # names one of [[functions]]
            assert f"{key} = " in text, (model, key)


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_keys_in_comments_have_their_defaults(tmp_path: Path, template: Template) -> None:
    """Taking them out of their comments changes nothing."""
    workspace.write_template(tmp_path, template)
    file = tmp_path / "workspace.toml"
    before = workspace.load(file)
    rows = [row for row in file.read_text().splitlines() if "in its stead" not in row]
    file.write_text("\n".join(re.sub(r"^# ([a-z_]+ = )", r"\1", row) for row in rows))
    assert "\npending = 1000000" in file.read_text()
    assert workspace.load(file) == before


@pytest.fixture
def webhook(tmp_path: Path) -> Iterator[http.client.HTTPConnection]:
    """The webhook template's server on a free port, and a connection to it."""
    workspace.write_template(tmp_path, "webhook")
    handler = runpy.run_path(str(tmp_path / "server.py"))["Webhook"]
    assert issubclass(handler, BaseHTTPRequestHandler)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    yield connection
    connection.close()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("key", "body", "status"),
    [
        pytest.param("local-api-key", b'{"type": "track", "userId": "1"}', 200, id="event"),
        pytest.param("local-api-key", b'{"type": "delete", "context": []}', 200, id="delete"),
        pytest.param("local-api-key", b'{"type": "survey"}', 501, id="unknown-type"),
        pytest.param("another-key", b'{"type": "track"}', 401, id="wrong-key"),
        pytest.param("local-api-key", b"[]", 400, id="no-event"),
        pytest.param("local-api-key", b"{", 400, id="no-json"),
    ],
)
def test_the_webhook_of_the_template_answers_as_segment_expects(
    webhook: http.client.HTTPConnection, key: str, body: bytes, status: int
) -> None:
    """200 for an event, 501 for an unknown type, 401 for a wrong key, 400 for a broken event."""
    authorization = f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"
    webhook.request("POST", "/segment", body, {"Authorization": authorization})
    answer = webhook.getresponse()
    assert answer.status == status
    assert json.loads(answer.read())["message"]
