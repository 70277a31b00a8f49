"""What can be measured in sound: loudness, peak, clipping, and what kind of sound is where."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from assistant.readers import spans
from assistant.readings import SoundFacts
from assistant.types import Sound

SILENCE = -70.0
"""dBFS: nothing can be heard when no sample is over it."""
FULL = 0.98
"""The level from which a run of equal samples is clipped."""
RUN = 4
"""Samples of the shortest such run: that of a sine of full scale is shorter."""

Speech = Callable[[Sound], Sequence[tuple[float, float]]]
"""Finds the stretches of speech in a sound."""


def facts(sound: Sound, speech: Speech) -> SoundFacts:
    """Measures a sound; the detector of speech is not asked about silence. Keeps 10 kB a second of sound."""
    loudness, peak = _levels(sound)
    silent = peak < SILENCE
    spoken = () if silent else tuple(speech(sound))
    return SoundFacts(
        sound.until - sound.at, loudness, peak, silent, spoken, spans.spans(sound, spoken), _clipped(sound)
    )


def _levels(sound: Sound) -> tuple[float, float]:
    """RMS and peak in dBFS."""
    if not len(sound.samples):
        return -math.inf, -math.inf
    square = float(np.mean(np.square(sound.samples, dtype=np.float64)))
    return _decibels(math.sqrt(square)), _decibels(float(np.abs(sound.samples).max()))


def _clipped(sound: Sound) -> float:
    """Share of the samples that stand in runs of one level at full scale."""
    level = np.abs(sound.samples)
    flat = (level[1:] >= FULL) & (np.abs(np.diff(sound.samples)) < 1e-4)
    runs = np.convolve(flat, np.ones(RUN - 1), "valid") >= RUN - 1 if len(flat) >= RUN - 1 else flat[:0]
    return float(runs.sum()) / max(len(level), 1)


def _decibels(level: float) -> float:
    return 20 * math.log10(level) if level > 0 else -math.inf
