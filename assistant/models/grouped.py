"""Attention on a CPU in which heads that share their keys are one product: keys are not copied for each of them.

transformers copies all keys and values where a few tokens are read behind many (its own packing is for one token
alone). Behind 20,000 tokens the copies cost four times what the attention does.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

NAME = "grouped"
"""Of the attention, as configurations of transformers name it."""


def attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    scaling: float | None = None,
    **more: Any,
) -> tuple[Tensor, None]:
    """The attention of transformers' interface: batch x tokens x heads x channels."""
    groups, tokens = query.shape[1] // key.shape[1], query.shape[2]
    if groups == 1 or tokens == 1 or mask is None:
        found: tuple[Tensor, None] = sdpa_attention_forward(module, query, key, value, mask, scaling=scaling, **more)
        return found
    packed = query.unflatten(1, (key.shape[1], groups)).flatten(2, 3)
    tiled = mask[..., : key.shape[2]].repeat(1, 1, groups, 1)
    seen = functional.scaled_dot_product_attention(packed, key, value, attn_mask=tiled, scale=scaling)
    return seen.unflatten(2, (groups, tokens)).flatten(1, 2).transpose(1, 2), None


def group(model: Any) -> None:
    """Let a model's words be read that way where that is the same and pays: on a CPU, in place of plain SDPA."""
    reader = getattr(model.model, "text_model", None) or getattr(model.model, "language_model", None)
    if reader is None or model.device.type != "cpu" or reader.config._attn_implementation != "sdpa":
        return
    if reader.config.num_attention_heads != reader.config.num_key_value_heads:
        reader.set_attn_implementation(NAME)


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, sdpa_mask)
