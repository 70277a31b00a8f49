"""The colours of the made world: their names and the many forms that each may have."""

from __future__ import annotations

from collections.abc import Mapping
from colorsys import hsv_to_rgb

import numpy as np

Rgb = tuple[float, float, float]
"""Each 0..1."""
Span = tuple[float, float]

_FORMS: Mapping[str, tuple[Span, Span, Span]] = {
    "red": ((-0.033, 0.033), (0.67, 1.0), (0.51, 1.0)),
    "orange": ((0.056, 0.094), (0.75, 1.0), (0.75, 1.0)),
    "yellow": ((0.133, 0.178), (0.59, 1.0), (0.78, 1.0)),
    "green": ((0.233, 0.444), (0.43, 1.0), (0.31, 0.9)),
    "blue": ((0.556, 0.667), (0.55, 1.0), (0.43, 1.0)),
    "purple": ((0.722, 0.811), (0.39, 0.86), (0.35, 0.82)),
    "pink": ((0.861, 0.95), (0.24, 0.63), (0.82, 1.0)),
    "brown": ((0.033, 0.083), (0.47, 0.78), (0.24, 0.49)),
    "black": ((0.0, 1.0), (0.0, 0.24), (0.0, 0.15)),
    "white": ((0.0, 1.0), (0.0, 0.07), (0.89, 1.0)),
    "grey": ((0.0, 1.0), (0.0, 0.09), (0.37, 0.65)),
}
"""Hue (around the circle), saturation and value."""
COLOURS = tuple(_FORMS)


def drawn(name: str, rng: np.random.Generator) -> Rgb:
    """One form of a colour."""
    hue, saturation, value = (float(rng.uniform(low, high)) for low, high in _FORMS[name])
    return hsv_to_rgb(hue % 1.0, saturation, value)


def deep(rgb: Rgb, share: float = 0.55) -> Rgb:
    return (rgb[0] * share, rgb[1] * share, rgb[2] * share)


def pale(rgb: Rgb, share: float = 0.5) -> Rgb:
    return (rgb[0] + (1 - rgb[0]) * share, rgb[1] + (1 - rgb[1]) * share, rgb[2] + (1 - rgb[2]) * share)


def apart(one: Rgb, other: Rgb, light: float = 1.0) -> bool:
    """Whether an eye can tell them from each other in a light of 0..1."""
    away = sum(abs(a - b) for a, b in zip(one, other, strict=True))
    return bool(away * np.sqrt(min(light, 1.0)) > 0.43)
