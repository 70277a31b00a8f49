"""A model by rules: the offline default until a real one is there, and the double of the tests."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from assistant.errors import ModelError
from assistant.models.rules import answer
from assistant.types import Delta, Message, Reply, Usage

Script = Callable[[Sequence[Message], Sequence[Mapping[str, Any]]], Iterable[Reply]]
"""What to reply to a conversation, given the schemas of the tools."""


class Scripted:
    """Replies what a script says; text is streamed word by word."""

    def __init__(self, script: Script = answer, label: str = "rules, offline: no eyes of its own") -> None:
        self._script, self._label = script, label
        self._stops = 0

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        if schema is not None:
            raise ModelError("Rules cannot fill a schema.", "Choose a model: vireo models")
        stops, words = self._stops, 0
        for item in self._script(messages, tools):
            for piece in _words(item):
                if self._stops != stops:
                    return
                words += isinstance(piece, Delta)
                yield piece
        yield Usage(decoded=words)

    def stop(self) -> None:
        self._stops += 1

    def label(self) -> str:
        return self._label


def _words(item: Reply) -> Iterator[Reply]:
    if isinstance(item, Delta):
        yield from map(Delta, re.findall(r"\s*\S+|\s+$", item.text))
    else:
        yield item
