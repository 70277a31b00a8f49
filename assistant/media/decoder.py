"""Reads files from outside, under limits, in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import repeat

import av.logging
import numpy as np

from assistant.errors import MediaError
from assistant.media import animations, clips, damages, documents, moments, parts, pictures, sounds, videos
from assistant.media.digests import digested
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile, opened
from assistant.media.timeline import apart, between, on_screen
from assistant.protocols import Media
from assistant.readings import MediaInfo, Packets
from assistant.types import ALWAYS, Frame, Sound


class Decoder:
    """The `Media` of one process: Pillow and pdfium for pictures, FFmpeg for what has time; failures are MediaErrors.

    A file is what its first bytes say, whatever its name; it is opened once, and nothing that it refers to is.

    Args:
        limits: what is refused
        documents: reads the pages of documents, in a process of its own: pdfium ends its process when memory is short,
            and cannot be stopped; where it is not given, this process reads them
    """

    def __init__(self, limits: Limits, documents: Media | None = None) -> None:
        self._limits, self._documents = limits, documents
        av.logging.set_level(None)

    def info(self, source: str) -> MediaInfo:
        """What the file, or the part of it that `source` names, holds."""
        with opened(source, self._limits) as media:
            return parts.limited(self._info(media), media)

    def _info(self, media: MediaFile) -> MediaInfo:
        if not media.format.picture:
            info = clips.info(media, self._limits)
            return replace(info, notes=info.notes + damages.notes(media, self._limits, info))
        if media.format.reader == "PDF":
            return self._documents.info(media.source) if self._documents else documents.info(media, self._limits)
        begins = animations.times(media)
        return animations.info(media, self._limits, begins) if begins else pictures.info(media, self._limits)

    def frames(
        self, source: str, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        """The frame on the screen at `since`, then those that begin before `until`, with their true times.

        Times count from 0 at the start of the file. A picture or page is one frame at 0, a moment one at its own time.
        Close the iterator to close the file.
        """
        with opened(source, self._limits) as media:
            if media.part.moment:
                yield from self._moments(media, [media.part.since or 0.0], longest)
                return
            since, until = parts.stretch(media, since, until)
            if not media.format.picture:
                yield from videos.frames(media, self._limits, since, until, every, longest)
            elif begins := animations.times(media):
                parts.reached(media, since, begins[-1])
                timed = animations.timed(media, self._limits, begins, longest)
                for at, pixels in apart(between(timed, since, until), every):
                    yield Frame(pixels, at, media.source)
            else:
                yield self._still(media, longest)

    def moments(self, source: str, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        """The frame on the screen at each time, in order of time."""
        with opened(source, self._limits) as media:
            yield from self._moments(media, parts.within(media.part, times), longest)

    def _moments(self, media: MediaFile, times: Sequence[float], longest: int) -> Iterator[Frame]:
        if not media.format.picture:
            yield from moments.moments(media, self._limits, times, longest)
        elif begins := animations.times(media):
            parts.reached(media, max(times, default=0.0), begins[-1])
            timed = animations.timed(media, self._limits, begins, longest)
            for at, pixels in on_screen(timed, times):
                yield Frame(pixels, at, media.source)
        else:
            yield from repeat(self._still(media, longest), len(times))

    def _still(self, media: MediaFile, longest: int) -> Frame:
        parts.timeless(media)
        if media.format.reader == "PDF" and self._documents:
            return next(iter(self._documents.frames(media.source, longest=longest)))
        if media.format.reader == "PDF":
            return documents.frame(media, self._limits, longest)
        return pictures.frame(media, self._limits, longest)

    def packets(self, source: str) -> Packets:
        """The times, sizes and key frames of a video; none of what is not made of packets."""
        with opened(source, self._limits) as media:
            if media.format.picture:
                return Packets(np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.uint8))
            return parts.of_packets(videos.packets_of(media, self._limits), media.part)

    def damage(self, source: str, since: float = 0.0, until: float = ALWAYS) -> tuple[tuple[float, float], ...]:
        """Where the picture of a video is broken: (since, until) of each stretch, in order; it is all decoded."""
        with opened(source, self._limits) as media:
            if media.format.picture or media.part.moment:
                return ()
            return damages.damage(media, self._limits, *parts.stretch(media, since, until))

    def digest(self, source: str) -> str:
        """BLAKE2b of the bytes, and the part; of a file over 64 MiB of its size, head, tail and samples between."""
        with opened(source, self._limits) as media:
            return digested(media)

    def sound(self, source: str, since: float = 0.0, until: float = ALWAYS) -> Sound:
        """An audio track from `since` to `until`, with silence where the track has none."""
        with opened(source, self._limits) as media:
            if media.format.picture or media.part.moment:
                raise MediaError(f"{media.name} is a picture: it has no sound", "Ask what can be seen in it.")
            return sounds.sound(media, self._limits, *parts.stretch(media, since, until))
