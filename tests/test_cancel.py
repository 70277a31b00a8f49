"""Stopping: at any point of reading and of writing it is quick, and the next answer is as if nothing had been."""

from __future__ import annotations

import random
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
import torch
from small_models import vision_model

from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message, Usage

SYSTEM = Message("system", ("Be brief, and say only what you see. " * 12,))
IDLE = 0.15
"""Seconds until a stopped model is idle again, in 99 of 100 cases."""


class Stopper:
    """Stops a model when some number of its layers have begun their work."""

    def __init__(self, vision: Vision) -> None:
        self._vision, self.calls, self.at, self.since = vision, 0, -1, 0.0
        for module in vision._model.modules():
            for layer in module if isinstance(module, torch.nn.ModuleList) else ():
                layer.register_forward_pre_hook(self._count)

    def _count(self, *_: object) -> None:
        self.calls += 1
        if self.calls == self.at:
            self.since = perf_counter()
            self._vision.stop()


def talk(number: int) -> list[Message]:
    pictures = [
        Frame(np.random.default_rng(number * 8 + n).integers(0, 255, (64, 64, 3), dtype=np.uint8)) for n in range(3)
    ]
    return [SYSTEM, Message("user", (*pictures, f"What is it, number {number}?"))]


def told(vision: Vision, messages: list[Message]) -> str:
    return "".join(each.text for each in vision.reply(messages) if isinstance(each, Delta))


def stopped_at(vision: Vision, stopper: Stopper, number: int, point: int) -> tuple[bool, float]:
    """Whether a reply was stopped, and the seconds until the model was idle."""
    stopper.calls, stopper.at = 0, point
    *_, last = vision.reply(talk(number))
    stopper.at = -1
    assert isinstance(last, Usage)
    with vision._turns.at(0):  # type: ignore[arg-type]
        return stopper.calls >= point, perf_counter() - stopper.since


def cancelled(folder: Path, points: int) -> None:
    vision = Vision.load(folder, "cpu", "float32", limit=24)
    stopper, rng = Stopper(vision), random.Random(7)
    clean = []
    for number in range(5):
        vision.forget()
        clean.append(told(vision, talk(number)))
    whole = stopper.calls // 5
    times = []
    for turn in range(points):
        stopped, seconds = stopped_at(vision, stopper, turn % 5, rng.randint(1, whole))
        if stopped:
            times.append(seconds)
        if turn % 5 == 4 or points < 100:
            assert told(vision, talk((turn + 1) % 5)) == clean[(turn + 1) % 5]
    assert len(times) > points // 3  # what was read before makes later ones shorter
    assert float(np.quantile(times, 0.99)) <= IDLE


@pytest.mark.parametrize("family", ["idefics3", "qwen3_vl"])
def test_it_stops_at_any_point_and_answers_the_next_question(tmp_path: Path, family: str) -> None:
    cancelled(vision_model(tmp_path, family), 40)


@pytest.mark.long
def test_it_stops_at_700_points_and_answers_the_next_question(tmp_path: Path) -> None:
    cancelled(vision_model(tmp_path, "qwen3_vl"), 700)
