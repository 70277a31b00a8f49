"""Makes hours of video by code: still scenes with cuts between them, and things that cross some of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS = 192, 108, 8
SIDE = 24
"""Pixels of a thing that moves."""
CROSSING = 4.0
"""Seconds it takes."""
SHORTEST = 8.0
"""Seconds of the shortest scene."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Mover:
    since: float
    direction: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What is in a video: the times at which scenes begin after the first, and what crosses them."""

    seconds: float
    cuts: tuple[float, ...]
    movers: tuple[Mover, ...]


def plan(seconds: float, cuts: int, movers: int, seed: int = 5) -> Plan:
    """Cuts at random frames, no scene under SHORTEST, and movers in scenes that are long enough, one each."""
    random = np.random.default_rng(seed)
    spare = seconds - (cuts + 1) * SHORTEST
    lengths = SHORTEST + spare * random.dirichlet(np.full(cuts + 1, 2.0))
    begins = np.round(np.cumsum(lengths[:-1]) * FPS) / FPS
    long = [i for i in range(cuts + 1) if lengths[i] >= CROSSING + 6]
    scenes = sorted(random.choice(long, movers, replace=False))
    starts = [0.0, *begins.tolist()]
    ways = [("right", "left", "down", "up")[int(random.integers(4))] for _ in scenes]
    return Plan(
        seconds, tuple(begins.tolist()), tuple(Mover(starts[s] + 3.0, w) for s, w in zip(scenes, ways, strict=True))
    )


def build(path: Path, made: Plan) -> Path:
    """Encodes the plan as H.264, every third scene with the noise of a camera."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": "26", "g": str(10 * FPS)})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, pixels in enumerate(_frames(made)):
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def _frames(made: Plan) -> Iterator[Pixels]:
    random = np.random.default_rng(9)
    noise = [random.normal(0, 2.5, (HEIGHT, WIDTH, 3)).astype(np.int16) for _ in range(7)]
    edges = [0.0, *made.cuts, made.seconds]
    for scene in range(len(edges) - 1):
        still = _scene(random)
        for number in range(round(edges[scene] * FPS), round(edges[scene + 1] * FPS)):
            pixels = _crossed(
                still, [m for m in made.movers if m.since <= number / FPS < m.since + CROSSING], number / FPS
            )
            noisy = pixels + noise[number % 7] if scene % 3 == 0 else pixels
            yield noisy.clip(0, 255).astype(np.uint8)


def _scene(random: np.random.Generator) -> Pixels:
    coarse = random.integers(30, 190, (HEIGHT // 18, WIDTH // 18, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC), np.uint8)


def _crossed(still: Pixels, movers: list[Mover], at: float) -> Pixels:
    painted = still.copy() if movers else still
    for mover in movers:
        part = (at - mover.since) / CROSSING
        back = mover.direction in ("left", "up")
        part = 1 - part if back else part
        across = mover.direction in ("left", "right")
        place = round(-SIDE + part * ((WIDTH if across else HEIGHT) + SIDE))
        left, top = (place, 40) if across else (80, place)
        painted[max(0, top) : max(0, top + SIDE), max(0, left) : max(0, left + SIDE)] = (250, 240, 230)
        painted[max(0, top + 6) : max(0, top + 12), max(0, left) : max(0, left + SIDE)] = (200, 20, 20)
    return painted
