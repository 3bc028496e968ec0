"""Many rows in one step of SQLite, out of one JSON text; the interpreter is free for the event loop meanwhile.

With several steps the writer would wait for the interpreter after each of them, up to milliseconds beside a busy
loop: the two took turns, and one of two processors was idle. JSON costs SQLite a little more than parameters do.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

import orjson

ROWS_AT_ONCE: Final = 1_000
"""What one step holds at most; a request of the largest size has 2,500 messages."""


_ROWS: Final = "SELECT value FROM json_each(:rows) LIMIT -1 OFFSET 0"
"""The offset keeps SQLite from writing each row out anew for each of its columns, which takes half as long again."""


def _columns(*names: str) -> str:
    """Name the values of a row by their places."""
    return ", ".join(f"json_extract(value, '$[{place}]') AS {name}" for place, name in enumerate(names))


_MESSAGE: Final = (
    "seq",
    "source",
    "type",
    "event",
    "user_id",
    "message_id",
    "state",
    "reason",
    "received_at",
    "replay_of",
    "path",
    "added",
    "were",
)
_MESSAGES: Final = f"""
INSERT INTO messages ({", ".join(_MESSAGE)}, body, came_at)
SELECT {", ".join(_MESSAGE)}, substr(:bodies, start, length), :at
FROM (SELECT {_columns(*_MESSAGE, "start", "length")} FROM ({_ROWS}))
"""  # noqa: S608 - constants
_DELIVERY: Final = ("seq", "message_seq", "destination", "state", "reason")
_DELIVERIES: Final = f"""
INSERT INTO deliveries ({", ".join(_DELIVERY)}, due_at, created_at)
SELECT {", ".join(_DELIVERY)}, iif(state = 'pending', :at, NULL), :at
FROM (SELECT {_columns(*_DELIVERY)} FROM ({_ROWS}))
"""  # noqa: S608 - constants
_SEEN: Final = f"""
INSERT OR REPLACE INTO seen (message_id, source, at)
SELECT message_id, source, :at
FROM (SELECT {_columns("message_id", "source")} FROM ({_ROWS}))
"""  # noqa: S608 - constants


def insert_messages(
    db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]], bodies: Sequence[bytes], at_ms: int
) -> None:
    """Insert messages that came at a time; a row has the columns of `_MESSAGE`, its body is at the same place."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        part, texts = rows[first : first + ROWS_AT_ONCE], bodies[first : first + ROWS_AT_ONCE]
        lengths = [len(text) for text in texts]
        starts = accumulate(lengths, initial=1)
        placed = [(*row, start, length) for row, start, length in zip(part, starts, lengths, strict=False)]
        db.execute(_MESSAGES, {"rows": _json(placed), "bodies": b"".join(texts), "at": at_ms})


def insert_deliveries(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]], at_ms: int) -> None:
    """Insert deliveries that were made at a time; those that are pending are due. A row is as in `_DELIVERY`."""
    for part in _parts(rows):
        db.execute(_DELIVERIES, {"rows": _json(part), "at": at_ms})


def insert_seen(db: sqlite3.Connection, rows: Sequence[tuple[Any, ...]], at_ms: int) -> None:
    """Insert messageIds, each with its source, that were seen at a time."""
    for part in _parts(rows):
        db.execute(_SEEN, {"rows": _json(part), "at": at_ms})


def _parts(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    return (rows[first : first + ROWS_AT_ONCE] for first in range(0, len(rows), ROWS_AT_ONCE))


def _json(rows: Sequence[tuple[Any, ...]]) -> str:
    return orjson.dumps(rows).decode()
