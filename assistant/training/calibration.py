"""Finds how sure a trained model must be: thresholds from made scenes and phrases that it was never trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.models.confidence import THRESHOLDS, Confidence
from assistant.models.repair import mended
from assistant.models.vision import Vision
from assistant.training.exam import Case, Told, is_right
from assistant.training.examples import Shown

ANSWERED = 0.96
"""Share of the questions about its own world that a model should answer: what it doubts more is not said."""
PRECISE, TRUE = 0.95, 0.85
"""Shares of what is said without pictures, and of pictures, that should be right: less sure replies are not given."""
_LEAST, _STEPS = 0.05, 19


def calibrated(model: Vision, shown: Shown, cases: Sequence[Case], seed: int, number: int) -> Confidence:
    """The thresholds, over a number of questions about pictures and some cases of talk.

    The model must have a `Confidence`; what it asks for is not heeded meanwhile.
    """
    assert model.confidence is not None
    model.confidence = replace(model.confidence, seen=0.0, said=0.0, told=0.0)
    inside, said, right = _seen(model, shown, seed, number)
    share = (1 - ANSWERED) / 2
    seen = min(0.98, float(np.quantile(inside, share)))
    doubted = max(float(np.quantile(said, share)), _least(said, right, TRUE))
    model.confidence = replace(model.confidence, seen=seen, said=doubted, told=_told(model, cases))
    return model.confidence


def kept(confidence: Confidence, folder: Path) -> None:
    """Write the thresholds beside a checkpoint."""
    told = {name: round(getattr(confidence, name), 4) for name in ("seen", "said", "told")}
    (folder / THRESHOLDS).write_text(json.dumps(told) + "\n", encoding="utf-8")


def _seen(model: Vision, shown: Shown, seed: int, number: int) -> tuple[list[float], list[float], list[bool]]:
    """Of pictures of its world: how well known they are, how sure the answers about them, and which are right."""
    rng = np.random.default_rng(seed)
    inside, said, right = list[float](), list[float](), list[bool]()
    for _ in range(number):
        example = shown.shown("still", rng, "test")
        asked = 2 if example.messages[0].role == "system" else 1
        answer = Told.of(model.reply(example.messages[:asked])).text
        inside.append(min(model.sureness.inside))
        said.append(model.sureness.least)
        right.append([answer] == list(example.messages[asked].parts))
    return inside, said, right


def _told(model: Vision, cases: Sequence[Case]) -> float:
    """The least threshold from which on what is said is right often enough."""
    sure, right = list[float](), list[bool]()
    for case in cases:
        told = Told.of(model.reply(case.messages, case.tools))
        helped = replace(told, calls=tuple(mended(told.calls, case.messages, case.tools)))
        sure.append(model.sureness.least)
        right.append(is_right(case, helped))
    return _least(sure, right, PRECISE)


def _least(sure: Sequence[float], right: Sequence[bool], share: float) -> float:
    """The least threshold from which on a share is right; nearly 1 where there is none."""
    for threshold in np.linspace(_LEAST, 1 - _LEAST, _STEPS):
        kept = [good for good, each in zip(right, sure, strict=True) if each >= threshold]
        if kept and sum(kept) >= share * len(kept):
            return float(threshold)
    return 1.0 - _LEAST
