"""Sounds made by code whose kind is known: chords, arpeggios, tones and noises; mono at 16 kHz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.types import SAMPLE_RATE

Samples = NDArray[np.float32]
CHORDS = ((220.0, 277.2, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7), (261.6, 329.6, 392.0))


def times(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def levelled(samples: NDArray[np.float64], peak: float = 0.3) -> Samples:
    return np.asarray(samples / np.abs(samples).max() * peak, np.float32)


def noise(seconds: float, slope: float = 0.0, seed: int = 1) -> Samples:
    """White (0), pink (0.5) or brown (1) noise."""
    count = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    return levelled(np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** slope, count))


def tones(seconds: float, *hertz: float) -> Samples:
    return levelled(np.asarray(sum(np.sin(2 * np.pi * each * times(seconds)) for each in hertz)))


def chords(seconds: float, beat: float = 0.5, drums: bool = False) -> Samples:
    """A chord of held notes every four beats."""
    return _played(seconds, beat, drums, lambda n: [(note, 4 * beat, 0.0) for note in CHORDS[n // 4 % 4] if n % 4 == 0])


def arpeggio(seconds: float, beat: float = 0.5, drums: bool = False) -> Samples:
    """Notes of chords that are plucked one after another."""
    return _played(seconds, beat, drums, lambda n: [(CHORDS[n // 4 % 4][n % 3] * (1 + n % 2), beat, 3.0)])


def _played(seconds: float, beat: float, drums: bool, notes) -> Samples:  # type: ignore[no-untyped-def]
    music = np.zeros(round((seconds + 4 * beat) * SAMPLE_RATE))
    for n in range(int(seconds / beat)):
        begin = round(n * beat * SAMPLE_RATE)
        struck = [_note(*note) for note in notes(n)] + ([_drum(n)] if drums else [])
        for sound in struck:
            music[begin : begin + len(sound)] += sound
    return levelled(music[: round(seconds * SAMPLE_RATE)])


def _note(hertz: float, seconds: float, decay: float) -> NDArray[np.float64]:
    time = times(seconds)
    wave = sum(np.sin(2 * np.pi * hertz * k * time) / k**1.3 for k in range(1, 9))
    return np.asarray(wave * np.exp(-decay * time) * np.minimum(1, 30 * np.minimum(time, seconds - time)))


def _drum(seed: int) -> NDArray[np.float64]:
    time = times(0.1)
    return np.random.default_rng(seed).standard_normal(len(time)) * np.exp(-40 * time)
