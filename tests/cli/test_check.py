"""`segment-sandbox check` finds what is wrong in all of the partner's files."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sandbox.cli.main import cli
from sandbox.workspace import write_template

LOSES_EVENTS = "async function onTrack() { await fetch('https://api.example.com/'); }\n"
DOES_NOT_PARSE = "async function onTrack() {\n  return (1;\n}\n"
THROWS = "\nnull.length;\nfunction onTrack() {}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as `init` writes it, and the current folder."""
    write_template(tmp_path, "function")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", *arguments])


def test_a_new_project_is_well(project: Path) -> None:
    """What `init` writes has nothing that check would find, by the strictest measure."""
    result = check("--strict")
    assert (result.output, result.exit_code) == ("Nothing is wrong.\n", 0)


def test_a_folder_without_a_workspace_file_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The embedded workspace, which `up` would serve there, is looked over."""
    monkeypatch.chdir(tmp_path)
    assert check("--strict").exit_code == 0


def test_a_finding_is_a_line_that_editors_understand(project: Path) -> None:
    """File, line, column, severity, rule, message, and the line of the code below."""
    (project / "function.js").write_text(LOSES_EVENTS)
    first, below, *_ = check().output.splitlines()
    assert first.startswith("function.js:1:34: warning status-not-checked: Nobody looks at the status")
    assert below == f"    {LOSES_EVENTS.strip()}"


@pytest.mark.parametrize(
    ("code", "arguments", "exit_code"),
    [
        pytest.param(LOSES_EVENTS, [], 0, id="warnings"),
        pytest.param(LOSES_EVENTS, ["--strict"], 1, id="warnings, strictly"),
        pytest.param(DOES_NOT_PARSE, [], 1, id="code that does not parse"),
        pytest.param(THROWS, [], 1, id="code that does not load"),
    ],
)
def test_errors_are_red_and_warnings_are_when_asked(
    project: Path, code: str, arguments: list[str], exit_code: int
) -> None:
    """A warning is good enough for a build unless --strict says otherwise."""
    (project / "function.js").write_text(code)
    assert check(*arguments).exit_code == exit_code


@pytest.mark.parametrize(
    ("code", "line"),
    [
        pytest.param(DOES_NOT_PARSE, "function.js:2:12: error parse-error: SyntaxError: ", id="it does not parse"),
        pytest.param(THROWS, "function.js:2:6: error does-not-load: TypeError: ", id="its module scope throws"),
    ],
)
def test_code_that_does_not_load_is_told_once(project: Path, code: str, line: str) -> None:
    """The lint and the loader do not say the same thing twice."""
    (project / "function.js").write_text(code)
    errors = [each for each in check().output.splitlines() if " error " in each]
    assert len(errors) == 1
    assert errors[0].startswith(line)


def test_typescript_is_told_as_such(project: Path) -> None:
    """The parser knows no types, and says no more than that a token is unexpected."""
    (project / "function.js").write_text("async function onTrack(event: any, settings) {}\n")
    lines = check().output.splitlines()
    assert lines[0].startswith("function.js:1:29: error parse-error: SyntaxError: ")
    assert lines[2].startswith("    Segment runs JavaScript. If this is TypeScript")


def test_code_that_does_not_load_is_told_with_its_cure_and_its_log(project: Path) -> None:
    """What the module scope wrote before it threw often says why."""
    code = "console.log('settings are', 7);\nconst axios = require('axios');\nasync function onTrack() {}\n"
    (project / "function.js").write_text(code)
    told = check().output.partition("function.js:2:15: error does-not-load: ")[2].splitlines()
    assert told[0] == "ReferenceError: require is not defined"
    assert told[1] == "    const axios = require('axios');"
    assert told[2].startswith("    Segment runs plain scripts without Node's modules.")
    assert told[3:5] == ["The module scope logged:", "    log: settings are 7"]


def test_code_that_is_missing_is_a_mistake_of_the_workspace_file(project: Path) -> None:
    """The workspace file names it."""
    (project / "function.js").unlink()
    result = check()
    assert "function.js" in result.output
    assert result.exit_code == 1


OTHERS = """
[[functions]]
slug = "orders"
kind = "source"
code = "orders.js"
source = "website"

[[functions]]
slug = "old"
kind = "destination"
code = "old.js"
handlers = "2019"
"""


def test_every_function_of_the_workspace_is_looked_over(project: Path) -> None:
    """As what it is: a source function without onRequest is wrong, names of 2019 are well where they are called."""
    with (project / "workspace.toml").open("a") as file:
        file.write(OTHERS)
    (project / "orders.js").write_text("async function onTrack() {}\n")
    (project / "old.js").write_text("async function track() {}\n")
    found = [(each["file"], each["rule"]) for each in json.loads(check("--json").output)["findings"]]
    assert found == [("orders.js", "no-handler")]


def test_all_mistakes_of_all_files_are_told_at_once(project: Path) -> None:
    """Two in the workspace file, one in a sample event, each at its place."""
    file = project / "workspace.toml"
    file.write_text(
        file.read_text().replace("enabled = true  ", "enabled = 3  ").replace("required = true", "required = 4")
    )
    (project / "sample_events" / "broken.json").write_text("{")
    problems = json.loads(check("--json").output)["findings"]
    assert sorted((each["file"], each["rule"]) for each in problems) == [
        ("sample_events/broken.json", "sample-event"),
        ("workspace.toml", "workspace"),
        ("workspace.toml", "workspace"),
    ]
    assert all(each["line"] for each in problems)


def test_json_is_one_object_with_what_was_counted(project: Path) -> None:
    """For scripts: the numbers, and each finding with all its parts."""
    (project / "function.js").write_text(LOSES_EVENTS)
    answer = json.loads(check("--json").output)
    assert (answer["errors"], answer["warnings"]) == (0, 2)
    assert set(answer["findings"][0]) == {
        "file",
        "line",
        "column",
        "severity",
        "rule",
        "message",
        "source_line",
        "notes",
    }


def test_named_files_are_checked_by_their_kind(project: Path) -> None:
    """A function, a sample event, a workspace file, whatever else is in the folder."""
    (project / "other.js").write_text(LOSES_EVENTS)
    (project / "event.json").write_text("{}")
    output = check("other.js", "event.json", "workspace.toml").output
    assert "other.js:1:34: warning" in output
    assert "event.json: error sample-event: the event has no type" in output
    assert "workspace.toml" not in output


@pytest.mark.parametrize(
    "name", [pytest.param("README.md", id="of another kind"), pytest.param("no.js", id="missing")]
)
def test_a_file_that_cannot_be_checked_is_the_users_mistake(project: Path, name: str) -> None:
    """Exit code 2, and a sentence that names the file."""
    result = check(name)
    assert (result.exit_code, name in result.output) == (2, True)
