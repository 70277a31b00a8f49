"""Tries a model on made scenes and wordings that it was never trained on, beside the best constant answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.protocols import Model
from assistant.training.colours import COLOURS
from assistant.training.examples import Example, Kind, Shown
from assistant.training.shapes import KINDS
from assistant.types import Abstained, Delta

BARS = {
    "describe": 0.85, "count_kind": 0.75, "count_colour": 0.75, "count_all": 0.75, "colour": 0.85, "where": 0.75,
    "exists": 0.85, "at": 0.75, "biggest": 0.85, "smallest": 0.85, "relation": 0.85, "larger": 0.85, "ground": 0.95,
    "light": 0.95, "arrow": 0.85, "words": 0.85, "motion": 0.7, "change": 0.7, "outside": 0.9, "answers": 0.95,
    "abstains": 0.9,
}  # fmt: skip
"""What a skill must reach to be claimed. "outside" is to tell its world from others; "answers" is to answer anything at
all about its own world, "abstains" to say of others that it cannot tell."""
DOUBT = ("answers", "abstains")
"""Skills that one constant answer has wholly, but never both."""
_UNKNOWN = "I cannot tell"
_ANYWHERE = ("describe", "count_kind", "count_colour", "count_all", "colour", "where", "exists", "at")
"""Skills that can be asked of every picture, and only of its world be answered."""
_NAMED = re.compile(rf"({'|'.join(COLOURS)}) ({'|'.join(KINDS)})")


@dataclass(frozen=True, slots=True)
class Mark:
    """How well a skill is done."""

    skill: str
    cases: int
    right: float
    """0..1; for descriptions the mean F1 of the things that are named."""
    constant: float
    """What the best constant answer would have."""
    bar: float


def trial(
    model: Model, shown: Shown, seed: int, cases: int, report: Callable[[str, float], None] = lambda text, done: None
) -> tuple[Mark, ...]:
    """The marks of all skills, over a number of cases each; greedy answers through the product's own model."""
    marks = []
    for number, (skill, bar) in enumerate(BARS.items()):
        rng = np.random.default_rng((seed, number))
        examples = [_case(shown, skill, rng) for _ in range(cases)]
        answers = [_answer(model, example) for example in examples]
        marks.append(mark(skill, [_wanted(example) for example in examples], answers, bar))
        report(f"{skill} {marks[-1].right:.2f}", (number + 1) / len(BARS))
    return tuple(marks)


def mark(skill: str, wanted: Sequence[str], answers: Sequence[str], bar: float) -> Mark:
    """The mark of a skill from the wanted and the given answers."""
    right = [score(skill, want, answer) for want, answer in zip(wanted, answers, strict=True)]
    every = () if skill in DOUBT else set(wanted)
    best = max((sum(score(skill, want, same) for want in wanted) for same in every), default=0.0)
    return Mark(skill, len(wanted), sum(right) / max(1, len(right)), best / max(1, len(wanted)), bar)


def score(skill: str, wanted: str, answer: str) -> float:
    """1 for a right answer.

    A description has the F1 of its things; where yes or no is asked that alone counts, and for "outside", of which half
    the cases are of the world, whether it is told that nothing can be told.
    """
    if skill == "describe":
        return _overlap(_NAMED.findall(wanted), _NAMED.findall(answer))
    if skill in ("outside", *DOUBT):
        return float(wanted.startswith(_UNKNOWN) == answer.startswith(_UNKNOWN))
    if skill in ("exists", "relation", "words"):
        return float(_first(wanted) == _first(answer))
    return float(wanted.strip().lower() == answer.strip().lower())


def _overlap(wanted: Sequence[tuple[str, str]], named: Sequence[tuple[str, str]]) -> float:
    if not wanted and not named:
        return 1.0
    common = sum((Counter(wanted) & Counter(named)).values())
    return 2 * common / (len(wanted) + len(named))


def _first(answer: str) -> str:
    return re.split(r"\W", answer.strip().lower(), maxsplit=1)[0]


def _case(shown: Shown, skill: str, rng: np.random.Generator) -> Example:
    if skill in ("motion", "change"):
        return shown.shown("clip" if skill == "motion" else "pair", rng, "test")
    kind: Kind = "outside" if skill == "abstains" or (skill == "outside" and rng.random() < 0.5) else "still"
    asked = str(rng.choice(_ANYWHERE)) if skill in DOUBT else "describe" if skill == "outside" else skill
    return shown.shown(kind, rng, "test", asked)


def _wanted(example: Example) -> str:
    return "".join(part for part in example.messages[-1].parts if isinstance(part, str))


def _answer(model: Model, example: Example) -> str:
    replies = list(model.reply(example.messages[:-1]))
    if any(isinstance(reply, Abstained) for reply in replies):
        return _UNKNOWN
    return "".join(reply.text for reply in replies if isinstance(reply, Delta))
