"""Weights of whole numbers from -127 to 127 for the layers that read words: a quarter of the memory, not quite exact.

Each output channel has a scale, and so has each token that comes in (the dynamic quantisation of LLM.int8, Dettmers et
al. 2022, without its second pass for outliers). A token's product does not depend on the tokens beside it; but numbers
between two whole ones may be rounded up in one reading and down in another.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

_TOP = 127
_LEAST = 1e-12
"""Of a scale: a channel of zeros has one as well."""


class Linear8(torch.nn.Module):  # type: ignore[misc]
    """A linear layer with whole numbers.

    Args:
        linear: what it stands for
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = _scale(weight)
        self.weight: Tensor
        self.scale: Tensor
        self.register_buffer("weight", (weight / scale).round().to(torch.int8))
        self.register_buffer("scale", scale.flatten())
        self.bias = linear.bias

    def forward(self, given: Tensor) -> Tensor:
        tokens = given.reshape(-1, given.shape[-1])
        scale = _scale(tokens)
        whole = torch._int_mm((tokens / scale).round().to(torch.int8), self.weight.t())
        found = whole.to(given.dtype) * scale * self.scale
        return (found if self.bias is None else found + self.bias).reshape(*given.shape[:-1], -1)


def compress(model: Any) -> None:
    """Give the layers that read words whole numbers; what looks, and the words' own vectors, stay as they are."""
    reader = getattr(model.model, "text_model", None) or model.model.language_model
    for module in list(reader.modules()):
        for name, child in list(module.named_children()):
            if type(child) is torch.nn.Linear:
                setattr(module, name, Linear8(child))


def is_compressed(model: Any) -> bool:
    return any(isinstance(module, Linear8) for module in model.modules())


def numbers_of(model: Any) -> str:
    """What a person should know of a model's numbers."""
    return "int8, not exact" if is_compressed(model) else str(model.dtype).removeprefix("torch.")


def _scale(rows: Tensor) -> Tensor:
    """What the whole numbers of each row are multiplied by: rows x 1."""
    return rows.abs().amax(-1, keepdim=True).clamp(min=_LEAST) / _TOP
