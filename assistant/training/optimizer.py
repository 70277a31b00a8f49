"""Muon for matrices and AdamW for the rest, in float32 on any device.

Muon (Keller Jordan, 2024) moves a matrix along its momentum made orthogonal by Newton-Schulz steps. torch's own form
computes in bfloat16, which is 25 times slower on a CPU; this one takes matrices of one shape together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from assistant.training.pocket import Pupil

_A, _B, _C = 3.4445, -4.7750, 2.0315


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """For matrices, and for convolutions as matrices of outputs x all that flows into them."""

    def __init__(
        self, groups: list[dict[str, object]], rate: float = 0.02, momentum: float = 0.95, decay: float = 0.01
    ):
        super().__init__(groups, {"lr": rate, "momentum": momentum, "weight_decay": decay})

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            shapes = defaultdict[torch.Size, list[Tensor]](list)
            for weight in group["params"]:
                if weight.grad is not None:
                    shapes[weight.flatten(1).shape].append(weight)
            for weights in shapes.values():
                self._moved(weights, group["lr"], group["momentum"], group["weight_decay"])

    def _moved(self, weights: list[Tensor], rate: float, momentum: float, decay: float) -> None:
        """One step of matrices of one shape."""
        ways = torch.stack([self._way(weight, momentum).flatten(1) for weight in weights])
        height, width = ways.shape[1:]
        scale = rate * max(1.0, height / width) ** 0.5
        for weight, way in zip(weights, orthogonal(ways), strict=True):
            weight.mul_(1 - rate * decay).add_(way.view_as(weight), alpha=-scale)

    def _way(self, weight: Tensor, momentum: float) -> Tensor:
        assert weight.grad is not None
        kept = self.state[weight].setdefault("momentum", torch.zeros_like(weight))
        kept.lerp_(weight.grad, 1 - momentum)
        return weight.grad.lerp(kept, momentum)


def orthogonal(matrices: Tensor, steps: int = 5) -> Tensor:
    """Nearly the nearest orthogonal ones: a batch of matrices in, with singular values of about 0.7 to 1.2 out."""
    turned = matrices.shape[1] > matrices.shape[2]
    x = matrices.transpose(1, 2) if turned else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(steps):
        square = x @ x.transpose(1, 2)
        x = _A * x + (_B * square + _C * square @ square) @ x
    return x.transpose(1, 2) if turned else x


def optimizers(pupil: Pupil, rate: float, eyes: float) -> list[torch.optim.Optimizer]:
    """Muon and AdamW over all weights; `eyes` is the share of the rate that what sees gets."""
    seeing = {id(weight) for weight in pupil.eyes()}
    matrices, others = list[tuple[str, nn.Parameter]](), list[tuple[str, nn.Parameter]]()
    for name, weight in pupil.named_parameters():
        (matrices if _is_inner(name, weight) else others).append((name, weight))
    return [
        Muon(list(_groups(matrices, seeing, rate, eyes))),
        torch.optim.AdamW(list(_groups(others, seeing, rate * 0.15, eyes)), betas=(0.9, 0.95), weight_decay=0.0),
    ]


def _is_inner(name: str, weight: nn.Parameter) -> bool:
    """A matrix between layers, or a convolution over all channels: no table of tokens or places, and no head."""
    if weight.ndim == 4:
        return weight.shape[1] > 1 and "vision_model" not in name
    return (
        weight.ndim == 2
        and ("layers" in name or "stages" in name or "connector" in name or "projector" in name)
        and ("embed" not in name and "bias_table" not in name and "attention_biases" not in name)
    )


def _groups(
    weights: Iterable[tuple[str, nn.Parameter]], seeing: set[int], rate: float, eyes: float
) -> Iterator[dict[str, object]]:
    for sees in (False, True):
        params = [weight for _, weight in weights if (id(weight) in seeing) == sees]
        if params:
            yield {"params": params, "lr": rate * (eyes if sees else 1.0)}
