"""Shots of a video: what lies between its transitions, and the frame that stands for each."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from queue import SimpleQueue
from typing import Literal

import numpy as np

from assistant.protocols import Clip
from assistant.readers.changes import EDGE, SHORTEST, Pixels, watched
from assistant.readers.compressed import Traces
from assistant.readers.cuts import Part, part
from assistant.readers.looks import sharpness
from assistant.readings import Packets, Shot
from assistant.types import ALWAYS

Begin = Literal["start", "cut", "dissolve", "fade"]

PIECE = 170.0
"""Seconds of a range: not all are as much work, and each begins with some of its own."""
SEAM = 2.0
"""Seconds before and after the place where two parts meet that are looked at once more."""
FEWEST = 8
"""Packets from which on they are worth a look."""


def shots(clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]:
    """The shots in order of time. A frame that is decoded leaves some hundred bytes behind."""
    return shots_of((clip,), since, until)


def shots_of(clips: Sequence[Clip], since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]:
    """The same from several readers of one video, each with a process of its own: they share the work."""
    packets = clips[0].packets()
    first, last = ends(packets, since, until)
    if last - first < FEWEST:
        return _thorough(clips[0], since, until)
    traces = Traces(packets)
    free = SimpleQueue[Clip]()
    for clip in clips:
        free.put(clip)

    def found(ends: tuple[int, int]) -> Part:
        clip = free.get()
        try:
            return part(clip, traces, *ends)
        finally:
            free.put(clip)

    ranges = shared(packets, first, last, len(clips))
    with ThreadPoolExecutor(len(clips)) as pool:
        parts = list(pool.map(found, ranges))
        parts += pool.map(found, seams(packets, ranges, parts))
    return joined(packets.at[first : last + 1].tolist(), parts)


def ends(packets: Packets, since: float, until: float) -> tuple[int, int]:
    """The first and the last frame between two times."""
    first = max(0, int(np.searchsorted(packets.at, since + 1e-6, "right")) - 1)
    return first, int(np.searchsorted(packets.at, until - 1e-6)) - 1


def shared(packets: Packets, first: int, last: int, count: int) -> list[tuple[int, int]]:
    """Ranges of frames of about equal length that meet at key frames, one or more for each of `count` workers."""
    if count == 1:
        return [(first, last)]
    pieces = count * max(1, int((packets.at[last] - packets.at[first]) / count / PIECE))
    keys = np.flatnonzero(packets.key[first:last]) + first
    wished = np.linspace(first, last, pieces + 1)[1:-1]
    places = sorted({int(keys[np.abs(keys - wish).argmin()]) for wish in wished} - {first}) if len(keys) else []
    return list(pairwise([first, *places, last]))


def seams(packets: Packets, ranges: Sequence[tuple[int, int]], parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Short ranges about those places where others meet across which a slow transition may lie."""
    meeting = zip(ranges, pairwise(parts), strict=False)
    places = (end for (_, end), (left, right) in meeting if left.open[1] or right.open[0])
    about = (packets.at[place] + np.array([-SEAM, SEAM]) for place in places)
    return [ends(packets, *map(float, each)) for each in about]


def joined(at: Sequence[float], parts: Sequence[Part]) -> tuple[Shot, ...]:
    """The shots of frames at known times, from what was found in the parts."""
    if not at:
        return ()
    found = sorted((each for part in parts for each in part.found), key=lambda each: (each.since, -each.until))
    sharp = sorted(each for part in parts for each in part.sharp)
    end = at[-1] + (at[-1] - at[-2] if len(at) > 1 else 0.0)
    begins, edges = list[Begin](["start"]), [at[0]]
    taken = at[0]
    for each in found:
        if each.since < taken:
            continue
        taken = each.until
        time = at[min(int(np.searchsorted(at, each.at - 1e-6)), len(at) - 1)]
        if edges[-1] + SHORTEST <= time + 1e-6 < end:
            begins.append(each.kind)
            edges.append(time)
    stretches = zip(begins, pairwise([*edges, end]), strict=True)
    return tuple(Shot(since, until, _key(since, until, at, sharp), how) for how, (since, until) in stretches)


def _thorough(clip: Clip, since: float, until: float) -> tuple[Shot, ...]:
    """Every frame decoded, for want of packets."""
    sharp = list[tuple[float, float]]()

    def looked_at() -> Iterator[tuple[float, Pixels]]:
        for frame in clip.frames(since, until, longest=EDGE):
            sharp.append((frame.at, sharpness(frame.pixels)))
            yield frame.at, frame.pixels

    found = tuple(watched(looked_at()))
    return joined([at for at, _ in sharp], [Part(found, tuple(sharp))])


def _key(since: float, until: float, at: Sequence[float], sharp: Sequence[tuple[float, float]]) -> float:
    """The sharpest frame that was looked at in the middle half of a shot, or the one nearest to its middle."""
    middle, quarter = (since + until) / 2, (until - since) / 4
    looked = sharp[bisect_left(sharp, (middle - quarter,)) : bisect_right(sharp, (middle + quarter, ALWAYS))]
    if looked:
        return max((sharpness, time) for time, sharpness in looked)[1]
    after = min(max(bisect_left(at, middle), 1), len(at) - 1)
    return min(at[after - 1 : after + 1], key=lambda time: abs(time - middle))
