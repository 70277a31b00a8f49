"""Builds the pocket model in standard architectures, with random weights.

The towers, all of which plain Auto classes load:
  vit    Idefics3: patches of 16 pixels, a plain ViT
  swin   LLaVA with Swin: three stages of windows, from patches of 4 pixels on (Liu et al., 2021)
  focal  LLaVA with FocalNet: three stages, convolutions in place of attention (Yang et al., 2022)

Each gives a token a cell of 16 pixels. Tried side by side, 150 seconds of one core each, with Muon for convolutions as
well, the share of things whose kind is told by cells, on trained / held-out scenes: focal 0.31 / 0.17 after 16,384
pictures, vit 0.17 / 0.09 after 19,072, a ConvNeXt of the same width 0.12 / 0.07 after 10,016; LLaVA with LeViT, whose
four convolutions of stride 2 stand before the attention (Graham et al., 2021), 0.01 / 0.00 after 8,416. The focal has
the full plan: 0.94 / 0.85 of cells and 0.96 / 0.91 of the middles of things after 128,000 pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import (
    FocalNetConfig,
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    LlavaConfig,
    LlavaForConditionalGeneration,
    PreTrainedTokenizerFast,
    SwinConfig,
)

from assistant.errors import ModelError
from assistant.training import tokenizer
from assistant.training.dense import CELLS
from assistant.training.scenes import SIDE

TOWERS = ("vit", "swin", "focal")
_HEAD = 32
"""Channels of an attention head."""


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
        model = Idefics3ForConditionalGeneration(Idefics3Config(vision_config=_vit(size), scale_factor=1, **shared))
        _prepared(model.model.vision_model.embeddings)
    else:
        eyes = {"swin": _swin, "focal": _focal}[tower](size)
        seen = {"vision_feature_layer": -1, "vision_feature_select_strategy": "full", "projector_hidden_act": "linear",
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


def _swin(size: Size) -> SwinConfig:
    width = max(16, size.eye_width // 4)
    heads = [max(1, width * times // _HEAD) for times in (1, 2, 4)]
    return SwinConfig(image_size=SIDE, patch_size=4, embed_dim=width, depths=_depths(size), num_heads=heads,
                      window_size=4, drop_path_rate=0.0)  # fmt: skip


def _focal(size: Size) -> FocalNetConfig:
    width = max(16, size.eye_width // 4)
    config = FocalNetConfig(
        image_size=SIDE, patch_size=4, embed_dim=width, hidden_sizes=[width, width * 2, width * 4],
        depths=_depths(size), focal_levels=[2] * 3, focal_windows=[3] * 3, mlp_ratio=2.0, use_conv_embed=True,
        drop_path_rate=0.0,
    )  # fmt: skip
    config.hidden_size = width * 4
    return config


def _depths(size: Size) -> list[int]:
    """Layers of the three stages, most of them where there is a token a cell."""
    return [1, max(1, size.eye_layers - 2), max(1, size.eye_layers - 1)]


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
