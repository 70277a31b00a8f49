"""Whose turn it is at the weights of a model: one at a time, and of those who wait the most urgent first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from itertools import count


class Rank(IntEnum):
    """How urgent a work is; the least number is the most urgent."""

    QUESTION = 0
    """Somebody waits for the answer."""
    FRAME = 1
    """What may be asked about later is read ahead."""
    TIDYING = 2
    """What is held is read once more, to be as if nothing had been forgotten."""


class Turns:
    """The turns of several threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: set[tuple[Rank, int]] = set()
        self._numbers, self._busy = count(), False

    @contextmanager
    def at(self, rank: Rank) -> Iterator[None]:
        """Wait for a turn, and have it; those of one rank come in their order."""
        ticket = rank, next(self._numbers)
        with self._changed:
            self._waiting.add(ticket)
            try:
                self._changed.wait_for(lambda: not self._busy and min(self._waiting) == ticket)
                self._busy = True
            finally:
                self._waiting.discard(ticket)
        try:
            yield
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def is_wanted(self, rank: Rank) -> bool:
        """Whether somebody waits whose work is more urgent."""
        with self._changed:
            return any(other < rank for other, _ in self._waiting)
