"""Reads files from outside, under limits, in this process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice

import av.logging

from assistant.errors import MediaError
from assistant.media import clips, pictures, sounds, videos
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile, opened
from assistant.readings import MediaInfo, Packets
from assistant.types import ALWAYS, Frame, Sound


class Decoder:
    """The `Media` of one process: Pillow for pictures, FFmpeg for what has time; every failure is a MediaError.

    A file is what its first bytes say, whatever its name; it is opened once, and nothing that it refers to is.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        av.logging.set_level(None)

    def info(self, source: str) -> MediaInfo:
        """What the file at the path `source` holds."""
        with opened(source, self._limits) as media:
            if media.format.picture:
                return pictures.info(media, self._limits)
            return clips.info(media, self._limits)

    def frames(
        self, source: str, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        """The frame on the screen at `since`, then those that begin before `until`, with their true times.

        Times count from 0 at the start of the file. A picture is one frame at 0. Close the iterator to close the file.
        """
        with opened(source, self._limits) as media:
            if media.format.picture:
                yield pictures.frame(media, self._limits, longest)
            else:
                yield from videos.frames(media, self._limits, since, until, every, longest)

    def moments(self, source: str, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        """The frame on the screen at each time, in order of time."""
        for at in sorted(times):
            yield from islice(self.frames(source, at, longest=longest), 1)

    def packets(self, source: str) -> Packets:
        """The times, sizes and key frames of a video."""
        with opened(source, self._limits) as media:
            return videos.packets_of(media, self._limits)

    def digest(self, source: str) -> str:
        """BLAKE2b of the bytes."""
        with opened(source, self._limits) as media:
            return hashlib.file_digest(media.bytes, "blake2b").hexdigest()  # type: ignore[arg-type]

    def sound(self, source: str, since: float = 0.0, until: float = ALWAYS) -> Sound:
        """The first audio track from `since` to `until`, with silence where the track has none."""
        with opened(source, self._limits) as media:
            _not_a_picture(media)
            return sounds.sound(media, self._limits, since, until)


def _not_a_picture(media: MediaFile) -> None:
    if media.format.picture:
        raise MediaError(f"{media.name} is a picture: it has no sound", "Ask what can be seen in it.")
