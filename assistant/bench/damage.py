"""Pictures made worse, as a poor camera would: blurred, noisy, turned, seen from the side, dark."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
PAPER = (255, 255, 255)


def clean(picture: Pixels) -> Pixels:
    return picture


def blurred(picture: Pixels) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8)


def noisy(picture: Pixels) -> Pixels:
    noise = np.random.default_rng(1).normal(0, 20, picture.shape)
    return (picture + noise).clip(0, 255).astype(np.uint8)


def turned(picture: Pixels) -> Pixels:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 4.0, 0.92)
    return np.asarray(cv2.warpAffine(picture, turn, (width, height), borderValue=PAPER), np.uint8)


def aslant(picture: Pixels) -> Pixels:
    """From the side: the right edge is farther away."""
    height, width = picture.shape[:2]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    shares = np.array([(0.02, 0.02), (0.9, 0.1), (0.9, 0.88), (0.02, 0.98)], np.float32)
    view = cv2.getPerspectiveTransform(corners, shares * np.array([width, height], np.float32))
    return np.asarray(cv2.warpPerspective(picture, view, (width, height), borderValue=PAPER), np.uint8)


def dark(picture: Pixels) -> Pixels:
    return (picture * 0.25 + 10).astype(np.uint8)


DAMAGES: tuple[Callable[[Pixels], Pixels], ...] = (clean, blurred, noisy, turned, aslant, dark)
