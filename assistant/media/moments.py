"""Reads single frames of a video: one opening, jumps where they pay, and no frame decoded that is not needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import av

from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.parts import reached
from assistant.media.scaling import Scaler
from assistant.media.streams import CLOSE, container, frames_of, length, nothing, origin, packets, rewind
from assistant.media.timeline import ROUNDING
from assistant.media.videos import scanned
from assistant.types import ALWAYS, Frame

AHEAD = 64
"""Packets looked at before decoding; more than any codec changes the order of."""
LONE = 0.3
"""Seconds to the next wanted frame from which on a key frame is decoded alone."""


def moments(media: MediaFile, limits: Limits, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
    """The frame on the screen at each of the times, which ascend; MediaError for one behind the end."""
    with container(media, limits) as opened:
        stream = scanned(opened, media, longest)
        reel, scaler, last = _Reel(opened, stream), Scaler(stream, longest), None
        for time, later in zip(times, [*times[1:], ALWAYS], strict=True):
            reached(media, time, length(opened) or ALWAYS)
            picture = reel.at(time, later - time > LONE)
            if picture is None:
                raise nothing(media, "frame")
            if last is None or picture is not last[0]:
                last = picture, Frame(scaler.upright(picture), reel.time_of(picture), media.source)
            yield last[1]


class _Reel:
    """A video that is wound forward only.

    A few packets are looked at ahead of decoding: so it is known which frame is on the screen at a time, and of those
    before it only the ones that others depend on are decoded.
    """

    def __init__(self, opened: Any, stream: Any) -> None:
        self._opened, self._stream, self._decoder = opened, stream, stream.codec_context
        self._start, self._base = origin(opened), float(stream.time_base)
        self._begin()

    def _begin(self) -> None:
        self._packets = packets(self._opened, self._stream)
        self._ahead: deque[Any] = deque()
        self._ready: deque[Any] = deque()
        self._stamps: list[int] = []
        """Time stamps of packets from the shown frame on."""
        self._stamped = True
        """Every packet has one."""
        self._seen = 0.0
        """Decoding time of the last packet that was looked at."""
        self._shown: Any = None
        self._alone = False
        """A key frame was decoded without what comes behind it: decoding can only go on from another one."""

    def time_of(self, picture: Any) -> float:
        return float(round(max(picture.pts * self._base - self._start, 0.0), 6))

    def at(self, time: float, lone: bool = False) -> Any | None:
        """The frame on the screen; the next one where there is none yet, None where nothing can be decoded.

        With `lone` a key frame is decoded alone, for no frame near it is wanted.
        """
        if self._alone or self._pays(time):
            self._jump(time)
        target = self._target(time)
        self._leap(target)
        if lone and self._is_key(target) and not self._drained(target):
            self._jump(time)
            target = self._target(time)
        while self._shown is None or self._shown.pts < target:
            picture = self._next(target)
            if picture is None:
                break
            if self._shown is not None and self.time_of(picture) > time + ROUNDING:
                self._ready.appendleft(picture)
                break
            self._shown = picture
        return self._shown

    def _pays(self, time: float) -> bool:
        """Whether a key frame lies between what was looked at and the time, or may lie there."""
        index, ticks = self._stream.index_entries, self._ticks(time)
        if not len(index) or index[-1].timestamp < ticks:
            return time > self._seen + CLOSE
        place = index.search_timestamp(ticks, backward=True)
        return place >= 0 and bool(index[place].timestamp > self._ticks(self._seen))

    def _jump(self, time: float) -> None:
        for back in (0.0, CLOSE, 5 * CLOSE):
            with suppress(av.FFmpegError):
                self._opened.seek(max(self._ticks(time - back), 0), stream=self._stream)
                self._begin()
                if self._keyed() and (self._ahead[0].pts or 0) <= self._ticks(time):
                    return
        rewind(self._opened)
        self._begin()

    def _keyed(self) -> bool:
        """Look at packets up to the first key frame; whether there is one."""
        while self._look():
            if self._ahead[-1].is_keyframe:
                return True
            self._ahead.clear()
            self._stamps.clear()
        return False

    def _ticks(self, time: float) -> int:
        """The last time stamp that is not behind the time."""
        return int((time + ROUNDING + self._start) // self._base)

    def _look(self) -> bool:
        """Look at one packet more."""
        packet = next(self._packets, None)
        if packet is None:
            return False
        self._ahead.append(packet)
        if packet.size and packet.pts is None:
            self._stamped = False
        elif packet.size:
            self._stamps.append(packet.pts)
        clock = packet.pts if packet.dts is None else packet.dts
        if clock is not None:
            self._seen = max(self._seen, clock * self._base - self._start)
        return True

    def _target(self, time: float) -> int:
        """The time stamp of the frame on the screen, as far as packets tell; decodes what lies far before it."""
        while self._seen <= time + ROUNDING and self._look():
            if len(self._ahead) > AHEAD:
                self._leap(self._ticks(time))
            if len(self._ahead) > AHEAD:
                self._decode(skip=True)
                self._shown = self._ready[-1] if self._ready else self._shown
                self._ready.clear()
        most = self._ticks(time)
        if not self._stamped:
            return most
        past = -(1 << 62) if self._shown is None else self._shown.pts
        self._stamps = [stamp for stamp in self._stamps if stamp >= past]
        return max((stamp for stamp in self._stamps if stamp <= most), default=past)

    def _leap(self, target: int) -> None:
        """Leave out what lies before the last key frame that is not behind a time stamp."""
        keys = (n for n, packet in enumerate(self._ahead) if packet.is_keyframe and packet.size)
        place = max((n for n in keys if (self._ahead[n].pts or 0) <= target), default=0)
        if not place or not self._stamped or (self._shown and self._shown.pts >= (self._ahead[place].pts or 0)):
            return
        for _ in range(place):
            self._ahead.popleft()
        self._ready.clear()
        self._decoder.flush_buffers()

    def _is_key(self, target: int) -> bool:
        """Whether the next packet is the key frame of a time stamp, in a file that can be jumped in."""
        packet = self._ahead[0] if self._ahead and len(self._stream.index_entries) else None
        return packet is not None and bool(packet.is_keyframe) and packet.pts == target

    def _drained(self, target: int) -> bool:
        """Decode the next packet and take all that the decoder holds back; whether the frame was among it."""
        self._alone = True
        self._decode(skip=False)
        with suppress(av.FFmpegError, EOFError):
            self._ready.extend(frame for frame in self._decoder.decode(None) if _good(frame))
        self._decoder.flush_buffers()
        self._ready = deque(frame for frame in self._ready if frame.pts == target)
        return bool(self._ready)

    def _next(self, target: int) -> Any | None:
        """The next good frame in order of time."""
        while not self._ready:
            if not self._ahead and not self._look():
                return None
            packet = self._ahead[0]
            self._decode(skip=self._stamped and packet.pts is not None and packet.pts < target)
        return self._ready.popleft()

    def _decode(self, skip: bool) -> None:
        """Decode one packet; with `skip` not if nothing depends on it."""
        self._decoder.skip_frame = "NONREF" if skip else "DEFAULT"
        self._ready.extend(frame for frame in frames_of(self._ahead.popleft()) or () if _good(frame))


def _good(frame: Any) -> bool:
    return frame.pts is not None and not frame.is_corrupt
