"""Batches of examples as tensors, made in worker processes; the same for the same seed and step, however many work."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader, Dataset, get_worker_info
from transformers import AutoTokenizer
from transformers.utils import logging

from assistant.models.prompt import Template
from assistant.training import tokenizer
from assistant.training.dense import CELLS, NONE, Dense
from assistant.training.examples import Example, taken
from assistant.training.recipes import source
from assistant.training.scenes import SIDE

LETTERS = 4096
"""Tokens that are read at once, with those that fill up short rows."""
SHARED = 64
"""Tokens that examples have to share for these to be read only once."""
_AHEAD = 4
"""Batches that each worker makes ahead."""


@dataclass(frozen=True, slots=True)
class Pack:
    """Some examples of like length, or some that begin alike."""

    begun: torch.Tensor
    """The ids that all of them begin with, in front of their own; none of them is learnt."""
    ids: torch.Tensor
    """Examples x tokens, filled up at the right."""
    labels: torch.Tensor
    """The ids that are learnt, NONE elsewhere."""
    pixels: torch.Tensor
    """Pictures x 3 x SIDE x SIDE, uint8, in the order of their places in the ids."""
    inside: torch.Tensor
    """Of each picture: 1 or 0, NONE where it is not known."""
    kinds: torch.Tensor
    colours: torch.Tensor
    centres: torch.Tensor
    """Pictures x cells each."""
    ground: torch.Tensor

    def to(self, device: torch.device) -> Pack:
        return Pack(*(getattr(self, field.name).to(device, non_blocking=True) for field in fields(self)))


class Encoder:
    """Turns examples into ids and labels by the product's own template.

    Args:
        processor: of the model
    """

    def __init__(self, processor: Any) -> None:
        self._template, self._tokenizer = Template(processor), processor.tokenizer
        one = processor(text=["<image>"], images=[np.zeros((SIDE, SIDE, 3), np.uint8)])["input_ids"][0]
        self._picture = str(self._tokenizer.decode(one))
        self.picture = int(self._tokenizer.convert_tokens_to_ids("<image>"))
        begin, end, role = (self._tokenizer.encode(text) for text in (tokenizer.BEGIN, tokenizer.END, "assistant\n"))
        self._head, self._end = [*begin, *role], end[0]

    def encoded(self, example: Example) -> tuple[list[int], list[int]]:
        """The ids of a conversation; the labels are what the assistant says, to the end of each turn."""
        prompt = self._template.render(example.messages, example.tools)
        text = prompt.text.removesuffix(prompt.opening).replace(tokenizer.PICTURE, self._picture)
        ids = self._tokenizer.encode(text)
        return ids, self._said(ids)

    def _said(self, ids: list[int]) -> list[int]:
        labels, speaking, head = [NONE] * len(ids), False, len(self._head)
        for at, id in enumerate(ids):
            if speaking:
                labels[at], speaking = id, id != self._end
            elif ids[at + 1 - head : at + 1] == self._head:
                speaking = True
        return labels


@dataclass(frozen=True, slots=True)
class _Row:
    """An example as tokens."""

    ids: list[int]
    labels: list[int]
    example: Example


def packs(examples: Sequence[Example], encoder: Encoder, pad: int) -> list[Pack]:
    """The examples in as few packs as their lengths allow; those that begin alike are in packs of their own."""
    rows = sorted((_Row(*encoder.encoded(example), example) for example in examples), key=lambda row: row.ids)
    alike: list[list[_Row]] = []
    for row in rows:
        if alike and _shared([alike[-1][0], row], encoder.picture) >= SHARED:
            alike[-1].append(row)
        else:
            alike.append([row])
    single = [row for group in alike if len(group) == 1 for row in group]
    found = _parted(single, 0, pad)
    for group in alike:
        if len(group) > 1:
            found += _parted(group, _shared(group, encoder.picture), pad)
    return found


def _shared(rows: Sequence[_Row], picture: int) -> int:
    """The tokens that all of them begin with, before any picture and any that is learnt."""
    first, last = min(row.ids for row in rows), max(row.ids for row in rows)
    least = min(len(row.ids) - 1 for row in rows)
    alike = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b or a == picture), least)
    return min(alike, *(next(n for n, label in enumerate((*row.labels, 0)) if label != NONE) - 1 for row in rows))


def _parted(rows: Sequence[_Row], shared: int, pad: int) -> list[Pack]:
    """Packs of what follows on the shared beginning, the shortest rows first."""
    found: list[list[_Row]] = []
    for row in sorted(rows, key=lambda row: len(row.ids)):
        if not found or shared + (len(row.ids) - shared) * (len(found[-1]) + 1) > LETTERS:
            found.append([])
        found[-1].append(row)
    return [_pack(each, shared, pad) for each in found]


def _pack(rows: Sequence[_Row], shared: int, pad: int) -> Pack:
    length = max(len(row.ids) for row in rows)
    ids = [row.ids[shared:] + [pad] * (length - len(row.ids)) for row in rows]
    labels = [row.labels[shared:] + [NONE] * (length - len(row.labels)) for row in rows]
    examples = [row.example for row in rows]
    pictures = [picture for example in examples for picture in example.pictures]
    truths = [truth for example in examples for truth in example.dense or [_UNKNOWN] * len(example.pictures)]
    inside = [NONE if e.inside is None else int(e.inside) for e in examples for _ in e.pictures]
    pixels = np.stack(pictures) if pictures else np.zeros((0, SIDE, SIDE, 3), np.uint8)
    return Pack(
        torch.tensor(rows[0].ids[:shared], dtype=torch.long),
        torch.tensor(ids),
        torch.tensor(labels),
        torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))),
        torch.tensor(inside),
        _stacked([truth.kinds for truth in truths]),
        _stacked([truth.colours for truth in truths]),
        _stacked([truth.centres for truth in truths]),
        torch.tensor([truth.ground for truth in truths]),
    )


_EMPTY = np.full(CELLS * CELLS, NONE, np.int64)
_UNKNOWN = Dense(_EMPTY, _EMPTY, np.zeros(CELLS * CELLS, np.float32), NONE)


def _stacked(planes: Sequence[np.ndarray[Any, Any]]) -> torch.Tensor:
    return torch.from_numpy(np.stack(planes)) if planes else torch.zeros(0, CELLS * CELLS)


class Made(Dataset[list[Pack]]):  # type: ignore[misc]
    """The batches of a stage by their steps.

    Args:
        recipe: the name of the source
        processor: the folder of the tokenizer
        family: of the model
        seed: of all chance
        size: examples in a batch
        system: the system prompt that some of them have
        fresh: how many are made before they come again; 0 for no end
        kept: the folder where those are kept that come again
    """

    def __init__(
        self,
        recipe: str,
        processor: Path,
        family: str,
        seed: int,
        size: int,
        system: str = "",
        fresh: int = 0,
        kept: Path | None = None,
    ) -> None:
        self._recipe, self._folder, self._family, self._system = recipe, processor, family, system
        self._seed, self._size, self._fresh, self._kept = seed, size, fresh, kept
        self._opened: Any = None

    def __getitem__(self, step: int) -> list[Pack]:
        if not self._fresh or self._kept is None:
            return self._made(step)
        path = self._kept / f"{step % self._fresh}.safetensors"
        try:
            return _taken(path)
        except (OSError, SafetensorError):  # not there yet, or cut short
            _keep(self._made(step % self._fresh), path)
        return _taken(path)

    def _made(self, step: int) -> list[Pack]:
        source, encoder, pad = self._tools()
        rng = np.random.default_rng((self._seed, step))
        return packs(taken(source, rng, "train", self._size), encoder, pad)

    def __getstate__(self) -> dict[str, Any]:
        """For a worker, which opens its own."""
        return {**self.__dict__, "_opened": None}

    def _tools(self) -> Any:
        """What makes and encodes, opened where it is needed first: in the worker."""
        if self._opened is None:
            if get_worker_info() is not None:
                torch.set_num_threads(1)
            logging.set_verbosity_error()
            tokens = AutoTokenizer.from_pretrained(self._folder, local_files_only=True)
            encoder = Encoder(tokenizer.processor(tokens, self._family))
            self._opened = source(self._recipe, self._system), encoder, tokens.pad_token_id
        return self._opened


def _keep(packs: Sequence[Pack], path: Path) -> None:
    """Write packs down; whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    planes = {f"{n}/{field.name}": getattr(pack, field.name) for n, pack in enumerate(packs) for field in fields(pack)}
    partial = path.with_suffix(f".{os.getpid()}")
    save_file({name: plane.contiguous() for name, plane in planes.items()}, partial)
    partial.replace(path)


def _taken(path: Path) -> list[Pack]:
    planes = load_file(path)
    number = len({name.partition("/")[0] for name in planes})
    return [Pack(*(planes[f"{n}/{field.name}"] for field in fields(Pack))) for n in range(number)]


def batches(made: Made, steps: range, workers: int) -> Iterator[list[Pack]]:
    """The batches of some steps in order; without workers they are made here."""
    if workers == 0:
        return (made[step] for step in steps)
    spawned = {"multiprocessing_context": "spawn", "prefetch_factor": _AHEAD}
    loader = DataLoader(made, batch_size=None, sampler=steps, num_workers=workers, **spawned)
    return iter(loader)
