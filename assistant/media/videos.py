"""Reads the frames of videos with PyAV, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import MediaError
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.streams import container, decoded, length, nothing, origin, packets, picture_stream
from assistant.readings import Packets
from assistant.types import ALWAYS, Frame

ROUNDING = 1e-6
"""Seconds by which two equal times may differ."""
SPARSE = 2.0
"""Seconds between frames from which on those that no other frame depends on need not be decoded."""


def frames(
    media: MediaFile, limits: Limits, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
) -> Iterator[Frame]:
    """The frame on the screen at `since`, then those that begin before `until`, at least `every` seconds apart."""
    with container(media, limits) as opened:
        stream = picture_stream(opened)
        if stream is None:
            raise MediaError(f"{media.name} holds only sound", "Ask for its words instead.")
        if since > (length(opened) or ALWAYS):
            raise MediaError(f"{media.name} ends before {since:.1f} s", "Ask for an earlier part.")
        if every >= SPARSE:
            stream.codec_context.skip_frame = "NONREF"
        last = None
        for at, picture in _between(_timed(opened, stream, since), since, until):
            if last is None or at - last >= every - ROUNDING:
                last = at
                yield Frame(_upright(picture, size(stream, picture, longest)), at, media.source)
        if last is None and since <= 0.0:
            raise nothing(media, "frame")


def packets_of(media: MediaFile, limits: Limits) -> Packets:
    """The times, sizes and key frames of the packets, in order of their times."""
    with container(media, limits) as opened:
        stream = picture_stream(opened)
        if stream is None:
            raise nothing(media, "picture")
        start = origin(opened)
        rows = [
            (float(p.pts * p.time_base) - start, p.size, p.is_keyframe)
            for p in packets(opened, stream)
            if p.pts is not None and p.size
        ]
    at, size, key = (np.array(column) for column in zip(*sorted(rows), strict=True))
    return Packets(at.astype(np.float64), size.astype(np.int32), key.astype(np.uint8))


def _timed(opened: Any, stream: Any, since: float) -> Iterator[tuple[float, Any]]:
    """(media time, frame) in order of time, without the frames that the decoder calls corrupt."""
    start, step = origin(opened), 1.0 / float(stream.average_rate or 25)
    last = -step
    for picture in decoded(opened, stream, since):
        at = last + step if picture.time is None else picture.time - start
        if at > last and not picture.is_corrupt:
            last = at
            yield round(max(at, 0.0), 6), picture


def _between(timed: Iterator[tuple[float, Any]], since: float, until: float) -> Iterator[tuple[float, Any]]:
    """From the one that is shown at `since` to the last that begins before `until`."""
    shown = None
    for at, picture in timed:
        if at <= since + ROUNDING:
            shown = at, picture
            continue
        if shown is not None:
            yield shown
            shown = None
        if at >= until - ROUNDING:
            return
        yield at, picture
    if shown is not None:
        yield shown


def turns(picture: Any) -> int:
    """Quarter turns to the left that set a frame upright, 0 to 3."""
    return int(round(picture.rotation / 90) % 4)


def size(stream: Any, picture: Any, longest: int = 0) -> tuple[int, int]:
    """Width and height with square pixels, before turning, no edge over `longest` where that is not 0."""
    width, height = picture.width * _aspect(stream), picture.height
    scale = min(1.0, longest / max(width, height)) if longest else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def _aspect(stream: Any) -> float:
    """Width of a pixel over its height; what no camera makes is taken for 1."""
    ratio = stream.sample_aspect_ratio or Fraction(1)
    return float(ratio) if 0.25 <= ratio <= 4 else 1.0


def _upright(picture: Any, shape: tuple[int, int]) -> NDArray[np.uint8]:
    width, height = shape
    pixels = picture.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA", threads=1)
    return np.ascontiguousarray(np.rot90(pixels, turns(picture)))
