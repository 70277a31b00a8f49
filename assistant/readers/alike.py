"""Like objects before an even ground, such as coins on a table: counted only when nothing speaks against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.readers.small import fractions
from assistant.types import Evidence, Frame

EDGE = 480
"""Pixels of the longest edge."""
FEWEST = 4
"""Objects that can be told to be alike."""
LEAST = 0.0008
"""Area of the smallest object as a share of the picture."""
SPREAD = 0.35
"""Standard deviation of the areas over their mean."""
SOLID = 0.88
"""Area over that of the convex hull, of an object that is one."""
ELSE = 0.25
"""Area of what is not like the others over the area of all."""
SIZES, OFFSETS = (0.2, 0.35), (4, 10)
"""Windows of the local threshold as shares of the picture, and steps of 0..255 from their mean."""

AGREED = 3
"""Ways to look at the picture that give one count."""

Spot = tuple[int, int, int, int, int]
"""Left, top, width, height, area."""


def alike(frame: Frame) -> tuple[Evidence, ...]:
    """The objects from left to right, row by row; none when the ways to look at the picture do not agree."""
    luma = _luma(frame.pixels)
    readings = [spots for mask in _masks(luma) if (spots := _spots(mask))]
    if not readings:
        return ()
    [(count, times)] = Counter(map(len, readings)).most_common(1)
    if times < AGREED:
        return ()
    spots = next(spots for spots in readings if len(spots) == count)
    height, width = luma.shape
    return tuple(
        Evidence(
            frame.source, frame.at, fractions((x, y, x + w, y + h), width, height), kind="count", text=f"object {n}"
        )
        for n, (x, y, w, h, _) in enumerate(_rows(spots), 1)
    )


def _luma(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = min(1.0, EDGE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (5, 5), 0), np.uint8)


def _masks(luma: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """What is brighter, or darker, than its surroundings, by several measures."""
    for size in SIZES:
        window = max(15, int(min(luma.shape) * size)) | 1
        for offset in OFFSETS:
            for kind, steps in ((cv2.THRESH_BINARY, -offset), (cv2.THRESH_BINARY_INV, offset)):
                mask = cv2.adaptiveThreshold(luma, 255, cv2.ADAPTIVE_THRESH_MEAN_C, kind, window, steps)
                yield np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)))


def _spots(mask: NDArray[np.uint8]) -> list[Spot]:
    """Objects of about one size, when there is little else; else none."""
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    areas = np.array([cv2.contourArea(outline) for outline in outlines])
    if (areas >= LEAST * mask.size).sum() < FEWEST:
        return []
    usual = _usual(areas)
    solid = np.array([_solid(outline, area) for outline, area in zip(outlines, areas, strict=True)])
    own = (areas > usual / 3) & (areas < usual * 2.2) & solid
    if own.sum() < FEWEST or areas[~own].sum() > ELSE * areas.sum() or areas[own].std() > SPREAD * areas[own].mean():
        return []
    boxes = [cv2.boundingRect(outline) for outline, mine in zip(outlines, own, strict=True) if mine]
    return [(x, y, w, h, int(area)) for (x, y, w, h), area in zip(boxes, areas[own], strict=True)]


def _usual(areas: NDArray[np.float64]) -> float:
    """The area of the object on which half of all area is reached, from the smallest on."""
    ordered = np.sort(areas)
    return float(ordered[np.searchsorted(np.cumsum(ordered), ordered.sum() / 2)])


def _solid(outline: NDArray[np.int32], area: float) -> bool:
    return area > 0 and area >= SOLID * cv2.contourArea(cv2.convexHull(outline))


def _rows(spots: list[Spot]) -> list[Spot]:
    """From left to right, row by row."""
    ordered, rows = sorted(spots, key=lambda spot: spot[1] + spot[3] / 2), list[list[Spot]]()
    for spot in ordered:
        if rows and spot[1] + spot[3] / 2 <= rows[-1][0][1] + rows[-1][0][3]:
            rows[-1].append(spot)
        else:
            rows.append([spot])
    return [spot for row in rows for spot in sorted(row)]
