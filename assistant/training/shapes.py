"""The shapes and icons of the made world, as signed distances: below 0 inside, in units of a thing's radius.

The distance of a polygon and of a box are those of Inigo Quilez (2D distance functions).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.floating[Any]]
Tint = Literal["own", "deep", "pale", "ink", "wood"]
"""The colour of a layer: the thing's own, darker or paler than it, nearly black, the brown of a trunk."""
Layer = tuple[Plane, Tint]
Points = Sequence[tuple[float, float]]


def disc(x: Plane, y: Plane, cx: float, cy: float, r: float) -> Plane:
    away: Plane = np.hypot(x - np.float32(cx), y - np.float32(cy))
    return away - np.float32(r)


def oval(x: Plane, y: Plane, cx: float, cy: float, rx: float, ry: float) -> Plane:
    """Nearly the distance of an ellipse with the half axes rx and ry."""
    u, v = (x - np.float32(cx)) / np.float32(rx), (y - np.float32(cy)) / np.float32(ry)
    away: Plane = np.hypot(u, v)
    return (away - 1) * np.float32(min(rx, ry))


def box(x: Plane, y: Plane, left: float, top: float, right: float, bottom: float) -> Plane:
    u = np.abs(x - np.float32((left + right) / 2)) - np.float32((right - left) / 2)
    v = np.abs(y - np.float32((top + bottom) / 2)) - np.float32((bottom - top) / 2)
    outside: Plane = np.hypot(np.maximum(u, 0), np.maximum(v, 0))
    within: Plane = np.minimum(np.maximum(u, v), 0)
    return outside + within


def polygon(x: Plane, y: Plane, points: Points) -> Plane:
    ends = np.asarray(points, np.float32)
    begins = np.roll(ends, 1, 0)
    ex, ey = ((begins - ends)[:, axis, None, None] for axis in (0, 1))
    wx, wy = x - ends[:, 0, None, None], y - ends[:, 1, None, None]
    along = np.clip((wx * ex + wy * ey) / (ex * ex + ey * ey), 0, 1)
    nearest: Plane = ((wx - ex * along) ** 2 + (wy - ey * along) ** 2).min(0)
    above, below = wy >= 0, (y - begins[:, 1, None, None]) < 0
    turned = ex * wy > ey * wx
    crossed = (above & below & turned) | (~above & ~below & ~turned)
    sign: Plane = np.where(crossed.sum(0) % 2, np.float32(-1), np.float32(1))
    away: Plane = np.sqrt(nearest) * sign
    return away


def hoop(distance: Plane, width: float) -> Plane:
    """A line of a width along the edge of something."""
    return np.abs(distance) - np.float32(width / 2)


def both(*distances: Plane) -> Plane:
    return reduce(np.minimum, distances)


def _star() -> Points:
    turns = [(1.0 if n % 2 == 0 else 0.42, n * np.pi / 5) for n in range(10)]
    return [(r * float(np.sin(turn)), -r * float(np.cos(turn))) for r, turn in turns]


def _heart() -> Points:
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return [(float(u), float(v)) for u, v in zip(0.062 * 16 * np.sin(t) ** 3, -0.06 * y, strict=True)]


_OUTLINES: dict[str, Points] = {
    "square": [(-0.88, -0.88), (0.88, -0.88), (0.88, 0.88), (-0.88, 0.88)],
    "triangle": [(0, -1), (1, 0.8), (-1, 0.8)],
    "star": _star(),
    "heart": _heart(),
    "diamond": [(0, -1), (0.72, 0), (0, 1), (-0.72, 0)],
    "cross": [(-0.32, -1), (0.32, -1), (0.32, -0.32), (1, -0.32), (1, 0.32), (0.32, 0.32), (0.32, 1), (-0.32, 1),
              (-0.32, 0.32), (-1, 0.32), (-1, -0.32), (-0.32, -0.32)],
    "arrow": [(-1, -0.25), (0.15, -0.25), (0.15, -0.75), (1, 0), (0.15, 0.75), (0.15, 0.25), (-1, 0.25)],
}  # fmt: skip


def _circle(x: Plane, y: Plane) -> list[Layer]:
    return [(disc(x, y, 0, 0, 1), "own")]


def _ring(x: Plane, y: Plane) -> list[Layer]:
    return [(hoop(disc(x, y, 0, 0, 0.8), 0.38), "own")]


def _house(x: Plane, y: Plane) -> list[Layer]:
    roof = polygon(x, y, [(-1, -0.05), (0, -1), (1, -0.05)])
    wall, door = box(x, y, -0.75, -0.1, 0.75, 0.95), box(x, y, -0.18, 0.4, 0.18, 0.95)
    return [(wall, "own"), (roof, "deep"), (door, "pale")]


def _tree(x: Plane, y: Plane) -> list[Layer]:
    crown = both(*(disc(x, y, cx, cy, 0.51) for cx, cy in ((0, -0.5), (-0.4, -0.05), (0.4, -0.05))))
    return [(box(x, y, -0.16, 0.3, 0.16, 1), "wood"), (crown, "own")]


def _car(x: Plane, y: Plane) -> list[Layer]:
    cabin = polygon(x, y, [(-0.6, 0), (-0.35, -0.48), (0.4, -0.48), (0.65, 0)])
    window = polygon(x, y, [(-0.42, -0.05), (-0.27, -0.36), (0.3, -0.36), (0.45, -0.05)])
    wheels = both(disc(x, y, -0.55, 0.45, 0.25), disc(x, y, 0.55, 0.45, 0.25))
    return [(both(cabin, box(x, y, -1, -0.02, 1, 0.45)), "own"), (window, "pale"), (wheels, "ink")]


def _cup(x: Plane, y: Plane) -> list[Layer]:
    ear = hoop(oval(x, y, 0.62, 0.05, 0.34, 0.4), 0.17)
    body = polygon(x, y, [(-0.7, -0.75), (0.6, -0.75), (0.5, 0.85), (-0.6, 0.85)])
    return [(both(ear, body), "own"), (oval(x, y, -0.05, -0.74, 0.64, 0.16), "deep")]


def _face(x: Plane, y: Plane) -> list[Layer]:
    eyes = both(oval(x, y, -0.36, -0.28, 0.13, 0.17), oval(x, y, 0.36, -0.28, 0.13, 0.17))
    mouth = np.maximum(hoop(disc(x, y, 0, 0.1, 0.5), 0.12), np.float32(0.28) - y)
    return [(disc(x, y, 0, 0, 1), "own"), (both(eyes, mouth), "deep")]


def _fish(x: Plane, y: Plane) -> list[Layer]:
    tail = polygon(x, y, [(0.45, 0), (1, -0.5), (1, 0.5)])
    return [(both(tail, oval(x, y, -0.15, 0, 0.78, 0.45)), "own"), (disc(x, y, -0.55, -0.1, 0.1), "pale")]


def _book(x: Plane, y: Plane) -> list[Layer]:
    cover = polygon(x, y, [(-0.95, -0.65), (0, -0.5), (0.95, -0.65), (0.95, 0.6), (0, 0.75), (-0.95, 0.6)])
    page = polygon(np.abs(x), y, [(0.8, -0.48), (0.06, -0.36), (0.06, 0.55), (0.8, 0.44)])
    return [(cover, "own"), (page, "pale")]


def _bottle(x: Plane, y: Plane) -> list[Layer]:
    right = [(0.15, -0.85), (0.15, -0.5), (0.38, -0.2), (0.38, 1)]
    glass = polygon(x, y, [*right, *((-u, v) for u, v in reversed(right))])
    return [(glass, "own"), (box(x, y, -0.18, -1, 0.18, -0.8), "deep"), (box(x, y, -0.36, 0.1, 0.36, 0.55), "pale")]


def _key(x: Plane, y: Plane) -> list[Layer]:
    bits = both(box(x, y, 0.55, 0, 0.7, 0.42), box(x, y, 0.82, 0, 0.98, 0.36))
    return [(both(hoop(disc(x, y, -0.6, 0, 0.32), 0.17), box(x, y, -0.3, -0.1, 1, 0.1), bits), "own")]


def _flat(kind: str) -> Callable[[Plane, Plane], list[Layer]]:
    return lambda x, y: [(polygon(x, y, _OUTLINES[kind]), "own")]


SHAPES = ("circle", "square", "triangle", "star", "ring", "heart", "diamond", "cross", "arrow")
ICONS = ("house", "tree", "car", "cup", "face", "fish", "book", "bottle", "key")
KINDS = SHAPES + ICONS

_DRAWN: dict[str, Callable[[Plane, Plane], list[Layer]]] = {kind: _flat(kind) for kind in _OUTLINES} | {
    "circle": _circle, "ring": _ring, "house": _house, "tree": _tree, "car": _car, "cup": _cup, "face": _face,
    "fish": _fish, "book": _book, "bottle": _bottle, "key": _key,
}  # fmt: skip


def layers(kind: str, x: Plane, y: Plane) -> list[Layer]:
    """What a kind consists of at each point, from the bottom to the top."""
    return _DRAWN[kind](x, y)
