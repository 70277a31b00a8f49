"""Where a picture shows something that looks like a patch."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.readers.background import Pixels, Rectangle

LIKE = 0.5
"""Normalised cross-correlation of the outlines from which on two patches are the same kind of thing."""
CONTRAST = 0.5
"""Spread of the slopes of a place over that of the thing it is like: an edge of the room is no thing."""
FLAT = 1.0
"""Standard deviation of the slope of a patch without outlines."""
APART = 0.3
"""Overlap over union above which two rectangles are the same place."""


def matches(picture: Pixels, look: Pixels) -> list[Rectangle]:
    """The places of things like a patch, best first, no two in one place.

    Normalised cross-correlation of the slopes (OpenCV's TM_CCOEFF_NORMED): of the colours, a bottle on a bright shelf
    before a darker wall is like every place where the shelf meets the wall.
    """
    height, width = look.shape[:2]
    outlines = slope(look)
    if picture.shape[0] < height or picture.shape[1] < width or outlines.std() < FLAT:
        return []
    slopes = slope(picture)
    scores = cv2.matchTemplate(slopes, outlines, cv2.TM_CCOEFF_NORMED)
    peaks = (scores >= LIKE) & (scores >= cv2.dilate(scores, np.ones((5, 5), np.uint8)))
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-scores[rows, columns])
    found: list[Rectangle] = []
    for left, top in ((int(columns[i]), int(rows[i])) for i in order):
        place = (left, top, left + width, top + height)
        here = float(slopes[top : top + height, left : left + width].std())
        if taken(place, found) is None and CONTRAST <= here / outlines.std() <= 1 / CONTRAST:
            found.append(place)
    return found


def alike(one: Pixels, other: Pixels) -> bool:
    """True for two patches of one kind of thing; they may be cut a little differently."""
    ratio = one.shape[0] * other.shape[1] / (one.shape[1] * other.shape[0])
    if not 0.6 < ratio < 1.67 or not 0.5 < one.shape[0] / other.shape[0] < 2:
        return False
    small = cv2.resize(one, other.shape[1::-1], interpolation=cv2.INTER_AREA)
    margin = max(2, max(other.shape[:2]) // 8)
    wide = cv2.copyMakeBorder(_broad(small), margin, margin, margin, margin, cv2.BORDER_CONSTANT)
    return float(cv2.matchTemplate(wide, _broad(other), cv2.TM_CCOEFF_NORMED).max()) >= LIKE


def _broad(look: Pixels) -> NDArray[np.float32]:
    """Outlines that still meet when they are a little out of place."""
    return np.asarray(cv2.GaussianBlur(slope(look), (0, 0), max(1.0, max(look.shape[:2]) / 40)), np.float32)


def slope(picture: Pixels) -> NDArray[np.float32]:
    """Steps of 0..255 a pixel, in the channel that changes most."""
    values = picture.astype(np.float32)
    across, down = cv2.Sobel(values, cv2.CV_32F, 1, 0), cv2.Sobel(values, cv2.CV_32F, 0, 1)
    return np.asarray(np.hypot(across, down).max(2) / 8, np.float32)


def taken(place: Rectangle, others: Sequence[Rectangle]) -> int | None:
    """The index of the first of the others that has the same place."""
    return next((index for index, other in enumerate(others) if overlap(place, other) > APART), None)


def overlap(one: Rectangle, other: Rectangle) -> float:
    """Area of both over the area of either."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    both = max(0, width) * max(0, height)
    return both / (_area(one) + _area(other) - both)


def _area(place: Rectangle) -> int:
    return (place[2] - place[0]) * (place[3] - place[1])
