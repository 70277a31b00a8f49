"""Trains the router that lies beside a checkpoint, on the requests of the train split."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from assistant.models.asked import AGAIN, Asked, Known
from assistant.models.router import ROUTER, Router, Scores
from assistant.models.traits import MEANINGS, Offer
from assistant.training.dialogs import Dialog, Dialogs
from assistant.training.language import NO_TOOL, NOT_THERE, RELATED, Language, Request, sentences
from assistant.training.phrasebook import Phrasebook, Split
from assistant.training.shelf import Shelf
from assistant.types import Message, ToolCall

REQUESTS, ROUNDS = 60_000, 3
"""How many requests there are to learn from, and how often each is seen."""
WEIGHT = 0.7
"""Of the router's logarithms beside the model's. It is surer of words that it learnt from than of others: on phrases
that were kept from it, its probabilities are truest when their logarithms are made this much smaller."""
_MADE_UP, _UNATTACHED, _HONEST = 0.15, 0.08, 0.03
"""Shares of the requests, over what they have anyhow: for made-up tools, about files that are not there, about what
nobody can know or do."""
_BATCH, _LOST = 128, 0.2
_RATE, _SLOW = 0.6, 0.05
"""Of learning: classes, and meanings."""
_FOREIGN, _CONTRAST = 200, 0.3
"""Tools of other requests that a request is compared with as well, and what that counts."""
_ALONE, _SHELVED = 0.5, 0.15
"""Shares: talks with tools of their own, whole talks that share a list; the others are first turns that share one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A request, and the place of the right reply among the classes and the other tools."""

    asked: Asked
    right: int


def kept(router: Router, folder: Path) -> None:
    """Write a router beside a checkpoint."""
    tensors, told = router.stored()
    save_file(tensors, folder / ROUTER, told)


def learnt(book: Phrasebook, seed: int, requests: int = REQUESTS, rounds: int = ROUNDS) -> Router:
    """A router that has learnt from some requests of the train split; the same for the same seed."""
    talks = list(islice(_asked(book, seed), requests))
    known = _known(book, talks)
    lessons = [found for talk in talks if (found := _lesson(talk, known)) is not None]
    chance = torch.random.get_rng_state()
    torch.manual_seed(seed)
    scores = Scores(len(known.classes))
    torch.nn.init.normal_(scores.asked.weight, std=0.1)
    scores.told.weight.data.copy_(scores.asked.weight.data)
    _train(scores, lessons, known, rounds)
    torch.random.set_rng_state(chance)
    return Router(scores, known, WEIGHT)


@dataclass(frozen=True, slots=True)
class Talk:
    """What was said up to a request, the tools, and the reply."""

    messages: Sequence[Message]
    tools: Sequence[Mapping[str, Any]]
    reply: Message
    missing: str = ""
    """The tool that is wanted, where it is not offered and has a class."""


class _Noting(Language):
    """Makes requests, and notes which tools they want, also where they are not offered."""

    def __init__(self, *stock: Any) -> None:
        super().__init__(*stock)
        self.wanted: dict[str, str] = {}

    def request(self, rng: Random, split: Split) -> Request:
        """What is rare among requests, and decides much, is more frequent here."""
        share = rng.random()
        if share < _MADE_UP:
            return self._invented(rng, split)
        if share < _MADE_UP + _UNATTACHED:
            return self._lacking(rng, split)
        if share < _MADE_UP + _UNATTACHED + _HONEST:
            return self.ask(rng.choice(self.book.phrases(rng.choice(("unknown", "cannot_tell")), split)), rng)
        return super().request(rng, split)

    def _lacking(self, rng: Random, split: Split) -> Request:
        """A request about a file that is not there."""
        phrases = self.book.phrases(rng.choice(tuple(self.book.tools)), split)
        fitting = [each for each in phrases if not {*each.media}.isdisjoint(NOT_THERE) and not each.names_files]
        return self._unattached(rng.choice(fitting), rng) if fitting else self._lacking(rng, split)

    def stocked(self, request: Request, rng: Random) -> Request:
        if request.calls:
            self.wanted[request.text] = request.calls[0].name
        return super().stocked(request, rng)


class _Shelf(_Noting, Shelf):
    """The same, of one list of tools."""


def _asked(book: Phrasebook, seed: int) -> Iterator[Talk]:
    """Requests without end."""
    rng = Random(f"{seed} router")
    while True:
        share = rng.random()
        alone, whole = share < _ALONE, share < _ALONE + _SHELVED
        language = _Noting(book) if alone else _Shelf(book, rng, 0.0 if whole else 0.4)
        dialogs = Dialogs(language)
        for _ in range(10):
            yield from _requests((dialogs.dialog if whole else dialogs.opening)(rng, "train"), language.wanted)


def _requests(dialog: Dialog, wanted: Mapping[str, str]) -> Iterator[Talk]:
    schemas = [tool.schema for tool in dialog.tools]
    for place in dialog.targets:
        before, reply = dialog.messages[:place], dialog.messages[place]
        if before[-1].role == "user":
            missing = wanted.get(str(before[-1].parts[-1]), "") if reply.parts == (NO_TOOL,) else ""
            yield Talk(before, schemas, reply, missing)


def _known(book: Phrasebook, talks: Sequence[Talk]) -> Known:
    """The classes, and how rare words are: among requests or among tools, where they are more frequent."""
    known = Known(tuple(book.tools), tuple(sentences(book)), NO_TOOL, tuple(tuple(sorted(group)) for group in RELATED))
    asked = [set(Asked.of(talk.messages, (), known).meanings) for talk in talks[:10_000]]
    every = (*book.tools.values(), *(tool for family in book.families("train") for tool in family.tools))
    tools = [Offer.of(tool.schema) for tool in every]
    rarity = zip(_rarity(asked), _rarity([set(offer.meanings) for offer in tools]), strict=True)
    return replace(known, rarity=tuple(min(pair) for pair in rarity))


def _rarity(texts: Sequence[set[int]]) -> list[float]:
    counts = Counter(number for text in texts for number in text)
    return [math.log((1 + len(texts)) / (1 + counts[number])) for number in range(MEANINGS)]


def _lesson(talk: Talk, known: Known) -> Lesson | None:
    """None where nothing can be learnt of the reply."""
    asked = Asked.of(talk.messages, talk.tools, known)
    names = [*known.classes, *(offer.name for offer in asked.others)]
    called = next((part.name for part in talk.reply.parts if isinstance(part, ToolCall)), "")
    said = "".join(part for part in talk.reply.parts if isinstance(part, str))
    last = next((message for message in reversed(talk.messages) if message.role == "assistant"), None)
    again = AGAIN if last and said and last.parts == talk.reply.parts else said
    wanted = called or talk.missing or again
    if wanted not in names:
        return None
    place = names.index(wanted)
    hidden = place < len(asked.hidden) and asked.hidden[place]
    return Lesson(asked, names.index(NO_TOOL) if hidden else place)


def _train(scores: Scores, lessons: Sequence[Lesson], known: Known, rounds: int) -> None:
    """Adagrad with a falling rate."""
    slow = [scores.asked.weight, scores.told.weight]
    dense = [scores.constant, scores.gone, scores.crowd, scores.signs, scores.other, scores.likeness]
    rates = {"lr": _RATE}, {"lr": _SLOW}, {"lr": 0.1}
    groups = [{"params": p, **rate} for p, rate in zip(([scores.words.weight], slow, dense), rates, strict=True)]
    optimizer = torch.optim.Adagrad(groups)
    steps = max(1, rounds * -(-len(lessons) // _BATCH))
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / (steps + 1))
    foreign = sorted({offer.meanings for lesson in lessons for offer in lesson.asked.others})
    with torch.sparse.check_sparse_tensor_invariants(enable=False):
        for _ in range(rounds):
            for batch in torch.randperm(len(lessons)).split(_BATCH):
                loss = _loss(scores, [lessons[number] for number in batch.tolist()], foreign, len(known.classes))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                falling.step()


def _loss(scores: Scores, lessons: Sequence[Lesson], foreign: Sequence[tuple[int, ...]], classes: int) -> Tensor:
    """How unlikely the right replies are; and how near other tools than the right ones are to requests."""
    given = scores([lesson.asked for lesson in lessons], _LOST)
    loss = functional.cross_entropy(given, torch.tensor([lesson.right for lesson in lessons]))
    chosen = [(a.asked, a.asked.others[a.right - classes].meanings) for a in lessons if a.right >= classes]
    if not chosen:
        return loss
    others = [foreign[n] for n in torch.randint(len(foreign), (_FOREIGN,)).tolist()]
    offers = [meanings for _, meanings in chosen] + others
    near = scores.alike([asked for asked, _ in chosen], offers)
    same = torch.tensor([[c != r and offers[c] == offers[r] for c in range(len(offers))] for r in range(len(chosen))])
    return loss + _CONTRAST * functional.cross_entropy(near.masked_fill(same, -1e9), torch.arange(len(chosen)))
