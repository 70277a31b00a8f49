"""Replies by force: at each step only tokens that can still become what is wanted may be chosen (llguidance)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import llguidance.hf
import llguidance.torch
import torch
from llguidance import LLMatcher
from transformers import LogitsProcessor

from assistant.errors import ModelError


class Held(LogitsProcessor):  # type: ignore[misc]
    """For one reply: scores of (1, vocabulary) in, those of tokens that are not allowed at minus infinity out.

    Raises ModelError when the schema is none.
    """

    def __init__(self, tokenizer: Any, vocabulary: int, end: int, wanted: Mapping[str, Any] | str) -> None:
        """`vocabulary`: how many scores the model gives; `end`: the token that ends a reply; `wanted`: a JSON schema,
        or a grammar in the Lark form of llguidance.
        """
        if isinstance(wanted, str):
            grammar = LLMatcher.grammar_from_lark(wanted)
        else:
            grammar = LLMatcher.grammar_from_json_schema(json.dumps(wanted), {"whitespace_flexible": False})
        problem = LLMatcher.validate_grammar(grammar)
        if problem:
            raise ModelError(f"The schema cannot be used: {problem.splitlines()[0]}", "It must be a JSON schema.")
        size = max(vocabulary, len(tokenizer))
        known = llguidance.hf.from_tokenizer(tokenizer, n_vocab=size, eos_token=end)
        self._matcher = LLMatcher(known, grammar)
        self._mask = llguidance.torch.allocate_token_bitmask(1, size)
        self._begun = False

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        if self._begun:
            self._matcher.consume_token(int(input_ids[0, -1]))
        self._begun = True
        llguidance.torch.fill_next_token_bitmask(self._matcher, self._mask, 0)
        words = -(-scores.shape[-1] // 32)
        llguidance.torch.apply_token_bitmask_inplace(scores, self._mask[:, :words].contiguous().to(scores.device))
        return scores
