"""Selective prediction: a model that was given thresholds says nothing where it is not sure (El-Yaniv & Wiener, 2010).

Beside a checkpoint may lie `confidence.json`, its thresholds, and `confidence.safetensors`, a head that tells from what
its eyes give whether a picture is of the kind that it was trained on. Plain loading ignores both.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch.nn import functional
from transformers import LogitsProcessor

from assistant.errors import ModelError

HEAD, THRESHOLDS = "confidence.safetensors", "confidence.json"
OUTSIDE = "this is outside the small world of the pocket model"
UNSURE = "the pocket model is not sure"


class Sureness(LogitsProcessor):  # type: ignore[misc]
    """Notes how likely the chosen tokens of one greedy reply are, and whether its pictures are of a known kind."""

    def __init__(self) -> None:
        self.logs: list[float] = []
        """The logarithm of each token's probability."""
        self.inside: list[float] = []
        """Of each picture, the probability that it is of a known kind."""

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.logs.append(float(scores[0].float().log_softmax(-1).max()))
        return scores

    @property
    def words(self) -> float:
        """The geometric mean of the tokens' probabilities, 0..1."""
        return math.exp(sum(self.logs) / len(self.logs)) if self.logs else 1.0

    @property
    def least(self) -> float:
        """The probability of the token that was doubted most, 0..1."""
        return math.exp(min(self.logs, default=0.0))


@dataclass(frozen=True, slots=True)
class Confidence:
    """What a checkpoint needs to be sure of."""

    seen: float = 0.5
    """Least probability that pictures are of a known kind."""
    said: float = 0.0
    """Least probability of the token that is doubted most, of what is said about pictures."""
    told: float = 0.0
    """The same, of what is said without pictures."""
    head: dict[str, torch.Tensor] = field(default_factory=dict)

    @classmethod
    def beside(cls, folder: Path) -> Confidence | None:
        """That of a checkpoint, or None where it has none; ModelError when it cannot be read."""
        path = folder / THRESHOLDS
        if not path.is_file():
            return None
        try:
            told = {name: float(value) for name, value in json.loads(path.read_text(encoding="utf-8")).items()}
            head = {name: tensor.float() for name, tensor in load_file(folder / HEAD).items()}
            if not all(map(math.isfinite, told.values())):
                raise ValueError("a threshold is a number from 0 to 1")
            return cls(**told, head=head)
        except (OSError, ValueError, TypeError, AttributeError, SafetensorError) as error:
            raise ModelError(f"{path} cannot be read: {error}", "download the checkpoint again") from error

    @contextmanager
    def watching(self, model: Any) -> Iterator[list[float]]:
        """While it is entered, what the model's eyes give is weighed: a probability for each picture."""
        inner, found = model.model, list[float]()
        projector = getattr(inner, "connector", None) or inner.multi_modal_projector

        def weigh(module: Any, given: tuple[torch.Tensor, ...]) -> None:
            found.extend(self.inside(given[0]))

        hook = projector.register_forward_pre_hook(weigh)
        try:
            yield found
        finally:
            hook.remove()

    def inside(self, hidden: torch.Tensor) -> list[float]:
        """The probability for each picture, from pictures x tokens x channels."""
        head = {name: tensor.to(hidden.device) for name, tensor in self.head.items()}
        normed = functional.layer_norm(hidden.float(), hidden.shape[-1:], head["norm.weight"], head["norm.bias"])
        scores = normed.mean(1) @ head["weight"] + head["bias"]
        return [float(score) for score in scores.sigmoid().flatten()]

    def doubt(self, sureness: Sureness) -> str | None:
        """Why a reply should not be given, or None."""
        if not all(inside >= self.seen for inside in sureness.inside):  # what is no number is doubt
            return OUTSIDE
        if not sureness.least >= (self.said if sureness.inside else self.told):
            return UNSURE
        return None
