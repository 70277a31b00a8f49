"""One end of a pipe: numbered requests that either end may make, each answered by a stream of items.

Every queue is bounded: an answer may run only `WINDOW` items ahead of its reader, and both ends look for a sign of life
while they wait.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass
from itertools import count
from queue import Empty, Full, Queue
from threading import Event as Flag
from threading import Lock, Semaphore, Thread
from time import monotonic
from typing import Any, BinaryIO

import numpy as np

from assistant.errors import AssistantError, LostError, StoppedError
from assistant.wire.packing import packed, receive

VERSION = 2
WINDOW = 16
HEAVY = 6 * 2**20
"""Bytes from which on an item counts for several, so that large frames do not fill the memory of either end."""
BUSIEST = 64
"""Requests that may be open at once."""
PATIENCE = 30.0
"""Seconds without any sign of life after which the other end counts as lost."""

Verbs = Mapping[str, Callable[..., Any]]

_log = logging.getLogger(__name__)


class Link:
    """One end of a pipe: asks the other end, and answers what it asks with `verbs`."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, verbs: Verbs, name: str = "other end") -> None:
        self.name = name
        self.closed = Flag()
        self._incoming, self._outgoing, self._verbs = incoming, outgoing, verbs
        self._numbers = count(1)
        self._waiting: dict[int, Queue[tuple[str, Any]]] = {}
        self._answering: dict[int, _Answer] = {}
        self._changing = Lock()
        self._outbox: Queue[Any] = Queue(4 * WINDOW)
        self._heard = monotonic()
        self.send("hello", 0, VERSION)
        Thread(target=self._write, daemon=True, name=f"to the {name}").start()
        Thread(target=self._read, daemon=True, name=f"from the {name}").start()

    def request(self, verb: str, *arguments: Any, deadline: float | None = None) -> Iterator[Any]:
        """What the other end answers, item by item; closing the iterator cancels the request.

        Args:
            verb: one the other end knows
            arguments: values that can be packed
            deadline: seconds the other end may take for one item; None waits as long as it shows signs of life

        Raises:
            LostError: the other end has gone, is mute for `PATIENCE`, or took longer than the deadline
            AssistantError: what the other end raised
        """
        number, answers = next(self._numbers), Queue[tuple[str, Any]](WINDOW + 8)
        self._waiting[number] = answers
        kind = ""
        try:
            self.send("ask", number, [verb, list(arguments)])
            taken = 0
            while True:
                kind, value = self._next(answers, deadline)
                if kind != "item":
                    break
                yield value
                taken += weight(value)
                if taken >= WINDOW // 2:
                    self.send("more", number, taken)
                    taken = 0
            if kind != "end":
                raise value
        finally:
            del self._waiting[number]
            if kind not in ("end", "fail") and not self.closed.is_set():
                with suppress(LostError):
                    self.send("cancel", number, None)

    def call(self, verb: str, *arguments: Any, deadline: float | None = PATIENCE) -> Any:
        """The one value the other end answers."""
        for value in self.request(verb, *arguments, deadline=deadline):
            return value
        return None

    def tell(self, verb: str) -> None:
        """Have a quick verb run at the other end before whatever is asked later; nothing is answered."""
        with suppress(LostError):
            self.send("tell", 0, verb)

    def interrupt(self) -> None:
        """End every request this end waits for with a StoppedError, at once."""
        for answers in list(self._waiting.values()):
            _force(answers, ("stop", StoppedError("Stopped.")))

    def close(self) -> None:
        """Fail what waits, end what is being answered, and let the writer go."""
        with self._changing:
            if self.closed.is_set():
                return
            self.closed.set()
        for answers in list(self._waiting.values()):
            _force(answers, ("lost", self._lost("has ended")))
        for answer in list(self._answering.values()):
            answer.cancel()
        _force(self._outbox, None)

    def send(self, kind: str, number: int, value: Any) -> None:
        """Queue one message; LostError when the other end does not take it, AssistantError when it cannot be packed."""
        if self.closed.is_set():
            raise self._lost("has ended")
        pieces = packed((kind, number, value))
        try:
            self._outbox.put(pieces, timeout=PATIENCE)
        except Full:
            raise self._give_up("does not read any more") from None

    def _next(self, answers: Queue[tuple[str, Any]], deadline: float | None) -> tuple[str, Any]:
        begun = asked = monotonic()
        while True:
            with suppress(Empty):
                return answers.get(timeout=min(1.0, deadline or 1.0))
            now = monotonic()
            if deadline is not None and now - begun > deadline:
                raise self._give_up(f"took longer than {deadline:.0f} s")
            if now - max(self._heard, begun) > PATIENCE:
                raise self._give_up(f"has been mute for {PATIENCE:.0f} s")
            if now - asked > 2.0:
                asked = now
                self.send("ping", 0, None)

    def _give_up(self, what: str) -> LostError:
        """Close the link to an end that is of no use any more."""
        lost = self._lost(what)
        self.close()
        return lost

    def _lost(self, what: str) -> LostError:
        return LostError(f"The {self.name} {what}.", "Ask again: a new one starts. The log says more: vireo doctor")

    def _write(self) -> None:
        with suppress(OSError, ValueError):
            while (pieces := self._outbox.get()) is not None:
                for piece in pieces:
                    self._outgoing.write(piece)
                self._outgoing.flush()
        self.close()
        with suppress(OSError):
            self._outgoing.close()

    def _read(self) -> None:
        try:
            while True:
                kind, number, value = receive(self._incoming)
                self._heard = monotonic()
                self._take(kind, number, value)
        except (EOFError, OSError):
            pass
        except Exception as error:  # noqa: BLE001  whatever the other end said, the link must be closed
            _log.error("%s: %s", self.name, error)
        self.close()
        with suppress(OSError):
            self._incoming.close()

    def _take(self, kind: str, number: int, value: Any) -> None:
        match kind:
            case "item" | "end" | "fail":
                if number in self._waiting:
                    _force(self._waiting[number], (kind, value))
            case "ask":
                self._answer(number, *value)
            case "cancel" if number in self._answering:
                self._answering[number].cancel()
            case "more" if number in self._answering:
                self._answering[number].permit(value)
            case "ping":
                with suppress(Full):
                    self._outbox.put_nowait(packed(("pong", 0, None)))
            case "tell" if value in self._verbs:
                self._verbs[value]()
            case "hello" if value != VERSION:
                raise LostError(f"speaks version {value} of the protocol, this end version {VERSION}")

    def _answer(self, number: int, verb: str, arguments: list[Any]) -> None:
        if len(self._answering) >= BUSIEST:
            self.send("fail", number, LostError(f"The {self.name} is busy."))
            return
        answer = self._answering[number] = _Answer(self, number)
        Thread(target=self._run, args=(answer, verb, arguments), daemon=True, name=verb).start()

    def _run(self, answer: _Answer, verb: str, arguments: list[Any]) -> None:
        try:
            answer.run(self._verbs.get(verb, _unknown), arguments)
        finally:
            del self._answering[answer.number]


class _Answer:
    """One request of the other end, being answered in a thread of its own."""

    def __init__(self, link: Link, number: int) -> None:
        self.number = number
        self._link = link
        self._room = Semaphore(WINDOW)
        self._cancelled = Flag()

    def cancel(self) -> None:
        self._cancelled.set()
        self._room.release(WINDOW)

    def permit(self, more: int) -> None:
        self._room.release(more)

    def run(self, verb: Callable[..., Any], arguments: list[Any]) -> None:
        """Send each item of the answer, then its end or its failure; LostError here means nobody listens."""
        with suppress(LostError):
            try:
                self._items(verb(*arguments))
                self._link.send("end", self.number, None)
            except AssistantError as error:
                self._link.send("fail", self.number, error)
            except Exception as error:  # noqa: BLE001  the other end must hear of it, whatever it is
                _log.exception("the verb failed")
                self._link.send("fail", self.number, AssistantError(f"Internal error: {type(error).__name__}."))

    def _items(self, result: Any) -> None:
        items = result if isinstance(result, Iterator) else iter((result,))
        try:
            for item in items:
                for _ in range(weight(item)):
                    self._room.acquire()
                if self._cancelled.is_set():
                    return
                self._link.send("item", self.number, item)
        finally:
            if hasattr(items, "close"):
                items.close()


def weight(item: Any) -> int:
    """For how many an item counts: 1 up to `HEAVY` bytes, so many that only one is on its way when it is very large."""
    values = [getattr(item, field.name) for field in fields(item)] if is_dataclass(item) else [item]
    size = sum(value.nbytes for value in values if isinstance(value, np.ndarray))
    return int(min(1 + size // HEAVY, WINDOW // 2 + 1))


def _unknown(*arguments: Any) -> None:
    raise LostError("This end does not know that request.", "The two ends may be of different versions.")


def _force(queue: Queue[Any], value: Any) -> None:
    """Put a value in, and make room for it if need be."""
    while True:
        try:
            queue.put_nowait(value)
            return
        except Full:
            with suppress(Empty):
                queue.get_nowait()
