"""What can be measured in sound: loudness, peak, silence, speech."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from assistant.readings import SoundFacts
from assistant.types import Sound

SILENCE = -70.0
"""dBFS: nothing can be heard when no sample is over it."""

Speech = Callable[[Sound], Sequence[tuple[float, float]]]
"""Finds the stretches of speech in a sound."""


def facts(sound: Sound, speech: Speech) -> SoundFacts:
    """Measures a sound; the detector of speech is not asked about silence."""
    loudness, peak = _levels(sound)
    silent = peak < SILENCE
    spans = () if silent else tuple(speech(sound))
    return SoundFacts(sound.until - sound.at, loudness, peak, silent, spans)


def _levels(sound: Sound) -> tuple[float, float]:
    """RMS and peak in dBFS."""
    if not len(sound.samples):
        return -math.inf, -math.inf
    square = float(np.mean(np.square(sound.samples, dtype=np.float64)))
    return _decibels(math.sqrt(square)), _decibels(float(np.abs(sound.samples).max()))


def _decibels(level: float) -> float:
    return 20 * math.log10(level) if level > 0 else -math.inf
