"""Cuts what is told and read of a file down to the part that a source names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.errors import MediaError
from assistant.media.opening import MediaFile
from assistant.readings import MediaInfo, Packets
from assistant.sources import Source
from assistant.types import ALWAYS


def limited(info: MediaInfo, media: MediaFile) -> MediaInfo:
    """What the part holds: a moment is a picture, a stretch lasts as long as it does."""
    part = media.part
    if part.since is None:
        return info
    _bounds(part)
    if info.kind == "picture":
        timeless(media)
    reached(media, part.since, info.seconds)
    if not part.moment:
        until = min(part.until or 0.0, info.seconds)
        note = f"the part from {part.since:g} to {until:g} s of {info.seconds:.1f} s"
        return replace(info, seconds=until - part.since, notes=(note, *info.notes))
    if info.kind == "sound":
        raise MediaError(f"{media.name} holds only sound", "Name a stretch of it: #t=10,20")
    note = f"the frame at {part.since:g} s of a video of {info.seconds:.1f} s"
    return replace(info, kind="picture", seconds=0.0, fps=0.0, audio=(), notes=(note, *info.notes))


def timeless(media: MediaFile) -> None:
    """MediaError where the source names a time of a picture."""
    if media.part.since is not None:
        raise MediaError(f"{media.name} is a picture: it has no times", "Leave out #t=.")


def reached(media: MediaFile, time: float, end: float) -> None:
    """MediaError for a time behind the end."""
    if time > end:
        raise MediaError(f"{media.name} ends before {time:.1f} s", "Ask for an earlier part.")


def stretch(media: MediaFile, since: float, until: float) -> tuple[float, float]:
    """The seconds asked for, as far as they lie in the part."""
    begin, end = _bounds(media.part)
    if since > end:
        raise MediaError(f"that part of {media.name} ends before {since:.1f} s", "Ask for an earlier part.")
    return max(since, begin), min(until, end)


def within(part: Source, times: Sequence[float]) -> list[float]:
    """The times in order, none outside the part."""
    begin, end = _bounds(part)
    return [min(max(time, begin), end) for time in sorted(times)]


def of_packets(packets: Packets, part: Source) -> Packets:
    begin, end = _bounds(part)
    inside = slice(*np.searchsorted(packets.at, (begin, end)).tolist())
    return Packets(packets.at[inside], packets.size[inside], packets.key[inside], packets.order[inside])


def _bounds(part: Source) -> tuple[float, float]:
    if part.since is None:
        return 0.0, ALWAYS
    until = part.since if part.until is None else part.until
    if until < part.since:
        raise MediaError("The part ends before it begins", "Write #t=10,20 for ten seconds from 10 s on.")
    return part.since, until
