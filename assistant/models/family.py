"""What an architecture wants to be told when it goes on reading: the places of tokens, and the features of pictures.

Two kinds are known: places counted through (Idefics3, SmolVLM, LLaVA), and the three-fold ones of M-RoPE (Qwen-VL;
Wang et al. 2024, arXiv 2409.12191), in which a picture takes as many places as its longer side has patches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from typing import Any

import torch
from torch import Tensor

Inputs = Mapping[str, Tensor]
"""What a processor makes of one picture, beside its ids."""
_NOT_PICTURES = ("input_ids", "attention_mask", "mm_token_type_ids")


class Family:
    """How one model reads on. All places are given to it: those it guesses are wrong behind a filled cache.

    Args:
        model: of transformers, with a vision tower
    """

    def __init__(self, model: Any) -> None:
        self.model = model
        self._threefold = hasattr(model.model, "get_rope_index")
        self.picture_id: int = _picture_id(model.config)

    @property
    def device(self) -> torch.device:
        return torch.device(self.model.device)

    def places(self, ids: Tensor, picture: Inputs, first: int) -> Tensor:
        """1 x tokens, or 3 x 1 x tokens: the places of ids (1 x tokens) from a first one on."""
        if not self._threefold:
            return torch.arange(first, first + ids.shape[1], device=ids.device)[None]
        if not picture:
            return torch.arange(first, first + ids.shape[1], device=ids.device).expand(3, 1, -1)
        kinds = (ids == self.picture_id).int()
        grid = picture["image_grid_thw"].to(ids.device)
        places, _ = self.model.model.get_rope_index(ids, mm_token_type_ids=kinds, image_grid_thw=grid)
        return places + first

    def features(self, picture: Inputs) -> Any:
        """What the eyes make of a picture; it may be kept as long as the weights are the same."""
        given = {name: value.to(self.model.device) for name, value in picture.items() if name not in _NOT_PICTURES}
        return self.model.model.get_image_features(**given, return_dict=True)

    def features_of(self, pictures: Sequence[Inputs], tokens: int) -> list[Any]:
        """The features of several pictures whose tensors have one shape, by one look.

        `tokens`: those that each stands for. Raises ValueError where they cannot be told apart.
        """
        names = picture_inputs(pictures[0])
        seen = self.features({name: torch.cat([picture[name] for picture in pictures]) for name in names})
        pooled = _parts(seen.pooler_output, len(pictures))
        if any(sum(part.shape[:-1].numel() for part in each) != tokens for each in pooled):
            raise ValueError("a picture was left out")
        deeper = [_parts(layer, len(pictures)) for layer in getattr(seen, "deepstack_features", None) or ()]
        more = [{"deepstack_features": list(each)} for each in zip(*deeper, strict=True)] or [{}] * len(pooled)
        return [_made(type(seen), pooler_output=each, **deep) for each, deep in zip(pooled, more, strict=True)]

    def read(self, ids: Tensor, places: Tensor, cache: Any, features: Any = None, scores: int = 1) -> Tensor:
        """Read on; the scores of the last tokens: 1 x scores x vocabulary."""
        with self.shown(features) as seen:
            given = self.model(
                input_ids=ids,
                position_ids=places,
                use_cache=True,
                logits_to_keep=scores,
                **cached(self.model, cache),
                **seen,
            )
        return given.logits

    @contextmanager
    def shown(self, features: Any) -> Iterator[dict[str, Any]]:
        """The arguments by which a model takes features, while it is entered; transformers 5.17 has none for that."""
        inner = self.model.model
        if features is None:
            yield {}
        elif "mm_encoder_outputs" in signature(inner.forward).parameters:
            yield {"mm_encoder_outputs": {"image": features}}
        else:
            inner.get_image_features = lambda *_, **__: features
            try:
                yield {"pixel_values": torch.empty(0)}
            finally:
                del inner.get_image_features


def cached(model: Any, cache: Any) -> dict[str, Any]:
    """The argument by which a model, and its `generate`, is given a cache: transformers renamed it in 5.24."""
    return {"cache" if "cache" in signature(model.forward).parameters else "past_key_values": cache}


def picture_inputs(inputs: Mapping[str, Any]) -> dict[str, Tensor]:
    """The tensors of the pictures alone."""
    return {name: value for name, value in inputs.items() if name not in _NOT_PICTURES}


def _made(kind: Any, **given: Any) -> Any:
    """An output of a vision tower; some kinds have no such fields, and none may be without any."""
    output = kind(last_hidden_state=torch.empty(0))
    for name, value in given.items():
        setattr(output, name, value)
    return output


def _parts(seen: Sequence[Tensor] | Tensor, number: int) -> list[Any]:
    """What belongs to each of some pictures, in memory of its own."""
    if len(seen) % number:
        raise ValueError("the pictures have different numbers of parts")
    each = len(seen) // number
    parts = [seen[since : since + each] for since in range(0, len(seen), each)]
    return [part.clone() if isinstance(part, Tensor) else [one.clone() for one in part] for part in parts]


def _picture_id(config: Any) -> int:
    return int(getattr(config, "image_token_id", None) or config.image_token_index)
