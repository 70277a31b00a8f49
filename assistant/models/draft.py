"""A reply that is made before it is asked for: in the silence that may be the end of a question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from threading import Thread

from assistant.errors import ModelError
from assistant.types import Message, Reply


class Draft:
    """Runs a reply in a thread; nobody sees it until it is taken.

    Args:
        messages: what it replies to
        begin: begins the reply, whose tokens it notes in a list
        guess: tokens that may be the reply, of an earlier draft
    """

    def __init__(
        self,
        messages: Sequence[Message],
        begin: Callable[[list[int]], Iterator[Reply]],
        guess: Sequence[int] = (),
    ) -> None:
        self._messages, self._guess, self._spoilt = tuple(messages), tuple(guess), False
        self.ids: list[int] = []
        """The tokens so far."""
        self._made: SimpleQueue[Reply | ModelError | None] = SimpleQueue()
        self._replies = begin(self.ids)
        self._thread = Thread(target=self._run, name="drafting", daemon=True)
        self._thread.start()

    def fits(self, messages: Sequence[Message]) -> bool:
        """Whether it is the reply to a talk."""
        return not self._spoilt and self._messages == tuple(messages)

    def spoil(self) -> None:
        """It is stopped, and is not whole."""
        self._spoilt = True

    @property
    def guess(self) -> Sequence[int]:
        """What another draft may begin with: the tokens so far, or those that this one had not come to."""
        return max(tuple(self.ids), self._guess, key=len)

    def taken(self) -> Iterator[Reply]:
        """The reply: what is made at once, the rest as it comes. Raises ModelError."""
        while (item := self._made.get()) is not None:
            if isinstance(item, ModelError):
                raise item
            yield item

    def wait(self, seconds: float | None = None) -> bool:
        """Until all is made, or for some seconds; whether all is made."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            for item in self._replies:
                self._made.put(item)
        except ModelError as error:
            self._made.put(error)
        finally:
            self._made.put(None)  # whatever happens, nobody waits for ever
