"""Tells what a video or a sound file holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from assistant.errors import MediaError
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.scaling import size, turns
from assistant.media.streams import (
    container,
    decoded,
    length,
    nothing,
    origin,
    packets,
    picture_stream,
    rewind,
    sound_channel,
    sound_stream,
    track_name,
)
from assistant.readings import AudioTrack, MediaInfo
from assistant.safe_text import one_line

SCANNED = 64 << 20
"""Bytes up to which a file's packets are counted; of a longer one the header is believed."""
COUNTED = 100_000
"""Packets up to which they are counted."""
SHORT = 0.5
"""Seconds by which a file may miss what its header promises."""
_TURNED = {1: "turned 90 degrees to the left", 2: "turned 180 degrees", 3: "turned 90 degrees to the right"}


def info(media: MediaFile, limits: Limits) -> MediaInfo:
    """Size, length and streams; one frame is decoded, so what is told can also be read."""
    with container(media, limits) as opened:
        video, voice = picture_stream(opened), sound_stream(opened, media)
        stream = video or voice
        if stream is None:
            raise nothing(media, "picture or sound")
        if voice is not None:
            sound_channel(voice, media)
        span = _span(media, opened, stream, limits)
        first = next(decoded(opened, stream), None)
        if first is None:
            raise nothing(media, "frame" if video else "sound")
        notes = _notes(opened, span, media.part.track)
        if video is None:
            return _sound(media, opened, span, notes)
        return _video(media, opened, span, turns(first), size(video, first), notes + _stored(video, first))


def _sound(media: MediaFile, opened: Any, span: _Span, notes: tuple[str, ...]) -> MediaInfo:
    audio = _tracks(opened)
    return MediaInfo(media.source, "sound", media.format.name, seconds=span.seconds, audio=audio, notes=notes)


def _video(
    media: MediaFile, opened: Any, span: _Span, turn: int, stored: tuple[int, int], notes: tuple[str, ...]
) -> MediaInfo:
    width, height = stored if turn % 2 == 0 else stored[::-1]
    if turn:
        notes = (_TURNED[turn] + " by a mark in the file", *notes)
    audio = _tracks(opened)
    return MediaInfo(
        media.source, "video", media.format.name, width, height, span.seconds, span.fps, audio, notes=notes
    )


def _tracks(opened: Any) -> tuple[AudioTrack, ...]:
    return tuple(
        AudioTrack(
            number,
            stream.codec_context.name,
            stream.rate or 0,
            stream.channels or 0,
            one_line(stream.metadata.get("language", ""), 20),
            one_line(stream.metadata.get("title", ""), 80),
        )
        for number, stream in enumerate(opened.streams.audio, 1)
    )


def _stored(stream: Any, first: Any) -> tuple[str, ...]:
    stored, shown = (first.width, first.height), size(stream, first)
    return () if stored == shown else (f"its pixels are not square: stored as {stored[0]} x {stored[1]}",)


def _notes(opened: Any, span: _Span, track: int) -> tuple[str, ...]:
    tracks, start = opened.streams.audio, origin(opened)
    names = ", ".join(f"{number} ({track_name(stream)})" for number, stream in enumerate(tracks, 1))
    heard = f"{max(track, 1)} is heard, a part such as #track=2 names another"
    said = {
        f"cut short: its header promises {span.promised:.1f} s": span.promised - span.seconds > SHORT,
        f"{len(tracks)} audio tracks: {names}; {heard}": len(tracks) > 1,
        f"its clock begins at {start:.2f} s, times here begin at 0": abs(start) > 0.1,
    }
    return tuple(note for note, true in said.items() if true)


@dataclass(frozen=True, slots=True)
class _Span:
    """How much of a stream there is, and how much its header promises."""

    seconds: float
    fps: float
    promised: float


def _span(media: MediaFile, opened: Any, stream: Any, limits: Limits) -> _Span:
    """Counts the packets without decoding them, for the header may be wrong; leaves the container at its start."""
    promised = _promised(opened, stream)
    counted = _counted(opened, stream, limits) if media.size <= SCANNED else None
    rewind(opened)
    if counted is None:
        span = _Span(promised, float(getattr(stream, "average_rate", None) or 0), promised)
    else:
        count, seconds = counted
        span = _Span(seconds or promised, count / seconds if seconds else 0.0, promised)
    if span.seconds > limits.seconds:
        hours = f"{span.seconds / 3600:.1f} hours, the most is {limits.seconds / 3600:.1f}"
        raise MediaError(f"{media.name} lasts {hours}", "Cut out the part you need.")
    return span


def _promised(opened: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return length(opened)


def _counted(opened: Any, stream: Any, limits: Limits) -> tuple[int, float] | None:
    """Packets, and the media time at which the last one ends, or that is beyond the limit; None: they are too many."""
    count, until, last, step = 0, 0, 0, float(stream.time_base)
    for packet in packets(opened, stream):
        if packet.pts is not None and packet.size:
            count += 1
            last = packet.duration or last
            until = max(until, packet.pts + last)
        if count > COUNTED:
            return None
        if until * step - origin(opened) > limits.seconds:
            break
    seconds = max(until * step - origin(opened), 0.0) if count else 0.0
    return count, seconds if last or count < 2 else seconds * count / (count - 1)
