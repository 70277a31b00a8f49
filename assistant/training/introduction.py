"""Introduces eyes to words: what is seen begins as the words for it, so that a model which can read can read pictures.

The map from the eyes to the words is fitted by least squares (ridge regression), so that each cell becomes the sum of
the embeddings of the words for its thing, the thing's colour and its place. Learning goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from assistant.training.batches import Pack
from assistant.training.colours import COLOURS
from assistant.training.dense import CELLS, NONE
from assistant.training.pocket import Pupil
from assistant.training.shapes import KINDS

_ROWS, _COLUMNS = ("top", "middle", "bottom"), ("left", "middle", "right")
_THING, _OUTSIDE = "thing", "outside"
_PLACE, _GROUND = 0.5, 0.5
"""What the words for a place, and for the colour of the ground, weigh beside those for a thing."""
_EARNEST = 4.0
"""What a cell with a thing weighs beside one without."""
_RIDGE = 1e-3


@torch.no_grad()  # type: ignore[untyped-decorator]
def introduce(pupil: Pupil, words: PreTrainedTokenizerFast, packs: Iterable[Pack]) -> None:
    """Fit the map from eyes to words on the pictures of some packs."""
    embed = _Words(pupil, words)
    square, mixed = 0.0, 0.0
    for pack in packs:
        if len(pack.pixels):
            wanted, weights = embed.of(pack)
            seen = pupil.see(pack.pixels).flatten(0, 1).double()
            seen = torch.cat([seen, seen.new_ones(len(seen), 1)], 1)
            heavy = seen * weights[:, None]
            square, mixed = square + heavy.T @ seen, mixed + heavy.T @ wanted.flatten(0, 1).double()
    if isinstance(square, Tensor):
        shrunk = square + torch.eye(len(square), device=square.device).double() * square.diagonal().mean() * _RIDGE
        pupil.project(torch.linalg.solve(shrunk, mixed).float())


class _Words:
    """The embeddings of the words for what is in cells."""

    def __init__(self, pupil: Pupil, words: PreTrainedTokenizerFast) -> None:
        self._table, self._words = pupil.model.get_input_embeddings().weight, words
        self._kinds, self._colours = self._embedded(KINDS), self._embedded(COLOURS)
        self._thing, self._outside = self._embedded((_THING, _OUTSIDE))
        thirds = [min(2, int((n + 0.5) / CELLS * 3)) for n in range(CELLS)]
        rows, columns = self._embedded(_ROWS)[thirds], self._embedded(_COLUMNS)[thirds]
        self._places = _PLACE * (rows[:, None] + columns[None]).flatten(0, 1)

    def of(self, pack: Pack) -> tuple[Tensor, Tensor]:
        """What each cell should become, pictures x cells x channels, and what each weighs, flat."""
        kinds, colours, ground = (plane.long() for plane in (pack.kinds, pack.colours, pack.ground))
        things = kinds > 0
        named = self._kinds[(kinds - 1).clamp(min=0)] + self._colours[colours.clamp(min=0)] + self._places
        named = named + pack.centres[..., None] * self._thing
        around = _GROUND * self._colours[ground.clamp(min=0)] * (ground != NONE)[:, None]
        around = around + self._outside * (pack.inside == 0)[:, None]
        wanted = torch.where(things[..., None], named, around[:, None])
        known = (kinds != NONE).flatten().double()
        return wanted, known * (1 + (_EARNEST - 1) * things.flatten().double())

    def _embedded(self, words: Iterable[str]) -> Tensor:
        rows = [self._table[self._words.encode(word, add_special_tokens=False)].mean(0) for word in words]
        return torch.stack(rows)
