"""What long work has read from files, kept by the content that it was read from."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from assistant.errors import StoreError
from assistant.store.database import Database
from assistant.store.words import storable

PATIENCE = 0.2
"""Seconds that are waited for another process: to read a file again is better than to wait for long."""
_MAKE_ROOM = """
    DELETE FROM reading WHERE used < ?1 OR key IN (
        SELECT key FROM (SELECT key, sum(size) OVER (ORDER BY used DESC, rowid DESC) AS total FROM reading)
        WHERE total > ?2)
    """


class KeptReadings:
    """A `Shelf` in the store's file: what was not used for longest goes first. What fails is a miss, never an error."""

    def __init__(
        self,
        file: Database,
        most: int = 64 << 20,
        largest: int = 4 << 20,
        days: float = 30.0,
        clock: Callable[[], float] = time.time,
        edition: str = "",
    ) -> None:
        """Keep `most` bytes at the most, no value of over `largest`, and nothing that was not used for some `days`.

        `edition` stands for the readers: what another one has read is not found.
        """
        self._file, self._clock, self._edition = file, clock, edition
        self._most, self._largest, self._oldest = most, largest, days * 86_400

    def kept(self, key: str) -> Any | None:
        """The value, or None; a value that is asked for stays longer."""
        text = None
        with suppress(StoreError), self._file.impatient(PATIENCE):
            text = self._text(self._named(key))
        with suppress(ValueError, RecursionError):
            return None if text is None else json.loads(text)
        return None

    def keep(self, key: str, value: Any) -> None:
        """Keep a JSON value, if there is room; TypeError for what is none."""
        text, now = json.dumps(value), self._clock()
        size = len(text) + len(key)
        if size > min(self._largest, self._most):
            return
        with suppress(StoreError), self._file.impatient(PATIENCE), self._file.writing():
            self._file.rows("INSERT OR REPLACE INTO reading VALUES(?, ?, ?, ?)", self._named(key), now, size, text)
            self._file.rows(_MAKE_ROOM, now - self._oldest, self._most)

    def size(self) -> tuple[int, int]:
        """How many readings are kept, and their bytes; StoreError as the store."""
        with self._file.reading():
            [(count, total)] = self._file.rows("SELECT count(*), coalesce(sum(size), 0) FROM reading")
        return int(count), int(total)

    def clear(self) -> None:
        """Forget all readings: no byte of them stays; StoreError as the store."""
        with self._file.writing():
            self.drop()
        self._file.scrub()

    def drop(self) -> None:
        """Delete all readings within a transaction of another."""
        self._file.rows("DELETE FROM reading")

    def _named(self, key: str) -> str:
        return storable(f"{self._edition} {key}" if self._edition else key)

    def _text(self, key: str) -> str | None:
        now = self._clock()
        query = "SELECT value, used FROM reading WHERE key = ? AND used >= ?"
        rows = self._file.rows(query, key, now - self._oldest)
        if not rows:
            return None
        text, used = rows[0]
        if used < now:
            with suppress(StoreError), self._file.writing():
                self._file.rows("UPDATE reading SET used = ? WHERE key = ?", now, key)
        return str(text)
