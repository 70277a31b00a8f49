"""Questions about made scenes with their true answers, in many wordings, of which some are held out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np

from assistant.training.motions import Happening
from assistant.training.names import an
from assistant.training.phrasebook import Split
from assistant.training.scenes import Scene
from assistant.training.skills import OFTEN, SKILLS, Asked

HELD_OUT = 18
"""Percent of the wordings that nothing is trained on."""
_NAMES = tuple(SKILLS)
_SHARES = np.array(OFTEN) / sum(OFTEN)


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its true answer, and the skill that it takes."""

    skill: str
    text: str
    answer: str


class Questions:
    """Asks about scenes.

    Args:
        wordings: of each skill, with {slots} and (one|another) word
    """

    def __init__(self, wordings: Mapping[str, Sequence[str]]) -> None:
        self._wordings = {
            (skill, split): tuple(w for w in every if _split(w) == split) or tuple(every)
            for skill, every in wordings.items()
            for split in ("train", "test")
        }

    @classmethod
    def load(cls, path: Path) -> Questions:
        """From a file with a line `@skill` before its wordings, one a line."""
        wordings: dict[str, list[str]] = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("@"):
                wordings[line[1:]] = []
            elif line.strip():
                wordings[list(wordings)[-1]].append(line)
        return cls(wordings)

    def about(self, scene: Scene, rng: np.random.Generator, split: Split, skill: str = "") -> Question | None:
        """A question about a picture; None where the scene has nothing that the skill could be asked of."""
        skill = skill or str(rng.choice(_NAMES, p=_SHARES))
        asked = SKILLS[skill](scene, rng)
        return None if asked is None else self._worded(skill, asked, rng, split)

    def happening(self, happening: Happening, rng: np.random.Generator, split: Split, pair: bool) -> Question:
        """A question about a clip, or about a pair of pictures."""
        skill = "change" if pair else "motion"
        return self._worded(skill, ({}, told(happening, pair)), rng, split)

    def _worded(self, skill: str, asked: Asked, rng: np.random.Generator, split: Split) -> Question:
        wordings = self._wordings[skill, split]
        wording = wordings[int(rng.integers(len(wordings)))]
        one = re.sub(r"\(([^()]*)\)", lambda choice: str(rng.choice(choice[1].split("|"))), wording)
        return Question(skill, one.format(**asked[0]), asked[1])


def _split(wording: str) -> Split:
    return "test" if crc32(wording.encode()) % 100 < HELD_OUT else "train"


def told(happening: Happening, pair: bool = False) -> str:
    """What happens, in a sentence."""
    thing, way = happening.thing, happening.way
    if thing is None:
        return "I see no difference." if pair else "Nothing moves."
    ways = {"left": "to the left", "right": "to the right"}
    sentences = {
        "moves": (f"The {thing.name} moves {ways.get(way, way)}.", f"The {thing.name} moved {ways.get(way, way)}."),
        "appears": (f"{an(thing.name).capitalize()} appears.", f"There is a new {thing.name}."),
        "goes": (f"The {thing.name} disappears.", f"The {thing.name} is gone."),
        "recoloured": (f"The {thing.name} turns {way}.", f"The {thing.name} turned {way}."),
        "grows": (f"The {thing.name} gets bigger.", f"The {thing.name} got bigger."),
        "shrinks": (f"The {thing.name} gets smaller.", f"The {thing.name} got smaller."),
    }
    return sentences[happening.what][pair]
