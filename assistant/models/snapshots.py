"""What a model made of the beginnings of talks, on disk: a new talk that begins alike goes on behind it.

A beginning is the system prompt and the tools; nothing of what a user said is written. (The prompt cache of llama.cpp,
and the prefix caching of vLLM, Kwon et al. 2023, for beginnings that are known to come again.)
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import torch
import transformers
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

LEAST = 256
"""Tokens of a beginning; a shorter one is read as fast as it is loaded."""
MOST = 1 << 30
"""Bytes of all of them; those that were used longest ago go."""

Planes = Sequence[tuple[Tensor, Tensor]]
"""The keys and values of each layer: 1 x heads x tokens x width."""


class Snapshots:
    """The beginnings that one model has read.

    Args:
        folder: where they lie; it is made when it is needed
        weights: tells the model from others, see `weights_of`
        most: bytes of all that lies there
    """

    def __init__(self, folder: Path, weights: str, most: int = MOST) -> None:
        self._folder, self._weights, self._most = folder, weights, most

    def find(self, ids: Sequence[int]) -> Planes | None:
        """What was made of some tokens; one that cannot be read is removed."""
        path = self._path(ids)
        if len(ids) < LEAST or not path.is_file():
            return None
        try:
            tensors = load_file(path)
            planes = [(tensors[f"{n}.keys"], tensors[f"{n}.values"]) for n in range(len(tensors) // 2)]
            if not planes or any(plane.ndim != 4 or plane.shape[2] != len(ids) for pair in planes for plane in pair):
                raise ValueError("it has other tokens")
            path.touch()
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            self._warn(path, error)
            with suppress(OSError):
                path.unlink()
            return None
        return planes

    def keep(self, ids: Sequence[int], planes: Planes) -> None:
        """Write what was made of some tokens, when it is worth it and not there yet."""
        path = self._path(ids)
        size = sum(plane.numel() * plane.element_size() for pair in planes for plane in pair)
        if len(ids) < LEAST or size > self._most or path.exists():
            return
        partial = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._make_room(self._most - size)
            save_file(
                {
                    f"{n}.{name}": plane.detach().cpu().contiguous()
                    for n, pair in enumerate(planes)
                    for name, plane in zip(("keys", "values"), pair, strict=True)
                },
                partial,
            )
            partial.replace(path)
        except (OSError, SafetensorError) as error:  # the next talk reads it once more
            self._warn(path, error)
            with suppress(OSError):
                partial.unlink(missing_ok=True)

    def _make_room(self, most: int) -> None:
        files = [(path.stat().st_mtime, path.stat().st_size, path) for path in self._folder.glob("*.safetensors")]
        held = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if held > most:
                path.unlink(missing_ok=True)
                held -= size

    def _path(self, ids: Sequence[int]) -> Path:
        told = sha256(self._weights.encode() + b"\0" + json.dumps(list(ids)).encode()).hexdigest()
        return self._folder / f"{told}.safetensors"

    def _warn(self, path: Path, error: Exception) -> None:
        logging.getLogger(__name__).warning("%s: %s", path.name, error)


def weights_of(folder: Path, numbers: torch.dtype, device: torch.device) -> str:
    """Tells a checkpoint from others and from its later versions, without reading all of it."""
    told = [transformers.__version__, torch.__version__, str(numbers), device.type]
    for path in sorted(folder.glob("*.safetensors")):
        stat = path.stat()
        told.append(f"{path.name} {stat.st_size} {stat.st_mtime_ns} {_head(path)}")
    told += [path.read_text("utf-8", "replace") for path in sorted(folder.glob("config.json"))]
    return sha256("\n".join(told).encode()).hexdigest()


def _head(path: Path) -> str:
    """The digest of a file's first and last megabyte."""
    with path.open("rb") as file:
        first = file.read(1 << 20)
        file.seek(max(0, path.stat().st_size - (1 << 20)))
        return sha256(first + file.read()).hexdigest()
