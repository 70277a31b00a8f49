"""Builds the pocket model in standard architectures, with heads for training its eyes that are left out at export.

The towers, all of which plain Auto classes load:
  vit    Idefics3: patches of 16 pixels, a plain ViT, pixel shuffle
  stem   LLaVA with LeViT: four convolutions of stride 2 before the attention (Graham et al., 2021)
  swin   LLaVA with Swin: four stages of windows, from patches of 4 pixels on (Liu et al., 2021)
  focal  LLaVA with FocalNet: four stages, convolutions in place of attention (Yang et al., 2022)

Tried side by side, 200 seconds of one core each, the share of things whose kind is told by cells, on trained / held-out
scenes: vit 0.17 / 0.09 after 24,448 pictures, swin 0.13 / 0.09 after 15,264, focal 0.11 / 0.07 after 21,792, stem
0.01 / 0.01 after 23,456. The vit, whose patches begin prepared, has the full plan: 0.82 / 0.60 after 282,000 pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import (
    FocalNetConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    LevitConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
    SwinConfig,
)

from assistant.errors import ModelError
from assistant.training import tokenizer
from assistant.training.batches import Pack
from assistant.training.colours import COLOURS
from assistant.training.dense import CELLS, NONE
from assistant.training.scenes import SIDE
from assistant.training.shapes import KINDS

TOWERS = ("vit", "stem", "swin", "focal")
_HEAD = 32
"""Channels of an attention head."""
OPENING, EARNEST = 4, 3.0
"""Tokens at the beginning of each reply, which choose what is done, and how much more they weigh than others."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a model is."""

    width: int
    """Channels of the words."""
    layers: int
    feed: int
    """Channels of the feed-forward layers."""
    eye_width: int
    eye_layers: int


SIZES = {
    "tiny": Size(64, 2, 160, 64, 2),
    "quick": Size(128, 4, 352, 128, 4),
    "pocket": Size(128, 6, 352, 128, 4),
    "small": Size(192, 6, 512, 192, 6),
    "full": Size(256, 8, 704, 256, 8),
}


def family_of(tower: str) -> str:
    """The architecture that a tower of eyes is part of."""
    if tower not in TOWERS:
        raise ModelError(f"there is no tower called {tower!r}", f"known: {', '.join(TOWERS)}")
    return "idefics3" if tower == "vit" else "llava"


def built(tower: str, size: Size, words: PreTrainedTokenizerFast) -> Any:
    """A model with random weights; call torch.manual_seed before."""
    family = family_of(tower)
    ids = {"pad_token_id": words.pad_token_id, "bos_token_id": words.convert_tokens_to_ids(tokenizer.BEGIN),
           "eos_token_id": words.eos_token_id}  # fmt: skip
    shared = {"text_config": _text(size, len(words), ids), "image_token_id": words.convert_tokens_to_ids("<image>"),
              "tie_word_embeddings": True, **ids}  # fmt: skip
    if family == "idefics3":
        model = Idefics3ForConditionalGeneration(Idefics3Config(vision_config=_vit(size), scale_factor=2, **shared))
        _prepared(model.model.vision_model.embeddings)
    else:
        eyes = {"stem": _stem, "swin": _swin, "focal": _focal}[tower](size)
        layer = 1 if tower == "stem" else -1
        seen = {"vision_feature_layer": layer, "vision_feature_select_strategy": "full",
                "image_seq_length": tokenizer.TOKENS}  # fmt: skip
        model = LlavaForConditionalGeneration(LlavaConfig(vision_config=eyes, **seen, **shared))
    for name, id in ids.items():
        setattr(model.generation_config, name, id)
    return model


def _text(size: Size, vocabulary: int, ids: dict[str, int]) -> dict[str, Any]:
    heads = size.width // _HEAD
    return {
        "model_type": "llama", "vocab_size": vocabulary, "hidden_size": size.width, "intermediate_size": size.feed,
        "num_hidden_layers": size.layers, "num_attention_heads": heads, "num_key_value_heads": heads,
        "head_dim": _HEAD, "max_position_embeddings": tokenizer.HOLDS, "tie_word_embeddings": True,
        "rms_norm_eps": 1e-5, **ids,
    }  # fmt: skip


def _vit(size: Size) -> dict[str, Any]:
    return {"hidden_size": size.eye_width, "intermediate_size": size.eye_width * 4, "image_size": SIDE,
            "num_hidden_layers": size.eye_layers, "num_attention_heads": size.eye_width // _HEAD,
            "patch_size": SIDE // CELLS}  # fmt: skip


def _stem(size: Size) -> LevitConfig:
    """All layers at the grid of the cells, then a halving; what follows in LeViT is left as small as it can be."""
    key = _HEAD // 2
    wide = [size.eye_width, size.eye_width, key]
    heads = [size.eye_width // _HEAD, size.eye_width // _HEAD, 1]
    config = LevitConfig(
        image_size=SIDE, hidden_sizes=wide, num_attention_heads=heads, depths=[size.eye_layers, 0, 0],
        key_dim=[key] * 3, mlp_ratio=[2, 2, 2], attention_ratio=[2, 2, 2],
    )  # fmt: skip
    config.hidden_size = size.eye_width
    return config


def _swin(size: Size) -> SwinConfig:
    width = max(16, size.eye_width // 4)
    depths = [1, 1, max(1, size.eye_layers - 2), 1]
    heads = [max(1, width * times // _HEAD) for times in (1, 2, 4, 8)]
    return SwinConfig(image_size=SIDE, patch_size=4, embed_dim=width, depths=depths, num_heads=heads, window_size=4,
                      drop_path_rate=0.0)  # fmt: skip


def _focal(size: Size) -> FocalNetConfig:
    width = max(16, size.eye_width // 4)
    config = FocalNetConfig(
        image_size=SIDE, patch_size=4, embed_dim=width, hidden_sizes=[width, width * 2, width * 4, width * 8],
        depths=[1, 1, max(1, size.eye_layers - 2), 1], focal_levels=[2] * 4, focal_windows=[3] * 4, mlp_ratio=2.0,
        use_conv_embed=True, drop_path_rate=0.0,
    )  # fmt: skip
    config.hidden_size = width * 8
    return config


@torch.no_grad()  # type: ignore[untyped-decorator]
def _prepared(embeddings: Any) -> None:
    """Patches begin as cosines of brightness and of two colour contrasts, places as sines: a ViT takes off sooner."""
    weight, places = embeddings.patch_embedding.weight, embeddings.position_embedding.weight
    wide, side = weight.shape[0], weight.shape[2]
    n = torch.arange(side) + 0.5
    waves = torch.stack([torch.cos(torch.pi * n * k / side) for k in range(side)]) * (2 / side) ** 0.5
    order = sorted((i * i + j * j, i, j) for i in range(side) for j in range(side))
    contrasts = functional.normalize(torch.tensor([[1.0, 1, 1], [1, -1, 0], [0.5, 0.5, -1]]))
    bright = wide * 5 // 8
    picks = [(0, k) for k in range(bright)] + [(1 + k % 2, k // 2) for k in range(wide - bright)]
    planes = [contrasts[c][:, None, None] * torch.outer(waves[order[k][1]], waves[order[k][2]]) for c, k in picks]
    basis = functional.normalize(torch.stack(planes).flatten(1))
    turned = torch.linalg.qr(torch.randn(wide, wide))[0] @ basis
    weight.copy_(1.2 * turned.view_as(weight))
    embeddings.patch_embedding.bias.zero_()
    places.copy_(0.5 * _sines(wide, round(places.shape[0] ** 0.5)))


def _sines(wide: int, side: int) -> Tensor:
    rates = 1 / 100 ** (torch.arange(wide // 4) / (wide // 4))
    y, x = torch.meshgrid(torch.arange(side).float(), torch.arange(side).float(), indexing="ij")
    turns = [at.flatten()[:, None] * rates * 16 / side for at in (y, x)]
    return torch.cat([wave(turn) for turn in turns for wave in (torch.sin, torch.cos)], 1)


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
        wide = self._channels()
        self._parts = CELLS * CELLS // self._tokens()
        self.norm = nn.LayerNorm(wide)
        self.cells = nn.Linear(wide, self._parts * (len(KINDS) + 1 + len(COLOURS) + 1))
        self.whole = nn.Linear(wide, len(COLOURS) + 1)

    def eyes(self) -> list[nn.Parameter]:
        """The weights that see, and the heads."""
        tower = self.model.model.vision_model if self._idefics else self.model.model.vision_tower
        return [*tower.parameters(), *self.norm.parameters(), *self.cells.parameters(), *self.whole.parameters()]

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
            project = inner.connector if self._idefics else inner.multi_modal_projector
            places = (pack.ids == inner.config.image_token_id).unsqueeze(-1)
            known = known.masked_scatter(places, project(seen).to(known.dtype))
        reader = inner.text_model if self._idefics else inner.language_model
        thought = reader(inputs_embeds=known, use_cache=False).last_hidden_state
        scores = self.model.lm_head(thought[:, :-1][wanted])
        losses = functional.cross_entropy(scores.float(), targets, reduction="none")
        loss = losses @ _weights(wanted)[wanted]
        return loss, len(targets), int((scores.argmax(-1) == targets).sum())

    def _told(self, pack: Pack, seen: Tensor) -> tuple[Tensor, tuple[int, int]]:
        """The loss of the heads: kinds, colours and middles of things by cells, the ground, inside or not."""
        hidden = self.norm(seen)
        kinds, colours, centres = self._planes(hidden)
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
            + _kept(colours.flatten(0, 1), pack.colours.flatten().long())
            + _kept(whole[:, :-1], pack.ground)
            + functional.binary_cross_entropy_with_logits(whole[:, -1], (pack.inside == 1).float(), inside)
        )
        right = (kinds.flatten(0, 1).argmax(-1) == flat)[things]
        return loss, (int(right.sum()), int(things.sum()))

    def _planes(self, hidden: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Kinds, colours and middles: pictures x cells x scores."""
        told, side, parts = self.cells(hidden), round(hidden.shape[1] ** 0.5), round(self._parts**0.5)
        told = told.view(len(hidden), side, side, parts, parts, -1).transpose(2, 3).reshape(len(hidden), CELLS**2, -1)
        return tuple(told.split([len(KINDS) + 1, len(COLOURS), 1], -1))

    def _channels(self) -> int:
        return int(self.model.config.vision_config.hidden_size)

    def _tokens(self) -> int:
        return CELLS * CELLS if self._idefics else tokenizer.TOKENS


def _weights(wanted: Tensor) -> Tensor:
    """What each place of replies weighs in the loss: examples x places."""
    before = functional.pad(wanted, (1, 0))[:, :-1]
    opening = wanted & ~before
    for _ in range(OPENING - 1):
        opening = opening | (functional.pad(opening, (1, 0))[:, :-1] & wanted)
    return 1 + (EARNEST - 1) * opening.float()


def _kept(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy over the labels that are known; 0 where there is none."""
    known = labels != NONE
    return functional.cross_entropy(scores[known], labels[known]) if bool(known.any()) else scores.sum() * 0
