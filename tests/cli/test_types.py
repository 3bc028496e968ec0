"""`segment-sandbox types` writes declarations that let an editor check a function."""

import json
import re
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

import sandbox.workspace
from sandbox.cli.main import cli
from sandbox.workspace import write_template
from tests.needs import npm_package

ROOT = Path(__file__).parents[2]
COMPILER = ROOT / "web" / "node_modules" / ".bin" / "tsc"
DOCS = (ROOT / "docs" / "types.md").read_text("utf-8")
TEMPLATES = sorted(Path(sandbox.workspace.__file__).parent.rglob("*.js"))

SETTINGS = """
[[app.settings]]
label = "Region"
type = "select"
options = ["eu", "us"]
required = true

[[app.settings]]
label = "Lists */ and more"
key = "lists"
type = "array"

[[app.settings]]
label = "Names"
type = "map"
default = { a = "b" }

[[app.settings]]
label = "Sandbox"
type = "boolean"

[[app.settings]]
label = "Rate"
type = "number"

[[app.settings]]
label = "Only of the webhook"
key = "secret"
shown_for = ["webhook"]
"""

Compile = Callable[[str], Sequence[tuple[str, str]]]
"""From code to the line and the number of each error in it."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as `init` writes it, with settings of every type, and the current folder."""
    write_template(tmp_path, "function")
    file = tmp_path / "workspace.toml"
    head, mark, tail = file.read_text("utf-8").partition("[app.components.function]")
    file.write_text(head + SETTINGS + mark + tail.replace("settings = {", 'settings = { region = "eu",'), "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def types(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["types", *arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def compiled(project: Path) -> Compile:
    """Check code as an editor would: the lines and sentences of what is wrong with it."""
    npm_package("typescript")
    types()

    def compile_code(code: str) -> list[tuple[str, str]]:
        (project / "function.js").write_text(code, "utf-8")
        done = subprocess.run(
            [COMPILER, "--noEmit", "-p", "jsconfig.json"], capture_output=True, text=True, check=False
        )
        return re.findall(r"^(?:[^(\n]*)\((\d+),\d+\): error (TS\d+):", done.stdout, re.MULTILINE)

    return compile_code


@pytest.mark.parametrize(
    "code", [pytest.param(each.read_text("utf-8"), id=f"{each.parent.name}/{each.name}") for each in TEMPLATES]
)
def test_the_functions_that_come_with_the_sandbox_are_well(compiled: Compile, code: str) -> None:
    """Also without a single annotation."""
    assert compiled(code) == []


@pytest.mark.parametrize("code", re.findall(r"```javascript\n(.*?)```", DOCS, re.DOTALL))
def test_the_examples_in_the_documentation_are_well(compiled: Compile, code: str) -> None:
    """What the documentation shows has no mistakes."""
    assert compiled(code) == []


GOOD = """
const seen = new Map();
zlib = zlib.zlib;

/** @type {OnIdentify} */
async function onIdentify(event, { region, names, lists = [], rate }) {
  const { email, plan } = event.traits ?? {};
  const where = region === 'eu' ? names.a : lists.join();
  seen.set(event.messageId, rate?.toFixed(2));
  return { email, plan, where, city: event.traits?.address?.city, page: event.context.page?.url };
}

/**
 * As Segment's editor begins a function.
 * @param  {SegmentTrackEvent} event
 * @param  {FunctionSettings} settings
 */
async function onTrack(event, settings) {
  const token = await cache.load('token', 60 * 1000, async () => 'secret');
  const url = new URL('https://api.example.com/v1');
  url.searchParams.set('name', event.event);
  let response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: new Headers({ Authorization: `Basic ${btoa(`${settings.apiKey}:`)}`, 'X-Token': token }),
      body: JSON.stringify({ id: crypto.createHash('sha256').update(event.userId ?? '').digest('hex') }),
      timeout: 1000,
    });
  } catch (error) {
    throw new RetryError(error.message);
  }
  if (!response.ok) throw new Error(`${response.status} ${response.headers.get('x-reason')}`);
  const [first] = Buffer.from(await response.text(), 'base64').toString('utf8');
  console.log(_.get(await response.json(), 'a.b'), moment(event.timestamp), first);
}

/** @type {OnDelete} */
async function onDelete(event) {
  if (!event.userId) throw new EventNotSupported('no user');
}

/** @type {OnBatch} */
async function onBatch(events) {
  return events.map((event) => ({ status: event.type === 'track' && event.event ? 200 : 400, errormessage: 'no' }));
}

/**
 * @param  {FunctionRequest} request
 * @param  {FunctionSettings} settings
 */
async function onRequest(request, settings) {
  console.log(settings.region);
  const body = request.json();
  Segment.track({ event: body.name, userId: request.headers.get('x-user') ?? '1', properties: body });
  Segment.set({ collection: 'orders', id: request.url.searchParams.get('id') ?? '', properties: body });
}
"""


def test_a_function_that_uses_all_of_it_is_well(compiled: Compile) -> None:
    """Handlers of each kind, settings of each type, the globals that functions use most."""
    assert compiled(GOOD) == []


@pytest.mark.parametrize(
    ("handler", "statement", "error"),
    [
        pytest.param("OnTrack", "return event.evnt;", "TS2551", id="a field that no track call has"),
        pytest.param("OnTrack", "return event.traits;", "TS2339", id="a field of another type of call"),
        pytest.param("OnTrack", "return event.properties.plan;", "TS18048", id="properties that may be missing"),
        pytest.param("OnTrack", "return settings.apikey;", "TS2551", id="a setting's name misspelt"),
        pytest.param("OnTrack", "return settings.secret;", "TS2339", id="a setting of the other component"),
        pytest.param("OnTrack", "return settings.region === 'asia';", "TS2367", id="no option of a select"),
        pytest.param("OnTrack", "return settings.rate.toFixed();", "TS18048", id="a setting that may be missing"),
        pytest.param("OnTrack", "return settings.lists?.toFixed();", "TS2339", id="a setting of another type"),
        pytest.param("OnTrack", "return fetch('x').ok;", "TS2339", id="no await"),
        pytest.param("OnTrack", "return fetch('x', { body: event });", "TS2322", id="a body that is no text"),
        pytest.param("OnTrack", "return fetch('x', { header: {} });", "TS2561", id="no such option"),
        pytest.param("OnTrack", "throw new RetryEror('x');", "TS2552", id="no such error"),
        pytest.param("OnTrack", "return crypto.subtle;", "TS2339", id="the crypto of browsers"),
        pytest.param("OnTrack", "return structuredClone(event);", "TS2304", id="a global that Segment has not"),
        pytest.param("OnTrack", "return process.env;", "TS2591", id="a global of Node"),
        pytest.param("OnTrack", "return Object.groupBy([1], String);", "TS2550", id="newer than Node 20"),
        pytest.param("OnTrack", "return cache.load('a', '60', () => 1);", "TS2345", id="a time to live as text"),
        pytest.param("OnTrack", "Segment.track({ event: 'Seen' });", "TS2345", id="a call without any id"),
        pytest.param("OnGroup", "return event.userID;", "TS2551", id="an id in the wrong case"),
        pytest.param("OnBatch", "return [{ code: 200 }];", "TS2353", id="a batch item without its status"),
    ],
)
def test_a_mistake_is_marked_where_it_is(compiled: Compile, handler: str, statement: str, error: str) -> None:
    """One error, on the line of the mistake, and nothing else."""
    name = f"{handler[0].lower()}{handler[1:]}"
    code = f"/** @type {{{handler}}} */\nasync function {name}(event, settings) {{\n{statement}\n}}"
    assert compiled(code) == [("3", error)]


def test_the_settings_of_the_app_are_in_it(project: Path) -> None:
    """Types, what may be missing, and no comment that a label could end."""
    text = types("-o", "-").partition("interface FunctionSettings {")[2]
    declared = re.findall(r"^  ([\w?]+: .*);$", text, re.MULTILINE)
    assert declared == [
        "apiKey: string",
        "endpoint: string",
        'region: "eu" | "us"',
        "lists?: string[]",
        "names: Record<string, string>",
        "sandbox?: boolean",
        "rate?: number",
    ]
    assert "Lists * / and more" in text


OWN = """
[[functions]]
slug = "orders-webhook"
kind = "source"
code = "function.js"
source = "website"
settings = { token = "t", strict = true, lists = ["a"], names = { a = "b" }, "max-age" = "5" }
"""


def test_each_function_of_the_workspace_has_its_own_settings(project: Path) -> None:
    """Named after it, with the types of the values that it gets."""
    with (project / "workspace.toml").open("a") as file:
        file.write(OWN)
    text = types("-o", "-").partition("interface OrdersWebhookSettings {\n")[2]
    assert text.splitlines() == [
        "  token: string;",
        "  strict: boolean;",
        "  lists: string[];",
        "  names: Record<string, string>;",
        '  "max-age": string;',
        "}",
    ]


def test_the_configuration_is_written_only_where_there_is_none(project: Path) -> None:
    """A configuration of the partner's own stays as it is."""
    assert types() == "wrote segment.d.ts\nwrote jsconfig.json\n"
    assert json.loads((project / "jsconfig.json").read_text("utf-8"))["compilerOptions"]["lib"] == ["ES2023"]
    (project / "jsconfig.json").write_text("{}", "utf-8")
    assert types() == "wrote segment.d.ts\n"
    assert (project / "jsconfig.json").read_text("utf-8") == "{}"


def test_the_declarations_go_where_they_are_told_to(project: Path) -> None:
    """Nothing else is written then."""
    assert types("-o", "other.d.ts") == "wrote other.d.ts\n"
    assert not (project / "jsconfig.json").exists()


def test_a_folder_without_a_workspace_file_has_the_embedded_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the workspace that `up` would serve there."""
    monkeypatch.chdir(tmp_path)
    assert "endpoint: string;" in types("-o", "-")


def test_a_file_that_cannot_be_written_is_the_users_mistake(project: Path) -> None:
    """A sentence and exit code 2."""
    result = CliRunner().invoke(cli, ["types", "-o", "no/such/folder.d.ts"])
    assert (result.exit_code, "cannot be written" in result.output) == (2, True)
