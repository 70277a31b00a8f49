"""Pictures that show nothing of the made world, by which a model learns what it cannot name."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

from assistant.training.colours import COLOURS, Rgb, drawn
from assistant.training.drawing import Canvas, blob, clouds, plane
from assistant.training.shapes import Plane, box, oval, polygon

Outside = Literal["texture", "heap", "strangers", "edges", "page", "screen", "code"]
OUTSIDES: tuple[Outside, ...] = ("texture", "heap", "strangers", "edges", "page", "screen", "code")
"""Natural-looking noise; a heap of overlapping patches; a few things of no known kind; a scene of large surfaces; a
sheet with writing; windows and panels with writing; bars, grids of squares and charts."""


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
        case "page":
            _page(canvas, rng)
        case "screen":
            _screen(canvas, rng)
        case "code":
            _code(canvas, rng)


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


Area = tuple[int, int, int, int]
"""Top, left, bottom and right, in pixels."""


def _area(canvas: Canvas, rng: np.random.Generator, least: float) -> Area:
    """A part of the canvas, of each edge at least a share."""
    (height, width), (high, wide) = canvas.shape[:2], rng.uniform(least, 1, 2)
    top, left = int(rng.uniform(0, 1 - high) * height), int(rng.uniform(0, 1 - wide) * width)
    return top, left, top + max(4, int(high * height)), left + max(4, int(wide * width))


def _tone(rng: np.random.Generator, low: float, high: float) -> Canvas:
    """A grey with a breath of colour."""
    return np.clip(rng.uniform(low, high) + rng.uniform(-0.06, 0.06, 3), 0, 1).astype(np.float32)


def _page(canvas: Canvas, rng: np.random.Generator) -> None:
    """A sheet with paragraphs, pale with dark writing more often than not."""
    top, left, bottom, right = _area(canvas, rng, 0.6)
    pale = rng.random() < 0.85
    canvas[top:bottom, left:right] = _tone(rng, *((0.75, 1) if pale else (0.05, 0.3)))
    inset = int(rng.uniform(0.03, 0.1) * (right - left))
    ink = _tone(rng, *((0, 0.35) if pale else (0.7, 1)))
    _written(canvas, (top + inset, left + inset, bottom - inset, right - inset), ink, rng)


def _screen(canvas: Canvas, rng: np.random.Generator) -> None:
    """Panels and bars on a dark or a bright ground, with writing in several colours."""
    dark = rng.random() < 0.5
    canvas[:] = _tone(rng, *((0.02, 0.25) if dark else (0.75, 1)))
    for _ in range(int(rng.integers(1, 5))):
        top, left, bottom, right = _area(canvas, rng, 0.2)
        if rng.random() < 0.7:
            canvas[top:bottom, left:right] = _tone(rng, *((0.05, 0.4) if dark else (0.6, 1)))
        bright = drawn(str(rng.choice(COLOURS)), rng) if rng.random() < 0.4 else _tone(rng, 0.6, 1)
        ink = np.asarray(bright, np.float32) if dark else _tone(rng, 0, 0.4)
        _written(canvas, (top + 2, left + 2, bottom, right), ink, rng)
    if rng.random() < 0.6:
        canvas[: max(2, len(canvas) // int(rng.integers(12, 30)))] = _tone(rng, 0, 1)


def _written(canvas: Canvas, area: Area, ink: Canvas, rng: np.random.Generator) -> None:
    """Lines of what looks like words from afar."""
    top, left, bottom, right = area
    high = max(2, int(len(canvas) * rng.uniform(0.015, 0.06)))
    while top + high < bottom:
        at, end = left, left + int((right - left) * rng.uniform(0.3, 1))
        while at < end:
            stop = min(at + max(2, int(high * rng.uniform(1, 5))), end)
            canvas[top : top + high, at:stop][rng.random((high, stop - at)) < 0.55] = ink
            at = stop + max(1, high // 2)
        top += int(high * rng.uniform(1.3, 2.2)) + (2 * high if rng.random() < 0.15 else 0)


def _code(canvas: Canvas, rng: np.random.Generator) -> None:
    """A bar code, a square code or a chart, on a pale ground."""
    top, left, bottom, right = _area(canvas, rng, 0.35)
    canvas[top:bottom, left:right], ink = _tone(rng, 0.8, 1), _tone(rng, 0, 0.3)
    inside = canvas[top + 2 : bottom - 2, left + 2 : right - 2]
    match int(rng.integers(3)):
        case 0:
            bars = rng.random(int(rng.integers(20, 60))) < 0.5
            inside[:, np.repeat(bars, -(-inside.shape[1] // len(bars)))[: inside.shape[1]]] = ink
        case 1:
            dots = rng.random((int(rng.integers(12, 34)),) * 2) < 0.5
            rows, columns = (np.arange(n) * len(dots) // n for n in inside.shape[:2])
            inside[dots[rows][:, columns]] = ink
        case _:
            edges = np.linspace(0, inside.shape[1], int(rng.integers(4, 12)) + 1).astype(int)
            for begin, end in pairwise(edges.tolist()):
                inside[int(rng.uniform(0, 0.9) * len(inside)) :, begin + 1 : end - 1] = drawn(
                    str(rng.choice(COLOURS)), rng
                )
