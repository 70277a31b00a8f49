"""A linear model beside a checkpoint that tells, from the words of a request, which tool or sentence is likely.

Words and letters are hashed (fastText: Joulin et al. 2016); the tools that are offered compete with each other and with
what needs no call (conditional logit). Tools that were never seen are chosen by what their names, arguments and
descriptions share with the request, in letters and in learnt meanings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from assistant.errors import ModelError
from assistant.models.asked import AGAIN, SIGNS, Asked, Known
from assistant.models.traits import BUCKETS, MEANINGS
from assistant.types import Message

ROUTER = "router.safetensors"
WIDTH = 32
"""Numbers that the meaning of a word has."""
_NEVER = -1e9
_RARITY = "rarity"


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely each reply is, together 1."""

    tools: Mapping[str, float]
    """A call, by the name of the tool."""
    sentences: Mapping[str, float]
    again: float = 0.0
    """What was said last, once more."""

    @property
    def choice(self) -> str:
        """The likeliest tool; "" where it is likelier that none is called."""
        return max(self.tools, key=lambda name: self.tools[name]) if sum(self.tools.values()) > 0.5 else ""


class Scores(nn.Module):  # type: ignore[misc]
    """The weights, and the scores that they give."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(BUCKETS, classes, mode="sum", sparse=True)
        self.asked = nn.EmbeddingBag(MEANINGS, WIDTH, mode="mean", sparse=True)
        self.told = nn.EmbeddingBag(MEANINGS, WIDTH, mode="mean", sparse=True)
        self.constant, self.signs = nn.Parameter(torch.zeros(classes)), nn.Parameter(torch.zeros(SIGNS))
        self.gone, self.crowd = nn.Parameter(torch.zeros(classes)), nn.Parameter(torch.zeros(1))
        self.other, self.likeness = nn.Parameter(torch.zeros(1)), nn.Parameter(torch.tensor([10.0]))

    def forward(self, batch: Sequence[Asked], lost: float = 0.0) -> Tensor:
        """Of requests x (classes, then their other tools); `lost`: the share of traits that are left out."""
        weights = torch.tensor([weight for each in batch for weight in each.weights])
        if lost:
            weights = weights * (torch.rand_like(weights) >= lost) / (1 - lost)
        classes = self.words(*_bags([each.traits for each in batch]), per_sample_weights=weights) + self.constant
        gone = ~torch.tensor([each.offered for each in batch])
        classes = classes + gone * (self.gone + self.crowd * torch.tensor([[each.crowd] for each in batch]))
        classes = classes.masked_fill(torch.tensor([each.hidden for each in batch]), _NEVER)
        most = max(len(each.others) for each in batch)
        others = classes.new_full((len(batch), most), _NEVER)
        if most:
            rows = torch.tensor([row for row, each in enumerate(batch) for _ in each.others])
            columns = torch.tensor([column for each in batch for column in range(len(each.others))])
            others = others.index_put((rows, columns), self._others(batch, rows))
        return torch.cat([classes, others], 1)

    def alike(self, batch: Sequence[Asked], offers: Sequence[tuple[int, ...]]) -> Tensor:
        """How near the meanings of requests and of tools are: requests x tools."""
        told = self.told(*_bags(offers))
        return self.likeness * (self.asked(*_bags([each.meanings for each in batch])) @ told.T)

    def _others(self, batch: Sequence[Asked], rows: Tensor) -> Tensor:
        """The scores of tools without a class, one behind the other."""
        every = [offer for each in batch for offer in each.others]
        different = {offer: number for number, offer in enumerate(dict.fromkeys(every))}
        alike = self.alike(batch, [offer.meanings for offer in different])
        signs = torch.tensor([signs for each in batch for signs in each.signs])
        return self.other + signs @ self.signs + alike[rows, torch.tensor([different[offer] for offer in every])]


class Router:
    """Tells how likely replies are.

    Args:
        scores: the weights
        known: what they are of
        weight: of its logarithms beside those of the model
    """

    def __init__(self, scores: Scores, known: Known, weight: float = 1.0) -> None:
        self._scores, self.known, self.weight = scores.eval().requires_grad_(False), known, weight

    @classmethod
    def beside(cls, folder: Path) -> Router | None:
        """That of a checkpoint, or None where it has none; ModelError when it cannot be read."""
        path = folder / ROUTER
        if not path.is_file():
            return None
        try:
            with safe_open(path, "pt") as file:
                told = json.loads(file.metadata()["known"])
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118  no mapping
            return cls._of(told, tensors)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            raise ModelError(f"{path} cannot be read: {error}", "download the checkpoint again") from error

    @classmethod
    def _of(cls, told: Mapping[str, Any], tensors: dict[str, Tensor]) -> Router:
        if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
            raise ValueError("it holds what is no number")
        rarity, kin = tuple(tensors.pop(_RARITY).tolist()), tuple(map(tuple, told["kin"]))
        known = Known(tuple(told["tools"]), tuple(told["sentences"]), told["none"], kin, rarity)
        scores = Scores(len(known.classes))
        scores.load_state_dict(tensors)
        return cls(scores, known, float(told["weight"]))

    def stored(self) -> tuple[dict[str, Tensor], dict[str, str]]:
        """The tensors and the metadata of its file."""
        tensors = {name: tensor.half().contiguous() for name, tensor in self._scores.state_dict().items()}
        told = {**asdict(self.known), "weight": self.weight}
        rarity = torch.tensor(told.pop("rarity")).half()
        return {**tensors, _RARITY: rarity}, {"known": json.dumps(told)}

    def odds(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> Odds:
        """How likely each reply to a question is; a tool that is not offered counts as the sentence that says so."""
        asked, known = Asked.of(messages, tools, self.known), self.known
        shares: list[float] = self._scores([asked])[0].softmax(0).tolist()
        classes = dict(zip(known.classes, shares, strict=False))
        there = {name for name, offered in zip(known.classes, asked.offered, strict=True) if offered}
        calls = {name: classes[name] for name in known.tools if name in there}
        calls |= {offer.name: share for offer, share in zip(asked.others, shares[len(classes) :], strict=True)}
        said = {text: classes[text] for text in known.sentences}
        said[known.none] += sum(classes[name] for name in known.tools if name not in there)
        return Odds(calls, said, classes[AGAIN])


def _bags(bags: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """All numbers of some bags, and where each bag begins."""
    starts = torch.tensor([0, *(len(bag) for bag in bags[:-1])]).cumsum(0)
    return torch.tensor([number for bag in bags for number in bag], dtype=torch.long), starts
