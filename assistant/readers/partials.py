"""Half-second cells of sound: which partials hold, and where the energy lies.

Music is told from noise by partials that hold for long: the continuous frequency activation of Seyerlehner, Pohle,
Schedl and Widmer, "Automatic music detection in television productions" (DAFx 2007).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.types import SAMPLE_RATE

HOP = 512
"""Samples between two windows: 32 ms."""
WINDOW = 2048
CELL = 16
"""Windows of a cell: 0.512 s."""
NEAR = 4
"""Cells that are judged together: 2 s."""
OUT = 10.0
"""dB by which a partial stands out of what is around it."""
AROUND = 10
"""Bins to each side that it is compared with."""
LOW, HIGH = 40.0, 6000.0
"""Hertz: where energy and partials are looked for."""
PITCHED = 150.0
"""Hertz above which bins are fine enough to tell partials."""
STRONGEST = 5
"""Partials whose persistence is the steadiness."""
CHUNK = 64
"""Cells that are transformed at once: 33 s."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Cells:
    """A sound in cells, n of them, each judged with its neighbours; windows that do not count are left out."""

    held: Floats
    """n x bins: in which share of the windows a partial is there."""
    narrow: Floats
    """n: share of the energy that lies in the three strongest partials."""
    windows: Floats
    """n: how many windows count."""
    level: Floats
    """n: their mean RMS in dBFS."""

    @property
    def steady(self) -> Floats:
        """n: the mean persistence of the strongest partials, 0..1."""
        ranked = np.sort(_peaks(self.held), axis=1)[:, ::-1]
        return np.asarray(ranked[:, :STRONGEST].mean(axis=1), np.float32)

    def alike(self, since: int, until: int) -> float:
        """How alike the partials stay from two to four seconds on, 0..1, where they are the least; 0 for too few."""
        strong = self.held[since:until] * (self.held[since:until] > 0.3)
        lags = range(NEAR, min(2 * NEAR, len(strong) - 1) + 1)
        return min((_likeness(strong[:-lag], strong[lag:]) for lag in lags), default=0.0)


def cells(samples: Floats, counts: NDArray[np.bool_]) -> Cells:
    """Measures mono sound at 16 kHz; `counts` tells for each hop of it whether it counts."""
    held, power, windows = (np.concatenate(parts) for parts in zip(*_measured(samples, counts), strict=True))
    windows, power = np.maximum(_together(windows), 1e-9), _together(power)
    return Cells(_together(held) / windows[:, None], _narrow(power), windows, _level(power.sum(axis=1) / windows))


def _likeness(one: Floats, other: Floats) -> float:
    scale = np.sqrt(np.square(one).sum(axis=1) * np.square(other).sum(axis=1)) + 1e-9
    return float(np.median((one * other).sum(axis=1) / scale))


def _measured(samples: Floats, counts: NDArray[np.bool_]) -> Iterator[tuple[Floats, Floats, Floats]]:
    """Sums over the windows of each cell: partials, power, and the windows themselves."""
    step = CHUNK * CELL
    for first in range(0, len(counts), step):
        weights = _whole_cells(counts[first : first + step].astype(np.float32))
        power = _power(samples, first, len(weights)) * weights[:, None]
        yield _by_cell(_partials(power)), _by_cell(power), _by_cell(weights)


def _whole_cells(weights: Floats) -> Floats:
    return np.pad(weights, (0, -len(weights) % CELL))


def _power(samples: Floats, first: int, count: int) -> Floats:
    """Power spectra of windows that are centred on their hop; silence lies beyond the ends."""
    begin = first * HOP - (WINDOW - HOP) // 2
    end = begin + (count - 1) * HOP + WINDOW
    part = samples[max(begin, 0) : max(end, 0)]
    part = np.pad(part, (max(-begin, 0), end - max(begin, 0) - len(part)))
    windows = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[::HOP]
    spectra = np.fft.rfft(windows * np.hanning(WINDOW).astype(np.float32))
    return np.asarray(np.square(np.abs(spectra)), np.float32)


def _partials(power: Floats) -> Floats:
    """1 where a bin, or the one beside it, is a peak that stands out of what is around it."""
    decibels = 10 * np.log10(power + 1e-12)
    total = np.pad(decibels.cumsum(axis=1), ((0, 0), (AROUND + 1, AROUND)), mode="edge")
    total[:, : AROUND + 1] = 0.0
    width = 2 * AROUND + 1
    inside = np.convolve(np.ones(decibels.shape[1]), np.ones(width), "same")
    out = decibels - (total[:, width:] - total[:, :-width]) / inside > OUT
    out[:, 1:-1] &= (decibels[:, 1:-1] >= decibels[:, :-2]) & (decibels[:, 1:-1] >= decibels[:, 2:])
    out[:, 1:-1] |= out[:, :-2] | out[:, 2:]
    return np.asarray(out[:, _bin(PITCHED) : _bin(HIGH)], np.float32)


def _by_cell(values: Floats) -> Floats:
    return np.asarray(values.reshape(-1, CELL, *values.shape[1:]).sum(axis=1), np.float32)


def _together(values: Floats) -> Floats:
    """For each cell the sum over it and its neighbours."""
    near = min(NEAR, len(values))
    total = np.concatenate([np.zeros_like(values[:1]), values.cumsum(axis=0)])
    first = np.clip(np.arange(len(values)) - NEAR // 2 + 1, 0, len(values) - near)
    return np.asarray(total[first + near] - total[first], np.float32)


def _narrow(power: Floats) -> Floats:
    rest = power[:, _bin(LOW) :].copy()
    whole = rest.sum(axis=1) + 1e-12
    for _ in range(3):
        peak = rest.argmax(axis=1)
        for offset in range(-3, 4):
            rest[np.arange(len(rest)), np.clip(peak + offset, 0, rest.shape[1] - 1)] = 0.0
    return np.asarray(1 - rest.sum(axis=1) / whole, np.float32)


def _level(power: Floats) -> Floats:
    """RMS in dBFS of windows with some power: half of it is in the spectrum, and Hann's window lets 3/8 through."""
    return np.asarray(10 * np.log10(2 * power / (0.375 * WINDOW**2) + 1e-12), np.float32)


def _peaks(held: Floats) -> Floats:
    """Only one bin of each partial."""
    around = np.pad(held, ((0, 0), (1, 1)))
    return np.where((held >= around[:, :-2]) & (held > around[:, 2:]), held, np.float32(0))


def _bin(hertz: float) -> int:
    return int(hertz * WINDOW / SAMPLE_RATE)
