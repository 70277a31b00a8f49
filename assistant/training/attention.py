"""Attention of many rows to what all of them begin with, which is held only once.

What a row looks back at is its own tokens and the shared ones; both are weighed together, as if the shared ones stood
in front of each row. The shared part is one large product for all rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, DynamicCache
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface

NAME = "begun"
"""Of the attention, as configurations of transformers name it."""
_BEGUN: ContextVar[Begun | None] = ContextVar("begun", default=None)


class Begun(DynamicCache):  # type: ignore[misc]
    """What is held of a beginning; rows that go on behind it are not taken up."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = False

    @contextmanager
    def shared(self) -> Iterator[Begun]:
        """While it is entered, any number of rows are read behind it."""
        self._whole, token = True, _BEGUN.set(self)
        try:
            yield self
        finally:
            _BEGUN.reset(token)

    def update(self, key: Tensor, value: Tensor, layer: int, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        held: tuple[Tensor, Tensor] = (key, value)
        return held if self._whole else super().update(key, value, layer, *args, **kwargs)


class _Together(torch.autograd.Function):  # type: ignore[misc]
    """queries, keys, values: rows x heads x tokens x channels, causal; the first ones: heads x tokens x channels."""

    @staticmethod
    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor, first_k: Tensor, first_v: Tensor) -> Tensor:
        flat = _flat(q)
        theirs = torch.bmm(flat, first_k.transpose(1, 2))
        own = q @ k.transpose(-1, -2)
        own.masked_fill_(torch.ones(own.shape[-2:], dtype=torch.bool, device=q.device).triu(1), float("-inf"))
        most = torch.maximum(_rows(theirs.amax(-1, True), q), own.amax(-1, True))
        theirs.sub_(_flat(most)).exp_()
        own.sub_(most).exp_()
        total = _rows(theirs.sum(-1, True, dtype=torch.float32), q) + own.sum(-1, True, dtype=torch.float32)
        out = ((_rows(torch.bmm(theirs, first_v), q) + own @ v) / total).to(q.dtype)
        ctx.save_for_backward(q, k, v, first_k, first_v, theirs, own, total, out)
        return out

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, ...]:
        q, k, v, first_k, first_v, theirs, own, total, out = ctx.saved_tensors
        even = (grad / total).to(q.dtype)
        mean = (even * out).sum(-1, True)
        flat, flat_even, flat_mean = _flat(q), _flat(even), _flat(mean)
        d_theirs = torch.bmm(flat_even, first_v.transpose(1, 2)).sub_(flat_mean).mul_(theirs)
        d_own = (even @ v.transpose(-1, -2)).sub_(mean).mul_(own)
        d_q = _rows(torch.bmm(d_theirs, first_k), q) + d_own @ k
        d_first_k, d_first_v = torch.bmm(d_theirs.transpose(1, 2), flat), torch.bmm(theirs.transpose(1, 2), flat_even)
        return d_q, d_own.transpose(-1, -2) @ q, own.transpose(-1, -2) @ even, d_first_k, d_first_v


def _flat(rows: Tensor) -> Tensor:
    """rows x heads x tokens x channels as heads x (rows x tokens) x channels."""
    return rows.transpose(0, 1).flatten(1, 2)


def _rows(flat: Tensor, like: Tensor) -> Tensor:
    """Back again."""
    return flat.unflatten(1, (like.shape[0], like.shape[2])).transpose(0, 1)


def attend(
    module: Any, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, scaling: float | None = None, **kwargs: Any
) -> tuple[Tensor, None]:
    """The attention of transformers' interface: rows x tokens x heads x channels."""
    begun = _BEGUN.get()
    if begun is None:
        found: tuple[Tensor, None] = sdpa_attention_forward(module, q, k, v, mask, scaling=scaling, **kwargs)
        return found
    layer = begun.layers[module.layer_idx]
    scale = q.shape[-1] ** -0.5 if scaling is None else scaling
    own, first = ((q * scale).to(v.dtype), k.to(v.dtype), v), (layer.keys[0].to(v.dtype), layer.values[0].to(v.dtype))
    together = _Together.apply(*own, *first)
    return together.transpose(1, 2), None


AttentionInterface.register(NAME, attend)
AttentionMaskInterface.register(NAME, lambda *args, **kwargs: None)  # all is causal, and rows are filled up at the end
