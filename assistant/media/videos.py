"""Reads the frames of videos with PyAV, one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np

from assistant.errors import MediaError
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.parts import reached
from assistant.media.scaling import Scaler
from assistant.media.streams import container, decoded, length, nothing, origin, packets, picture_stream
from assistant.media.timeline import apart, between
from assistant.readings import Packets
from assistant.types import ALWAYS, Frame

MOST = 4_000_000
"""Frames of one video."""
_ROW = np.dtype([("at", np.int64), ("size", np.int32), ("key", np.uint8)])
SPARSE = 2.0
"""Seconds between frames from which on those that no other frame depends on need not be decoded."""
ROUGH = 160
"""Pixels of the longest edge up to which the blocks of the codec are not smoothed, for shrinking does it."""


def frames(
    media: MediaFile, limits: Limits, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
) -> Iterator[Frame]:
    """The frame on the screen at `since`, then those that begin before `until`, at least `every` seconds apart."""
    with container(media, limits) as opened:
        stream = scanned(opened, media, longest)
        reached(media, since, length(opened) or ALWAYS)
        if every >= SPARSE:
            stream.codec_context.skip_frame = "NONREF"
        begun, scaler = False, Scaler(stream, longest)
        for at, picture in apart(between(_timed(opened, stream, since), since, until), every):
            begun = True
            yield Frame(scaler.upright(picture), at, media.source)
        if not begun and since <= 0.0:
            raise nothing(media, "frame")


def packets_of(media: MediaFile, limits: Limits) -> Packets:
    """The times, sizes and key frames of the packets, in order of their times; MediaError where there are too many."""
    with container(media, limits) as opened:
        stream = scanned(opened, media)
        start, base = origin(opened), float(stream.time_base)
        told = ((p.pts, p.size, p.is_keyframe) for p in packets(opened, stream) if p.pts is not None and p.size)
        rows = np.fromiter(islice(told, MOST + 1), _ROW)
    if not len(rows):
        raise nothing(media, "frame")
    if len(rows) > MOST:
        raise MediaError(f"{media.name} has over {MOST / 1e6:.0f} million frames", "Cut out the part you need.")
    order = np.argsort(rows["at"], kind="stable")
    rows = rows[order]
    at = np.round(np.maximum(rows["at"] * base - start, 0.0), 6)
    return Packets(at.astype(np.float64), rows["size"].copy(), rows["key"].copy(), order.astype(np.int32))


def scanned(opened: Any, media: MediaFile, longest: int = 0) -> Any:
    """The video stream, set to be decoded no better than pictures of `longest` need."""
    stream = picture_stream(opened)
    if stream is None:
        raise MediaError(f"{media.name} holds only sound", "Ask for its words instead.")
    if 0 < longest <= ROUGH:
        stream.codec_context.options = {"skip_loop_filter": "all"}
    return stream


def _timed(opened: Any, stream: Any, since: float) -> Iterator[tuple[float, Any]]:
    """(media time, frame) in order of time, without the frames that the decoder calls corrupt."""
    start, step = origin(opened), 1.0 / float(stream.average_rate or 25)
    last = -step
    for picture in decoded(opened, stream, since):
        at = last + step if picture.time is None else picture.time - start
        if at > last and not picture.is_corrupt:
            last = at
            yield round(max(at, 0.0), 6), picture
