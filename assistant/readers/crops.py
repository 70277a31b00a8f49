"""Runs of letters cut out of a picture, made level and legible."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.readers.networks import Corners, Pixels

SOFT = 0.04
"""Of the height of a crop: the blur that joins the dots of printers and the steps of pixel fonts."""
GAP = 0.4
"""Of the height of a crop: the least gap between letters that is a space."""
WIDER = 2.5
"""How much wider than the line's median gap a space is."""
INK = 0.4
"""Of the strongest contrast of a line: what counts as ink."""


def cut(picture: Pixels, corners: Corners) -> Pixels:
    """The quadrangle as an upright rectangle."""
    width = max(1, round(max(np.linalg.norm(corners[1] - corners[0]), np.linalg.norm(corners[2] - corners[3]))))
    height = max(1, round(max(np.linalg.norm(corners[3] - corners[0]), np.linalg.norm(corners[2] - corners[1]))))
    level = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform(corners.astype(np.float32), level)
    how = {"flags": cv2.INTER_CUBIC, "borderMode": cv2.BORDER_REPLICATE}
    return np.asarray(cv2.warpPerspective(picture, turn, (int(width), int(height)), **how), np.uint8)


def softened(crop: Pixels) -> Pixels:
    """The crop with its contrast stretched and its fine grain gone."""
    low, high = np.percentile(crop, (1, 99))
    stretched = np.clip((crop.astype(np.float32) - low) * (255 / (high - low + 1)), 0, 255).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(stretched, (0, 0), max(0.5, SOFT * crop.shape[0])), np.uint8)


def evened(picture: Pixels) -> Pixels:
    """Contrast brought out in every part of a dark picture (CLAHE on lightness)."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(3.0, (8, 8)).apply(lab[:, :, 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def spaced(text: str, places: tuple[float, ...], crop: Pixels) -> str:
    """The text with a space where its letters stand apart, since the network loses some.

    Args:
        text: as it was read
        places: the middle of each letter that is no space, in fractions of the crop's width
        crop: what was read
    """
    letters = text.replace(" ", "")
    if len(letters) != len(places) or len(letters) < 3:
        return text
    gaps = _gaps(places, crop)
    least = max(GAP, WIDER * float(np.median(gaps)))
    apart = [gap >= least and _joins(left, right) for gap, left, right in zip(gaps, letters, letters[1:], strict=False)]
    return _with_spaces(text, apart)


def _gaps(places: tuple[float, ...], crop: Pixels) -> list[float]:
    """The widest run without ink between each two letters, over the height of the crop."""
    height, width = crop.shape[:2]
    inked = _inked(crop)
    middles = [min(width - 1, max(0, int(place * width))) for place in places]
    return [_longest(~inked[left : right + 1]) / height for left, right in pairwise(middles)]


def _inked(crop: Pixels) -> NDArray[np.bool_]:
    """Which columns hold ink: something unlike the paper; the edges belong to the neighbours above and below."""
    luma = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    edge = luma.shape[0] // 10
    ink = np.abs(luma - np.median(luma))[edge : luma.shape[0] - edge].max(0)
    return np.asarray(ink > INK * np.percentile(ink, 95), np.bool_)


def _longest(flags: NDArray[np.bool_]) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _joins(left: str, right: str) -> bool:
    """True between letters of a script that parts its words with spaces."""
    return left.isalnum() and right.isalnum() and max(left, right) < "\u2e80"


def _with_spaces(text: str, apart: list[bool]) -> str:
    spaced, number = "", -1
    for letter in text:
        if letter != " ":
            if 0 <= number < len(apart) and apart[number] and not spaced.endswith(" "):
                spaced += " "
            number += 1
        spaced += letter
    return spaced
