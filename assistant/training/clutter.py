"""Pictures that show nothing of the made world, by which a model learns what it cannot name."""

from __future__ import annotations

from typing import Literal

import numpy as np

from assistant.training.colours import COLOURS, Rgb, drawn
from assistant.training.drawing import Canvas, blob, clouds, plane
from assistant.training.shapes import Plane, box, oval, polygon

Outside = Literal["texture", "heap", "strangers", "edges"]
OUTSIDES: tuple[Outside, ...] = ("texture", "heap", "strangers", "edges")
"""Natural-looking noise; a heap of overlapping patches; a few things of no known kind; a scene of large surfaces."""


def draw(canvas: Canvas, aspect: float, what: Outside, rng: np.random.Generator) -> None:
    """Cover a ground with something strange."""
    match what:
        case "texture":
            _texture(canvas, rng)
        case "heap":
            _texture(canvas, rng)
            _patches(canvas, aspect, int(rng.integers(8, 30)), rng)
        case "strangers":
            for _ in range(int(rng.integers(1, 4))):
                _stranger(canvas, aspect, rng)
        case "edges":
            _surfaces(canvas, aspect, rng)


def _texture(canvas: Canvas, rng: np.random.Generator) -> None:
    """Noise of many scales, the coarse ones stronger, with some colour."""
    for cells in (3, 6, 12, 24, 48):
        weight = float(rng.uniform(0, 0.35)) * (6 / cells) ** 0.5
        grey, tinted = clouds(canvas.shape[:2], cells, rng), clouds(canvas.shape[:2], cells, rng, 3)
        canvas += (grey * 0.65 + tinted * 0.35) * np.float32(weight)
    np.clip(canvas, 0, 1, out=canvas)


def _patches(canvas: Canvas, aspect: float, number: int, rng: np.random.Generator) -> None:
    x, y = plane(canvas, aspect)
    for _ in range(number):
        middle = (float(rng.uniform(0, aspect)), float(rng.uniform(0, 1)))
        near = canvas[int(middle[1] * (len(canvas) - 1)), int(middle[0] / aspect * (canvas.shape[1] - 1))]
        tone = np.clip(near + rng.uniform(-0.25, 0.25, 3), 0, 1)
        blob(canvas, aspect, _patch(x, y, middle, rng), (float(tone[0]), float(tone[1]), float(tone[2])))


def _patch(x: Plane, y: Plane, middle: tuple[float, float], rng: np.random.Generator) -> Plane:
    r = float(rng.uniform(0.02, 0.35))
    if rng.random() < 0.4:
        return oval(x, y, *middle, r * float(rng.uniform(0.2, 1)), r * float(rng.uniform(0.2, 1)))
    turns = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 7))))
    away = r * rng.uniform(0.4, 1, len(turns))
    return polygon(
        x, y, [(middle[0] + a * np.cos(t), middle[1] + a * np.sin(t)) for a, t in zip(away, turns, strict=True)]
    )


def _stranger(canvas: Canvas, aspect: float, rng: np.random.Generator) -> None:
    """A thing of several odd parts in two or three colours."""
    x, y = plane(canvas, aspect)
    middle = (float(rng.uniform(0.2, 0.8)) * aspect, float(rng.uniform(0.2, 0.8)))
    r, tones = float(rng.uniform(0.1, 0.3)), [drawn(str(rng.choice(COLOURS)), rng) for _ in range(3)]
    _cloud(canvas, aspect, (x - np.float32(middle[0]), y - np.float32(middle[1])), r, tones[0], rng)
    for _ in range(int(rng.integers(1, 5))):
        cx, cy = (m + float(rng.uniform(-0.8, 0.8)) * r for m in middle)
        w, h = (r * float(rng.uniform(0.08, 0.6)) for _ in range(2))
        part = box(x, y, cx - w, cy - h, cx + w, cy + h) if rng.random() < 0.5 else oval(x, y, cx, cy, w, h)
        blob(canvas, aspect, part, tones[int(rng.integers(3))])


def _cloud(
    canvas: Canvas, aspect: float, at: tuple[Plane, Plane], r: float, rgb: Rgb, rng: np.random.Generator
) -> None:
    """An outline that swings in and out around its middle."""
    turn, edge = np.arctan2(at[1], at[0]), np.ones_like(at[0])
    for waves in (2, 3, 5, 7):
        edge = edge + np.float32(rng.uniform(0.08, 0.4) / waves**0.5) * np.sin(
            turn * waves + np.float32(rng.uniform(0, 6))
        )
    blob(canvas, aspect, np.hypot(*at) - edge * np.float32(r), rgb)


def _surfaces(canvas: Canvas, aspect: float, rng: np.random.Generator) -> None:
    """Large faces with slopes of light and lines on them, as rooms and streets have."""
    x, y = plane(canvas, aspect)
    for _ in range(int(rng.integers(3, 8))):
        tone = drawn(str(rng.choice(COLOURS)), rng)
        muted = tuple(0.6 * part + 0.4 * float(rng.uniform(0.3, 0.8)) for part in tone)
        points = rng.uniform(-0.2, 1.2, (int(rng.integers(3, 5)), 2)) * (aspect, 1)
        blob(canvas, aspect, polygon(x, y, [(float(u), float(v)) for u, v in points]), (muted[0], muted[1], muted[2]))
    for _ in range(int(rng.integers(2, 9))):
        a, b = rng.uniform(0, 1, 2), rng.uniform(-np.pi, np.pi)
        along = (x - np.float32(a[0] * aspect)) * np.float32(np.cos(b)) + (y - np.float32(a[1])) * np.float32(np.sin(b))
        blob(canvas, aspect, np.abs(along) - np.float32(rng.uniform(0.003, 0.02)), drawn(str(rng.choice(COLOURS)), rng))
    canvas *= 1 + np.float32(0.3) * clouds(canvas.shape[:2], 4, rng)
