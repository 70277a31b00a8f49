"""What can be measured in a picture: named colours, light, sharpness, whether there is anything to see.

Colours are the eleven basic terms of English (Berlin and Kay). A pixel gets the term of the nearest example in CIELAB;
a term has several examples because brown is dark orange and pink is light red. Lightness counts less than hue, so that
shade does not rename a thing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.readers.appearance import look
from assistant.readings import PictureFacts
from assistant.types import Box, Frame

LEAST_SHARE = 0.01
"""Colours on less of the area are not named."""
EDGE = 160
"""Pixels of the longest edge of the picture whose colours are counted."""
GREY = 9.0
"""CIELAB chroma under which a colour has no hue."""
LIGHTNESS = 0.6
"""Weight of a step in lightness against one in hue."""
ROWS, COLUMNS = ("top", "middle", "bottom"), ("left", "middle", "right")

EXAMPLES = {
    "red": ("#e6194b", "#ff0000", "#c00000", "#8b0000", "#a52a2a", "#d03a3a"),
    "orange": ("#ff8000", "#ffa500", "#e07020", "#ff6a13", "#d2601a"),
    "yellow": ("#ffff00", "#ffd700", "#f0e040", "#ffe680", "#c8b400"),
    "green": ("#00ff00", "#008000", "#2e8b57", "#556b2f", "#90ee90", "#9acd32", "#1e4d2b", "#6b8e23", "#00a86b"),
    "blue": ("#0000ff", "#4169e1", "#000080", "#1e90ff", "#87ceeb", "#4682b4", "#add8e6", "#00bfff", "#2a4d7a"),
    "purple": ("#800080", "#8a2be2", "#4b0082", "#9370db", "#ba55d3", "#7b4f9d", "#c8b4e6"),
    "pink": ("#ffc0cb", "#ff69b4", "#ff1493", "#f4a6b0", "#e88ca0", "#ff00ff"),
    "brown": ("#8b4513", "#654321", "#a0522d", "#5c4033", "#a67b5b", "#c19a6b", "#7b3f00", "#3b2414", "#b5835a"),
}

Pixels = NDArray[np.uint8]
Lab = NDArray[np.float32]


def facts(frame: Frame) -> PictureFacts:
    """Measures a picture of any size, at most a few milliseconds a megapixel."""
    height, width = frame.pixels.shape[:2]
    luma = cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
    sharpness = float(cv2.Laplacian(luma, cv2.CV_32F).var())
    return PictureFacts(
        width=width,
        height=height,
        colours=colours(frame.pixels),
        brightness=float(luma.mean()) / 255,
        contrast=float(luma.std()) / 255,
        sharpness=sharpness,
        blank=_blank(luma),
        places=tuple(_places(frame.pixels)),
        look="" if _blank(luma) else look(frame.pixels),
        orientation="square" if width == height else "landscape" if width > height else "portrait",
    )


def colours(pixels: Pixels) -> tuple[tuple[str, float], ...]:
    """The named colours with their share of the area, largest first."""
    names, examples = _palette()
    lab = _lab(_small(pixels)).reshape(-1, 3)
    terms = names[_nearest(lab, examples)]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    terms = np.where(chroma < _grey(lab[:, 0]), _shade(lab[:, 0]), terms)
    found, counts = np.unique(terms, return_counts=True)
    shares = sorted(zip(found.tolist(), (counts / len(lab)).tolist(), strict=True), key=lambda pair: -pair[1])
    return tuple((name, round(share, 3)) for name, share in shares if share >= LEAST_SHARE)


def _places(pixels: Pixels) -> Iterator[tuple[str, tuple[tuple[str, float], ...]]]:
    """The colours of each ninth, by rows."""
    small = _small(pixels)
    if min(small.shape[:2]) < len(ROWS):
        return
    for row, band in zip(ROWS, np.array_split(small, len(ROWS)), strict=True):
        for column, part in zip(COLUMNS, np.array_split(band, len(COLUMNS), axis=1), strict=True):
            yield _place(row, column), colours(np.ascontiguousarray(part))


def ninth(box: Box) -> str:
    """The name of the ninth in which the middle of a box lies, such as "top left"."""
    down, across = (box[1] + box[3]) / 2, (box[0] + box[2]) / 2
    return _place(ROWS[min(2, int(3 * down))], COLUMNS[min(2, int(3 * across))])


def _place(row: str, column: str) -> str:
    return "middle" if row == column == "middle" else f"{row} {column}"


def _blank(luma: Pixels) -> bool:
    """True when a lens cap, a wall or a dead camera was seen: no detail over the noise of a sensor."""
    smooth = cv2.resize(luma, (64, 64), interpolation=cv2.INTER_AREA).astype(np.float32)
    return bool(smooth.std() < 3.0 and np.ptp(np.percentile(smooth, (0.5, 99.5))) < 12.0)


def _small(pixels: Pixels) -> Pixels:
    scale = EDGE / max(pixels.shape[:2])
    if scale >= 1:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def _lab(pixels: Pixels) -> Lab:
    """CIELAB: lightness 0..100, a and b about -100..100."""
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def _nearest(lab: Lab, examples: Lab) -> NDArray[np.intp]:
    weights = np.array((LIGHTNESS, 1, 1), np.float32)
    left, right = lab * weights, examples * weights
    squares = (left**2).sum(1)[:, None] - 2 * left @ right.T + (right**2).sum(1)[None]
    return np.asarray(squares.argmin(1), np.intp)


def _grey(lightness: Lab) -> Lab:
    """Chroma under which no hue is seen: in the dark and near white the eye wants more of it."""
    return np.select([lightness < 12, lightness < 25, lightness > 86], [20.0, 12.0, 15.0], GREY).astype(np.float32)


def _shade(lightness: Lab) -> NDArray[np.str_]:
    return np.select([lightness < 22, lightness > 86], ["black", "white"], "grey")


@cache
def _palette() -> tuple[NDArray[np.str_], Lab]:
    pairs = [(name, bytes.fromhex(code[1:])) for name, codes in EXAMPLES.items() for code in codes]
    pixels = np.array([[list(colour) for _, colour in pairs]], np.uint8)
    return np.array([name for name, _ in pairs]), _lab(pixels)[0]
