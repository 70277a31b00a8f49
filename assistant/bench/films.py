"""Films with known transitions: scenes cut, dissolved and faded into each other, with flashes, in many encodings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

import av
import av.logging
import cv2
import numpy as np
from av.video.frame import PictureType

from assistant.bench.scenery import GRAINS, Pixels, Scenery, grain

FPS = 25
VERSION = 2
"""Of the films; a new one makes them anew."""
LENGTH = (1.0, 8.0)
"""Seconds of shots: 4.5 on the mean, as in films and broadcasts."""
SLOW, FLASHED = 0.08, 0.03
"""Shares of transitions that are slow, and of shots with a flash."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a film is stored."""

    ending: str
    codec: str
    options: tuple[tuple[str, str], ...] = ()
    gop: int = 0
    """Frames from one key frame to the next; 0 is the encoder's own choice."""


@dataclass(frozen=True, slots=True)
class Change:
    """A known transition; a cut has no length."""

    since: float
    until: float
    kind: str


ENCODINGS = {
    "x264": Encoding("mp4", "libx264", (("preset", "veryfast"), ("crf", "24"))),
    "x264-medium": Encoding("mp4", "libx264", (("preset", "medium"), ("crf", "24"))),
    "x264-open": Encoding("mp4", "libx264", (("preset", "veryfast"), ("x264opts", "open-gop=1:keyint=60"))),
    "x264-fixed-2s": Encoding(
        "mp4", "libx264", (("preset", "veryfast"), ("x264opts", "keyint=50:min-keyint=50:scenecut=0"))
    ),
    "x264-fixed-10s": Encoding(
        "mkv", "libx264", (("preset", "veryfast"), ("x264opts", "keyint=250:scenecut=0:b-adapt=0:bframes=3"))
    ),
    "x265": Encoding("mp4", "libx265", (("preset", "ultrafast"), ("x265-params", "log-level=none"))),
    "vp9": Encoding("webm", "libvpx-vp9", (("deadline", "realtime"), ("cpu-used", "8"), ("crf", "34")), 128),
    "mpeg4": Encoding("mp4", "mpeg4", (("qscale", "5"),), 12),
    "mjpeg": Encoding("mkv", "mjpeg", (("qscale", "4"),)),
    "vp9-hidden": Encoding(
        "webm",
        "libvpx-vp9",
        (("deadline", "good"), ("cpu-used", "8"), ("crf", "34"), ("lag-in-frames", "25"), ("auto-alt-ref", "1")),
        128,
    ),
}


@dataclass(frozen=True, slots=True)
class Film:
    """A film in a file, and what is known of it."""

    name: str
    path: Path
    changes: tuple[Change, ...]


def film(name: str, shots: int, size: tuple[int, int], folder: Path) -> Film:
    """A film of an encoding; it is made when it is not in the folder yet."""
    encoding, seed = ENCODINGS[name], 1 + list(ENCODINGS).index(name)
    path = folder / f"{name}-{shots}-{size[0]}x{size[1]}-v{VERSION}.{encoding.ending}"
    known = path.with_suffix(".json")
    if not known.exists():
        folder.mkdir(parents=True, exist_ok=True)
        changes: list[Change] = []
        _write(path, encoding, size, _played(shots, size, seed, changes))
        known.write_text(json.dumps([asdict(change) for change in changes]))
    return Film(name, path, tuple(Change(**row) for row in json.loads(known.read_text())))


def _write(path: Path, encoding: Encoding, size: tuple[int, int], pictures: Iterator[Pixels]) -> None:
    av.logging.set_level(None)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoding.codec, rate=FPS, options=dict(encoding.options))
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if encoding.codec == "mjpeg" else "yuv420p"
        if encoding.gop:
            stream.gop_size = encoding.gop
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, FPS), PictureType.NONE
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _played(shots: int, size: tuple[int, int], seed: int, changes: list[Change]) -> Iterator[Pixels]:
    """The frames of a film; its transitions are added to `changes` as they come."""
    random, noise = np.random.default_rng(seed), grain(size)
    for number, picture in enumerate(_edited(shots, size, random, seed, changes)):
        yield np.asarray(cv2.add(picture, noise[number * 5 % GRAINS], dtype=cv2.CV_8U), np.uint8)


def _edited(
    shots: int, size: tuple[int, int], random: np.random.Generator, seed: int, changes: list[Change]
) -> Iterator[Pixels]:
    before: Scenery | None = None
    shown, number = 0, 0
    for shot in range(shots):
        scene, length = Scenery(1000 * seed + shot, size), int(random.uniform(*LENGTH) * FPS)
        mixed = int(random.uniform(0.5, 1.4) * FPS) if before is not None and random.random() < SLOW else 0
        kind = str(random.choice(["dissolve", "fade"])) if mixed else "cut"
        if before is not None:
            changes.append(Change(number / FPS, (number + mixed) / FPS, kind))
            for step in range(mixed):
                share = (step + 1) / (mixed + 1)
                yield _between(before.paint((shown + step) / FPS), scene.paint(step / FPS), share, kind)
        flash = int(random.integers(length // 3, length)) if random.random() < FLASHED else length
        for step in range(length):
            picture = scene.paint((mixed + step) / FPS)
            yield _lit(picture) if flash <= step < flash + 2 and length - flash > 8 else picture
        before, shown, number = scene, mixed + length, number + mixed + length


def _between(one: Pixels, other: Pixels, share: float, kind: str) -> Pixels:
    if kind == "dissolve":
        return np.asarray(cv2.addWeighted(one, 1 - share, other, share, 0), np.uint8)
    return (one * (1 - 2 * share) if share < 0.5 else other * (2 * share - 1)).astype(np.uint8)


def _lit(picture: Pixels) -> Pixels:
    """A picture in the light of a flash."""
    return np.asarray(cv2.addWeighted(picture, 0.3, np.full_like(picture, 255), 0.7, 0), np.uint8)
