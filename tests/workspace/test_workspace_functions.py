"""The workspace's own functions: what the file gives, and each mistake in its own sentence."""

from pathlib import Path

import pytest

from sandbox import workspace
from sandbox.errors import UserMistakeError
from sandbox.workspace import SANDBOX_URL, WorkspaceFunction

GOOD = """\
[[sources]]
slug = "website"
write_key = "acmeWebsiteWriteKey000000000000a"

[[functions]]
slug = "hook"
name = "Hook"
kind = "source"
code = "code.js"
source = "website"
handlers = "on"

[[functions]]
slug = "store"
kind = "destination"
code = "code.js"
timeout = 2
handlers = "2019"
settings = { url = "${SEGMENT_SANDBOX_URL}/x", loud = true, tags = ["a"], map = { a = "b" } }
batch_max_count = 40
batch_wait = 0.5

[[functions]]
slug = "redact"
kind = "insert"
code = "code.js"
destination = "store"
web_globals = true
memory = 512

[[destinations]]
slug = "store"
function = "store"
source = "website"
enabled = true
settings = { url = "here" }
"""


def load(folder: Path, text: str) -> workspace.Workspace:
    """Load a workspace file."""
    (folder / "code.js").write_text("async function onTrack() {}\n")
    file = folder / "workspace.toml"
    file.write_text(text)
    return workspace.load(file)


def test_functions_become_values(tmp_path: Path) -> None:
    """With every default filled in, and only what belongs to their kind."""
    code = tmp_path / "code.js"
    hook, store, redact = load(tmp_path, GOOD).functions
    assert hook == WorkspaceFunction("hook", "Hook", "source", code, source="website")
    assert redact == WorkspaceFunction(
        "redact", "redact", "insert", code, web_globals=True, memory=512, destination="store"
    )
    assert (store.timeout, store.handlers, store.batch_max_count, store.batch_wait) == (2, "2019", 40, 0.5)
    assert store.settings["tags"] == ["a"]


def test_a_destination_may_be_a_function(tmp_path: Path) -> None:
    """Its settings are free: the function defines none."""
    loaded = load(tmp_path, GOOD)
    (destination,) = loaded.destinations
    assert (destination.component, destination.function, destination.settings) == (None, "store", {"url": "here"})
    assert loaded.insert_before("store") == loaded.function("redact")
    assert loaded.insert_before("hook") is None


def test_the_sandboxs_address_is_put_into_the_settings_of_functions(tmp_path: Path) -> None:
    """As into those of destinations."""
    told = load(tmp_path, GOOD).at("http://127.0.0.1:1")
    assert told.function("store").settings["url"] == "http://127.0.0.1:1/x"
    assert SANDBOX_URL not in str(told.function("store").settings)


def test_no_setting_of_a_function_is_printed() -> None:
    """There may be secrets among them."""
    assert "secret" not in repr(
        WorkspaceFunction("a", "a", "insert", Path("code.js"), settings={"apiKey": "the secret"})
    )


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        pytest.param(
            'kind = "source"',
            'kind = "sauce"',
            '8: functions.hook.kind is "sauce"; expected "source", "destination" or "insert".',
            id="no-such-kind",
        ),
        pytest.param(
            'kind = "source"\ncode = "code.js"',
            'kind = "source"\ncode = "cod.js"',
            '9: functions.hook.code is "cod.js"; there is no such file. Create it, or mend the path.',
            id="no-such-file",
        ),
        pytest.param(
            'source = "website"\nhandlers',
            "handlers",
            '5: functions.hook.source is missing. Add the slug of the source that it feeds: source = "website".',
            id="source-missing",
        ),
        pytest.param(
            'source = "website"\nhandlers',
            'source = "webside"\nhandlers',
            '10: functions.hook.source is "webside"; there is no such source. Did you mean "website"?',
            id="no-such-source",
        ),
        pytest.param(
            'destination = "store"\n',
            "",
            "23: functions.redact.destination is missing. "
            'Add the slug of the destination that it stands before: destination = "store".',
            id="destination-missing",
        ),
        pytest.param(
            'destination = "store"\n',
            'destination = "stroe"\n',
            '27: functions.redact.destination is "stroe"; there is no such destination. Did you mean "store"?',
            id="no-such-destination",
        ),
        pytest.param(
            "timeout = 2",
            'source = "website"',
            '17: functions.store.source belongs to kind = "source"; this is "destination". Remove it. '
            "Connect it by a table of [[destinations]] with function = its slug.",
            id="source-of-a-destination-function",
        ),
        pytest.param(
            "web_globals = true",
            "batch_wait = 1",
            '28: functions.redact.batch_wait belongs to kind = "destination"; this is "insert". Remove it.',
            id="batch-of-an-insert-function",
        ),
        pytest.param(
            "memory = 512",
            "memory = 64",
            "29: functions.redact.memory is 64; expected 128 or more.",
            id="memory-too-small",
        ),
        pytest.param(
            "memory = 512",
            "memory = 4096",
            "29: functions.redact.memory is 4096; expected 1024 or less.",
            id="memory-too-large",
        ),
        pytest.param(
            "batch_max_count = 40",
            "batch_max_count = 19",
            "20: functions.store.batch_max_count is 19; expected 20 or more.",
            id="batch-too-small",
        ),
        pytest.param(
            "batch_max_count = 40",
            "batch_max_count = 401",
            "20: functions.store.batch_max_count is 401; expected 400 or less.",
            id="batch-too-large",
        ),
        pytest.param(
            'handlers = "on"',
            'handlers = "2020"',
            '11: functions.hook.handlers is "2020"; expected "on" or "2019".',
            id="handlers",
        ),
        pytest.param(
            "web_globals = true",
            'handlers = "2019"',
            '28: functions.redact.handlers is "2019"; there were no insert functions before 2023. Remove it.',
            id="handlers-of-2019-elsewhere",
        ),
        pytest.param(
            "loud = true",
            "loud = 7",
            "19: functions.store.settings.loud is a number; "
            "expected a string, a boolean, an array or a table of strings. Change it.",
            id="number-as-a-setting",
        ),
        pytest.param(
            'tags = ["a"]',
            "tags = [1]",
            "19: functions.store.settings.tags is an array; "
            "expected a string, a boolean, an array or a table of strings. Change it.",
            id="array-of-numbers-as-a-setting",
        ),
        pytest.param(
            'slug = "redact"',
            'slug = "hook"',
            "24: functions.hook.slug is the slug of another function as well (line 6). Choose another.",
            id="slug-twice",
        ),
        pytest.param(
            'function = "store"',
            'function = "stroe"',
            '33: destinations.store.function is "stroe"; there is no such function. Did you mean "store"?',
            id="no-such-function",
        ),
        pytest.param(
            'function = "store"',
            'function = "redact"',
            '33: destinations.store.function is "redact", a function of kind "insert"; '
            'expected one of kind "destination".',
            id="function-of-another-kind",
        ),
        pytest.param(
            'function = "store"\n',
            "",
            '31: destinations.store.component is missing. Add it: component = "function", '
            'or function = "…" for one of [[functions]].',
            id="neither-component-nor-function",
        ),
    ],
)
def test_a_mistake_gets_one_sentence_on_its_line(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """Where, what was found, what is expected and what to do, and no follow-up mistakes."""
    assert GOOD.count(old) == 1, old
    with pytest.raises(UserMistakeError) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert str(caught.value).split("\n") == [f"workspace.toml:{sentence}"]


def test_a_destination_is_one_thing_only(tmp_path: Path) -> None:
    """A component or a function, not both."""
    both = GOOD.replace('function = "store"', 'function = "store"\ncomponent = "webhook"')
    app = '[app]\nname = "Acme"\n[app.components.webhook]\nendpoint = "http://127.0.0.1:9"\n'
    with pytest.raises(UserMistakeError) as caught:
        load(tmp_path, both + app)
    assert 'destinations.store.function cannot be there beside component = "webhook".' in str(caught.value)


def test_a_destination_has_one_insert_function(tmp_path: Path) -> None:
    """Source: segment-docs, Destination insert functions."""
    second = '[[functions]]\nslug = "more"\nkind = "insert"\ncode = "code.js"\ndestination = "store"\n'
    with pytest.raises(UserMistakeError) as caught:
        load(tmp_path, GOOD + second)
    sentence = "functions.more.destination names a destination that has an insert function already (line 27)."
    assert sentence in str(caught.value)
