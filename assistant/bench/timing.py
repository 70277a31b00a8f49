"""Times two sides that do the same work, in turns: A B B A, so that a busy machine is unjust to neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Times(Generic[Answer]):
    """What one side needed, round by round, and what it answered last."""

    wall: list[float] = field(default_factory=list)
    """Seconds."""
    cpu: list[float] = field(default_factory=list)
    """Seconds of all threads of this process."""
    answer: Answer | None = None

    def take(self, work: Callable[[], Answer]) -> None:
        wall, cpu = perf_counter(), process_time()
        self.answer = work()
        self.cpu.append(process_time() - cpu)
        self.wall.append(perf_counter() - wall)

    def figures(self) -> dict[str, float]:
        """Medians, and the spread of the CPU time: its range over its median."""
        spread = (max(self.cpu) - min(self.cpu)) / median(self.cpu)
        return {"cpu": round(median(self.cpu), 4), "wall": round(median(self.wall), 4), "spread": round(spread, 3)}


def in_turns(
    ours: Callable[[], Answer], theirs: Callable[[], Answer], rounds: int
) -> tuple[Times[Answer], Times[Answer]]:
    """Both sides timed `rounds` times each."""
    sides = Times[Answer](), Times[Answer]()
    works = (ours, theirs)
    for number in range(rounds):
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            sides[side].take(works[side])
    return sides
