"""Finds silence, so that no recogniser is given a sound in which nobody can have spoken."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from assistant.types import SAMPLE_RATE

Samples = NDArray[np.float32]

_WINDOW = SAMPLE_RATE * 30 // 1000
_SILENT = 10 ** (-65 / 20)
"""RMS of the loudest 30 ms, -65 dBFS; a voice across a room is above -50."""


def is_silent(samples: Samples) -> bool:
    """True when nothing can be heard: no 30 ms are louder than -65 dBFS, or the sound is shorter than 100 ms."""
    return len(samples) < SAMPLE_RATE // 10 or float(loudness(samples).max()) < _SILENT


def loudness(samples: Samples) -> Samples:
    """RMS of each 30 ms; the last ones may be fewer."""
    starts = np.arange(0, len(samples), _WINDOW)
    power = np.add.reduceat(np.square(samples, dtype=np.float64), starts)
    lengths = np.diff(np.append(starts, len(samples)))
    return np.sqrt(power / lengths).astype(np.float32)


def pieces(samples: Samples, longest: float) -> Iterator[tuple[float, Samples]]:
    """Consecutive pieces of at most `longest` seconds with their start, cut where it is quietest near the end."""
    limit, begin = int(longest * SAMPLE_RATE), 0
    while len(samples) - begin > limit:
        tail = begin + limit - limit // 5
        quiet = int(np.argmin(loudness(samples[tail : begin + limit])))
        end = tail + quiet * _WINDOW + _WINDOW // 2
        yield begin / SAMPLE_RATE, samples[begin:end]
        begin = end
    yield begin / SAMPLE_RATE, samples[begin:]
