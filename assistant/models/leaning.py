"""Leans the first words of a reply towards what a router holds likely: which tool is called, or which sentence is said.

The replies that are told apart lie in a tree of tokens. Where it branches, each branch gets the logarithm of its share
of what is likely (a product of experts: Hinton 2002); behind the last branch nothing is changed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from transformers import LogitsProcessor

from assistant.models.router import Odds

LEAST = 1e-4
"""Share that the unlikely still has: the model may be surer than the router."""


class Leaning(LogitsProcessor):  # type: ignore[misc]
    """For one reply, behind what holds it to a grammar.

    Args:
        likely: beginnings of replies, and how likely each is
        weight: what their logarithms count beside those of the model
    """

    def __init__(self, likely: Mapping[tuple[int, ...], float], weight: float) -> None:
        self._likely, self._weight = likely, weight
        self._prompt = -1

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self._prompt < 0:
            self._prompt = input_ids.shape[1]
        shares = self._shares(tuple(input_ids[0, self._prompt :].tolist()))
        if len(shares) < 2:
            return scores
        leaning = torch.full_like(scores, math.log(LEAST))
        for token, share in shares.items():
            leaning[0, token] = math.log(max(share, LEAST))
        return scores + self._weight * leaning

    def _shares(self, made: tuple[int, ...]) -> dict[int, float]:
        """Of each token that may come next, how likely it is; none where a beginning ends, or none goes on."""
        shares: dict[int, float] = defaultdict(float)
        if made in self._likely:
            return shares
        for tokens, likely in self._likely.items():
            if tokens[: len(made)] == made and len(tokens) > len(made):
                shares[tokens[len(made)]] += likely
        whole = sum(shares.values()) or 1.0
        return {token: share / whole for token, share in shares.items()}


def beginnings(odds: Odds, before: str, tokenizer: Any) -> dict[tuple[int, ...], float]:
    """The tokens that replies begin with, and how likely each is; `before` is what was said last."""
    texts = {f'<tool_call>{{"name": "{name}", "arguments": {{': share for name, share in odds.tools.items()}
    texts |= odds.sentences
    if before:
        texts[before] = texts.get(before, 0.0) + odds.again
    return {_ids(text, tokenizer): share for text, share in texts.items()}


def _ids(text: str, tokenizer: Any) -> tuple[int, ...]:
    ids: Sequence[int] = tokenizer.encode(text, add_special_tokens=False)
    return tuple(ids)
