"""Reads sound with PyAV: the first audio stream as mono at 16 kHz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from assistant.errors import MediaError
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.streams import container, decoded, length, nothing, origin, sound_channel, sound_stream
from assistant.types import ALWAYS, SAMPLE_RATE, Sound

Samples = NDArray[np.float32]

FULL_SCALE = np.float32(2.0**31)
GAP = 0.1
"""Seconds that may be missing in a row before silence fills them, so that later words keep their time."""
LEAD = 0.5
"""Seconds decoded before the part asked for, since packets depend on those before them."""


def sound(media: MediaFile, limits: Limits, since: float = 0.0, until: float = ALWAYS) -> Sound:
    """The sound from `since` to `until`, MediaError over `limits.sound_seconds`.

    Of the track that the source names, or the first; of the channel that it names, or the mean of all.
    """
    kept = _Stretch(media.name, max(since, 0.0), until, limits.sound_seconds)
    with container(media, limits) as opened:
        stream = sound_stream(opened, media)
        if stream is None:
            raise MediaError(f"{media.name} has no sound: it holds no audio track", "Ask about its pictures instead.")
        channel = sound_channel(stream, media)
        for at, samples in _resampled(_timed(opened, stream, max(since - LEAD, 0.0)), channel):
            kept.add(at, samples)
            if at >= until:
                break
    if not kept.begun:
        raise nothing(media, "sound")
    return kept.sound()


def _timed(opened: Any, stream: Any, since: float) -> Iterator[tuple[float, Any]]:
    """(media time, frame) without a gap or overlap, except where the file really misses sound."""
    start, end, due = origin(opened), length(opened), None
    for frame in decoded(opened, stream, since):
        told = None if frame.time is None else frame.time - start
        if due is None:
            due = told or 0.0
        elif told is not None and due + GAP < told <= end:
            due = told
        yield due, frame
        due += frame.samples / frame.sample_rate


def _resampled(timed: Iterator[tuple[float, Any]], channel: int) -> Iterator[tuple[float, Samples]]:
    run = None
    for at, frame in timed:
        if run is None or not run.continues(at, frame):
            yield from run.end() if run else ()
            run = _Run(at, frame, channel)
        yield from run.add(frame)
    yield from run.end() if run else ()


class _Run:
    """Unbroken sound of one kind, resampled: 32-bit integers, for there the channels are averaged and cannot clip."""

    def __init__(self, at: float, frame: Any, channel: int) -> None:
        self._row = max(channel - 1, 0)
        self._at = self._due = at
        self._kind = self._kind_of(frame)
        self._resampler = av.AudioResampler("s32p", frame.layout if channel else "mono", SAMPLE_RATE)

    @staticmethod
    def _kind_of(frame: Any) -> tuple[str, str, int]:
        return frame.format.name, frame.layout.name, frame.sample_rate

    def continues(self, at: float, frame: Any) -> bool:
        return self._kind == self._kind_of(frame) and at - self._due < GAP

    def add(self, frame: Any) -> Iterator[tuple[float, Samples]]:
        self._due += frame.samples / frame.sample_rate
        frame.pts = None
        return self._pieces(frame)

    def end(self) -> Iterator[tuple[float, Samples]]:
        return self._pieces(None)

    def _pieces(self, frame: Any) -> Iterator[tuple[float, Samples]]:
        for piece in self._resampler.resample(frame):
            samples = piece.to_ndarray()[self._row].astype(np.float32) / FULL_SCALE
            yield self._at, samples
            self._at += len(samples) / SAMPLE_RATE


class _Stretch:
    """The part that was asked for, filled as the sound is decoded; silence where there is none."""

    def __init__(self, name: str, since: float, until: float, most: float) -> None:
        self.begun = False
        self._name = name
        self._since = since
        self._length = min(until - since, ALWAYS) * SAMPLE_RATE
        self._most = most * SAMPLE_RATE
        self._kept = bytearray()

    def add(self, at: float, samples: Samples) -> None:
        self.begun = True
        first = round((at - self._since) * SAMPLE_RATE)
        samples = samples[max(-first, 0) :]
        samples = samples[: int(max(min(self._length - max(first, 0), len(samples)), 0))]
        if not len(samples):
            return
        missing = first - len(self._kept) // 4
        self._check(max(missing, 0) + len(samples))
        if missing > 1:
            self._kept += bytes(4 * missing)
        self._kept += samples.tobytes()

    def _check(self, more: int) -> None:
        if len(self._kept) // 4 + more > self._most:
            raise MediaError(
                f"{self._name} has over {self._most / SAMPLE_RATE:.0f} s of sound",
                "Ask for a part of it, with since and until.",
            )

    def sound(self) -> Sound:
        if not self._kept:
            raise MediaError(
                f"{self._name} has no sound at {self._since:.1f} s: it ends before", "Ask for an earlier part."
            )
        return Sound(np.frombuffer(self._kept, np.float32), self._since)
