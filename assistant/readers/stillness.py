"""Where a video stands still, as its packets tell: a frame that repeats the one before takes next to no bytes.

Codecs that predict from frame to frame spend a bit or less on a block that stays as it is. What is left out here need
not be decoded. Where frames do not lean on each other, or the camera has noise, nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from assistant.protocols import Clip
from assistant.readings import Packets
from assistant.types import Frame

LEAST, SHARE = 16, 0.0005
"""Bytes of a packet in which nothing moves: so many, and a share of a key frame's for the size of the picture."""
FLOOR = 0.1
"""Share of a video's packets that are smaller than its stillest ones may be."""
AROUND = 0.6
"""Seconds on both sides in which nothing moves either."""
WORTH = 3.0
"""Seconds of decoding that must be saved for a seek."""
HELD = 0.5
"""Seconds between the repeats of a frame that stands still."""


def stirring(clip: Clip, since: float, until: float, every: float, longest: int) -> Iterator[Frame]:
    """The frames of a clip; where it stands still, the frame before again and again without decoding."""
    last: Frame | None = None
    for begin, end in spans(clip.packets(), since, until):
        if last is not None:
            yield from (replace(last, at=float(at)) for at in np.arange(last.at + HELD, begin - HELD / 2, HELD))
        for last in clip.frames(begin, end, every, longest):
            yield last


def spans(packets: Packets, since: float, until: float) -> list[tuple[float, float]]:
    """The stretches between two times in which something may move, in order."""
    begin, found = since, list[tuple[float, float]]()
    for still_since, still_until in _still(packets, since, until):
        found.append((begin, still_since))
        begin = still_until
    return [*found, (begin, until)]


def _still(packets: Packets, since: float, until: float) -> Iterator[tuple[float, float]]:
    """The stretches that are worth a seek; decoding after one begins at the last key frame within."""
    tiny = _tiny(packets)
    if tiny < 0:
        return
    inside = (packets.at >= since) & (packets.at < until)
    at, key = packets.at[inside], packets.key[inside].astype(bool)
    quiet = (packets.size[inside] <= tiny) | key
    for first, last in _runs(quiet):
        begin, end = at[first] + AROUND, at[last] - AROUND
        keys = at[first : last + 1][key[first : last + 1]]
        keys = keys[keys <= end]
        if len(keys) and keys[-1] - begin >= WORTH:
            yield float(begin), float(keys[-1])


def _tiny(packets: Packets) -> float:
    """Bytes up to which a packet says that nothing moves; -1 where packets do not tell.

    Measured on x264 at three settings and VP9, 192 x 108 to 1920 x 1080, without noise: a still packet has 10 to 91
    bytes, the largest within a second of a thing that moves 45 to 3,679, at least twice this limit.
    """
    key = packets.key.astype(bool)
    if key.all() or not key.any():
        return -1.0
    floor = float(np.quantile(packets.size[~key], FLOOR))
    return min(LEAST + SHARE * float(np.median(packets.size[key])), 1.5 * floor + 8)


def _runs(quiet: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.view(np.int8), [0]))))
    yield from ((int(first), int(end) - 1) for first, end in edges.reshape(-1, 2))
