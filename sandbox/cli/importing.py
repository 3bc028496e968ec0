"""`segment-sandbox import`: events of a file, sent as new ones, batch by batch."""

import codecs
import json
import re
import shlex
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import click
import orjson

from sandbox.cli.client import Client, connect
from sandbox.cli.lines import printable
from sandbox.client import RefusedError
from sandbox.errors import UserMistakeError
from sandbox.spec import BATCH_MAX_MESSAGES, CALL_MAX_BYTES

LINES_TOLD: Final = 1_000
"""Of the lines that are wrong, or that go no further; beyond them only how many."""

LINE_MAX_BYTES: Final = 1024 * 1024
"""A longer line cannot be an event, however it is spaced and escaped."""

BATCH_BYTES: Final = 500_000
"""Of the events of a batch. Source: segment-docs, HTTP API, Max request size."""

TIMEOUT_S: Final = 60
AGAIN_S: Final = 1.0
"""Between two tries while the sandbox has too much pending, in seconds."""

REJECTED: Final = 1
"""The exit code where a line went no further."""

_TOO_MANY: Final = 429
_BEGINS_LIKE: Final = {
    codecs.BOM_UTF16_LE: "is UTF-16; save the file as UTF-8",
    codecs.BOM_UTF16_BE: "is UTF-16; save the file as UTF-8",
    b"\x1f\x8b": "is compressed with gzip; unpack the file first",
}
_RESUME: Final = re.compile(r"([0-9a-f]{32}):([1-9][0-9]{0,11})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; see its options."""

    file: str
    source: str | None
    keep_message_id: bool
    resume: str | None
    as_json: bool


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the file: its number from 1, and its event as it is sent."""

    number: int
    event: bytes


@dataclass(slots=True)
class _Told:
    """Sentences on lines, the first thousand of them, and how many there were."""

    sentences: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, sentence: str) -> None:
        self.count += 1
        if self.count <= LINES_TOLD:
            self.sentences.append(printable(sentence))

    def text(self) -> str:
        more = [f"And {self.count - LINES_TOLD} more."] if self.count > LINES_TOLD else []
        return "\n".join(self.sentences + more)


@dataclass(slots=True)
class _Sent:
    """How far the import has come.

    Attributes:
        line: the first line that is not known to be in.
        sending: the last line of the batch on its way.
        numbers: of the messages, as first and last of each batch.
    """

    line: int
    sending: int = 0
    count: int = 0
    duplicates: int = 0
    numbers: list[tuple[int, int]] = field(default_factory=list)
    stopped: _Told = field(default_factory=_Told)


def run(wanted: Wanted, url: str | None) -> int:
    """Send every line's event, or none when a line is wrong; print how many those were; return the exit code."""
    number_of_run, first = _begin(wanted.resume)
    with _opened(wanted.file) as file:
        lines = _check(wanted, file, number_of_run)
        client, sent = connect(url), _Sent(first)
        client.get("/_sandbox/health")  # where nothing answers, nothing is to be resumed
        with _told_where_to_resume(wanted, sent, number_of_run):
            for batch in _batches(line for line in _events(wanted, file, number_of_run) if line.number >= first):
                _send(client, wanted, batch, sent)
                _show_progress(sent.line - 1, lines)
    _print(wanted, sent)
    return REJECTED if sent.stopped.count else 0


def _begin(resume: str | None) -> tuple[str, int]:
    """Return the id of this import, of which the messageIds are made, and the first line to send."""
    if resume is None:
        return uuid.uuid4().hex, 1
    found = _RESUME.fullmatch(resume)
    if found is None:
        hint = "Take what the import said when it broke off."
        raise UserMistakeError(f"--resume {printable(resume)} names no import and line.", hint)
    return found[1], int(found[2])


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """Open a file that can be read twice; what comes through a pipe is put into a temporary one."""
    with ExitStack() as stack:
        try:
            opened = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115 - the stack closes it
            file: BinaryIO = stack.enter_context(opened)
            if not file.seekable():
                copy = stack.enter_context(tempfile.TemporaryFile())
                shutil.copyfileobj(file, copy)
                file = copy
        except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
            raise _unreadable(name, error) from error
        yield file


def _unreadable(name: str, error: Exception) -> UserMistakeError:
    why = getattr(error, "strerror", None) or error
    return UserMistakeError(f"{printable(name)} cannot be read: {why}.", "Name a file, or - for standard input.")


def _check(wanted: Wanted, file: BinaryIO, number_of_run: str) -> int:
    """Read the whole file and return how many lines it has.

    Raises:
        UserMistakeError: with every line that is no event.
    """
    wrong, last = _Told(), 0
    for number, found in _read(wanted, file, number_of_run):
        last = number
        if isinstance(found, str):
            wrong.add(f"{wanted.file}:{number} {found}")
    if wrong.count:
        raise UserMistakeError(wrong.text(), "Nothing was sent. `segment-sandbox export` writes such files.")
    return last


def _events(wanted: Wanted, file: BinaryIO, number_of_run: str) -> Iterator[_Line]:
    for number, found in _read(wanted, file, number_of_run):
        if isinstance(found, bytes):
            yield _Line(number, found)


def _read(wanted: Wanted, file: BinaryIO, number_of_run: str) -> Iterator[tuple[int, bytes | str]]:
    """Yield from the file's begin, by line, the event as it is sent or what is wrong; empty lines are skipped."""
    for number, line in enumerate(_lines(wanted.file, file), 1):
        if len(line) > LINE_MAX_BYTES:
            yield number, f"is longer than {LINE_MAX_BYTES} bytes; each line is one event."
        elif text := (line.removeprefix(codecs.BOM_UTF8) if number == 1 else line).strip():
            yield number, _event(text, f"import-{number_of_run}-{number}", keep=wanted.keep_message_id)


def _lines(name: str, file: BinaryIO) -> Iterator[bytes]:
    """Yield every line; of one that is too long only the beginning, which is too long as well."""
    try:
        file.seek(0)
        while line := file.readline(LINE_MAX_BYTES + 1):
            yield line
            while line and not line.endswith(b"\n"):
                line = file.readline(LINE_MAX_BYTES)
    except OSError as error:
        raise _unreadable(name, error) from error


def _event(text: bytes, new_id: str, *, keep: bool) -> bytes | str:
    """Return a line's event as it is sent, or what is wrong with it; `keep` says whether its own messageId stays.

    The messageId is the same whenever the same import sends the line, so that a second time is a duplicate.
    """
    try:
        event = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"{_BEGINS_LIKE.get(text[:2], 'is no JSON')}: {error}."
    if not isinstance(event, dict):
        return "is no object; each line is one event."
    if not keep or not event.get("messageId"):
        event["messageId"] = new_id
    try:
        written = orjson.dumps(event)
    except orjson.JSONEncodeError as error:
        return f"cannot be sent: {error}."
    if len(written) > CALL_MAX_BYTES:
        return f"has {len(written)} bytes as it is sent; Segment takes {CALL_MAX_BYTES}."
    return written


def _batches(lines: Iterator[_Line]) -> Iterator[list[_Line]]:
    """Put lines into batches within Segment's limits."""
    batch: list[_Line] = []
    size = 0
    for line in lines:
        if batch and (size + len(line.event) >= BATCH_BYTES or len(batch) == BATCH_MAX_MESSAGES):
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line.event) + 1
    if batch:
        yield batch


def _send(client: Client, wanted: Wanted, batch: list[_Line], sent: _Sent) -> None:
    """Send a batch and note what became of its lines."""
    sent.sending = batch[-1].number
    source = b"" if wanted.source is None else b',"source":' + orjson.dumps(wanted.source)
    answer = _taken(client, b'{"events":[' + b",".join(line.event for line in batch) + b"]" + source + b"}")
    sent.count += len(batch)
    sent.numbers.append((answer["first"], answer["last"]))
    sent.line = sent.sending + 1
    for each in answer["stopped"]:
        if each["state"] == "duplicate":
            sent.duplicates += 1
        else:
            line = batch[each["index"]].number
            sent.stopped.add(f"{wanted.file}:{line} {each['state']}: {each['reason']}: {each['happened']}")


def _taken(client: Client, body: bytes) -> Any:
    """Post a batch, again and again while the sandbox has too much pending."""
    while True:
        try:
            return client.post_json("/_sandbox/batch", body, timeout_s=TIMEOUT_S)
        except RefusedError as refused:
            if refused.status != _TOO_MANY:
                raise
            _progress("waiting until deliveries are over")
            time.sleep(AGAIN_S)


@contextmanager
def _told_where_to_resume(wanted: Wanted, sent: _Sent, number_of_run: str) -> Iterator[None]:
    """Say how far it came where it breaks off, and how to go on so that nothing is lost or doubled."""
    try:
        yield
    except UserMistakeError as mistake:
        if not sent.sending or (isinstance(mistake, RefusedError) and not sent.count):
            raise
        told = f"{mistake.message}\n{_how_far(wanted, sent)}"
        raise UserMistakeError(told, _how_to_resume(wanted, sent, number_of_run)) from None
    except KeyboardInterrupt:
        click.echo(f"{_how_far(wanted, sent)}\n{_how_to_resume(wanted, sent, number_of_run)}", err=True)
        raise


def _how_far(wanted: Wanted, sent: _Sent) -> str:
    sure = (
        f"{wanted.file} is in up to line {sent.line - 1}"
        if sent.line > 1
        else f"Nothing of {wanted.file} is surely in"
    )
    unsure = f"; lines {sent.line} to {sent.sending} may be" if sent.sending >= sent.line else ""
    return printable(f"{sure}{unsure}.")


def _how_to_resume(wanted: Wanted, sent: _Sent, number_of_run: str) -> str:
    words = ["segment-sandbox", "import", wanted.file, "--resume", f"{number_of_run}:{sent.line}"]
    words += ["--source", wanted.source] if wanted.source else []
    words += ["--keep-message-id"] if wanted.keep_message_id else []
    return f"Go on within 24 hours with `{printable(shlex.join(words))}`; what is in already is not delivered again."


def _show_progress(done: int, lines: int) -> None:
    _progress("" if done == lines else f"{done:,} of {lines:,} lines")


def _progress(text: str) -> None:
    """Show how far it is on a terminal, in one line that the next one replaces."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


def _print(wanted: Wanted, sent: _Sent) -> None:
    if wanted.as_json:
        numbers = [number for first, last in sent.numbers for number in range(first, last + 1)]
        told = {"duplicates": sent.duplicates, "stopped": sent.stopped.sentences}
        click.echo(json.dumps({"imported": sent.count, "messages": numbers, **told}))
        return
    if sent.stopped.count:
        click.echo(sent.stopped.text(), err=True)
    numbers_shown = f", {sent.numbers[0][0]} to {sent.numbers[-1][1]}" if sent.numbers else ""
    duplicates = f", {sent.duplicates} of them duplicates" if sent.duplicates else ""
    stopped = f", {sent.stopped.count} of them stopped" if sent.stopped.count else ""
    click.echo(f"{sent.count} imported{numbers_shown}{duplicates}{stopped}")
