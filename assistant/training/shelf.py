"""Requests that are all offered the same tools: what is told of these has to be read only once for all of them."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from assistant.training.language import ABSENT, ALONE, NO_TOOL, Language, Request, mixed, related
from assistant.training.offers import Tool
from assistant.training.phrasebook import Family, Phrasebook, Split

_MADE_UP = 0.7
"""How often there are made-up tools beside all the real ones."""
_LACKING = 0.15
"""How often a request wants one of the tools that a shelf lacks."""


class Shelf(Language):
    """Makes requests to one list of tools: the real ones, all but some that are related or a few, and made-up ones.

    Args:
        book: the phrases
        rng: decides what is on the shelf
        few: how often there are only a few of the real tools on it; whole talks want more
    """

    def __init__(self, book: Phrasebook, rng: Random, few: float = 0.0) -> None:
        super().__init__(book)
        every = book.tools
        small = rng.random() < few
        left = rng.sample(tuple(every), rng.randint(1, 8)) if small else tuple(every)
        lost = rng.sample(left, 0 if small else rng.choice((0, 0, 1, 2)))
        gone = related(set(lost)) if lost else set[str]()
        kept = [tool for name, tool in every.items() if name in left and name not in gone]
        self._gone = [name for name in every if related({name}).isdisjoint(tool.name for tool in kept)]
        self._made_up: dict[str, tuple[Family, int]] = {}
        if small or rng.random() < _MADE_UP:
            for family in rng.sample(self.book.families("train"), rng.randint(2, 8)):
                number = rng.randrange(len(family.tools))
                self._made_up[family.tools[number].name] = family, number
        self._tools = mixed([*kept, *(family.tools[n] for family, n in self._made_up.values())], rng)
        self._names = {tool.name for tool in self._tools}

    def request(self, rng: Random, split: Split) -> Request:
        """One request that the shelf has an answer to."""
        while True:
            if self._gone and rng.random() < _LACKING:
                request = self.ask(rng.choice(self.book.phrases(rng.choice(self._gone), split)), rng)
            else:
                request = super().request(rng, split)
            if request.tools:
                return request

    def has(self, names: Iterable[str]) -> bool:
        return self._names.issuperset(names)

    def laid(self, tools: Iterable[Tool], rng: Random) -> tuple[Tool, ...]:
        return self._tools

    def stocked(self, request: Request, rng: Random) -> Request:
        """The request with the tools of the shelf; without any where it does not suit them."""
        wanted = {call.name for call in request.calls}
        if wanted and self._names.isdisjoint(related(wanted)):
            return replace(request, tools=self._tools, calls=(), reply=NO_TOOL)
        return replace(request, tools=self.offered(request, rng))

    def offered(self, request: Request, rng: Random) -> tuple[Tool, ...]:
        known = self.has(wish.tool for wish in request.phrase.wishes)
        return self._tools if known and not (self._made_up and request.intent in ALONE) else ()

    def _invented(self, rng: Random, split: Split) -> Request:
        if self._made_up and rng.random() > ABSENT:
            family, number = rng.choice(list(self._made_up.values()))
            return replace(self.invented(family, number, rng, split), tools=self._tools)
        there = [family for family, _ in self._made_up.values()]
        family = rng.choice([each for each in self.book.families("train") if each not in there])
        request = self.invented(family, rng.randrange(len(family.tools)), rng, split)
        return replace(request, tools=self._tools, calls=(), reply=NO_TOOL)
