"""Small pictures of a video, all of one shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.types import Box, Frame

EDGE = 320
"""Pixels of the longest edge."""

Pixels = NDArray[np.uint8]


def small(frames: Iterable[Frame]) -> Iterator[tuple[float, Pixels]]:
    """Times and pictures, scaled to the first one's shape, which is made no larger than EDGE."""
    size: tuple[int, int] | None = None
    for frame in frames:
        size = size or _size(frame)
        same = frame.pixels.shape[1::-1] == size
        yield (
            frame.at,
            frame.pixels if same else np.asarray(cv2.resize(frame.pixels, size, interpolation=cv2.INTER_AREA)),
        )


def _size(frame: Frame) -> tuple[int, int]:
    height, width = frame.pixels.shape[:2]
    scale = min(1.0, EDGE / max(height, width))
    return max(1, round(width * scale)), max(1, round(height * scale))


def softened(frames: Iterable[Frame], every: float) -> Iterator[tuple[float, Pixels]]:
    """The same without the noise of the camera, and at least `every` seconds apart."""
    last = -np.inf
    for at, picture in small(frames):
        if at - last >= every - 1e-3:
            last = at
            yield at, np.asarray(cv2.GaussianBlur(picture, (5, 5), 0), np.uint8)


def fractions(rectangle: tuple[int, int, int, int], width: int, height: int) -> Box:
    """A rectangle of pixels as a box."""
    left, top, right, bottom = rectangle
    edges = left / width, top / height, right / width, bottom / height
    left_, top_, right_, bottom_ = (round(min(1.0, max(0.0, edge)), 4) for edge in edges)
    return left_, top_, right_, bottom_
