"""One picture laid over another of the same scene: moved, turned and scaled until their corners meet."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

CORNERS = 1500
"""Corners that are looked for in each picture."""
LIKE = 0.75
"""How much nearer the best match of a corner must be than the second best (Lowe's ratio)."""
LEAST = 16
"""Corners that must meet before two pictures show the same scene."""
NEAR = 2.5
"""Pixels within which corners meet."""
STILL = 0.4
"""Share of a picture that has not changed when both were taken from the same place."""

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def aligned(first: Pixels, second: Pixels) -> tuple[Pixels, Mask] | None:
    """The first RGB picture as seen from where the second was taken, and where it shows anything; None for another
    scene. Both have the same size.
    """
    still = _share_alike(first, second)
    turn = None if still >= 0.98 else _turn(first, second)
    if turn is None:
        return (first, np.ones(first.shape[:2], np.bool_)) if still >= STILL else None
    height, width = second.shape[:2]
    over = cv2.warpPerspective(first, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.warpPerspective(np.full((height, width), 255, np.uint8), turn, (width, height), flags=cv2.INTER_NEAREST)
    if _share_alike(over, second) < still:
        return first, np.ones(first.shape[:2], np.bool_)
    return np.asarray(over, np.uint8), cv2.erode(seen, np.ones((5, 5), np.uint8)) > 0


def _share_alike(first: Pixels, second: Pixels) -> float:
    """The share of the area that looks alike, but for the light."""
    one, other = (cv2.GaussianBlur(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), (0, 0), 2.0) for each in (first, second))
    one, other = one.astype(np.float32), other.astype(np.float32)
    steps = np.abs((one - np.median(one)) - (other - np.median(other)))
    return float((steps < 20).mean())


def _turn(first: Pixels, second: Pixels) -> NDArray[np.float64] | None:
    """The homography from the first picture to the second (ORB corners, RANSAC), where enough corners meet."""
    finder = cv2.ORB.create(CORNERS)
    (places, marks), (others, known) = (
        finder.detectAndCompute(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), None) for each in (first, second)
    )
    if marks is None or known is None or len(known) < 2:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(marks, known, 2)
    good = [pair[0] for pair in pairs if len(pair) == 2 and pair[0].distance < LIKE * pair[1].distance]
    if len(good) < LEAST:
        return None
    here = np.array([places[match.queryIdx].pt for match in good], np.float32)
    there = np.array([others[match.trainIdx].pt for match in good], np.float32)
    turn, meet = cv2.findHomography(here, there, cv2.RANSAC, NEAR)
    return None if turn is None or int(meet.sum()) < LEAST or not _sane(turn) else turn


def _sane(turn: NDArray[np.float64]) -> bool:
    """True when the first picture is neither mirrored nor squeezed."""
    return 0.2 < float(np.linalg.det(turn[:2, :2])) < 5 and float(np.abs(turn[2, :2]).max()) < 0.002
