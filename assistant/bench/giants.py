"""Models of the real architectures with random weights: what they cost is what trained ones of the size cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import (
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    SmolVLMConfig,
    SmolVLMForConditionalGeneration,
)

from assistant.models.family import picture_inputs
from assistant.models.grouped import group
from assistant.models.session import Piece

WORDS = 32_000
BEGIN, END, PICTURE, VIDEO = 31_990, 31_991, 31_992, 31_993
"""Ids of the marks around a picture, of its tokens, and of a video's."""
GRID = 18
"""Patches on each side of a frame; four of them make a token."""
FAMILIES = ("smolvlm", "qwen2_5_vl", "qwen3_vl")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a model is; heads are 64 wide, two to a group of keys."""

    hidden: int
    layers: int
    eyes: int
    """The width of the vision tower."""
    deep: int
    """Its layers."""


SIZES = {"small": Size(384, 6, 192, 4), "medium": Size(512, 8, 384, 8), "2b": Size(2048, 28, 1024, 24),
         "8b": Size(4096, 36, 1152, 27)}  # fmt: skip


def model(family: str, size: Size, dtype: torch.dtype = torch.float32, device: str = "cpu") -> Any:
    """A model that never ends a reply of its own accord."""
    torch.manual_seed(0)
    with torch.device(device):
        made = {"smolvlm": _smolvlm, "qwen2_5_vl": _qwen2_5, "qwen3_vl": _qwen3}[family](size)
    made.generation_config.eos_token_id, made.generation_config.pad_token_id = None, 0
    made = made.eval().to(dtype)
    group(made)
    return made


def frame(family: str, number: int) -> Piece:
    """A frame as a processor would give it, 81 tokens between its marks."""
    noise = torch.Generator().manual_seed(number)
    patch = 14 if family == "qwen2_5_vl" else 16
    if family == "smolvlm":
        inputs = {"pixel_values": torch.randn(1, 1, 3, GRID * 16, GRID * 16, generator=noise)}
    else:
        pixels = torch.randn(GRID * GRID, 3 * 2 * patch * patch, generator=noise)
        inputs = {"pixel_values": pixels, "image_grid_thw": torch.tensor([[1, GRID, GRID]])}
    return Piece((BEGIN, *[PICTURE] * (GRID * GRID // 4), END), f"{family} {number}", inputs)


def words(number: int, seed: int) -> Piece:
    """Some tokens of text."""
    ids = torch.randint(10, 30_000, (number,), generator=torch.Generator().manual_seed(seed))
    return Piece(tuple(ids.tolist()))


def whole(pieces: Sequence[Piece]) -> dict[str, Any]:
    """The pieces of a prompt as a processor would give them all at once."""
    ids = torch.tensor([[id for piece in pieces for id in piece.ids]])
    seen = [picture_inputs(piece.inputs) for piece in pieces if piece.inputs]
    names = seen[0] if seen else ()
    pictures = {name: torch.cat([each[name] for each in seen], 1 if seen[0][name].ndim == 5 else 0) for name in names}
    kinds = {"mm_token_type_ids": (ids == PICTURE).int()} if "image_grid_thw" in pictures else {}
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids), **pictures, **kinds}


def _text(size: Size) -> dict[str, Any]:
    heads = size.hidden // 64
    return {
        "vocab_size": WORDS, "hidden_size": size.hidden, "intermediate_size": size.hidden * 3,
        "num_hidden_layers": size.layers, "num_attention_heads": heads, "num_key_value_heads": heads // 2,
        "max_position_embeddings": 65_536, "pad_token_id": 0, "initializer_range": 0.05,
    }  # fmt: skip


def _smolvlm(size: Size) -> Any:
    seeing = {"hidden_size": size.eyes, "intermediate_size": size.eyes * 4, "num_hidden_layers": size.deep,
              "num_attention_heads": size.eyes // 64, "image_size": GRID * 16, "patch_size": 16}  # fmt: skip
    text = {"model_type": "llama", **_text(size)}
    config = SmolVLMConfig(
        text_config=text, vision_config=seeing, scale_factor=2, image_token_id=PICTURE, pad_token_id=0
    )
    return SmolVLMForConditionalGeneration(config)


def _qwen2_5(size: Size) -> Any:
    seeing = {**_seeing(size), "patch_size": 14, "window_size": 112, "tokens_per_second": 2,
              "fullatt_block_indexes": [size.deep // 2 - 1, size.deep - 1]}  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [8, 12, 12], "rope_theta": 1e6}
    text = {**_text(size), "rope_parameters": rope}
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=seeing, **_marks()))


def _qwen3(size: Size) -> Any:
    seeing = {**_seeing(size), "patch_size": 16, "num_position_embeddings": GRID * GRID,
              "deepstack_visual_indexes": [0, size.deep // 2, size.deep - 1]}  # fmt: skip
    rope = {"rope_type": "default", "mrope_section": [12, 10, 10], "mrope_interleaved": True, "rope_theta": 5e6}
    text = {**_text(size), "head_dim": 64, "rope_parameters": rope}
    return Qwen3VLForConditionalGeneration(Qwen3VLConfig(text_config=text, vision_config=seeing, **_marks()))


def _seeing(size: Size) -> dict[str, Any]:
    return {
        "depth": size.deep, "hidden_size": size.eyes, "intermediate_size": size.eyes * 4,
        "num_heads": size.eyes // 64, "spatial_merge_size": 2, "temporal_patch_size": 2,
        "out_hidden_size": size.hidden,
    }  # fmt: skip


def _marks() -> dict[str, int]:
    return {
        "image_token_id": PICTURE, "video_token_id": VIDEO, "vision_start_token_id": BEGIN, "vision_end_token_id": END
    }  # fmt: skip
