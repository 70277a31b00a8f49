"""Hours of looking on: what a turn costs and what is held stay as they were."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from small_models import vision_model

from assistant.models.forgetting import Budget, frames_of
from assistant.models.live import LiveTalk
from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message, Usage

SYSTEM = Message("system", ("Be brief, and say only what you see.",))
EVERY = 37
"""Seconds from one question to the next; there is a frame each second."""


@dataclass
class Turn:
    """What one question cost, with the frames before it, and what was held when it was answered."""

    new: int
    resident: int
    frames: int
    messages: int


def resident() -> int:
    """Bytes of memory that the process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def watched(vision: Vision, seconds: int, budget: Budget) -> list[Turn]:
    live, turns, new, gone = LiveTalk(vision, budget, lambda frames: gone.extend(f.at for f in frames)), [], 0, []
    live.begin([SYSTEM])
    for second in range(seconds):
        pixels = np.random.default_rng(second).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        new += live.read([f"[{second}.0 s]", Frame(pixels, float(second))])
        if second % EVERY == EVERY - 1:
            new += live.read((), ("What is",))
            *said, usage = live.reply([*live.talk(), Message("user", (*live.held(), "What is it now?"))])
            assert isinstance(usage, Usage) and any(isinstance(each, Delta) for each in said)
            live.idle()
            turns.append(Turn(new + usage.read, resident(), len(frames_of(live.talk())), len(live.talk())))
            new = 0
    held = [frame.at for frame in frames_of([*live.talk(), Message("user", live.held())])]
    assert [*gone, *held] == [float(second) for second in range(seconds)]
    return turns


def flat(turns: list[Turn], name: str) -> bool:
    """Whether the last quarter is within 5 % of the second one."""
    quarter = len(turns) // 4
    second, last = (
        median(getattr(turn, name) for turn in part) for part in (turns[quarter : 2 * quarter], turns[-quarter:])
    )
    return bool(abs(last - second) <= 0.05 * second)


def looks_on(folder: Path, seconds: int) -> None:
    vision, budget = Vision.load(vision_model(folder, "qwen3_vl"), device="cpu", limit=12), Budget(32, 8, 6)
    turns = watched(vision, seconds, budget)
    assert flat(turns, "new") and flat(turns, "resident")
    assert all(turn.frames <= budget.frames and turn.messages <= 2 * budget.turns + 2 for turn in turns)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_minutes_of_frames_and_questions_cost_the_same_at_their_end(tmp_path: Path) -> None:
    looks_on(tmp_path, 16 * EVERY)


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_two_hours_of_frames_and_questions_cost_the_same_at_their_end(tmp_path: Path) -> None:
    looks_on(tmp_path, 7200)
