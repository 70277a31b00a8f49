"""What kind of sound is where: speech, music, tone, noise or silence.

Speech is what the detector of speech finds. Of the rest, a tone has its energy in few partials that stay; music has
many that hold for long, and change; what is neither, or may be either, is noise. Music is at least two seconds long,
silence half a second unless it is beside words. The ends of music are true to half a second, the others to a tenth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from assistant.readers.partials import CELL, HOP, Cells, cells
from assistant.types import SAMPLE_RATE, Sound

KINDS = ("silence", "noise", "tone", "music", "speech")
SILENCE, NOISE, TONE, MUSIC, SPEECH = range(5)
QUIET = 1e-3
"""RMS of the loudest hop that is silence: -60 dBFS."""
NARROW = 0.85
"""Share of the energy in three partials from which sound is a tone."""
TONE_HEARD, TONE_LEVEL = 8, -50.0
"""Hops that must be heard to tell a tone, and its RMS in dBFS: under it lies the hum of recorders."""
BEGINS, GOES_ON = 0.5, 0.38
"""Steadiness with which music begins, and over which it goes on: noise has 0.1, an office 0.3, speech 0.4."""
SAME = 0.78
"""Likeness of the partials, seconds apart, over which they are the hum of a machine: music has up to 0.65."""
HEARD = 24
"""Hops that must be heard to tell music."""
MUSIC_CELLS = 4
"""Cells of the shortest music."""
SHORTEST = 6
"""Hops of a sound that is told apart from the sound before it."""
PAUSE = 16
"""Hops of a silence that is told apart from the sounds around it."""

Kinds = NDArray[np.int8]


def spans(sound: Sound, speech: Sequence[tuple[float, float]]) -> tuple[tuple[float, float, str], ...]:
    """The whole sound in order as (since, until, kind), on its own clock; `speech` in order, as (since, until)."""
    if not len(sound.samples):
        return ()
    kinds = _levels(sound)
    for since, until in speech:
        kinds[_hop(sound, since) : _hop(sound, until)] = SPEECH
    measured = cells(sound.samples, kinds == NOISE)
    other = np.repeat(_kinds(measured), CELL)[: len(kinds)]
    kinds = _settled(np.where(kinds == NOISE, other, kinds))
    return tuple(_timed(sound, kinds))


def _levels(sound: Sound) -> Kinds:
    """Silence or not, for each hop."""
    padded = np.pad(sound.samples, (0, -len(sound.samples) % HOP)).reshape(-1, HOP)
    loud = np.sqrt(np.square(padded).mean(axis=1)) > QUIET
    return np.where(loud, NOISE, SILENCE).astype(np.int8)


def _kinds(measured: Cells) -> Kinds:
    """Tone, music or noise, for each cell."""
    plain = (measured.windows >= TONE_HEARD) & (measured.level >= TONE_LEVEL)
    kinds = np.where(plain & (measured.narrow >= NARROW), TONE, NOISE).astype(np.int8)
    steady = np.where((measured.windows >= HEARD) & (kinds != TONE), measured.steady, 0.0)
    for since, until in _runs(steady > GOES_ON):
        long = until - since >= MUSIC_CELLS and steady[since:until].max() >= BEGINS
        if long and measured.alike(since, until) < SAME:
            kinds[since:until] = MUSIC
    return kinds


def _settled(kinds: Kinds) -> Kinds:
    """Without pauses and changes that are too short; a click between silences is a sound nevertheless."""
    edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
    for since, until in pairwise(edges):
        around = [int(kinds[edge]) for edge in (since - 1, until) if 0 <= edge < len(kinds)]
        other = [kind for kind in around if kind != SPEECH]
        if other and _passing(until - since, int(kinds[since]), around):
            kinds[since:until] = next((kind for kind in other if kind != SILENCE), SILENCE)
    return kinds


def _passing(length: int, kind: int, around: Sequence[int]) -> bool:
    """Whether a run is too short to be told apart from what is around it."""
    if kind == SILENCE:
        return length < PAUSE and len(around) == 2 and not {SILENCE, SPEECH} & {*around}
    return kind != SPEECH and length < SHORTEST and any(other != SILENCE for other in around)


def _runs(true: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    since = 0
    for value, run in groupby(true):
        until = since + len(list(run))
        if value:
            yield since, until
        since = until


def _timed(sound: Sound, kinds: Kinds) -> Iterator[tuple[float, float, str]]:
    since = 0
    for kind, run in groupby(kinds.tolist()):
        until = since + len(list(run))
        end = min(sound.at + until * HOP / SAMPLE_RATE, sound.until)
        yield round(sound.at + since * HOP / SAMPLE_RATE, 3), round(end, 3), KINDS[kind]
        since = until


def _hop(sound: Sound, at: float) -> int:
    return max(round((at - sound.at) * SAMPLE_RATE / HOP), 0)
