"""What a made tool answers, and the short answer that rests on it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from assistant.evidence import numbered
from assistant.sources import Source
from assistant.training.vocabulary import Vocabulary
from assistant.types import Evidence, ToolCall, ToolResult

MARK = re.compile(r"\[e(\d+(?:, e\d+)*)\]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result, and what is said of it; its marks such as [e1] count the evidence from 1 on."""

    text: str
    evidence: tuple[Evidence, ...]
    answer: str
    failed: bool = False

    def result(self, call: ToolCall, first: int) -> ToolResult:
        """The result with ids from e`first` on."""
        return numbered(ToolResult(call.id, call.name, self.text, self.evidence, failed=self.failed), first)

    def said(self, first: int) -> str:
        """The answer that cites these ids."""
        return MARK.sub(lambda mark: re.sub(r"\d+", lambda n: str(int(n[0]) + first - 1), mark[0]), self.answer)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a tool was called for, and where chance and words come from."""

    call: ToolCall
    asks: str
    rng: Random
    vocabulary: Vocabulary
    kind: str = "picture"
    """Of the source."""
    seconds: float = 60.0
    """How long the source is."""
    kept: tuple[str, ...] = ()
    """What was remembered before in the conversation."""

    @property
    def source(self) -> str:
        return str(self.call.arguments.get("source", "camera"))

    @property
    def span(self) -> tuple[float, float]:
        """The part of a clip that is asked about."""
        part, given = Source.of(self.source), self.call.arguments
        since = float(given.get("since") or part.since or 0.0)
        until = float(given.get("until") or part.until or max(self.seconds, since + 5))
        return since, until

    def times(self, number: int) -> list[float]:
        """Some times in this part, in order."""
        since, until = self.span
        return sorted(round(self.rng.uniform(since, since + 0.9 * (until - since)), 1) for _ in range(number))

    def word(self, slot: str) -> str:
        return self.vocabulary.draw(slot, self.rng).text

    def seen(self, text: str, at: float | None = None, kind: str = "line") -> Evidence:
        return Evidence(self.source, at, text=text, kind=kind)


Maker = Callable[[Asked], Outcome]


def marks(first: int, last: int) -> str:
    """The citation of evidence from one number to another."""
    return "[" + ", ".join(f"e{number}" for number in range(first, last + 1)) + "]"


def quoted(lines: list[str]) -> str:
    return ", ".join(f'"{line}"' for line in lines)
