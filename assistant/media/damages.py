"""Finds the stretches of a video in which the picture is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.scaling import Scaler
from assistant.media.smears import Smears
from assistant.media.streams import CLOSE, container, frames_of, origin, packets
from assistant.media.timeline import ROUNDING
from assistant.media.videos import scanned
from assistant.readings import MediaInfo
from assistant.types import ALWAYS

Span = tuple[float, float]

SMALL = 160
"""Pixels of the longest edge of what is searched for smears."""
CHEAP = 50_000_000
"""Pixels of all frames that are searched unasked; a core does so many in a tenth of a second."""
MANY = 4
"""Stretches that a note tells."""


def damage(media: MediaFile, limits: Limits, since: float = 0.0, until: float = ALWAYS) -> tuple[Span, ...]:
    """(since, until) of each stretch, in order, cut to the part asked for.

    A picture that could not be decoded, or only in part, breaks those that build on it: up to the next key frame.
    """
    with container(media, limits) as opened:
        stream = scanned(opened, media, SMALL)
        stream.thread_type = "NONE"  # threads would tell of an error behind another packet
        if since > CLOSE:
            opened.seek(round((since + origin(opened)) / stream.time_base), stream=stream)
        scan = _Scan(stream, origin(opened))
        for packet in packets(opened, stream):
            scan.add(packet)
            if scan.at > until:
                break
    spans = ((max(begin, since), min(end, until)) for begin, end in scan.spans())
    return tuple(_joined(span for span in spans if span[0] < span[1]))


def notes(media: MediaFile, limits: Limits, info: MediaInfo) -> tuple[str, ...]:
    """One line where a video is broken, if it is small enough to be searched at once."""
    if info.kind != "video" or info.seconds * info.fps * info.width * info.height > CHEAP:
        return ()
    told = ", ".join(f"from {begin:.1f} to {end:.1f} s" for begin, end in damage(media, limits)[:MANY])
    return (f"the picture is broken {told}",) if told else ()


class _Scan:
    """One pass over the packets of a video."""

    def __init__(self, stream: Any, start: float) -> None:
        self.at = 0.0
        self._scaler, self._start = Scaler(stream, SMALL), start
        self._step = 1.0 / float(stream.average_rate or 25)
        self._smears, self._broken = Smears(), list[Span]()
        self._since: float | None = None

    def add(self, packet: Any) -> None:
        frames = frames_of(packet)
        if (frames is None or packet.is_corrupt) and packet.pts is not None:
            self._break(float(packet.pts * packet.time_base) - self._start)
        for frame in frames or ():
            self._look(frame)

    def _look(self, frame: Any) -> None:
        self.at = self.at + self._step if frame.time is None else max(frame.time - self._start, 0.0)
        if frame.is_corrupt:
            self._break(self.at)
            return
        if frame.key_frame and self._since is not None and self.at > self._since + ROUNDING:
            self._mend(self.at)
        self._smears.add(self.at, self._scaler.grey(frame))

    def _break(self, at: float) -> None:
        self._since = at if self._since is None else min(self._since, at)

    def _mend(self, at: float) -> None:
        if self._since is not None:
            self._broken.append((round(self._since, 3), round(at, 3)))
        self._since = None

    def spans(self) -> list[Span]:
        """In order; what is broken at the end stays so."""
        self._mend(max(self.at, self._since or 0.0) + self._step)
        return sorted(self._broken + [(round(begin, 3), round(end, 3)) for begin, end in self._smears.spans])


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Those that touch as one."""
    last: Span | None = None
    for begin, end in spans:
        if last is not None and begin <= last[1]:
            last = last[0], max(last[1], end)
            continue
        if last is not None:
            yield last
        last = begin, end
    if last is not None:
        yield last
