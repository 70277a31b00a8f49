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
    """

    def __init__(self, messages: Sequence[Message], begin: Callable[[list[int]], Iterator[Reply]]) -> None:
        self.messages = tuple(messages)
        self.ids: list[int] = []
        """The tokens so far."""
        self._made: SimpleQueue[Reply | ModelError | None] = SimpleQueue()
        self._replies = begin(self.ids)
        self._thread = Thread(target=self._run, name="drafting", daemon=True)
        self._thread.start()

    def taken(self) -> Iterator[Reply]:
        """The reply: what is made at once, the rest as it comes. Raises ModelError."""
        while (item := self._made.get()) is not None:
            if isinstance(item, ModelError):
                raise item
            yield item

    def wait(self) -> None:
        """Until all is made."""
        self._thread.join()

    def _run(self) -> None:
        try:
            for item in self._replies:
                self._made.put(item)
        except ModelError as error:
            self._made.put(error)
        finally:
            self._made.put(None)  # whatever happens, nobody waits for ever
