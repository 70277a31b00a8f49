"""A request as a router reads it: numbers of its words, and how much the tools without a class share with it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.models import talk
from assistant.models.traits import BUCKETS, MEANINGS, Offer, crossed, grams, letters, place, surroundings, terms
from assistant.types import Message

SIGNS = 13
"""Numbers that tell how much a tool has in common with a request."""
AGAIN = "again"
"""The class of an answer that is given once more."""
_AROUND = 1.0
"""What a trait of the surroundings weighs; the squares of what all the words weigh are together 1."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a router has classes for, and how rare words are."""

    tools: tuple[str, ...]
    sentences: tuple[str, ...]
    none: str
    """The sentence where no offered tool fits."""
    kin: tuple[tuple[str, ...], ...] = ()
    """Groups of tools that may stand in for each other."""
    rarity: tuple[float, ...] = (1.0,) * MEANINGS

    @property
    def classes(self) -> tuple[str, ...]:
        return (*self.tools, *self.sentences, AGAIN)

    @property
    def short(self) -> dict[str, str]:
        """Tools and sentences by the names that traits have for them."""
        return {name: name for name in self.tools} | {text: f"s{n}" for n, text in enumerate(self.sentences)}

    def rare(self, words: frozenset[str]) -> float:
        return math.fsum(self.rarity[place(word)] for word in words)  # exact, in whatever order


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with the tools that it is offered."""

    traits: tuple[int, ...]
    weights: tuple[float, ...]
    meanings: tuple[int, ...]
    offered: tuple[bool, ...]
    """Of each class, whether it may be replied: all sentences, and the tools that are offered."""
    hidden: tuple[bool, ...]
    """Of each class, whether it cannot be meant: a tool that is not offered while one of its kin is."""
    crowd: float
    """The logarithm of how many tools are offered."""
    others: tuple[Offer, ...]
    """Tools without a class."""
    signs: tuple[tuple[float, ...], ...]
    """What each of those shares with the request."""

    @classmethod
    def of(cls, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], known: Known) -> Asked:
        words = terms(talk.question(messages)[0])
        said, around = (list(of(messages, words, known.short)) for of in (crossed, surroundings))
        said += grams(words)
        runs = frozenset(letters(words))
        names = {str(tool["function"]["name"]) for tool in tools}
        near = {name for group in known.kin if not names.isdisjoint(group) for name in group} - names
        others = tuple(Offer.of(tool) for tool in tools if tool["function"]["name"] not in known.tools)
        number = not {"NUMBER", "CLOCK"}.isdisjoint(words)
        matter = frozenset(word for word in words if len(word) > 1)
        return cls(
            (*(place(each, BUCKETS) for each in said), *(place(f"@{each}", BUCKETS) for each in around)),
            (1 / math.sqrt(len(said)),) * len(said) + (_AROUND,) * len(around),
            tuple(place(each) for each in (*words, *sorted(runs))),
            tuple(name in names or name not in known.tools for name in known.classes),
            tuple(name in near and name in known.tools for name in known.classes),
            crowd := math.log(1 + len(tools)),
            others,
            tuple((*_signs(matter, runs, number, offer, known), crowd / 2) for offer in others),
        )


def _signs(words: frozenset[str], runs: frozenset[str], number: bool, offer: Offer, known: Known) -> tuple[float, ...]:
    """How much of the words and letters they share, the rare ones counting most; and whether numbers fit."""
    told, named, wide = (known.rare(each) + 1 for each in (offer.told, offer.named, offer.runs))
    shared, name, letters = (known.rare(s) for s in (words & offer.told, words & offer.named, runs & offer.runs))
    return (
        *(shared / 8, shared / told, shared / (known.rare(words) + 1)),
        *(name / 4, name / named),
        *(letters / 16, letters / wide, letters / (known.rare(runs) + 1)),
        *(float(offer.counts and number), float(offer.counts and not number), float(number and not offer.counts)),
        len(offer.named) / 4,
    )
