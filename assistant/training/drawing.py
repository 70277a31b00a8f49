"""Draws grounds, things and words with numpy on a canvas: height x width x 3, float32, 0..1.

A canvas shows a world of height 1 and width `aspect`; where its pixels are not square, what it shows is squashed as a
picture is that a model reads as a square.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.training import letters
from assistant.training.colours import Rgb, deep, pale
from assistant.training.shapes import Plane, Tint, layers

Canvas = NDArray[np.float32]
PATTERNS = ("plain", "slope", "clouds", "stripes", "room", "panels")
APART = "checks"
"""The pattern of grounds that nothing is trained on."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Where and how a thing is drawn, in units of the picture's height."""

    x: float
    y: float
    r: float
    rgb: Rgb
    angle: float = 0.0
    stretch: float = 1.0
    """Width over height."""
    flipped: bool = False


def ground(size: tuple[int, int], pattern: str, rgb: Rgb, rng: np.random.Generator) -> Canvas:
    """A canvas of height and width with nothing on it but its ground."""
    height, width = size
    canvas = np.empty((height, width, 3), np.float32)
    canvas[:] = rgb
    match pattern:
        case "slope":
            canvas *= _slope(height, rng)[:, None, None] * _slope(width, rng)[None, :, None]
        case "clouds":
            canvas *= 1 + float(rng.uniform(0.1, 0.4)) * clouds(size, int(rng.choice((3, 5, 9, 17))), rng)
        case "stripes":
            canvas *= 1 + float(rng.uniform(0.04, 0.16)) * _waves(size, rng)[..., None]
        case "room":
            canvas[int(height * rng.uniform(0.35, 0.75)) :] *= float(rng.uniform(0.55, 0.85))
        case "panels":
            for _ in range(int(rng.integers(1, 5))):
                _panel(canvas, rng)
        case "checks":
            canvas *= 1 + float(rng.uniform(0.05, 0.15)) * np.sign(_waves(size, rng) * _waves(size, rng))[..., None]
    return canvas


def _slope(length: int, rng: np.random.Generator) -> Plane:
    return np.linspace(rng.uniform(0.75, 1.05), rng.uniform(0.8, 1.15), length, dtype=np.float32)


def _waves(size: tuple[int, int], rng: np.random.Generator) -> Plane:
    turn, often = rng.uniform(0, np.pi), rng.uniform(6, 60)
    y, x = (np.linspace(0, 1, n, dtype=np.float32) for n in size)
    phase = (y[:, None] * np.sin(turn) + x[None] * np.cos(turn)) * often + rng.uniform(0, 6)
    waves: Plane = np.sin(phase).astype(np.float32)
    return waves


def _panel(canvas: Canvas, rng: np.random.Generator) -> None:
    top, left = (int(rng.uniform(0, 0.9) * n) for n in canvas.shape[:2])
    high, wide = (int(rng.uniform(0.1, 0.8) * n) for n in canvas.shape[:2])
    canvas[top : top + high, left : left + wide] *= float(rng.uniform(0.8, 1.15))


def clouds(size: tuple[int, int], cells: int, rng: np.random.Generator, planes: int = 1) -> Canvas:
    """Smooth noise, about -1..1: height x width x planes."""
    height, width = size
    grid = rng.uniform(-1, 1, (planes, cells, cells)).astype(np.float32)
    smooth = _between(height, cells) @ grid @ _between(width, cells).T
    return np.asarray(smooth.transpose(1, 2, 0), np.float32)


@lru_cache(64)
def _between(length: int, cells: int) -> Plane:
    """The matrix that interpolates `cells` values to `length`."""
    at = np.linspace(0, cells - 1, length)
    weights: Plane = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(cells)[None])).astype(np.float32)
    return weights


def thing(canvas: Canvas, aspect: float, kind: str, pen: Pen) -> None:
    """Draw a thing with its edges smoothed."""
    part, x, y = _around(canvas, aspect, pen)
    if not part.size:
        return
    for distance, tint in layers(kind, x, y):
        _cover(part, distance * np.float32(pen.r * _scale(canvas, aspect)), _tinted(tint, pen.rgb))


def shadow(canvas: Canvas, aspect: float, kind: str, pen: Pen) -> None:
    """Darken what lies beneath a thing."""
    part, x, y = _around(canvas, aspect, pen)
    for distance, _ in layers(kind, x, y):
        inside = np.clip(0.5 - distance * np.float32(pen.r * _scale(canvas, aspect)), 0, 1)
        part *= 1 - 0.4 * inside[..., None]


def blob(canvas: Canvas, aspect: float, distance: Plane, rgb: Rgb) -> None:
    """Paint where a distance, in units of the picture's height, is below 0."""
    _cover(canvas, distance * np.float32(_scale(canvas, aspect)), rgb)


def plane(canvas: Canvas, aspect: float) -> tuple[Plane, Plane]:
    """The world's coordinates x and y at each pixel."""
    height, width = canvas.shape[:2]
    x = (np.arange(width, dtype=np.float32) + 0.5) * np.float32(aspect / width)
    y = (np.arange(height, dtype=np.float32) + 0.5) * np.float32(1 / height)
    return np.broadcast_to(x[None], (height, width)), np.broadcast_to(y[:, None], (height, width))


def words(canvas: Canvas, aspect: float, text: str, pen: Pen, paper: Rgb | None) -> None:
    """Write a line around the pen's place; `r` is half the height of its letters."""
    bitmap = letters.line(text)
    wide = pen.r * bitmap.shape[1] / bitmap.shape[0]
    part, x, y = _around(canvas, aspect, Pen(pen.x, pen.y, max(wide, pen.r) * 1.1, pen.rgb))
    if not part.size:
        return
    reach = np.float32(max(wide, pen.r) * 1.1)
    u = (x * reach / np.float32(wide) + 1) / 2 * bitmap.shape[1] - 0.5
    v = (y * reach / np.float32(pen.r) + 1) / 2 * bitmap.shape[0] - 0.5
    if paper is not None:
        sheet = (np.abs(x * reach) < wide * 1.08) & (np.abs(y * reach) < pen.r * 1.25)
        part[sheet] = paper
    ink = _sampled(bitmap, u, v)[..., None]
    part += (np.asarray(pen.rgb, np.float32) - part) * ink


def _sampled(bitmap: Plane, u: Plane, v: Plane) -> Plane:
    """A bitmap at fractional places, 0 outside."""
    padded = np.pad(bitmap, 2)
    u, v = np.clip(u + 2, 0, padded.shape[1] - 2), np.clip(v + 2, 0, padded.shape[0] - 2)
    left, top = u.astype(np.intp), v.astype(np.intp)
    p, q = u - left, v - top
    upper = padded[top, left] * (1 - p) + padded[top, left + 1] * p
    lower = padded[top + 1, left] * (1 - p) + padded[top + 1, left + 1] * p
    values: Plane = (upper * (1 - q) + lower * q).astype(np.float32)
    return values


def _around(canvas: Canvas, aspect: float, pen: Pen) -> tuple[Canvas, Plane, Plane]:
    """The part of the canvas around a pen, and the pen's own coordinates in it: the thing lies within -1..1."""
    height, width = canvas.shape[:2]
    reach = pen.r * 1.5 * max(pen.stretch, 1) + 0.02
    left, right = (int(np.clip((pen.x + side * reach) / aspect * width, 0, width)) for side in (-1, 1))
    top, bottom = (int(np.clip((pen.y + side * reach) * height, 0, height)) for side in (-1, 1))
    x = ((np.arange(left, right, dtype=np.float32) + 0.5) * (aspect / width) - pen.x) / pen.r
    y = ((np.arange(top, bottom, dtype=np.float32) + 0.5) / height - pen.y) / pen.r
    cos, sin = np.float32(np.cos(pen.angle)), np.float32(np.sin(pen.angle))
    u = (x[None] * cos + y[:, None] * sin) / np.float32(pen.stretch)
    return canvas[top:bottom, left:right], -u if pen.flipped else u, y[:, None] * cos - x[None] * sin


def _cover(part: Canvas, pixels: Plane, rgb: Rgb) -> None:
    inside = np.clip(0.5 - pixels, 0, 1)[..., None]
    part += (np.asarray(rgb, np.float32) - part) * inside


def _scale(canvas: Canvas, aspect: float) -> float:
    """Pixels in a unit of the world; the mean of both directions where they differ."""
    height, width = canvas.shape[:2]
    return float(np.sqrt(height * width / aspect))


def _tinted(tint: Tint, rgb: Rgb) -> Rgb:
    match tint:
        case "deep":
            return deep(rgb, 0.5) if sum(rgb) > 1.3 else pale(rgb, 0.4)
        case "pale":
            return pale(rgb, 0.65) if sum(rgb) < 2.2 else deep(rgb, 0.6)
        case "ink":
            return (0.1, 0.1, 0.1)
        case "wood":
            return (0.35, 0.24, 0.14)
        case _:
            return rgb
