"""Trains the router that lies beside a checkpoint, on the requests of the train split."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional

from assistant.models.asked import AGAIN, Asked, Known
from assistant.models.router import ROUTER, Router, Scores
from assistant.models.traits import MEANINGS, Offer
from assistant.training.dialogs import Dialog, Dialogs
from assistant.training.language import NO_TOOL, RELATED, Language, sentences
from assistant.training.phrasebook import Phrasebook
from assistant.training.shelf import Shelf
from assistant.types import Message, ToolCall

REQUESTS, ROUNDS = 80_000, 3
"""How many requests there are to learn from, and how often each is seen."""
WEIGHT = 0.6
"""Of the router's logarithms beside the model's. It is surer of words that it learnt from than of others: on phrases
that were kept from it, its probabilities are truest when their logarithms are made this much smaller."""
_BATCH, _LOST = 128, 0.2
_RATE, _SLOW = 0.3, 0.05
"""Of learning: classes, and meanings."""
_FOREIGN, _CONTRAST = 200, 0.3
"""Tools of other requests that a request is compared with as well, and what that counts."""
_ALONE, _SHELVED = 0.5, 0.15
"""Shares: talks with tools of their own, whole talks that share a list; the others are first turns that share one."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A request, and the place of each right reply among the classes and the other tools; it has one or more."""

    asked: Asked
    right: tuple[int, ...]


def kept(router: Router, folder: Path) -> None:
    """Write a router beside a checkpoint."""
    tensors, told = router.stored()
    save_file(tensors, folder / ROUTER, told)


def learnt(book: Phrasebook, seed: int, requests: int = REQUESTS, rounds: int = ROUNDS) -> Router:
    """A router that has learnt from some requests of the train split; the same for the same seed."""
    talks = list(islice(_asked(book, seed), requests))
    known = _known(book, talks)
    lessons = [found for talk in talks if (found := _lesson(*talk, known)) is not None]
    chance = torch.random.get_rng_state()
    torch.manual_seed(seed)
    scores = Scores(len(known.classes))
    torch.nn.init.normal_(scores.asked.weight, std=0.1)
    scores.told.weight.data.copy_(scores.asked.weight.data)
    _train(scores, lessons, known, rounds)
    torch.random.set_rng_state(chance)
    return Router(scores, known, WEIGHT)


Talk = tuple[Sequence[Message], Sequence[dict[str, object]], Message]
"""What was said up to a request, the tools, and the reply."""


def _asked(book: Phrasebook, seed: int) -> Iterator[Talk]:
    """Requests without end."""
    rng = Random(f"{seed} router")
    while True:
        share = rng.random()
        shelf = Language(book) if share < _ALONE else Shelf(book, rng, 0.0 if share < _ALONE + _SHELVED else 0.4)
        dialogs = Dialogs(shelf)
        draw = dialogs.dialog if share < _ALONE + _SHELVED else dialogs.opening
        for _ in range(10):
            yield from _requests(draw(rng, "train"))


def _requests(dialog: Dialog) -> Iterator[Talk]:
    schemas = [tool.schema for tool in dialog.tools]
    for place in dialog.targets:
        if dialog.messages[place - 1].role == "user":
            yield dialog.messages[:place], schemas, dialog.messages[place]


def _known(book: Phrasebook, talks: Sequence[Talk]) -> Known:
    """The classes, and how rare words are: among requests or among tools, where they are more frequent."""
    known = Known(tuple(book.tools), tuple(sentences(book)), NO_TOOL, tuple(tuple(sorted(group)) for group in RELATED))
    asked = [set(Asked.of(messages, (), known).meanings) for messages, _, _ in talks[:10_000]]
    every = (*book.tools.values(), *(tool for family in book.families("train") for tool in family.tools))
    tools = [Offer.of(tool.schema) for tool in every]
    rarity = zip(_rarity(asked), _rarity([set(offer.meanings) for offer in tools]), strict=True)
    return replace(known, rarity=tuple(min(pair) for pair in rarity))


def _rarity(texts: Sequence[set[int]]) -> list[float]:
    counts = Counter(number for text in texts for number in text)
    return [math.log((1 + len(texts)) / (1 + counts[number])) for number in range(MEANINGS)]


def _lesson(
    messages: Sequence[Message], tools: Sequence[dict[str, object]], reply: Message, known: Known
) -> Lesson | None:
    """None where nothing can be learnt of the reply."""
    asked = Asked.of(messages, tools, known)
    names = [*known.classes, *(offer.name for offer in asked.others)]
    wanted = next((part.name for part in reply.parts if isinstance(part, ToolCall)), "")
    said = "".join(part for part in reply.parts if isinstance(part, str))
    last = next((message for message in reversed(messages) if message.role == "assistant"), None)
    if not wanted:
        wanted = AGAIN if last and said and last.parts == reply.parts else said
    if wanted not in names:
        return None
    right = [names.index(wanted)]
    if wanted == NO_TOOL:
        gone = zip(asked.offered, asked.hidden, strict=True)
        right += [number for number, (offered, hidden) in enumerate(gone) if not offered and not hidden]
    return Lesson(asked, tuple(right))


def _train(scores: Scores, lessons: Sequence[Lesson], known: Known, rounds: int) -> None:
    """Adagrad with a falling rate."""
    slow = [scores.asked.weight, scores.told.weight]
    dense = [scores.constant, scores.signs, scores.other, scores.likeness]
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
    right = torch.zeros_like(given, dtype=torch.bool)
    for row, lesson in enumerate(lessons):
        right[row, list(lesson.right)] = True
    loss = (given.logsumexp(1) - given.masked_fill(~right, -1e9).logsumexp(1)).mean()
    chosen = [
        (each.asked, each.asked.others[each.right[0] - classes].meanings)
        for each in lessons
        if each.right[0] >= classes
    ]
    if not chosen:
        return loss
    others = [foreign[n] for n in torch.randint(len(foreign), (_FOREIGN,)).tolist()]
    offers = [meanings for _, meanings in chosen] + others
    near = scores.alike([asked for asked, _ in chosen], offers)
    same = torch.tensor([[c != r and offers[c] == offers[r] for c in range(len(offers))] for r in range(len(chosen))])
    return loss + _CONTRAST * functional.cross_entropy(near.masked_fill(same, -1e9), torch.arange(len(chosen)))
