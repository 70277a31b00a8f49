"""Draws the loss of a training: as a PNG by numpy and zlib alone, and as lines of text for a terminal."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from assistant.training import letters
from assistant.training.stages import Row

_BLOCKS = " ▁▂▃▄▅▆▇█"
_INKS = ((200, 60, 40), (40, 90, 200), (30, 140, 70), (150, 60, 160))
_EDGE = 40


def smoothed(values: Sequence[float], share: float = 0.05) -> NDArray[np.float64]:
    """A running mean over a share of the values."""
    wide = max(1, int(len(values) * share))
    padded = np.concatenate([np.full(wide - 1, values[0]), values])
    return np.convolve(padded, np.ones(wide) / wide, "valid")


def text(rows: Sequence[Row], width: int = 60) -> str:
    """One line a stage: its loss from the first step to the last, and both in figures."""
    lines = []
    for name, group in groupby(rows, key=lambda row: row.stage):
        values = smoothed([row.loss for row in group])
        columns = [part.mean() for part in np.array_split(values, min(width, len(values)))]
        top = max(columns) or 1.0
        bars = "".join(_BLOCKS[max(1, min(8, round(8 * value / top)))] for value in columns)
        lines.append(f"{name:10} {values[0]:6.3f} {bars} {values[-1]:.3f}")
    return "\n".join(lines)


def png(rows: Sequence[Row], width: int = 720, height: int = 360) -> bytes:
    """The loss by steps, each stage in its colour, with its greatest and its last value."""
    page = np.full((height, width, 3), 255, np.uint8)
    page[height - _EDGE, _EDGE:-8] = page[8 : height - _EDGE, _EDGE] = 120
    top = max((row.loss for row in rows), default=1.0) or 1.0
    begun = 0
    for (name, group), ink in zip(groupby(rows, key=lambda row: row.stage), _INKS * len(rows), strict=False):
        values = smoothed([row.loss for row in group])
        at = np.linspace(begun, begun + len(values), 4 * width) / max(1, len(rows))
        y = np.interp(at * len(rows) - begun, np.arange(len(values)), values) / top
        _dots(page, at, y, ink)
        _word(
            page, f"{name} {values[-1]:.3f}".replace(".", " "), int(_EDGE + at[0] * (width - 60)) + 4, height - 28, ink
        )
        begun += len(values)
    _word(page, f"{top:.1f}".replace(".", " "), 4, 10, (60, 60, 60))
    return _packed(page)


def _dots(page: NDArray[np.uint8], x: NDArray[np.float64], y: NDArray[np.float64], ink: tuple[int, int, int]) -> None:
    """A line two pixels high through points of 0..1."""
    height, width = page.shape[:2]
    columns = (_EDGE + x * (width - _EDGE - 9)).astype(int)
    rows = (height - _EDGE - 1 - y * (height - _EDGE - 10)).astype(int)
    page[rows, columns] = page[rows - 1, columns] = ink


def _word(page: NDArray[np.uint8], word: str, left: int, top: int, ink: tuple[int, int, int]) -> None:
    bitmap = letters.line(word) > 0
    part = page[top : top + bitmap.shape[0], left : left + bitmap.shape[1]]
    part[bitmap[:, : part.shape[1]]] = ink


def _packed(page: NDArray[np.uint8]) -> bytes:
    """A PNG of 8 bits a channel (ISO/IEC 15948)."""
    height, width = page.shape[:2]
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in page)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
