"""What differs from the resting scene in each frame of a fixed camera.

The resting scene starts as the median of the first second and then follows the picture slowly where nothing differs. A
region that differs but has stopped moving can be taken into it as a whole. When most of the detailed parts of the
picture change at once, the camera has moved: the scene starts anew from that frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

DIFFERENT = 26
"""Steps of 0..255, in the channel that changed most, between a pixel and the resting scene."""
MOVING = 12
"""The same between two frames."""
LEAST = 0.002
"""Share of the picture of the smallest region."""
FOLLOW = 0.03
"""How much of the difference the resting scene takes over from a frame."""
CELL = 16
"""Pixels of the squares on which the camera is judged."""
DETAIL = 3.0
"""Mean size of the Laplacian in a square with detail."""
CHANGED = 0.08
"""Share of the pixels of a square that changed in it."""
SHAKEN = 0.5
"""Share of the detailed squares that change at once when the camera moves."""
TOGETHER = 6
"""Regions that come up in one frame when the camera has crept."""
MANY = 10
"""Regions at once when all of the picture is in motion."""

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Rectangle = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Connected pixels that differ from the resting scene."""

    rectangle: Rectangle
    mask: Mask
    """Of the rectangle only."""
    moving: float
    """Share of its pixels that changed since the frame before."""

    @property
    def area(self) -> int:
        return int(self.mask.sum())


class Background:
    """The resting scene of a fixed camera."""

    def __init__(self, first: Sequence[Pixels]) -> None:
        """Takes the pictures of the first second, all of one shape, slightly softened."""
        self._scene = np.median(np.stack(first), axis=0).astype(np.float32)
        self._before = first[0]
        self._count = 0
        self._ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))

    def regions(self, picture: Pixels) -> list[Region] | None:
        """The regions that differ; None when the camera moved and nothing can be told."""
        picture = exposed(picture, self._scene)
        moved = apart(picture, self._before) > MOVING
        self._before = picture
        different = apart(picture, self._scene) > DIFFERENT
        cleaned = self._cleaned(different)
        regions = _regions(cleaned, moved)
        crept = len(regions) - self._count >= TOGETHER or len(regions) >= MANY
        self._count = len(regions)
        if crept or self._shaken(moved) or different.mean() > 0.7:
            self._scene = picture.astype(np.float32)
            return None
        self._follow(picture, ~cleaned)
        return regions

    def absorb(self, rectangle: Rectangle, mask: Mask) -> None:
        """Takes pixels that have come to rest into the scene; the mask is of the rectangle."""
        left, top, right, bottom = rectangle
        self._scene[top:bottom, left:right][mask] = self._before[top:bottom, left:right][mask]

    def _shaken(self, moved: Mask) -> bool:
        """True when in three quarters of the picture most squares with detail changed since the frame before."""
        luma = cv2.cvtColor(self._scene.astype(np.uint8), cv2.COLOR_RGB2GRAY)
        detail = _quarters(_cells(np.abs(cv2.Laplacian(luma, cv2.CV_32F))) > DETAIL)
        changed = _quarters(_cells(moved.astype(np.float32)) > CHANGED)
        judged = [both[0][both[1]].mean() > SHAKEN for both in zip(changed, detail, strict=True) if both[1].sum() >= 3]
        return len(judged) >= 3 and sum(judged) >= 3

    def _cleaned(self, different: Mask) -> Mask:
        """Without specks; parts a few pixels from each other become one."""
        mask = cv2.morphologyEx(different.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, self._ellipse), np.bool_)

    def _follow(self, picture: Pixels, where: Mask) -> None:
        cv2.accumulateWeighted(picture, self._scene, FOLLOW, where.view(np.uint8))


def apart(picture: Pixels, other: NDArray[Any]) -> NDArray[Any]:
    """The difference in the channel that differs most, of pixels of 0..255."""
    difference = cv2.absdiff(picture if other.dtype == np.uint8 else picture.astype(np.float32), other)
    red, green, blue = cv2.split(difference)
    return np.asarray(cv2.max(cv2.max(red, green), blue))


def exposed(picture: Pixels, scene: NDArray[Any]) -> Pixels:
    """The picture with the exposure of the resting scene: cameras turn darker when something bright comes in."""
    few, rest = picture[::4, ::4].reshape(-1, 3), scene[::4, ::4].reshape(-1, 3)
    gain = np.median((rest + 8.0) / (few.astype(np.float32) + 8.0), axis=0).clip(0.5, 2.0)
    steps = (np.arange(256.0)[:, None] * gain).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(picture, steps[None]), np.uint8)


def _cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each square."""
    size = max(1, values.shape[1] // CELL), max(1, values.shape[0] // CELL)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_AREA), np.float32)


def _quarters(cells: Mask) -> list[Mask]:
    return [quarter for half in np.array_split(cells, 2) for quarter in np.array_split(half, 2, axis=1)]


def _regions(mask: Mask, moved: Mask) -> list[Region]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = [index for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] >= LEAST * mask.size]
    return [_region(labels, stats[index], index, moved) for index in large]


def _region(labels: NDArray[np.int32], stats: NDArray[np.int32], index: int, moved: Mask) -> Region:
    left, top, width, height = (int(value) for value in stats[:4])
    right, bottom = left + width, top + height
    own = labels[top:bottom, left:right] == index
    return Region((left, top, right, bottom), own, float(moved[top:bottom, left:right][own].mean()))
