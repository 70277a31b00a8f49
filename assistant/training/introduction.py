"""Introduces eyes to words: what is seen begins as the words for it, so that a model which can read can read pictures.

The words for what there is to see get embeddings at right angles to each other. What is seen is whitened, and a map
from there is fitted by least squares (ridge regression), so that each cell becomes the sum of the embeddings of the
words for its thing, the thing's colour and its place. Learning goes on from there. All is fitted to what is seen as a
layer norm would leave it: towers give cells of very different sizes, and a model that reads words norms them anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedTokenizerFast

from assistant.training.batches import Pack
from assistant.training.colours import COLOURS
from assistant.training.dense import CELLS, NONE
from assistant.training.pocket import Pupil
from assistant.training.shapes import KINDS

_ROWS, _COLUMNS, _THING, _OUTSIDE = ("top", "middle", "bottom"), ("left", "middle", "right"), "thing", "outside"
_SEEN = (*KINDS, *COLOURS, *dict.fromkeys((*_ROWS, *_COLUMNS)), _THING, _OUTSIDE)
"""The words for what there is to see."""
_SIZE = 2.0
"""Of their embeddings."""
_PLACE, _GROUND = 0.5, 0.5
"""What the words for a place, and for the colour of the ground, weigh beside those for a thing."""
_EARNEST = 8.0
"""What a cell with a thing weighs beside one without."""
_RIDGE = 1e-3


@torch.no_grad()  # type: ignore[untyped-decorator]
def introduce(pupil: Pupil, words: PreTrainedTokenizerFast, packs: Iterable[Pack]) -> None:
    """Set the words for what there is to see apart, and fit the map from eyes to words on the pictures of packs."""
    code, sizes = _Code(pupil, words), list[Tensor]()
    square = mixed = torch.zeros(())
    for pack in packs:
        if len(pack.pixels):
            wanted, weights = code.of(pack)
            seen = pupil.see(pack.pixels).flatten(0, 1).double()
            sizes.append(seen.std(1))
            normed = functional.layer_norm(seen, seen.shape[1:])
            heavy = normed * weights[:, None] / weights.sum()
            square, mixed = square + heavy.T @ normed, mixed + heavy.T @ wanted.flatten(0, 1).double()
    if sizes:
        even = _whitening(square / len(sizes), code.width)
        fitted = torch.linalg.solve(
            even.T @ square @ even + _RIDGE * len(sizes) * torch.eye(even.shape[1]).to(even), even.T @ mixed
        )
        pupil.project((even / torch.cat(sizes).median()).float(), fitted.float())


def _whitening(square: Tensor, most: int) -> Tensor:
    """Channels x at most so many: what makes the strongest directions of some second moments equally strong."""
    strengths, ways = torch.linalg.eigh(square)
    floor = strengths.max() * 1e-6
    return ways[:, -most:] / strengths[-most:].clamp(min=float(floor)).sqrt()


class _Code:
    """The embeddings that cells should become: those of words, and others for the place in the picture."""

    def __init__(self, pupil: Pupil, words: PreTrainedTokenizerFast) -> None:
        self._table, self._words = pupil.model.get_input_embeddings().weight, words
        self.width = self._table.shape[1]
        apart = _right_angles(len(_SEEN) + 2 * CELLS, self.width).to(self._table)
        for word, embedding in zip(_SEEN, apart, strict=False):
            self._table[self._ids(word)] = embedding
        self._kinds, self._colours = self._embedded(KINDS), self._embedded(COLOURS)
        self._thing, self._outside = self._embedded((_THING, _OUTSIDE))
        thirds = [min(2, int((n + 0.5) / CELLS * 3)) for n in range(CELLS)]
        rows, columns = self._embedded(_ROWS)[thirds], self._embedded(_COLUMNS)[thirds]
        rows, columns = rows + apart[-2 * CELLS : -CELLS], columns + apart[-CELLS:]
        self._places = _PLACE * (rows[:, None] + columns[None]).flatten(0, 1)

    def of(self, pack: Pack) -> tuple[Tensor, Tensor]:
        """What each cell should become, pictures x cells x channels, and what each weighs, flat."""
        kinds, colours, ground = (plane.long() for plane in (pack.kinds, pack.colours, pack.ground))
        things = kinds > 0
        named = self._kinds[(kinds - 1).clamp(min=0)] + self._colours[colours.clamp(min=0)] + self._places
        named = named + pack.centres[..., None] * self._thing
        around = _GROUND * self._colours[ground.clamp(min=0)] * (ground != NONE)[:, None]
        around = around + self._outside * (pack.inside == 0)[:, None]
        wanted = torch.where(things[..., None], named, around[:, None] + self._places)
        known = (kinds != NONE).flatten().double()
        return wanted, known * (1 + (_EARNEST - 1) * things.flatten().double())

    def _ids(self, word: str) -> list[int]:
        return list(self._words.encode(word, add_special_tokens=False))

    def _embedded(self, words: Sequence[str]) -> Tensor:
        return torch.stack([self._table[self._ids(word)].mean(0) for word in words])


def _right_angles(number: int, width: int) -> Tensor:
    """So many embeddings of one size at right angles to each other."""
    chance = torch.Generator().manual_seed(0)
    return _SIZE * torch.linalg.qr(torch.randn(width, number, generator=chance))[0].T
