"""Sample events: the bundled ones, and the partner's own files."""

from pathlib import Path

import pytest

from sandbox import samples


def write(folder: Path, **files: str | bytes) -> Path:
    """Write JSON files, named without their ending, into a folder called `mine`."""
    root = folder / "mine"
    for name, content in files.items():
        path = root / f"{name.replace('__', '/')}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def test_there_is_a_sample_of_every_type() -> None:
    """One of each of the six calls, and the delete message."""
    top = [each for each in samples.bundled() if "/" not in each.name]
    assert [each.name for each in top] == ["alias", "delete", "group", "identify", "page", "screen", "track"]
    assert [each.event["type"] for each in top] == [each.name for each in top]


def test_the_delete_sample_has_arrays_for_objects() -> None:
    """Segment sends empty arrays as context and integrations, which parsers trip over."""
    (delete,) = (each for each in samples.bundled() if each.name == "delete")
    assert (delete.event["context"], delete.event["integrations"]) == ([], [])


def test_the_test_suite_has_segments_events_in_segments_order() -> None:
    """Eight events with Segment's titles, types and keys, and nothing beyond them."""
    suite = samples.test_suite()
    assert [(each.name, each.title, sorted(each.event)) for each in suite] == [
        (f"test_suite/{number}-{kind}", title, sorted(["type", "timestamp", "anonymousId", *keys]))
        for number, kind, title, keys in SUITE
    ]
    assert {each.event["timestamp"] for each in suite} == {"2019-05-31T23:27:37Z"}
    assert [each.event["type"] for each in suite] == [kind for _, kind, _, _ in SUITE]
    assert [each for each in samples.bundled() if "/" in each.name] == list(suite)


SUITE = [
    (1, "page", "Anonymous User Navigates to Homepage", ["name", "properties"]),
    (2, "page", "Anonymous User Navigates to Signup Page", ["name", "properties"]),
    (3, "identify", "Identify Anonymous User", ["userId", "traits"]),
    (4, "track", "User Signs Up", ["userId", "event", "properties"]),
    (5, "group", "User is Grouped into myUsers", ["userId", "groupId", "traits"]),
    (6, "track", "User enables an Integration", ["userId", "event", "properties"]),
    (7, "track", "User Invites a Teammate", ["userId", "event", "properties"]),
    (8, "screen", "User Opens Mobile Application", ["userId", "name", "properties"]),
]


def test_a_bare_event_is_a_sample(tmp_path: Path) -> None:
    """Partners drop in what they have: its name is its title, and a track's event name is no wrapper."""
    root = write(tmp_path, signup='{"type": "track", "event": "Signed Up", "title": "not ours"}')
    found, mistakes = samples.load_folder(root)
    event = {"type": "track", "event": "Signed Up", "title": "not ours"}
    assert found == [samples.Sample("signup", "signup", root / "signup.json", event)]
    assert mistakes == []


def test_a_wrapped_event_has_a_title(tmp_path: Path) -> None:
    """`title` and `event` side by side; the title may be left out."""
    root = write(tmp_path, a='{"title": "A page", "event": {"type": "page"}}', b='{"event": {"type": "page"}}')
    found, _ = samples.load_folder(root)
    assert [(each.title, each.event) for each in found] == [
        ("A page", {"type": "page"}),
        ("b", {"type": "page"}),
    ]


def test_folders_come_after_the_files_beside_them(tmp_path: Path) -> None:
    """Samples are sorted by name, the ones on top first; other files are not looked at."""
    root = write(tmp_path, z='{"type": "page"}', a__b='{"type": "page"}', a__a='{"type": "page"}')
    (root / "notes.txt").write_text("no event")
    assert [each.name for each in samples.load_folder(root)[0]] == ["z", "a/a", "a/b"]


def test_a_folder_that_is_not_there_has_no_samples(tmp_path: Path) -> None:
    """Nobody has to have sample events."""
    assert samples.load_folder(tmp_path / "nowhere") == ([], [])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        pytest.param(
            '{"type": "track",\n "event": oops}',
            "mine/x.json:2:11: the file is not JSON: unexpected character, expected a JSON value. Mend it there.",
            id="syntax",
        ),
        pytest.param(
            "",
            "mine/x.json:1:1: the file is not JSON: Input is a zero-length, empty document. Mend it there.",
            id="empty",
        ),
        pytest.param(
            '[{"type": "track"}]',
            'mine/x.json: the file holds no JSON object; expected an event, such as {"type": "track", …}.',
            id="array",
        ),
        pytest.param(
            '{"event": "Signed Up"}',
            'mine/x.json: the event has no type. Add one, such as "type": "track".',
            id="no-type",
        ),
        pytest.param(
            '{"title": 1, "event": {"type": "page"}}',
            "mine/x.json: the title is no string. Put it in quotes, or leave it out.",
            id="title",
        ),
        pytest.param(
            '{"event": {"type": "page"}, "tilte": "x"}',
            "mine/x.json: tilte stands beside title and event. Move it into event, or remove it.",
            id="beside",
        ),
    ],
)
def test_a_file_that_is_no_sample_gets_a_sentence(tmp_path: Path, content: str, sentence: str) -> None:
    """The others are read all the same."""
    found, mistakes = samples.load_folder(write(tmp_path, x=content, y='{"type": "page"}'))
    assert mistakes == [sentence]
    assert [each.name for each in found] == ["y"]


def test_a_file_that_is_not_utf8_gets_a_sentence(tmp_path: Path) -> None:
    """JSON is UTF-8."""
    _, mistakes = samples.load_folder(write(tmp_path, x=b'{"type": "caf\xe9"}'))
    assert len(mistakes) == 1
    assert mistakes[0].startswith("mine/x.json:1:")
