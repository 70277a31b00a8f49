"""One talk that a model reads while it happens: frames and half-spoken words come in before the question is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from assistant.errors import ModelError
from assistant.models.draft import Draft
from assistant.models.forgetting import Budget, frames_of
from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message, Part, Reply, ToolCall


def _unheard(frames: Sequence[Frame]) -> None:
    """Nobody wants to know what is forgotten."""


class LiveTalk:
    """A `Live` model over a `Vision`.

    What was read is kept by the model itself: a prompt that begins with the same tokens costs what is new. Here is
    only what the talk consists of, so that the same is asked again.

    Args:
        vision: reads and replies
        budget: how much of the talk is held
        forgotten: is told the frames that are let go of
    """

    def __init__(
        self,
        vision: Vision,
        budget: Budget = Budget(),  # noqa: B008  frozen
        forgotten: Callable[[Sequence[Frame]], None] = _unheard,
    ) -> None:
        self._vision, self._budget, self._forgotten = vision, budget, forgotten
        self._talk: tuple[Message, ...] = ()
        self._tools: tuple[Mapping[str, Any], ...] = ()
        self._open: tuple[Part, ...] = ()
        self._draft: Draft | None = None
        self._replying = False

    def begin(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> None:
        """Take up a talk as it is so far: its system prompt, and what was said."""
        self._talk, self._tools, self._open = tuple(messages), tuple(tools), ()

    def read(self, parts: Sequence[Part], tail: Sequence[Part] = ()) -> int:
        """Read what belongs to the user's next message; the tail may still change. The number of new tokens.

        While a reply is made it is only noted, and read the next time.
        """
        self._open = (*self._open, *parts)
        if self._replying:
            return 0
        self._forget()
        if not (self._open or tail):
            return 0
        return self._vision.read(self._with(*self._open, *tail), self._tools)

    def idle(self) -> bool:
        """Use a time of rest: read what was not read yet, and what is left once more when something was forgotten.

        Until then what was read behind a forgotten frame keeps what it made of it. False when nothing was to be done.
        """
        if self._replying or not (self._talk or self._open):
            return False
        return self._vision.tidy(self._with(*self._open), self._tools)

    def held(self) -> tuple[Part, ...]:
        """What the user's next message holds so far; frames that were forgotten are missing."""
        return self._open

    def talk(self) -> tuple[Message, ...]:
        """What was said before; what was forgotten is missing. The next reply is asked for behind it."""
        return self._talk

    def draft(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> Draft:
        """Begin the reply to a talk that may be over; nobody sees it until `reply` is asked for.

        Is the talk the same then, it is given as it is; else what still holds of it is kept, by one reading. So it is
        when another one is drafted meanwhile, because a word was revised.
        """
        if self._draft is not None and self._draft.fits(messages):
            return self._draft
        guess = self._undrafted()
        self._draft = Draft(messages, lambda ids: self._vision.reply(messages, tools, draft=guess, noted=ids), guess)
        return self._draft

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        """Continue the talk, whose last message holds what was read; see `Vision.reply`.

        What is read meanwhile belongs to the next message. After a ModelError the talk is as it was.
        """
        before, said, replies = (self._talk, self._open), list[Part](), self._replies(messages, tools, schema)
        self.begin(messages, tools)
        self._replying = True
        try:
            for item in replies:
                if isinstance(item, (Delta, ToolCall)):
                    said.append(item.text if isinstance(item, Delta) else item)
                yield item
        except ModelError:
            self._talk, self._open = before[0], (*before[1], *self._open)
            raise
        else:
            self._talk = (*messages, Message("assistant", _joined(said)))
        finally:
            self._replying = False
        self._forget()

    def fork(self) -> LiveTalk:
        """Another that has read the same, and goes its own way."""
        twin = LiveTalk(self._vision, self._budget)
        twin._talk, twin._tools, twin._open = self._talk, self._tools, self._open
        return twin

    def decide(self, parts: Sequence[Part], labels: Sequence[str]) -> dict[str, float]:
        """How likely each label is as the answer to some parts behind what was read; nothing of it is kept."""
        return self._vision.weigh(self._with(*self._open, *parts), labels, self._tools)

    def stop(self) -> None:
        if self._draft is not None:
            self._draft.spoil()
        self._vision.stop()

    def label(self) -> str:
        return self._vision.label()

    def _replies(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None
    ) -> Iterator[Reply]:
        if self._draft is not None and self._draft.fits(messages) and schema is None:
            draft, self._draft = self._draft, None
            return draft.taken()
        return self._vision.reply(messages, tools, schema, self._undrafted())

    def _undrafted(self) -> Sequence[int]:
        """End the draft; what may be kept of it."""
        draft, self._draft = self._draft, None
        if draft is None:
            return ()
        self._vision.stop()
        draft.wait()
        return draft.guess

    def _with(self, *parts: Part) -> list[Message]:
        return [*self._talk, Message("user", parts)]

    def _forget(self) -> None:
        """Let go of what is over the budget, a stretch at a time: nothing is read again."""
        before = tuple(self._with(*self._open))
        for after in self._budget.shortened(before):
            self._talk, self._open = after[:-1], after[-1].parts
            self._vision.shorten(before, after, self._tools)
            self._forgotten(frames_of(before)[: len(frames_of(before)) - len(frames_of(after))])
            before = after


def _joined(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The words in one."""
    words = "".join(part for part in parts if isinstance(part, str))
    calls = [part for part in parts if not isinstance(part, str)]
    return (*([words] if words else []), *calls)
