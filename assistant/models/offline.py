"""The model of a fresh clone: rules where they know the way, a small trained model where they do not."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assistant.errors import ModelError
from assistant.models.repair import mended
from assistant.models.rules import answer
from assistant.models.scripted import Scripted
from assistant.protocols import Model
from assistant.types import Delta, Frame, Message, Reply, ToolCall


class Offline:
    """A `Model` of two: rules, and one with small eyes and few words that says when it does not know.

    What is asked of the eyes, without tools, goes to the small model. In a talk the rules have the first word, the
    small model chooses where they cannot, and its calls are mended; what it says itself is said as it is.

    Args:
        small: the trained one
        label: what a person should know
    """

    def __init__(self, small: Model, label: str) -> None:
        self._small, self._label = small, label
        self._rules = Scripted(lambda messages, tools: answer(messages, tools, self._chosen))

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        if schema is not None:
            raise ModelError("The offline model cannot fill a schema.", "Choose a model: vireo models")
        if tools or not any(isinstance(part, Frame) for message in messages for part in message.parts):
            return self._rules.reply(messages, tools)
        return self._small.reply(bare(messages))

    def stop(self) -> None:
        self._rules.stop()
        self._small.stop()

    def label(self) -> str:
        return self._label

    def _chosen(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> list[Reply]:
        """What the small model replies to words alone: calls of tools, or a sentence; none where it is not sure."""
        talk = [Message(m.role, tuple(p for p in m.parts if not isinstance(p, Frame))) for m in bare(messages)]
        try:
            replies = list(self._small.reply(talk, tools))
        except ModelError as error:  # the rules can do without
            logging.getLogger(__name__).warning("the small model: %s", error.sentence())
            return []
        calls = mended([reply for reply in replies if isinstance(reply, ToolCall)], talk, tools)
        words = "".join(reply.text for reply in replies if isinstance(reply, Delta)).strip()
        return list(calls) or ([Delta(words)] if words and "<tool_call>" not in words else [])


def bare(messages: Sequence[Message]) -> list[Message]:
    """The talk without the system prompt: the small model was trained to do without."""
    return [message for message in messages if message.role != "system"]
