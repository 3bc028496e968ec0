"""The journal's file: its tables, how it is opened, what happens to a file of another version."""

import logging
import sqlite3
from pathlib import Path
from typing import Final

from sandbox.errors import CannotStartError
from sandbox.journal.slots import SLOT_TABLES

log = logging.getLogger(__name__)

VERSION: Final = 8
FILE_NAME: Final = "journal.db"
CACHE_KIB: Final = 16 * 1024
BLOCK_BITS: Final = 14
"""Users are indexed block by block, a block being what has the same number without so many of its lowest bits.

A new message so goes to pages that its neighbours have just used; one index of all users would cost a third of the
writer's time in a long journal, this one a few hundredths. A query looks into every block.
"""

# One counter numbers every row of every table, so that `seq` alone orders all that happened.
_TABLES: Final = f"""
CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  source TEXT, type TEXT, event TEXT, user_id TEXT, message_id TEXT,
  state TEXT NOT NULL, reason TEXT,
  received_at INTEGER NOT NULL,  -- by the machine's clock, as in the message itself
  body BLOB NOT NULL,
  replay_of INTEGER,  -- the message that this one repeats
  came_at INTEGER NOT NULL,  -- by the sandbox's clock
  path TEXT,  -- of the request
  added INTEGER,  -- what stamping added to the call, in bits; NULL where it is no stamped call
  were TEXT  -- what it changed besides, as it came
);
CREATE INDEX messages_of_event ON messages (event) WHERE event IS NOT NULL;
CREATE INDEX messages_of_type ON messages (type);
CREATE INDEX messages_of_source ON messages (source);
CREATE INDEX messages_of_user ON messages (seq >> {BLOCK_BITS}, user_id) WHERE user_id IS NOT NULL;
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  message_seq INTEGER NOT NULL,
  destination TEXT NOT NULL,
  state TEXT NOT NULL, reason TEXT, delivery_code TEXT, detail TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  made INTEGER NOT NULL DEFAULT 0,  -- attempts of the present schedule; those that were cut off do not count
  begun_at INTEGER,  -- when the first of them began
  due_at INTEGER,  -- when the next attempt is due; NULL while one is under way and when there is none to come
  created_at INTEGER NOT NULL,
  took_ms INTEGER  -- from then until it was delivered, by the sandbox's clock
);
CREATE INDEX deliveries_of_destination ON deliveries (destination, state);
CREATE INDEX deliveries_of_message ON deliveries (message_seq);
CREATE INDEX deliveries_due ON deliveries (destination, due_at, seq) WHERE due_at IS NOT NULL;
CREATE TABLE attempts (
  seq INTEGER PRIMARY KEY,
  delivery_seq INTEGER NOT NULL,
  number INTEGER NOT NULL,
  started_at INTEGER NOT NULL, finished_at INTEGER,  -- by the sandbox's clock
  real_at INTEGER NOT NULL, took_ms REAL,  -- by the machine's
  outcome TEXT NOT NULL, code TEXT,
  asked_s REAL,  -- the Retry-After of the answer
  next_at INTEGER,  -- when the next attempt was to be
  record TEXT
);
CREATE INDEX attempts_of_delivery ON attempts (delivery_seq);
CREATE INDEX attempts_under_way ON attempts (seq) WHERE outcome = 'started';
CREATE TABLE refused (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL,
  method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL,
  source TEXT, user_agent TEXT, excerpt TEXT NOT NULL
);
-- What changed after its birth: a delivery's state, and notices about the sandbox itself. A change outlives
-- what it speaks of, so that it names the message and the destination by itself.
CREATE TABLE changes (
  seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,
  message_seq INTEGER, delivery_seq INTEGER, attempt_seq INTEGER, destination TEXT, state TEXT, reason TEXT,
  data TEXT
);
-- Ids count for all sources together; the source is that of the message that counted.
CREATE TABLE seen (message_id TEXT PRIMARY KEY, at INTEGER NOT NULL, source TEXT) WITHOUT ROWID;
"""


def open_for_writing(folder: Path) -> sqlite3.Connection:
    """Open the journal in `folder`, making it where there is none; a file of another version is set aside.

    Raises:
        CannotStartError: the folder or the file cannot be written.
    """
    file = folder / FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        connection = _connect(file)
        if not _is_ours(connection):
            connection.close()
            _set_aside(file)
            connection = _connect(file)
        _prepare(connection)
    except (sqlite3.Error, OSError) as error:
        raise CannotStartError(
            f"{file}: the journal cannot be opened: {error}.",
            "Check that the folder can be written, or start with --ephemeral.",
        ) from error
    return connection


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """Open the journal for queries; the writer must have opened it before. Usable from one thread at a time."""
    file = folder / FILE_NAME
    connection = sqlite3.connect(
        f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
    )
    connection.row_factory = sqlite3.Row
    return connection


def _connect(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=5)


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Say whether the file is new or has today's tables; a file that is no database is not ours."""
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    except sqlite3.DatabaseError:
        return False
    return bool(version == VERSION or (version == 0 and empty))


def _set_aside(file: Path) -> None:
    """Move a file of another version out of the way, with the log files that belong to it."""
    number = next(n for n in range(1, 10_000) if not file.with_name(f"{file.name}.old{n}").exists())
    aside = file.with_name(f"{file.name}.old{number}")
    file.rename(aside)
    for suffix in ("-wal", "-shm"):
        log_file = file.with_name(file.name + suffix)
        if log_file.exists():
            log_file.rename(aside.with_name(aside.name + suffix))
    log.warning("%s was written by another version of the sandbox; it is now %s", file, aside.name)


def _prepare(connection: sqlite3.Connection) -> None:
    """Set what every connection for writing needs, and make the tables of a new file.

    `synchronous=NORMAL` in WAL mode survives a killed process, not a power cut.
    """
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")
    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
        connection.executescript(f"BEGIN;{_TABLES}{SLOT_TABLES}PRAGMA user_version = {VERSION};COMMIT;")
