"""What a talk lets go of when it grows too long: its oldest turns, and the oldest frames of those that stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.types import Frame, Message, Part, Profile

Talk = tuple[Message, ...]
"""A system prompt may stand before the turns; the last message may be open."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of a talk is held."""

    frames: int = 64
    at_once: int = 16
    """Frames over the budget that go together with the one that is too many; a batch is cheaper than each alone."""
    turns: int = 32
    """Questions with their answers, before the open one."""

    @classmethod
    def of(cls, profile: Profile) -> Budget:
        """That of a model: a window of its last frames moves with each new one, a memory loses many at once."""
        return cls(profile.frames, 1) if profile.keeps == "window" and profile.frames else cls()

    def shortened(self, talk: Talk) -> Iterator[Talk]:
        """A talk that is over the budget, step by step: each has a stretch less than the one before."""
        for step in (self._without_turns, self._without_frames):
            for shorter in step(talk):
                talk = shorter
                yield talk

    def _without_turns(self, talk: Talk) -> Iterator[Talk]:
        begins = [n for n, message in enumerate(talk[:-1]) if message.role == "user"]
        if len(begins) > self.turns:
            kept = begins[-max(1, self.turns * 3 // 4)]
            yield talk[: begins[0]] + talk[kept:]

    def _without_frames(self, talk: Talk) -> Iterator[Talk]:
        over = len(frames_of(talk)) - self.frames
        left = over + self.at_once - 1 if over > 0 else 0
        for n, message in enumerate(talk):
            number = min(left, len(frames_of([message])))
            if number:
                talk, left = (*talk[:n], _without(message, number), *talk[n + 1 :]), left - number
                yield talk


def frames_of(talk: Sequence[Message]) -> list[Frame]:
    """All frames, in their order."""
    return [part for message in talk for part in message.parts if isinstance(part, Frame)]


def _without(message: Message, number: int) -> Message:
    """A message without its first frames and their times; its words stay."""
    places = [n for n, part in enumerate(message.parts) if isinstance(part, Frame)]
    until = places[number - 1] + 1
    kept = (part for part in message.parts[:until] if not _is_seen(part))
    return replace(message, parts=(*kept, *message.parts[until:]))


def _is_seen(part: Part) -> bool:
    """Whether a part is a frame, or the time of one."""
    return isinstance(part, Frame) or (isinstance(part, str) and part.startswith("[") and part.endswith(" s]"))
