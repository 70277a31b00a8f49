"""How long sound is listened to: channel by channel where they differ, in stretches, and where somebody speaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.errors import MediaError
from assistant.protocols import Hearing, Readers, Reporter, Scene
from assistant.readings import MediaInfo
from assistant.sources import Source
from assistant.types import ALWAYS, SAMPLE_RATE, Sound, Utterance, Word

STRETCH = 600.0
"""Seconds of sound that are in memory at once."""
PIECE, BREATH = 25.0, 1.2
"""Seconds of speech that are recognised at once, and of the pause that may lie within."""
AROUND = 0.1
"""Seconds before and behind what was found to be speech that are recognised with it."""
APART = 0.3
"""Correlation of two channels under which they hold different sound."""
AUDIBLE = 1e-6
"""Mean square of a channel with sound: -60 dBFS."""


@dataclass(frozen=True, slots=True)
class Voice:
    """What is listened to as one: all channels of a track, or one of them."""

    name: str
    """left, right, or nothing."""
    source: str
    since: float
    until: float


def voices(scene: Scene, source: str, info: MediaInfo) -> list[Voice]:
    """The channels of a stereo track apart where they hold different sound, else the track as one.

    `info` is that of the source; it has audio.
    """
    part = Source.of(info.source)
    since = part.since or 0.0
    until = since + (info.seconds or ALWAYS)
    whole = Voice("", source, since, until)
    track = info.audio[min(max(part.track, 1), len(info.audio)) - 1]
    if track.channels != 2 or part.channel:
        return [whole]
    sides = [
        Voice(name, str(replace(Source.of(source or info.source), channel=channel)), since, until)
        for channel, name in enumerate(("left", "right"), 1)
    ]
    left, right = (scene.sound(side.source, since, min(until, since + STRETCH)) for side in sides)
    return sides if _apart(left, right) else [whole]


def _apart(left: Sound, right: Sound) -> bool:
    """Whether two channels both hold sound, and not the same."""
    count = min(len(left.samples), len(right.samples))
    one, other = left.samples[:count], right.samples[:count]
    powers = float(one @ one), float(other @ other)
    if min(powers) <= AUDIBLE * len(one):
        return False
    return abs(float(one @ other)) < APART * math.sqrt(powers[0] * powers[1])


def stretches(scene: Scene, reporter: Reporter, voice: Voice) -> Iterator[Sound]:
    """The sound in parts that fit in memory; the picture of a video may go on behind its end."""
    since = voice.since
    while True:
        reporter.report("listening", _share(voice, since))
        try:
            yield scene.sound(voice.source, since, since + STRETCH)
        except MediaError:
            if since == voice.since:
                raise
            return
        since += STRETCH
        if since >= voice.until:
            return


def _share(voice: Voice, at: float) -> float:
    return min(max((at - voice.since) / max(voice.until - voice.since, 1e-3), 0.0), 1.0)


def heard(scene: Scene, hearing: Hearing, readers: Readers, reporter: Reporter, voice: Voice) -> Iterator[Utterance]:
    """What is recognised where somebody speaks, with the times of the file; raises StoppedError between two pieces."""
    for sound in stretches(scene, reporter, voice):
        for since, until in _pieces(readers.sound(sound).speech):
            reporter.report("listening", _share(voice, since))
            said = hearing.transcribe(_cut(sound, since - AROUND, until + AROUND))
            if said.text:
                yield said


def _pieces(speech: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Speech with the short pauses in it, in pieces that can be recognised at once."""
    begun: tuple[float, float] | None = None
    for since, until in speech:
        if begun is not None and since - begun[1] <= BREATH and until - begun[0] <= PIECE:
            begun = (begun[0], until)
            continue
        if begun is not None:
            yield begun
        begun = (since, until)
    if begun is not None:
        yield begun


def _cut(sound: Sound, since: float, until: float) -> Sound:
    first = max(round((since - sound.at) * SAMPLE_RATE), 0)
    last = max(round((until - sound.at) * SAMPLE_RATE), 0)
    return Sound(sound.samples[first:last], sound.at + first / SAMPLE_RATE)


def lines(said: Sequence[Utterance], longest: int) -> Iterator[Word]:
    """The words gathered into lines, with a new one after a pause; without times of words what was said at once."""
    words = [word for each in said for word in (each.words or (Word(each.text, each.since, each.until),))]
    line = words[0] if words else None
    for word in words[1:]:
        if line and len(line.text) + len(word.text) < longest and word.since - line.until < 1.0:
            line = Word(f"{line.text} {word.text}", line.since, word.until)
        else:
            if line:
                yield line
            line = word
    if line:
        yield line
