"""One SQLite file: its schema, its one connection, its transactions."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from assistant.errors import StoreError
from assistant.store.words import said, spaced

_MIGRATIONS = (
    """
    CREATE TABLE conversation(id TEXT PRIMARY KEY, title TEXT NOT NULL, updated REAL NOT NULL);
    CREATE TABLE turn(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
        at REAL NOT NULL, state TEXT NOT NULL, question TEXT NOT NULL, record TEXT NOT NULL);
    CREATE INDEX turn_conversation ON turn(conversation, id);
    """,
    """
    CREATE TABLE note(
        id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, text TEXT NOT NULL, picture TEXT NOT NULL);
    CREATE VIRTUAL TABLE turn_words USING fts5(question, answer);
    CREATE VIRTUAL TABLE note_words USING fts5(text);
    INSERT INTO turn_words(rowid, question, answer)
        SELECT id, spaced(said(question, 'text')), spaced(said(record, 'answer')) FROM turn;
    """,
    """
    CREATE TABLE reading(
        key TEXT PRIMARY KEY, used REAL NOT NULL, size INTEGER NOT NULL, value TEXT NOT NULL);
    CREATE INDEX reading_used ON reading(used, size);
    """,
)
"""Each brings a file from the version of its index to the next; never change one, add one."""

_CAUSES: tuple[tuple[type[apsw.Error], str, str], ...] = (
    (apsw.BusyError, "the file of conversations is busy", "Another Vireo is writing to it; try again."),
    (apsw.FullError, "the disk is full", "Free some space; nothing stored so far is lost."),
    (apsw.NotADBError, "the file of conversations is not a Vireo store", "Move it away; a new one is made."),
    (apsw.CorruptError, "the file of conversations is damaged", "Move it away or restore a copy; a new one is made."),
    (apsw.ReadOnlyError, "the file of conversations cannot be written", "Check its permissions."),
    (apsw.CantOpenError, "the file of conversations cannot be opened", "Check the folder and its permissions."),
    (apsw.IOError, "the file of conversations cannot be read or written", "Check the disk and its free space."),
    (apsw.ConstraintError, "no such conversation", "It may have been deleted in another window."),
    (apsw.ConnectionClosedError, "the store is closed", ""),
)


class Database:
    """The one connection of this process, for all its threads. Every failure is a StoreError."""

    def __init__(self, path: Path | None, patience: float) -> None:
        """Open the file, or memory where `path` is None; wait `patience` seconds for other processes at most."""
        self._lock = threading.RLock()
        self._patience = patience
        with as_store_errors():
            self._connection = _connected(path, patience)

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        with self.reading():
            self._connection.close()

    def rows(self, query: str, *values: Any) -> list[Any]:
        return list(self._connection.execute(query, values))

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self._lock, as_store_errors():
            yield

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All that is done within has reached the disk at its end, or none of it has been done."""
        with self.reading():
            self.rows("BEGIN IMMEDIATE")
            try:
                yield
                self.rows("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self.rows("ROLLBACK")
                raise

    @contextmanager
    def impatient(self, seconds: float) -> Iterator[None]:
        """Wait no longer than some seconds for other processes meanwhile."""
        with self.reading():
            self._connection.set_busy_timeout(round(min(seconds, self._patience) * 1000))
            try:
                yield
            finally:
                self._connection.set_busy_timeout(round(self._patience * 1000))

    def scrub(self) -> None:
        """Rewrite the file and its journal without what was deleted."""
        with self.reading():
            self.rows("VACUUM")
            busy = self.rows("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
        if busy:
            hint = "It is gone when the other windows of Vireo are closed."
            raise StoreError("deleted, but another process still holds old pages of the journal", hint)


def _connected(path: Path | None, patience: float) -> apsw.Connection:
    """A connection to the newest schema that loses nothing acknowledged, and leaves nothing of what it deletes."""
    if path is not None:
        _prepare(path)
    connection = apsw.Connection(":memory:" if path is None else str(path))
    try:
        _configure(connection, patience)
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(path: Path) -> None:
    """Make the file and its folder for the user alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and not path.is_file():
        raise StoreError("the file of conversations cannot be opened: it is no file", "Name another one: vireo config")
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _configure(connection: apsw.Connection, patience: float) -> None:
    connection.set_busy_timeout(round(patience * 1000))
    connection.create_scalar_function("spaced", lambda *text: spaced(str(text[0])), 1, deterministic=True)
    connection.create_scalar_function("said", lambda *asked: said(str(asked[0]), str(asked[1])), 2, deterministic=True)
    _version(connection)  # before anything is written
    _keep_journal(connection, patience)
    for setting in ("synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("PRAGMA temp_store=MEMORY")  # so that VACUUM writes no copy elsewhere


def _keep_journal(connection: apsw.Connection, patience: float) -> None:
    """Write ahead; SQLite does not wait here by itself when several processes are the first to open a file."""
    end = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except apsw.BusyError:
            if time.monotonic() >= end:
                raise
            time.sleep(0.01)


def _migrate(connection: apsw.Connection) -> None:
    """Bring the schema to the newest version; two processes may try at once."""
    if _version(connection) == len(_MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    for number, script in enumerate(_MIGRATIONS[_version(connection) :], _version(connection) + 1):
        connection.execute(script)
        connection.execute(f"PRAGMA user_version = {number}")
    connection.execute("COMMIT")


def _version(connection: apsw.Connection) -> int:
    """The version of the schema, 0 in an empty file; StoreError when the file is not ours."""
    with connection:  # both at one moment
        version = int(connection.pragma("user_version"))
        tables = connection.execute("SELECT 1 FROM sqlite_schema").fetchall()
    if version > len(_MIGRATIONS):
        raise StoreError(f"the conversations were written by a newer Vireo (schema {version})", "Update this one.")
    if version == 0 and tables:
        raise StoreError("the file of conversations belongs to another program", "Name another file.")
    return version


@contextmanager
def as_store_errors() -> Iterator[None]:
    """What SQLite and the file system raise, as a StoreError."""
    try:
        yield
    except apsw.Error as error:
        known = [(what, hint) for kind, what, hint in _CAUSES if isinstance(error, kind)]
        what, hint = known[0] if known else (f"the conversations cannot be read or written: {error}", "")
        raise StoreError(what, hint) from error
    except OSError as error:
        reason = f"the file of conversations cannot be opened: {error.strerror}"
        raise StoreError(reason, "Check the folder and its permissions.") from error
