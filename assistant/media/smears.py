"""Finds stretches in which a video shows a smear: what an earlier recorder made of data that it had lost.

A decoder that loses a part of the picture goes on with the row above, so columns run down as stripes. Once such a
picture was recorded again no decoder can tell; but it comes at once, stays, and goes at once in the midst of a scene.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.int16]

HARD = 8.0
"""Mean change of the 256 levels at once."""
STILL = 1.0
"""Mean change up to which a picture stands."""
SMEARED, CLEAR = 0.25, 0.1
"""Share of the columns that run down as stripes."""
ALIKE = 0.95
"""Correlation of the levels' frequencies of two pictures of one scene."""
LONGEST = 10.0
"""Seconds."""


@dataclass(frozen=True, slots=True)
class _Shown:
    at: float
    grey: Grey


class Smears:
    """Is shown the pictures in order of time, small and grey, and keeps the stretches."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self._last: _Shown | None = None
        self._before: _Shown | None = None
        """The last good picture, while a smear is shown."""
        self._since = 0.0
        self._returned: float | None = None
        """When the picture changed at once, perhaps back."""

    def add(self, at: float, grey: NDArray[np.uint8]) -> None:
        now, last = _Shown(at, grey.astype(np.int16)), self._last
        self._last = now
        if last is None or last.grey.shape != now.grey.shape:
            self._before = None
            return
        change = float(np.abs(now.grey - last.grey).mean())
        if self._before is None:
            if change >= HARD and stripes(now.grey) >= SMEARED and stripes(last.grey) < CLEAR:
                self._before, self._since, self._returned = last, at, None
        else:
            self._follow(now, change, self._before)

    def _follow(self, now: _Shown, change: float, before: _Shown) -> None:
        """It ends with a change to a picture that moves, or that is like the one before."""
        if self._returned is not None and change > STILL:
            self._end(self._returned)
        elif now.at - self._since > LONGEST:
            self._before = None
        elif change >= HARD:
            self._returned = now.at
            if stripes(now.grey) < CLEAR and _alike(now.grey, before.grey):
                self._end(now.at)
        elif self._returned is not None:
            self._returned = None

    def _end(self, at: float) -> None:
        self.spans.append((self._since, at))
        self._before = None


def stripes(grey: Grey) -> float:
    """The share of columns in which a third of the height is the same all the way, but not the same as beside it."""
    plain = np.abs(np.diff(grey, axis=0)) <= 3
    edges = np.zeros(grey.shape, bool)
    edges[:, 2:-2] = np.abs(grey[:, 4:] - grey[:, :-4]) >= 16
    count = np.cumsum(plain & edges[1:], axis=0)
    run = max(len(grey) // 3, 1)
    return float((count[run:] - count[:-run] == run).any(axis=0).mean())


def _alike(one: Grey, other: Grey) -> bool:
    first, second = (np.histogram(grey, bins=32, range=(0, 256))[0] for grey in (one, other))
    return bool(np.corrcoef(first, second)[0, 1] >= ALIKE)
