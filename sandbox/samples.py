"""Sample events: JSON files with one event each, those that come with the sandbox and the partner's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from sandbox.errors import UserMistakeError

_IN_A_WHEEL = Path(__file__).parent / "_sample_events"
_IN_A_CHECKOUT = Path(__file__).parent.parent / "sample_events"

TEST_SUITE = "test_suite"
"""The folder of the Test Suite's events; their files are numbered in its order."""


EXPECTATION = ".expect.json"
"""How the files end that say what a sample of the same name is expected to come to; they are no samples."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample event.

    Attributes:
        name: the path below the folder that was loaded, without `.json`, such as `test_suite/1-page`.
        title: what happens in it, for people; the name where the file has none.
        event: the call as an SDK would send it.
    """

    name: str
    title: str
    path: Path
    event: Mapping[str, Any]


class _UnfitError(Exception):
    """Why a file is no sample event: the place after the file's name, and the words."""

    def __init__(self, words: str, place: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.place = place


def load_folder(path: Path) -> tuple[list[Sample], list[str]]:
    """Read the `.json` files of a folder, by name, then those of the folders in it.

    Returns:
        the samples, and a sentence for each file that is none; no samples where there is no such folder.
    """
    samples: list[Sample] = []
    mistakes: list[str] = []
    files = (each for each in path.rglob("*.json") if not each.name.endswith(EXPECTATION))
    for file in sorted(files, key=lambda each: (len(each.parts), each)):
        try:
            samples.append(_sample(file, path))
        except _UnfitError as unfit:
            name = f"{path.name}/{file.relative_to(path).as_posix()}"
            mistakes.append(f"{name}{unfit.place}: {unfit.words}")
    return samples, mistakes


def bundled() -> tuple[Sample, ...]:
    """Return the samples that come with the sandbox: one of each type, then those of the Test Suite."""
    return _bundled(Path())


def test_suite() -> tuple[Sample, ...]:
    """Return the eight events of Segment's Test Suite in its order.

    Source: the fixtures of Segment's public partner examples, 2019; people in them are invented.
    """
    return _bundled(Path(TEST_SUITE))


def _bundled(below: Path) -> tuple[Sample, ...]:
    root = _IN_A_WHEEL if _IN_A_WHEEL.is_dir() else _IN_A_CHECKOUT
    samples, mistakes = load_folder(root)
    if mistakes:
        raise AssertionError(mistakes)  # ours, not the user's
    return tuple(each for each in samples if (root / below) in each.path.parents)


def read_event(name: str, content: bytes) -> Mapping[str, Any]:
    """Read one event as a sample file holds it; `name` is what to call the place in a complaint.

    Raises:
        UserMistakeError: it is none.
    """
    try:
        return _read(content, name)[1]
    except _UnfitError as unfit:
        raise UserMistakeError(f"{name}{unfit.place}: {unfit.words}") from None


def _sample(file: Path, folder: Path) -> Sample:
    name = file.relative_to(folder).with_suffix("").as_posix()
    try:
        content = file.read_bytes()
    except OSError as error:
        raise _UnfitError(f"the file cannot be read: {error.strerror}. Check its permissions.") from None
    title, event = _read(content, name)
    return Sample(name=name, title=title, path=file, event=event)


def _read(content: bytes, name: str) -> tuple[str, Mapping[str, Any]]:
    title, event = _unwrapped(_parsed(content), name)
    if not isinstance(event.get("type"), str) or not event["type"]:
        raise _UnfitError('the event has no type. Add one, such as "type": "track".')
    return title, event


def _unwrapped(content: Any, name: str) -> tuple[str, Mapping[str, Any]]:
    """Tell `{"title", "event"}` from a bare event, whose `event` is a name if it has one."""
    if not isinstance(content, dict):
        raise _UnfitError('the file holds no JSON object; expected an event, such as {"type": "track", …}.')
    event = content.get("event")
    if not isinstance(event, dict):
        return name, content
    title = content.get("title", name)
    if not isinstance(title, str):
        raise _UnfitError("the title is no string. Put it in quotes, or leave it out.")
    unknown = sorted(content.keys() - {"title", "event"})
    if unknown:
        raise _UnfitError(f"{', '.join(unknown)} stands beside title and event. Move it into event, or remove it.")
    return title, event


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        place = f":{error.lineno}:{error.colno}"
        raise _UnfitError(f"the file is not JSON: {error.msg}. Mend it there.", place) from None
