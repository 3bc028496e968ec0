"""Reading the workspace file: what it gives, and each mistake in its own sentence."""

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox import workspace
from sandbox.errors import UserMistakeError

GOOD = """\
[workspace]
slug = "acme-dev"

[[sources]]
slug = "website"
write_key = "acmeWebsiteWriteKey000000000000a"

[[sources]]
slug = "server"
write_key = "acmeServerWriteKey0000000000000b"

[app]
name = "Acme CRM"

[[app.settings]]
label = "Region"
type = "select"
options = ["eu", "us"]

[[app.settings]]
label = "Account Number"
pattern = "^[0-9]+$"
required = true

[[app.settings]]
label = "Batch size"
type = "number"
default = 20
shown_for = ["function"]

[app.components.function]
code = "function.js"

[app.components.webhook]
endpoint = "http://127.0.0.1:9000/segment"

[[destinations]]
slug = "crm"
component = "function"
source = "website"
enabled = true
settings = { apiKey = "local-api-key", accountNumber = "12", region = "eu" }

[[destinations]]
slug = "crm-server"
component = "webhook"
source = "server"
[destinations.settings]
apiKey = "local-api-key"

[journal]
keep = 1000
"""


def write(folder: Path, text: str | bytes) -> Path:
    """Write a workspace file and the code that it names."""
    (folder / "function.js").write_text("async function onTrack() {}\n")
    file = folder / "workspace.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def mistakes(folder: Path, text: str | bytes) -> list[str]:
    """Give the lines of the complaint about a file."""
    with pytest.raises(UserMistakeError) as caught:
        workspace.load(write(folder, text))
    return str(caught.value).split("\n")


def changed(old: str, new: str) -> str:
    """Change the good file in one place."""
    assert GOOD.count(old) == 1, old
    return GOOD.replace(old, new)


def test_a_file_without_a_mistake_becomes_a_workspace(tmp_path: Path) -> None:
    """Names fall back to slugs, keys come from labels, code is found beside the file."""
    loaded = workspace.load(write(tmp_path, GOOD))
    assert (loaded.slug, loaded.name, loaded.strict) == ("acme-dev", "acme-dev", False)
    assert (loaded.folder, loaded.file) == (tmp_path, tmp_path / "workspace.toml")
    assert loaded.sources[0] == workspace.Source("website", "website", "acmeWebsiteWriteKey000000000000a")
    assert [each.key for each in loaded.app.settings] == ["apiKey", "region", "accountNumber", "batchSize"]
    assert loaded.app.components.function == workspace.FunctionComponent(tmp_path / "function.js", 5)
    assert loaded.app.components.webhook == workspace.WebhookComponent("http://127.0.0.1:9000/segment", 10)
    assert loaded.journal == workspace.JournalLimits(keep=1000, pending=10_000)
    assert str(loaded.clock) == "real"


def test_the_clock_goes_as_the_file_says(tmp_path: Path) -> None:
    """At another pace, or not at all."""
    assert str(workspace.load(write(tmp_path, GOOD + '\n[clock]\nmode = "fast:1000"\n')).clock) == "fast:1000"


def test_a_relative_path_gives_an_absolute_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the command is run, the folder and the code are absolute paths."""
    write(tmp_path, GOOD)
    monkeypatch.chdir(tmp_path)
    loaded = workspace.load(Path("workspace.toml"))
    assert loaded.folder == tmp_path
    assert loaded.app.components.function
    assert loaded.app.components.function.code == tmp_path / "function.js"


def test_destinations_are_disabled_unless_enabled(tmp_path: Path) -> None:
    """A destination that says nothing is off, as at Segment, and may lack required settings."""
    on, off = workspace.load(write(tmp_path, GOOD)).destinations
    assert (on.enabled, off.enabled) == (True, False)
    assert "accountNumber" not in off.settings


def test_a_default_is_filled_in_only_where_the_setting_is_shown(tmp_path: Path) -> None:
    """What is shown for the function alone, the webhook does not get; the order is the App's."""
    function, webhook = workspace.load(write(tmp_path, GOOD)).destinations
    assert list(function.settings.items()) == [
        ("apiKey", "local-api-key"),
        ("region", "eu"),
        ("accountNumber", "12"),
        ("batchSize", 20),
    ]
    assert webhook.settings == {"apiKey": "local-api-key"}


def test_an_empty_file_is_a_workspace(tmp_path: Path) -> None:
    """Every table may be left out."""
    loaded = workspace.load(write(tmp_path, ""))
    assert (loaded.slug, loaded.sources, loaded.destinations) == ("sandbox", (), ())
    assert loaded.app.settings == (workspace.API_KEY,)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    """Some editors put one first."""
    assert workspace.load(write(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())).slug == "acme-dev"


API_KEY_TABLE = '[[app.settings]]\nlabel = "Your token"\nkey = "apiKey"\n'


def test_the_api_key_can_be_given_another_label_and_pattern(tmp_path: Path) -> None:
    """A definition with the key apiKey changes the one that every App has, which stays first."""
    table = API_KEY_TABLE + 'pattern = "^[a-z-]*$"\n\n[app.components.function]'
    first = workspace.load(write(tmp_path, changed("[app.components.function]", table))).app.settings[0]
    assert (first.key, first.label, first.pattern) == ("apiKey", "Your token", "^[a-z-]*$")
    assert (first.required, first.sensitive) == (True, True)


@pytest.mark.parametrize(
    "endpoint",
    [
        pytest.param("https://example.com/segment", id="https"),
        pytest.param("http://localhost:9000", id="localhost"),
        pytest.param("http://crm.localhost/", id="below-localhost"),
        pytest.param("http://127.8.9.1/", id="127-anything"),
        pytest.param("http://[::1]:9000/x", id="ipv6-loopback"),
        pytest.param("${SEGMENT_SANDBOX_URL}/_sandbox/echo/webhook", id="the-sandbox-itself"),
    ],
)
def test_an_endpoint_is_https_or_on_this_machine(tmp_path: Path, endpoint: str) -> None:
    """Segment takes https alone; http to loopback is the sandbox's exception."""
    text = changed("http://127.0.0.1:9000/segment", endpoint)
    webhook = workspace.load(write(tmp_path, text)).app.components.webhook
    assert webhook == workspace.WebhookComponent(endpoint)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        pytest.param('type = "boolean"', "false", id="boolean"),
        pytest.param('type = "number"', "1.5", id="number"),
        pytest.param('type = "number"', "0", id="zero"),
        pytest.param('type = "array"', '["a", "b"]', id="array"),
        pytest.param('type = "map"', '{ a = "b" }', id="map"),
        pytest.param('type = "select"\noptions = ["x"]', '"x"', id="select"),
        pytest.param('type = "string"', '""', id="empty-string"),
        pytest.param('pattern = "^x+$"', '""', id="nothing-to-match"),
        pytest.param('pattern = "^https?://[^{]+$"', '"${SEGMENT_SANDBOX_URL}/x"', id="address-to-be"),
        pytest.param('pattern = "b"', '"abc"', id="matches-anywhere"),
    ],
)
def test_a_value_fits_its_definition(tmp_path: Path, setting: str, value: str) -> None:
    """Each type takes its own values, as a default and as a setting."""
    table = f'[[app.settings]]\nlabel = "Extra"\n{setting}\ndefault = {value}\n\n[app.components.function]'
    text = changed("[app.components.function]", table).replace('region = "eu"', f"extra = {value}")
    loaded = workspace.load(write(tmp_path, text))
    assert loaded.destinations[0].settings["extra"] == loaded.destinations[1].settings["extra"]


HTTP_EXPECTED = 'expected an http or https address. Write one such as "http://127.0.0.1:9000/segment".'
HTTP_REFUSED = "http is for this machine only. Use https, as Segment asks, or 127.0.0.1."
SLUG_EXPECTED = "expected lower-case letters, digits and dashes."

ONE_MISTAKE = [
    # names of tables and keys
    pytest.param("[journal]", "[jurnal]", '51: jurnal is not known. Did you mean "journal"?', id="table"),
    pytest.param(
        "[journal]",
        "[zzz]",
        "51: zzz is not known. Known here: workspace, sources, app, functions, destinations, journal, clock, faults.",
        id="table-unlike-any",
    ),
    pytest.param("keep = 1000", "kept = 1000", '52: journal.kept is not known. Did you mean "keep"?', id="key"),
    pytest.param(
        'name = "Acme CRM"',
        'name = "Acme CRM"\nsetings = []',
        '14: app.setings is not known. Did you mean "settings"?',
        id="key-read-apart",
    ),
    pytest.param(
        "[app.components.webhook]",
        '[app.components.web_hook]\ncode = "x"\n[app.components.webhook]',
        '34: app.components.web_hook is not known. Did you mean "webhook"?',
        id="component",
    ),
    # what is missing
    pytest.param(
        'write_key = "acmeServerWriteKey0000000000000b"\n',
        "",
        '8: sources.server.write_key is missing. Add it: write_key = "any32LettersOrDigitsAsAtSegment0".',
        id="write-key-missing",
    ),
    pytest.param(
        'name = "Acme CRM"\n',
        "",
        '12: app.name is missing. Add it: name = "Acme CRM".',
        id="app-name-missing",
    ),
    pytest.param(
        'component = "webhook"\n',
        "",
        '44: destinations.crm-server.component is missing. Add it: component = "function", '
        'or function = "…" for one of [[functions]].',
        id="component-missing",
    ),
    pytest.param(
        'code = "function.js"\n',
        "",
        '31: app.components.function.code is missing. Add it: code = "function.js".',
        id="code-missing",
    ),
    # values of the wrong kind
    pytest.param(
        'slug = "acme-dev"',
        'slug = "Acme Dev"',
        f'2: workspace.slug is "Acme Dev"; {SLUG_EXPECTED} Try "acme-dev".',
        id="slug-as-name",
    ),
    pytest.param(
        'slug = "acme-dev"', 'slug = "!"', f'2: workspace.slug is "!"; {SLUG_EXPECTED}', id="slug-of-nothing"
    ),
    pytest.param(
        'slug = "acme-dev"',
        "slug = 7",
        "2: workspace.slug is 7; expected a string; put it in quotes.",
        id="string",
    ),
    pytest.param(
        'slug = "acme-dev"',
        'slug = "acme-dev"\nstrict = "yes"',
        '3: workspace.strict is "yes"; expected true or false, without quotes.',
        id="boolean",
    ),
    pytest.param("keep = 1000", "keep = 0", "52: journal.keep is 0; expected 1 or more.", id="too-small"),
    pytest.param(
        "keep = 1000",
        "keep = 1000.5",
        "52: journal.keep is 1000.5; expected a whole number, without quotes.",
        id="whole-number",
    ),
    pytest.param(
        'code = "function.js"',
        'code = "function.js"\ntimeout = 0',
        "33: app.components.function.timeout is 0; expected more than 0.",
        id="no-time",
    ),
    pytest.param(
        'code = "function.js"',
        'code = "function.js"\ntimeout = 301',
        "33: app.components.function.timeout is 301; expected 300 or less.",
        id="too-much-time",
    ),
    pytest.param(
        'code = "function.js"',
        'code = "function.js"\ntimeout = 1979-05-27',
        "33: app.components.function.timeout is a date or time; expected a number, without quotes.",
        id="number",
    ),
    pytest.param(
        'name = "Acme CRM"', 'name = ""', "13: app.name is empty. Write something, or remove it.", id="empty"
    ),
    pytest.param(
        'write_key = "acmeServerWriteKey0000000000000b"',
        'write_key = "not a key"',
        "10: sources.server.write_key is empty or has a space or colon; expected one word. "
        "Segment's have 32 letters and digits.",
        id="write-key-with-spaces",
    ),
    pytest.param(
        'write_key = "acmeServerWriteKey0000000000000b"',
        "write_key = 1234567890",
        "10: sources.server.write_key is a number; expected a string; put it in quotes.",
        id="write-key-without-quotes",
    ),
    # sources
    pytest.param(
        "[app]\n",
        '[[sources]]\nslug = "website"\nwrite_key = "x"\n\n[app]\n',
        "13: sources.website.slug is the slug of another source as well (line 5). Choose another.",
        id="slug-twice",
    ),
    pytest.param(
        "acmeServerWriteKey0000000000000b",
        "acmeWebsiteWriteKey000000000000a",
        "10: sources.server.write_key is the write key of another source as well (line 6). Choose another.",
        id="write-key-twice",
    ),
    # components
    pytest.param(
        'code = "function.js"',
        'code = "functoin.js"',
        '32: app.components.function.code is "functoin.js"; there is no such file. Create it, or mend the path.',
        id="no-code",
    ),
    pytest.param(
        'code = "function.js"',
        'code = "."',
        '32: app.components.function.code is "."; the file cannot be read: Is a directory. Mend the path.',
        id="code-is-a-folder",
    ),
    pytest.param(
        "http://127.0.0.1:9000/segment",
        "http://example.com/x",
        f'35: app.components.webhook.endpoint is "http://example.com/x"; {HTTP_REFUSED}',
        id="http-elsewhere",
    ),
    pytest.param(
        "http://127.0.0.1:9000/segment",
        "http://127.0.0.1.example.com/",
        f'35: app.components.webhook.endpoint is "http://127.0.0.1.example.com/"; {HTTP_REFUSED}',
        id="http-to-a-lookalike",
    ),
    pytest.param(
        "http://127.0.0.1:9000/segment",
        "127.0.0.1:9000",
        f'35: app.components.webhook.endpoint is "127.0.0.1:9000"; {HTTP_EXPECTED}',
        id="no-scheme",
    ),
    pytest.param(
        "http://127.0.0.1:9000/segment",
        "https://a b/",
        f'35: app.components.webhook.endpoint is "https://a b/"; {HTTP_EXPECTED}',
        id="space-in-address",
    ),
    pytest.param(
        "http://127.0.0.1:9000/segment",
        "http://127.0.0.1:99999/",
        f'35: app.components.webhook.endpoint is "http://127.0.0.1:99999/"; {HTTP_EXPECTED}',
        id="no-such-port",
    ),
    pytest.param(
        "http://127.0.0.1:9000/segment",
        "http://[::1/",
        f'35: app.components.webhook.endpoint is "http://[::1/"; {HTTP_EXPECTED}',
        id="bracket-open",
    ),
    # setting definitions
    pytest.param(
        'type = "select"',
        'type = "selct"',
        '17: app.settings.Region.type is "selct"; expected '
        '"string", "boolean", "number", "array", "map" or "select".',
        id="setting-type",
    ),
    pytest.param(
        'options = ["eu", "us"]\n',
        "",
        '15: app.settings.Region.options is missing; a select needs some. Add options = ["one", "two"].',
        id="select-without-options",
    ),
    pytest.param(
        'options = ["eu", "us"]',
        "options = [1]",
        "18: app.settings.Region.options[0] is 1; expected a string; put it in quotes.",
        id="option-no-string",
    ),
    pytest.param(
        'options = ["eu", "us"]',
        'options = "eu"',
        '18: app.settings.Region.options is "eu"; expected an array, such as ["one", "two"].',
        id="options-no-array",
    ),
    pytest.param(
        "default = 20",
        'default = 20\noptions = ["x"]',
        '29: app.settings."Batch size".options belongs to type = "select"; this is "number". Remove it.',
        id="options-elsewhere",
    ),
    pytest.param(
        "default = 20",
        'default = 20\npattern = "x"',
        '29: app.settings."Batch size".pattern belongs to type = "string"; this is "number". Remove it.',
        id="pattern-elsewhere",
    ),
    pytest.param(
        '"^[0-9]+$"',
        '"("',
        '22: app.settings."Account Number".pattern is not a regular expression: missing ), unterminated '
        "subpattern at position 0. Mend it, or remove it.",
        id="pattern-broken",
    ),
    pytest.param(
        "default = 20",
        'default = "20"',
        '28: app.settings."Batch size".default is a string; expected a number. Change it, or the setting\'s type.',
        id="default-of-another-type",
    ),
    pytest.param(
        'shown_for = ["function"]',
        'shown_for = ["function", "web_plugin"]',
        '29: app.settings."Batch size".shown_for[1] is "web_plugin"; expected "function" or "webhook".',
        id="shown-for-nothing",
    ),
    pytest.param(
        'label = "Batch size"',
        'label = "Region"',
        '25: app.settings.Region has the key "region" of line 15. Give it a key of its own.',
        id="key-twice",
    ),
    pytest.param(
        'label = "Batch size"',
        'label = "日本"',
        '26: app.settings."日本".label makes no key that begins with a letter. Add key, such as customSetting.',
        id="label-without-key",
    ),
    pytest.param(
        'label = "Batch size"',
        'label = "Batch size"\nkey = "batch-size"',
        '27: app.settings.batch-size.key is "batch-size"; expected letters and digits that begin with a '
        "letter, such as customSetting.",
        id="key-with-dash",
    ),
    pytest.param(
        "[app.components.function]",
        f"{API_KEY_TABLE}required = false\n\n[app.components.function]",
        "34: app.settings.apiKey.required cannot be set: apiKey is a required, sensitive string "
        "in every App. Remove it.",
        id="api-key-not-required",
    ),
    # destinations
    pytest.param(
        'slug = "crm-server"',
        'slug = "crm"',
        "45: destinations.crm.slug is the slug of another destination as well (line 38). Choose another.",
        id="destination-twice",
    ),
    pytest.param(
        'source = "website"',
        'source = "webside"',
        '40: destinations.crm.source is "webside"; there is no such source. Did you mean "website"?',
        id="no-such-source",
    ),
    pytest.param(
        'component = "webhook"',
        'component = "web_plugin"',
        '46: destinations.crm-server.component is "web_plugin"; expected "function" or "webhook".',
        id="no-such-component",
    ),
    pytest.param(
        '[app.components.webhook]\nendpoint = "http://127.0.0.1:9000/segment"\n',
        "",
        '44: destinations.crm-server.component is "webhook"; the App has no such component. '
        "Add [app.components.webhook].",
        id="component-not-in-the-app",
    ),
    pytest.param(
        'apiKey = "local-api-key", accountNumber',
        "accountNumber",
        "42: destinations.crm.settings.apiKey is missing. Add it, or set enabled = false.",
        id="api-key-missing",
    ),
    pytest.param(
        'settings = { apiKey = "local-api-key", accountNumber = "12", region = "eu" }',
        'settings = { apiKey = "local-api-key", accountNumber = "", region = "eu" }',
        "42: destinations.crm.settings.accountNumber is empty. Fill it in, or set enabled = false.",
        id="required-empty",
    ),
    pytest.param(
        'apiKey = "local-api-key", accountNumber',
        'apiKey = "seven77", accountNumber',
        "42: destinations.crm.settings.apiKey has 7 characters and does not match ^.{8,}$. "
        "Change it, or the setting's pattern.",
        id="api-key-of-7",
    ),
    pytest.param(
        '[destinations.settings]\napiKey = "local-api-key"',
        '[destinations.settings]\napiKey = "x"',
        "49: destinations.crm-server.settings.apiKey has 1 character and does not match ^.{8,}$. "
        "Change it, or the setting's pattern.",
        id="api-key-of-a-disabled-destination",
    ),
    pytest.param(
        'region = "eu"',
        'regoin = "eu"',
        '42: destinations.crm.settings.regoin is no setting of the App\'s function. Did you mean "region"?',
        id="unknown-setting",
    ),
    pytest.param(
        "[destinations.settings]\n",
        "[destinations.settings]\nbatchSize = 1\n",
        "49: destinations.crm-server.settings.batchSize is no setting of the App's webhook. "
        "Known here: apiKey, region, accountNumber.",
        id="setting-not-shown",
    ),
    pytest.param(
        'region = "eu"',
        'region = "asia"',
        '42: destinations.crm.settings.region is not among the options; expected "eu" or "us".',
        id="no-such-option",
    ),
    pytest.param(
        'region = "eu"',
        "region = { a = 1 }",
        "42: destinations.crm.settings.region is a table; expected a string. Change it, or the setting's type.",
        id="table-for-a-string",
    ),
    pytest.param(
        'region = "eu"',
        "batchSize = nan",
        "42: destinations.crm.settings.batchSize is a number that JavaScript cannot hold; expected a number. "
        "Change it, or the setting's type.",
        id="not-a-number",
    ),
    pytest.param(
        'region = "eu"',
        f"batchSize = {2**53}",
        "42: destinations.crm.settings.batchSize is a number that JavaScript cannot hold; expected a number. "
        "Change it, or the setting's type.",
        id="number-too-large",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), ONE_MISTAKE)
def test_a_mistake_gets_one_sentence_on_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """Where, what was found, what is expected and what to do, and no follow-up mistakes."""
    assert mistakes(tmp_path, changed(old, new)) == [f"workspace.toml:{sentence}"]


@pytest.mark.parametrize(
    ("definition", "value", "words"),
    [
        pytest.param('type = "boolean"', '"x"', "is a string; expected true or false", id="boolean"),
        pytest.param('type = "number"', "true", "is a boolean; expected a number", id="number"),
        pytest.param('type = "array"', "1", "is a number; expected an array of strings", id="array"),
        pytest.param(
            'type = "array"',
            "[1]",
            "is an array with more in it than strings; expected an array of strings",
            id="array-of-numbers",
        ),
        pytest.param(
            'type = "map"',
            "{ a = 1 }",
            "is a table with more in it than strings; expected a table of strings",
            id="map",
        ),
    ],
)
def test_a_setting_of_the_wrong_type_is_refused(tmp_path: Path, definition: str, value: str, words: str) -> None:
    """Each type of setting says what it takes."""
    table = f'[[app.settings]]\nlabel = "Extra"\n{definition}\n\n[app.components.function]'
    text = changed("[app.components.function]", table).replace('region = "eu"', f"extra = {value}")
    expected = f"workspace.toml:46: destinations.crm.settings.extra {words}. Change it, or the setting's type."
    assert mistakes(tmp_path, text) == [expected]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            "journal = 1",
            "journal is 1; expected a table. Write [journal] and its keys below.",
            id="number-for-a-table",
        ),
        pytest.param(
            "workspace = [1]",
            "workspace is an array; expected a table. Write [workspace] and its keys below.",
            id="array-for-a-table",
        ),
        pytest.param(
            "[app]\nname = 'x'\ncomponents = true",
            "app.components is true; expected a table. Write [app.components] and its keys below.",
            id="boolean-for-a-table-of-tables",
        ),
        pytest.param(
            "[app]\nname = 'x'\ncomponents.webhook = 'http://127.0.0.1'",
            'app.components.webhook is "http://127.0.0.1"; expected a table. '
            "Write [app.components.webhook] and its keys below.",
            id="string-for-a-component",
        ),
        pytest.param(
            "app = 1", "app is 1; expected a table. Write [app] and its keys below.", id="number-for-the-app"
        ),
        pytest.param(
            "[sources]\nslug = 'x'",
            "sources is a table; expected an array of tables. Write [[sources]] above it.",
            id="one-pair-of-brackets",
        ),
        pytest.param(
            "sources = ['x']",
            'sources[0] is "x"; expected a table. Write it as [[sources]].',
            id="array-of-strings",
        ),
    ],
)
def test_what_should_be_a_table_is_asked_for_by_its_header(tmp_path: Path, text: str, sentence: str) -> None:
    """Brackets are what people get wrong in TOML, so the right ones are shown; nothing else is said."""
    (found,) = mistakes(tmp_path, text)
    assert found.split(": ", 1)[1] == sentence


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    """One run shows everything there is to mend; a broken table hides no mistake of another."""
    text = (
        GOOD.replace('slug = "acme-dev"', "slug = 1")
        .replace('type = "select"', 'type = "x"')
        .replace('source = "server"', 'source = "x"')
    )
    assert [line.split(" ")[0] for line in mistakes(tmp_path, text)] == [
        "workspace.toml:2:",
        "workspace.toml:17:",
        "workspace.toml:47:",
    ]


def test_no_value_of_a_setting_and_no_write_key_is_repeated(tmp_path: Path) -> None:
    """Complaints end up in terminals and issues: they name a secret and never show it."""
    text = (
        GOOD.replace('apiKey = "local-api-key"', 'apiKey = "secret7"')
        .replace('region = "eu"', 'region = "secret7"')
        .replace("acmeServerWriteKey0000000000000b", "secret7 secret7")
    )
    found = mistakes(tmp_path, text)
    assert len(found) == 4
    assert "secret7" not in "".join(found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(
            '[workspace]\nslug "acme"\n',
            "workspace.toml:2:6: this is not TOML: Expected '=' after a key in a key/value pair. "
            'Mend this line:\n    slug "acme"',
            id="no-equals-sign",
        ),
        pytest.param(
            'a = 1\nb = """\n',
            'workspace.toml:2:8: this is not TOML: Unterminated string. Mend this line:\n    b = """',
            id="end-of-file",
        ),
        pytest.param(
            "a = " + "[" * 5000,
            "workspace.toml:1: the file nests tables or arrays too deeply. Make it flatter.",
            id="too-deep",
        ),
        pytest.param(
            b"a = 1\nb = '\xff'\n",
            "workspace.toml:2: the file is not UTF-8 text. Save it as UTF-8.",
            id="not-utf-8",
        ),
    ],
)
def test_what_is_not_toml_is_shown_where_it_stands(tmp_path: Path, text: str | bytes, words: str) -> None:
    """File, line, column, and the line itself."""
    assert mistakes(tmp_path, text) == words.split("\n")


def test_code_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """JavaScript is read as UTF-8 at Segment too."""
    file = write(tmp_path, GOOD)
    (tmp_path / "function.js").write_bytes(b"// caf\xe9\n")
    with pytest.raises(UserMistakeError, match="the file is not UTF-8 text"):
        workspace.load(file)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    """The path was given by hand, so it is named in full."""
    file = tmp_path / "nowhere.toml"
    with pytest.raises(UserMistakeError) as caught:
        workspace.load(file)
    assert str(caught.value) == f"{file}: the file cannot be read: No such file or directory. Check its path."


def test_a_folder_has_a_workspace_file_or_none(tmp_path: Path) -> None:
    """Only workspace.toml in the folder itself counts."""
    assert workspace.find(tmp_path) is None
    assert workspace.find(write(tmp_path, GOOD).parent) == tmp_path / "workspace.toml"


HUGE = f"1{'0' * 400} 0x{'f' * 5000}"
VALUES = f"""
1 -1 true nan 1e400 {HUGE} 1979-05-27 07:32:00 '' 'x' '(' '[[a' "\\u0000" "\\u009b" 'apiKey' 'website'
['function'] {{apiKey=[1]}} [] {{}} [{{a=1}}] [[1],[2]] {{a={{b=1}}}} '${{SEGMENT_SANDBOX_URL}}'
"""


@settings(deadline=None)
@given(st.data())
def test_a_damaged_file_gives_a_workspace_or_a_mistake(data: st.DataObject) -> None:
    """Whatever is in the file, nothing but the user's mistake is raised."""
    rows = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, len(rows) - 1))
        name, equals, _value = rows[number].partition("= ")
        other = data.draw(st.sampled_from(rows))
        replacement = st.sampled_from([name + equals + data.draw(st.sampled_from(VALUES.split())), "", other])
        rows[number] = data.draw(replacement | st.text(max_size=8))
    complaint = complaint_about("\n".join(rows).encode("utf-8", "surrogatepass"))
    assert all(row.startswith(("workspace.toml:", "    ")) for row in complaint.splitlines())


def complaint_about(content: bytes) -> str:
    """Load a file of this content; give the complaint, empty when there is none."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            workspace.load(write(Path(folder), content))
        except UserMistakeError as mistake:
            return str(mistake)
    return ""


def test_pydantic_is_imported_only_to_read_a_file() -> None:
    """It takes longer to import than everything else, and most commands read no file."""
    code = "import sys, sandbox.workspace, sandbox.samples; print('pydantic' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"


def test_a_clock_that_goes_otherwise_is_told(tmp_path: Path) -> None:
    """With what would be right."""
    with pytest.raises(UserMistakeError, match=r'clock\.mode is "fast"; expected "real", "manual"'):
        workspace.load(write(tmp_path, GOOD + '\n[clock]\nmode = "fast"\n'))
