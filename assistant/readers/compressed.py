"""What the packets of a video tell of its cuts before anything is decoded.

A frame of a new scene can lean on none before it and is as large as a key frame: alone among small ones it is a cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from assistant.readings import Packets

AROUND = 12
"""Frames on either side that a spike is compared with."""
LARGE = 2.0
"""Times the largest of its neighbours, from which on a frame is a spike."""
LIKELY, SURE = 2.3, 3.0
"""Times the largest of its neighbours, from which on a spike needs no proof if it is the only one, or at all."""
FULL, WHOLE = 0.3, 0.4
"""Least size of a spike over that of key frames, and of one that needs no proof; a flash is smaller."""
CALM = 0.2
"""Size of a frame over that of key frames under which nothing new is in it."""
LATE = 3
"""Frames after a cut at which some encoders put the key frame."""
RAISED = 1.3
"""Size of the first frame of such a scene over that of the largest before it."""
GROUP = 3
"""Frames that an encoder treats alike on the whole, on either side of one."""

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Span:
    """The frames from one to another, by their numbers."""

    first: int
    last: int
    spikes: tuple[int, ...] = ()
    """Frames in between that are as large as key frames, and larger than all about them."""
    early: int | None = None
    """Where a new scene begins if the last frame is a key frame before its time, for the encoder saw a cut."""
    sure: tuple[int, ...] = ()
    """Those of both that begin a new scene, if there is one."""
    restless: tuple[tuple[int, int], ...] = ()
    """Stretches of frames that are larger than is usual between two spikes: slow transitions, or motion."""


class Traces:
    """What stands out among the packets of a video."""

    def __init__(self, packets: Packets) -> None:
        self.packets = packets
        self.keys: Flags = packets.key > 0
        self._plain = np.where(self.keys, 0, packets.size).astype(np.int64)
        self._level = _largest(self._plain, 2 * GROUP + 1)[GROUP + 1 :][: len(self._plain)]
        ratio = self._ratios()
        usual = float(np.median(packets.size[self.keys])) if self.keys.any() else 1.0
        size = packets.size / usual
        self._moving = (size >= CALM) & ~self.keys
        large = (ratio >= LARGE) & (size >= FULL)
        self.due = due = _due(self.keys, lambda length, count: count > 1 or length % 10 == 0)  # given ones are round
        self._telling = large & ~due & ~_due(self.keys | large, lambda _, count: count > 2)
        crowd = np.convolve(self.keys & ~due, np.ones(2 * AROUND + 1, np.int64))[AROUND:][: len(due)]
        self._likely = self._telling & (ratio >= LIKELY) & (crowd == (self.keys & ~due))
        self._sure = self._likely & (ratio >= SURE) & (size >= WHOLE)

    def span(self, first: int, last: int) -> Span:
        """What stands out between two frames."""
        early = _onset(self.packets, last) if self.keys[last] and self._telling[last] else None
        end = last if early is None else early
        inner = np.arange(first + 1, end)
        spikes = inner[self._telling[inner] & ~self.keys[inner]].tolist()
        restless = tuple(part for ends in pairwise([first, *spikes, end]) for part in self._restless(*ends))
        whole = spikes + ([] if early is None else [last])
        likely = self._likely if len(whole) == 1 and not restless else self._sure
        sure = (end if frame == last else frame for frame in whole if likely[frame])
        return Span(first, last, tuple(spikes), early, tuple(sure), restless)

    def cut_at_end(self, first: int, last: int) -> bool:
        """Whether a change from a frame to a key frame in its time must be right there: before, it would cost bytes."""
        inner = slice(first + 1, last)
        return bool(self.due[last]) and not self.keys[inner].any() and not self._moving[inner].any()

    def _ratios(self) -> NDArray[np.float64]:
        """The size of each frame over that of the largest near it that is no key frame."""
        near, count = _largest(self._plain, AROUND), len(self._plain)
        largest = np.maximum(near[:count], near[AROUND + 1 :][:count])
        return np.asarray(self.packets.size / np.maximum(largest, 1.0), np.float64)

    def _restless(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        if last - first < AROUND + 2 * GROUP:
            return
        inner = self._level[first + GROUP + 1 : last - GROUP]
        high = np.flatnonzero(np.diff(inner > LARGE * np.percentile(inner, 25), prepend=False, append=False))
        for begin, end in zip(high[::2].tolist(), high[1::2].tolist(), strict=True):
            if end - begin > 2 * GROUP + 1:  # more than one frame
                yield first + GROUP + 1 + begin, first + GROUP + 1 + end


def _largest(sizes: Counts, width: int) -> Counts:
    """The largest of the `width` sizes before each, and before each place up to `width` behind the last."""
    return np.asarray(sliding_window_view(np.pad(sizes, width), width).max(axis=1), np.int64)


def _due(whole: Flags, limit: Callable[[int, int], bool]) -> Flags:
    """Which of the whole frames come at a distance that means nothing: the most frequent, or one that is a limit.

    `limit` tells whether the longest distance is one that the encoder was given, by it and how often it comes.
    """
    due, places = np.zeros(len(whole), bool), np.flatnonzero(whole)
    if len(places) > 1:
        gaps = np.diff(places)
        lengths, counts = np.unique(gaps, return_counts=True)
        often = lengths[counts.argmax()] if counts.max() > max(2, 0.3 * len(gaps)) else -1
        most = lengths[-1] if limit(int(lengths[-1]), int(counts[-1])) else -1
        due[places[1:][(gaps == often) | (gaps == most)]] = True
    return due


def _onset(packets: Packets, key: int) -> int:
    """The first frame of the scene of a key frame that may have come some frames late."""
    usual = packets.size[max(0, key - LATE - AROUND) : max(0, key - LATE)]
    late = range(max(0, key - LATE), key)
    return next((n for n in late if len(usual) and packets.size[n] >= RAISED * usual.max()), key)


def leaning(packets: Packets, frame: int) -> int:
    """How many frames right before one in time were decoded after it: the cut that it tells of may lie before them."""
    if not len(packets.order):
        return 0
    count = 0
    while frame - count > 0 and packets.order[frame - count - 1] > packets.order[frame]:
        count += 1
    return count
