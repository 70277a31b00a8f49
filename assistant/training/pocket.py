"""The pocket model in training: it reads what pictures show, with heads for its eyes that are left out at export."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from assistant.models.family import cached
from assistant.training.architecture import family_of
from assistant.training.attention import NAME, Begun
from assistant.training.batches import Pack
from assistant.training.colours import COLOURS
from assistant.training.dense import CELLS, NONE
from assistant.training.scenes import SIDE
from assistant.training.shapes import KINDS

_PLANES = [len(KINDS) + 1, len(COLOURS), 1, CELLS, CELLS]
"""What the heads tell of a cell: the kind and the colour of its thing, whether its middle is there, row and column."""
OPENING, EARNEST = 4, 3.0
"""Tokens at the beginning of each reply, which choose what is done, and how much more they weigh than others."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one pack teaches: sums over its targets, to be divided by their number in a whole batch."""

    words: Tensor
    targets: int
    right: int
    """Targets whose token is the likeliest."""
    seen: Tensor
    """The mean loss of the heads, for all pictures together."""
    pictures: int
    kinds: tuple[int, int]
    """Cells with a thing: those whose kind is told rightly, and all."""


class Pupil(nn.Module):  # type: ignore[misc]
    """A model in training: it sees, reads, and has heads that tell what is where.

    Args:
        model: as `built`
        tower: its eyes
    """

    def __init__(self, model: Any, tower: str) -> None:
        super().__init__()
        self.model, self._idefics = model, family_of(tower) == "idefics3"
        self._reader.set_attn_implementation(NAME)
        wide = self._channels()
        self.norm = nn.LayerNorm(wide)
        self.cells = nn.Linear(wide, sum(_PLANES))
        self.whole = nn.Linear(wide, len(COLOURS) + 1)

    @property
    def _reader(self) -> Any:
        """What reads words."""
        return self.model.model.text_model if self._idefics else self.model.model.language_model

    def eyes(self) -> list[nn.Parameter]:
        """The weights that see, what evens out what is seen, and the heads."""
        inner = self.model.model
        seeing = [inner.vision_model] if self._idefics else [inner.vision_tower, inner.multi_modal_projector.linear_1]
        return [weight for part in (*seeing, self.norm, self.cells, self.whole) for weight in part.parameters()]

    def see(self, pixels: Tensor) -> Tensor:
        """Pictures x tokens x channels, before they are words; pixels are uint8."""
        inner = self.model.model
        picture = pixels.to(self.norm.weight.dtype) / 127.5 - 1
        if self._idefics:
            side = SIDE // inner.config.vision_config.patch_size
            every = torch.ones(len(picture), side, side, dtype=torch.bool, device=pixels.device)
            seen: Tensor = inner.vision_model(picture, patch_attention_mask=every).last_hidden_state
            return seen
        layer = inner.config.vision_feature_layer
        layers = inner.vision_tower(picture, output_hidden_states=True).hidden_states
        return layers[layer]

    def meant(self, seen: Tensor) -> Tensor:
        """What is seen as words are read: pictures x tokens x width."""
        inner = self.model.model
        words: Tensor = (inner.connector if self._idefics else inner.multi_modal_projector)(seen)
        return words

    def project(self, even: Tensor, words: Tensor) -> None:
        """Give the map from eyes to words its weights: channels x width, which stays, and width x width behind it."""
        if self._idefics:
            self.model.model.connector.modality_projection.proj.weight.copy_((even @ words).T)
            return
        projector = self.model.model.multi_modal_projector
        for linear, weights in ((projector.linear_1, even), (projector.linear_2, words)):
            linear.weight.zero_()[: weights.shape[1], : weights.shape[0]] = weights.T
            linear.bias.zero_()

    def forward(self, pack: Pack, dense: bool) -> Lesson:
        """What a pack teaches; `dense` says whether the heads are asked as well."""
        pictures = len(pack.pixels)
        seen = self.see(pack.pixels) if pictures else None
        words, targets, right = self._read(pack, seen)
        zero = words.new_zeros(())
        loss, kinds = self._told(pack, seen) if dense and seen is not None else (zero, (0, 0))
        return Lesson(words, targets, right, loss, pictures, kinds)

    def _read(self, pack: Pack, seen: Tensor | None) -> tuple[Tensor, int, int]:
        """The loss over the words, only where there is something to be learnt."""
        wanted = pack.labels[:, 1:] != NONE
        targets = pack.labels[:, 1:][wanted]
        if not len(targets):
            return self.norm.weight.new_zeros(()), 0, 0
        inner = self.model.model
        known = inner.get_input_embeddings()(pack.ids)
        if seen is not None:
            places = (pack.ids == inner.config.image_token_id).unsqueeze(-1)
            known = known.masked_scatter(places, self.meant(seen).to(known.dtype))
        thought = self._thought(pack.begun, known)
        scores = self.model.lm_head(thought[:, :-1][wanted])
        losses = functional.cross_entropy(scores.float(), targets, reduction="none")
        loss = (losses * _weights(wanted)[wanted]).sum()
        return loss, len(targets), int((scores.argmax(-1) == targets).sum())

    def _thought(self, begun: Tensor, known: Tensor) -> Any:
        """What comes of embeddings behind the tokens that all rows begin with, which are read once."""
        if not len(begun):
            return self._reader(inputs_embeds=known).last_hidden_state
        cache = Begun()
        held = {"use_cache": True, **cached(self._reader, cache)}
        self._reader(inputs_embeds=self.model.get_input_embeddings()(begun)[None], **held)
        with cache.shared():
            return self._reader(inputs_embeds=known, **held).last_hidden_state

    def _told(self, pack: Pack, seen: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """The loss of the heads: kinds, colours and middles of things by cells, the ground, inside or not."""
        hidden = self.norm(seen)
        kinds, colours, centres, rows, columns = self.cells(hidden).split(_PLANES, -1)
        whole = self.whole(hidden.mean(1))
        weights = torch.ones(kinds.shape[-1], device=kinds.device)
        weights[0] = 0.25
        flat = pack.kinds.flatten().long()
        things = flat > 0
        known = (flat != NONE).float()
        middles = functional.binary_cross_entropy_with_logits(
            centres.flatten(), pack.centres.flatten(), known, pos_weight=centres.new_tensor(4.0)
        )
        inside = (pack.inside != NONE).float()
        loss = (
            functional.cross_entropy(kinds.flatten(0, 1), flat, weights, ignore_index=NONE)
            + middles
            + _placed(rows, columns)
            + _kept(colours.flatten(0, 1), pack.colours.flatten().long())
            + _kept(whole[:, :-1], pack.ground)
            + functional.binary_cross_entropy_with_logits(whole[:, -1], (pack.inside == 1).float(), inside)
        )
        right = (kinds.flatten(0, 1).argmax(-1) == flat)[things]
        return loss, (int(right.sum()), int(things.sum()))

    def _channels(self) -> int:
        return int(self.model.config.vision_config.hidden_size)


def _weights(wanted: Tensor) -> Tensor:
    """What each place of replies weighs in the loss: examples x places."""
    before = functional.pad(wanted, (1, 0))[:, :-1]
    opening = wanted & ~before
    for _ in range(OPENING - 1):
        opening = opening | (functional.pad(opening, (1, 0))[:, :-1] & wanted)
    return 1 + (EARNEST - 1) * opening.float()


def _placed(rows: Tensor, columns: Tensor) -> Tensor:
    """The loss of telling of each cell where it is: pictures x cells x CELLS scores each."""
    places = torch.arange(CELLS * CELLS, device=rows.device).expand(len(rows), -1).flatten()
    told = zip((rows, columns), (places // CELLS, places % CELLS), strict=True)
    return sum((functional.cross_entropy(scores.flatten(0, 1), at) for scores, at in told), rows.new_zeros(()))


def _kept(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy over the labels that are known; 0 where there is none."""
    known = labels != NONE
    return functional.cross_entropy(scores[known], labels[known]) if bool(known.any()) else scores.sum() * 0
