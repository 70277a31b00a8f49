"""Opens videos and sound with PyAV by the one demuxer their magic bytes name, and decodes their streams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import av
from av.stream import Disposition

from assistant.errors import MediaError
from assistant.media.failures import BROKEN
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.sniff import RAW
from assistant.safe_text import one_line

CLOSE = 2.0
"""Seconds from the start that are rather decoded than jumped over."""
HOPELESS = 5_000
"""Broken packets in a row behind which nothing more is looked for."""
LOWEST, HIGHEST = 1_000, 768_000
"""Samples a second that a file without a header may have."""
UNTIMED = ("mp3", "aac")
"""Formats without times in their packets: a jump would only guess where it landed."""


@contextmanager
def container(media: MediaFile, limits: Limits) -> Iterator[Any]:
    """The open container; it can open no other file, whatever it refers to."""
    media.bytes.seek(0)
    with av.open(
        media.bytes,
        format=media.format.reader,
        io_open=_refused,
        options={"max_pixels": str(limits.pixels), **_headerless(media)},
        metadata_errors="replace",
    ) as opened:
        yield opened


def _headerless(media: MediaFile) -> dict[str, str]:
    """What a header would tell."""
    if media.format != RAW:
        return {}
    rate = media.part.rate
    if not LOWEST <= rate <= HIGHEST:
        raise MediaError(f"{rate} samples a second is no rate of sound", "Most are 8000, 16000, 44100 or 48000.")
    return {"sample_rate": str(rate), "ch_layout": "mono"}


def _refused(url: str, flags: int, options: dict[str, str]) -> Any:
    raise PermissionError("a media file may not open another file")


def picture_stream(opened: Any) -> Any | None:
    """The first video stream that is not a cover picture."""
    return next((stream for stream in opened.streams.video if not stream.disposition & Disposition.attached_pic), None)


def sound_stream(opened: Any, media: MediaFile) -> Any | None:
    """The audio stream that the source names, the first where it names none; MediaError where there is no such one."""
    streams, number = opened.streams.audio, media.part.track
    if number > max(len(streams), 1):
        known = ", ".join(f"{n} ({track_name(stream)})" for n, stream in enumerate(streams, 1))
        raise MediaError(f"{media.name} has no audio track {number}", f"It has {known or 'none'}.")
    return streams[max(number, 1) - 1] if len(streams) else None


def sound_channel(stream: Any, media: MediaFile) -> int:
    """The channel that the source names, 0 for all; MediaError where there is no such one."""
    channel, channels = media.part.channel, stream.channels or 1
    if channel > channels:
        known = f"It has {channels} channels: #channel=1 is the left one." if channels > 1 else "It has one channel."
        raise MediaError(f"{media.name} has no channel {channel}", known)
    return channel


def track_name(stream: Any) -> str:
    """Codec, language and title of an audio stream, as far as they are told."""
    words = (stream.codec_context.name, stream.metadata.get("language", ""), stream.metadata.get("title", ""))
    return one_line(" ".join(word for word in words if word and word != "und"), 60)


def origin(opened: Any) -> float:
    """Seconds on the container's clock that are media time 0."""
    return float((opened.start_time or 0) / av.time_base)


def length(opened: Any) -> float:
    """Seconds that the header tells; 0 where it tells nothing."""
    return float((opened.duration or 0) / av.time_base)


def packets(opened: Any, stream: Any) -> Iterator[Any]:
    """The packets of a stream, up to where the file can no longer be read."""
    try:
        yield from opened.demux(stream)
    except MemoryError:
        raise
    except (av.FFmpegError, EOFError):
        return


def decoded(opened: Any, stream: Any, since: float = 0.0) -> Iterator[Any]:
    """The frames of a stream from the last key frame before media time `since` or earlier, broken packets left out."""
    if since > CLOSE and opened.format.name not in UNTIMED and _sought(opened, stream, since):
        frames = _frames(opened, stream)
        head = next(frames, None)
        if head is not None and head.time is not None and head.time - origin(opened) <= since:
            return chain((head,), frames)
        rewind(opened)
    return _frames(opened, stream)


def _sought(opened: Any, stream: Any, since: float) -> bool:
    try:
        opened.seek(round((since + origin(opened)) / stream.time_base), stream=stream)
    except av.FFmpegError:
        return False
    return True


def rewind(opened: Any) -> None:
    opened.seek(opened.start_time or 0)


def _frames(opened: Any, stream: Any) -> Iterator[Any]:
    broken = 0
    for packet in packets(opened, stream):
        frames = frames_of(packet)
        broken = broken + 1 if frames is None else 0
        if broken > HOPELESS:
            return
        yield from frames or ()


def frames_of(packet: Any) -> list[Any] | None:
    """What the decoder has ready behind this packet; None where the packet is broken."""
    try:
        return list(packet.decode())
    except MemoryError:
        raise
    except (av.FFmpegError, EOFError):
        return None


def nothing(media: MediaFile, what: str) -> MediaError:
    """The error for a file of a known format in which nothing can be decoded."""
    return MediaError(f"{media.name} holds no {what} that can be decoded", BROKEN)
