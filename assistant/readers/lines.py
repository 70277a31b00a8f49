"""The order in which a person reads pieces of text that lie on a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from assistant.types import Box

Corners = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Line:
    """Some text with its place, a box in fractions of the picture, and 0..1, how sure it is."""

    text: str
    score: float
    box: Box
    other: str = ""
    """What it may say as well, where two readings differ."""
    height: float = 0.0
    """Of its letters, in heights of the picture."""

    def turned(self, quarters: int) -> Line:
        """The same line on the picture before ``numpy.rot90(picture, quarters)``."""
        left, top, right, bottom = self.box
        for _ in range(quarters):
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        return replace(self, box=(left, top, right, bottom))


@dataclass(frozen=True, slots=True)
class Piece:
    """Text within one run of letters; `corners` are 4 x 2 pixels, clockwise from where the text begins."""

    text: str
    score: float
    corners: Corners
    other: str = ""
    """What it may say as well."""
    doubted: bool = False
    """True when a second reading was another one and neither is sure."""

    @property
    def height(self) -> float:
        """Pixels, across the run of the letters."""
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))


@dataclass(frozen=True, slots=True)
class _Placed:
    """A piece on the picture made level."""

    piece: Piece
    left: float
    right: float
    middle: float

    @property
    def height(self) -> float:
        return self.piece.height


def in_order(pieces: Sequence[Piece], width: int, height: int) -> list[Line]:
    """Lines of a picture of so many pixels: columns rightwards, rows downwards; pieces a space apart are one."""
    if not pieces:
        return []
    rows = [row for column in _columns(_levelled(pieces)) for row in _rows(column)]
    return [_line(run, width, height) for row in rows for run in _runs(row)]


def _levelled(pieces: Sequence[Piece]) -> list[_Placed]:
    """The pieces turned by the median slant of the long half of them."""
    long = sorted(pieces, key=lambda piece: -piece.width)[: (len(pieces) + 1) // 2]
    edges = [piece.corners[1] - piece.corners[0] for piece in long]
    slant = float(np.median([np.arctan2(edge[1], edge[0]) for edge in edges]))
    slant = slant if abs(slant) < np.pi / 6 else 0.0
    turn = np.array([[np.cos(slant), -np.sin(slant)], [np.sin(slant), np.cos(slant)]])
    return [_placed(piece, piece.corners @ turn) for piece in pieces]


def _placed(piece: Piece, corners: Corners) -> _Placed:
    across, down = corners[:, 0], corners[:, 1]
    return _Placed(piece, float(across.min()), float(across.max()), float(down.mean()))


def _columns(placed: list[_Placed]) -> list[list[_Placed]]:
    """Blocks with nothing across the gutter between them, if all look like columns of prose and not like a table."""
    blocks: list[list[_Placed]] = []
    edge = -np.inf
    for piece in sorted(placed, key=lambda piece: piece.left):
        if piece.left > edge:
            blocks.append([])
        blocks[-1].append(piece)
        edge = max(edge, piece.right)
    across = max(piece.right for piece in placed) - min(piece.left for piece in placed)
    return blocks if len(blocks) > 1 and all(_prose(block, across) for block in blocks) else [placed]


def _prose(block: list[_Placed], across: float) -> bool:
    widths = [piece.right - piece.left for piece in block]
    return len(block) >= 3 and float(np.median(widths)) > 0.22 * across


def _rows(placed: list[_Placed]) -> list[list[_Placed]]:
    """Pieces on one height and not over each other, downwards; each row from left to right."""
    rows: list[list[_Placed]] = []
    for piece in sorted(placed, key=lambda piece: piece.middle):
        row = next((row for row in rows[-2:] if all(_beside(other, piece) for other in row)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _beside(one: _Placed, other: _Placed) -> bool:
    least = min(one.height, other.height)
    apart = max(one.left, other.left) - min(one.right, other.right)
    return abs(one.middle - other.middle) < 0.5 * least and apart > -0.5 * least


def _runs(row: list[_Placed]) -> list[list[_Placed]]:
    """Parts of a row with gaps no wider than a letter is high."""
    runs = [[row[0]]]
    for piece in row[1:]:
        last = runs[-1][-1]
        if piece.left - last.right <= 0.8 * min(piece.height, last.height):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return runs


def _line(run: list[_Placed], width: int, height: int) -> Line:
    corners = np.concatenate([placed.piece.corners for placed in run]) / (width, height)
    left, top = (float(edge) for edge in corners.min(0).clip(0, 1))
    right, bottom = (float(edge) for edge in corners.max(0).clip(0, 1))
    letters = [len(placed.piece.text) for placed in run]
    score = float(np.average([placed.piece.score for placed in run], weights=letters))
    text = " ".join(placed.piece.text for placed in run)
    other = " ".join(placed.piece.other or placed.piece.text for placed in run)
    tall = float(np.median([placed.height for placed in run])) / height
    return Line(text, score, (left, top, right, bottom), other if other != text else "", tall)
