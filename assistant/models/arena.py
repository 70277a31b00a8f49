"""Keys and values of a talk in memory that is reserved ahead: written in place, cut without being copied.

`DynamicCache` copies all it holds at each token; here a token costs what it adds (the preallocated cache of vLLM and
gpt-fast, for one talk that grows, is cut back and forgets from its middle).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from assistant.errors import ModelError

ROOM = 1024
"""Tokens that are reserved at first; more are reserved by doubling."""
COPIES = 4
"""Lengths that can be gone back to, of layers that cannot be cut."""


class Lane(DynamicLayer):  # type: ignore[misc]
    """The keys and values of one layer: 1 x heads x tokens x width each, the front of what is reserved."""

    def __init__(self, room: int = ROOM) -> None:
        super().__init__()
        self._room = room
        self._reserved: tuple[Tensor, Tensor] | None = None

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        super().lazy_initialization(key_states, value_states)
        self._reserve(key_states, value_states, key_states.shape[-2])
        self._show(0)

    def update(self, key_states: Tensor, value_states: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """Write behind what is there; gives all there is then."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        since = self.get_seq_length()
        until = since + key_states.shape[-2]
        keys, values = self._reserve(key_states, value_states, until)
        keys[..., since:until, :] = key_states
        values[..., since:until, :] = value_states
        self._show(until)
        return self.keys, self.values

    def get_seq_length(self) -> int:
        return self.keys.shape[-2] if self.is_initialized else 0

    def cut(self, length: int) -> None:
        """Forget all behind a length."""
        if self.is_initialized and length < self.get_seq_length():
            self._show(length)

    def drop(self, since: int, until: int) -> None:
        """Forget a stretch; what is behind it moves up, its positions stay in its keys."""
        rest = self.get_seq_length() - until
        if not self.is_initialized or since == until:
            return
        for plane in self._planes():
            plane[..., since : since + rest, :] = plane[..., until : until + rest, :].clone()
        self._show(since + rest)

    def copy(self) -> Lane:
        """Another with the same in it."""
        twin = Lane(self._room)
        if self.is_initialized:
            twin.lazy_initialization(self.keys, self.values)
            twin.update(self.keys, self.values)
        return twin

    def _planes(self) -> tuple[Tensor, Tensor]:
        if self._reserved is None:
            raise ModelError("the memory of the talk is not there yet", "ask again")
        return self._reserved

    def _show(self, length: int) -> None:
        keys, values = self._planes()
        self.keys, self.values = keys[..., :length, :], values[..., :length, :]

    def _reserve(self, key: Tensor, value: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """Room for a length, with what was there; all of it may be moved."""
        if self._reserved is None or length > self._reserved[0].shape[-2]:
            room = max(self._room, 1 << (length - 1).bit_length())
            fresh = _blank(key, room), _blank(value, room)
            if self._reserved is not None:
                held = self.get_seq_length()
                for new, old in zip(fresh, self._reserved, strict=True):
                    new[..., :held, :] = old[..., :held, :]
            self._reserved = fresh
        return self._reserved


def _blank(like: Tensor, room: int) -> Tensor:
    return like.new_empty((*like.shape[:-2], room, like.shape[-1]))


class Arena(DynamicCache):  # type: ignore[misc]
    """The lanes of all layers. A forward that was broken off leaves them of different lengths: cut them then.

    Layers that keep something else, such as the state of linear attention or a sliding window, cannot be cut; of them
    copies are kept at some lengths, and a cut goes back to the nearest.

    Raises:
        ModelError: no layer keeps the keys and values of every token
    """

    def __init__(self, config: Any, room: int = ROOM) -> None:
        super().__init__(config=config)
        self._config, self._room = config, room
        self._kept: dict[int, dict[int, Any]] = {}
        self.layers: list[Any] = [Lane(room) if type(layer) is DynamicLayer else layer for layer in self.layers]
        if not self._lanes:
            raise ModelError("this model keeps no keys and values", "it is read anew at each turn")

    @property
    def is_plain(self) -> bool:
        """Whether any length can be gone back to, and any stretch be dropped."""
        return len(self._lanes) == len(self.layers)

    @property
    def length(self) -> int:
        """Tokens that every lane holds."""
        return min(lane.get_seq_length() for lane in self._lanes)

    def keep(self) -> None:
        """Make it possible to come back to this length."""
        if not self.is_plain:
            self._kept[self.length] = copy.deepcopy(self._others)
            while len(self._kept) > COPIES:
                del self._kept[min(self._kept)]

    def cut(self, length: int) -> int:
        """Forget all behind a length, or a little more: what is held then."""
        if not self.is_plain:
            length = max((each for each in self._kept if each <= length), default=0)
            self._kept = {each: layers for each, layers in self._kept.items() if each <= length}
            others = self._kept.get(length) or Arena(self._config)._others
            for place, layer in copy.deepcopy(others).items():
                self.layers[place] = layer
        for lane in self._lanes:
            lane.cut(length)
        return length

    def drop(self, since: int, until: int) -> None:
        """Forget a stretch of the middle; ModelError where that cannot be."""
        if not self.is_plain:
            raise ModelError("this model cannot forget a part of what it read", "read it anew")
        for lane in self._lanes:
            lane.drop(since, until)

    def planes(self, length: int) -> list[tuple[Tensor, Tensor]]:
        """The keys and values of the first tokens, of each layer; ModelError where a layer keeps something else."""
        if not self.is_plain:
            raise ModelError("this model keeps more than keys and values", "read it anew")
        return [(lane.keys[..., :length, :], lane.values[..., :length, :]) for lane in self._lanes]

    def fill(self, planes: Sequence[tuple[Tensor, Tensor]]) -> None:
        """Take up keys and values of tokens, where none are held; ModelError when they are not of this model."""
        if not self.is_plain or len(planes) != len(self._lanes) or self.length:
            raise ModelError("the kept beginning is not of this model", "it is read anew")
        for lane, (keys, values) in zip(self._lanes, planes, strict=True):
            lane.update(keys, values)

    def copy(self) -> Arena:
        """Another with the same in it."""
        twin = Arena(self._config, self._room)
        twin._kept = copy.deepcopy(self._kept)
        twin.layers = [layer.copy() if isinstance(layer, Lane) else copy.deepcopy(layer) for layer in self.layers]
        return twin

    @property
    def _lanes(self) -> list[Lane]:
        return [layer for layer in self.layers if isinstance(layer, Lane)]

    @property
    def _others(self) -> dict[int, Any]:
        return {place: layer for place, layer in enumerate(self.layers) if not isinstance(layer, Lane)}
