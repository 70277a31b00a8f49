"""Procedural scenes with texture, noise and motion: still, drifting, panned over, or filmed from the hand."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
OCTAVES = ((4, 60.0), (12, 40.0), (40, 25.0), (120, 14.0))
"""Blobs across the picture, and their contrast."""
SPEEDS = {"still": 0.0, "drift": 0.02, "pan": 0.19, "hand": 0.006}
"""Widths of the picture a second."""
SHARES = (0.35, 0.35, 0.15, 0.15)
GRAINS = 8
"""Patterns of noise, for a new one each frame costs more than all else."""


def grain(size: tuple[int, int]) -> list[NDArray[np.int16]]:
    """The noise of a camera."""
    width, height = size
    return [
        np.random.default_rng(seed).normal(0, 3, (height, width, 3)).round().astype(np.int16) for seed in range(GRAINS)
    ]


def texture(random: np.random.Generator, width: int, height: int) -> Pixels:
    """Coloured blobs of many sizes."""
    picture = np.zeros((height, width, 3), np.float32) + random.uniform(40, 210, 3).astype(np.float32)
    for blobs, contrast in OCTAVES:
        shape = (max(2, blobs * height // width) + 1, blobs + 1, 3)
        coarse = random.standard_normal(shape, np.float32)
        picture += contrast * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(picture.clip(0, 255), np.uint8)


class Scenery:
    """One scene: a ground that the camera moves over, and things that cross it."""

    def __init__(self, seed: int, size: tuple[int, int]) -> None:
        random = np.random.default_rng(seed)
        self._size, (width, height) = size, size
        self._ground = texture(random, 2 * width, 2 * height)
        self._kind = str(random.choice(list(SPEEDS), p=SHARES))
        angle = random.uniform(0, 2 * np.pi)
        self._speed = SPEEDS[self._kind] * width * np.array([np.cos(angle), np.sin(angle) / 2])
        self._zoom = random.uniform(-0.02, 0.02)
        self._things = [self._thing(random) for _ in range(int(random.integers(0, 4)))]

    def _thing(self, random: np.random.Generator) -> tuple[Pixels, NDArray[np.float64], NDArray[np.float64]]:
        width, height = self._size
        picture = texture(random, int(width * random.uniform(0.06, 0.18)), int(height * random.uniform(0.1, 0.3)))
        return picture, random.uniform(0, 1, 2) * self._size, random.uniform(-0.14, 0.14, 2) * width

    def paint(self, at: float) -> Pixels:
        """The scene at a time in seconds, without noise."""
        width, height = self._size
        left, top = np.array(self._size) / 2 + self._speed * at
        if self._kind == "hand":
            left += 0.01 * width * np.sin(9 * at) + 0.006 * width * np.sin(23 * at)
            top += 0.014 * height * np.sin(11 * at)
        scale = 1 + self._zoom * at
        view = np.array([[scale, 0, -abs(left % (2 * width) - width)], [0, scale, -abs(top % (2 * height) - height)]])
        picture = np.asarray(cv2.warpAffine(self._ground, view, self._size, borderMode=cv2.BORDER_REFLECT), np.uint8)
        for thing, place, speed in self._things:
            x, y = ((place + speed * at) % self._size).astype(int)
            spot = picture[y : y + thing.shape[0], x : x + thing.shape[1]]
            spot[:] = thing[: spot.shape[0], : spot.shape[1]]
        return picture
