"""Understanding a video: its shots, what moves, what stands on the screen, what is said, and what the model sees."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, tool

from assistant import listening
from assistant.errors import ToolError
from assistant.movements import moves, place, thinned
from assistant.protocols import Hearing, Readers, Reporter, Scene, Shelf, Sight
from assistant.readings import MediaInfo, Shot, Track
from assistant.types import Evidence, Finding, Utterance, Word
from assistant.watching import Watch, clock

SHOWN = 8
"""Cuts, movements, texts and sentences that are told of each."""
KEYS = 8
"""Key frames the model sees at the most."""
LINE = 160
"""Characters of a line of spoken words."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["video"]})
def understand_video(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    hearing: Annotated[Hearing, InjectedToolArg],
    sight: Annotated[Sight, InjectedToolArg],
    shelf: Annotated[Shelf, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    question: str = "",
    labels: list[str] | None = None,
    since: float = 0.0,
    until: float | None = None,
) -> tuple[str, Finding]:
    """Find the shots of a video, what moves in it, what stands on the screen and what is said, with times.

    Args:
        source: a video file
        scene: filled in by the assistant
        readers: filled in by the assistant
        hearing: filled in by the assistant
        sight: filled in by the assistant
        shelf: filled in by the assistant
        reporter: filled in by the assistant
        question: what to find out from its key frames, in plain words
        labels: names to choose from: which fits the video best
        since: where to begin, in seconds
        until: where to end, in seconds
    """
    watch = Watch(scene, readers, shelf, reporter, source, since, until)
    said = _said(watch, source, scene, hearing, readers, reporter)
    story = _Story(source, watch.info, watch.shots(), watch.tracks(), watch.broken(), watch.text(), said)
    lines = [_summary(story), *_notes(story.info), *_broken(story), *_cuts(story.shots)]
    lines += [*moves(story.tracks), *_shown(story.text), *_spoken(said)]
    if wish := _wish(question, labels):
        lines.append(_seen(sight, watch, story.shots, wish))
    return "\n".join(lines), Finding(tuple(_evidence(story)), _data(story))


@dataclass(frozen=True)
class _Story:
    """All that was read of a video."""

    source: str
    info: MediaInfo
    shots: Sequence[Shot]
    tracks: Sequence[Track]
    broken: Sequence[tuple[float, float]]
    text: Sequence[Evidence]
    said: Sequence[Word]


def _seen(sight: Sight, watch: Watch, shots: Sequence[Shot], wish: str) -> str:
    """What the model says of the key frames; where it has no eyes, what was measured stands."""
    try:
        return sight.look(watch.frames(_keys(shots)), wish)
    except ToolError as error:
        return error.sentence()


def _said(
    watch: Watch, source: str, scene: Scene, hearing: Hearing, readers: Readers, reporter: Reporter
) -> list[Word]:
    """Spoken words in lines, with the times of the file."""
    if not watch.info.audio:
        return []
    said: list[Word] = []
    for voice in listening.voices(scene, source, watch.info):
        for since, until in watch.stretches(listening.STRETCH):
            part = replace(voice, since=since, until=until)
            heard = listening.heard(scene, hearing, readers, reporter, part)
            rows = watch.keep(f"words {voice.name} {hearing.label()}", since, until, partial(_lines, heard))
            said += [Word(**row) for row in rows]
    return sorted((word for word in said if watch.since <= word.since < watch.until), key=lambda word: word.since)


def _lines(heard: Iterator[Utterance]) -> list[dict[str, Any]]:
    return [asdict(word) for word in listening.lines(list(heard), LINE)]


# What is told


def _summary(story: _Story) -> str:
    """One sentence with the size of everything."""
    info, shots, tracks = story.info, story.shots, story.tracks
    length = f"{info.seconds:.1f} s" if info.seconds < 600 else f"{clock(info.seconds)} (h:mm:ss)"
    parts = [f"{length}, {info.width} x {info.height} at {info.fps:.4g} frames a second"]
    parts.append("one shot" if len(shots) < 2 else f"{len(shots)} shots")
    parts += [f"{len(tracks)} movement{'s' * (len(tracks) > 1)}"] if tracks else []
    parts += [f"text from {clock(min(line.at or 0.0 for line in story.text))} on"] if story.text else []
    parts += [f"speech from {clock(story.said[0].since)} on"] if story.said else []
    return ", ".join(parts) + "."


def _notes(info: MediaInfo) -> list[str]:
    notes = [note for note in info.notes if "broken" not in note]  # which is told from the whole of it
    return [f"Note: {'; '.join(notes)}."] if notes else []


def _cuts(shots: Sequence[Shot]) -> list[str]:
    if len(shots) < 2:
        return []
    told = [f"{shot.since:.1f} s{_how(shot)}" for shot in shots[1 : 1 + 2 * SHOWN]]
    rest = len(shots) - 1 - len(told)
    return [f"A new shot begins at {', '.join(told)}{f' and {rest} times more' if rest else ''}."]


def _how(shot: Shot) -> str:
    return f" ({shot.begins})" if shot.begins in ("dissolve", "fade") else ""


def _broken(story: _Story) -> list[str]:
    return [f"The picture is broken from {since:.1f} to {until:.1f} s." for since, until in story.broken[:SHOWN]]


def _shown(text: Sequence[Evidence]) -> list[str]:
    told = [f"On the screen at {line.at or 0:.1f} s: {line.text}" for line in text[:SHOWN]]
    return [*told, *([f"And {len(text) - SHOWN} more lines of text."] if len(text) > SHOWN else [])]


def _spoken(said: Sequence[Word]) -> list[str]:
    told = [f"Somebody says at {word.since:.1f} s: {word.text}" for word in said[:SHOWN]]
    return [*told, *([f"And {len(said) - SHOWN} more lines of speech."] if len(said) > SHOWN else [])]


def _wish(question: str, labels: Sequence[str] | None) -> str:
    choice = f"Which of these fits the video best: {', '.join(labels)}? Answer with one of them." if labels else ""
    return " ".join(filter(None, (question, choice)))


def _keys(shots: Sequence[Shot]) -> list[float]:
    """The key frames of KEYS shots, evenly chosen."""
    step = max(1.0, len(shots) / KEYS)
    return [shots[int(number * step)].key for number in range(min(KEYS, len(shots)))]


def _evidence(story: _Story) -> Iterator[Evidence]:
    """Where each statement comes from."""
    for shot in story.shots:
        told = f"shot from {shot.since:.2f} to {shot.until:.2f} s"
        yield Evidence(story.source, shot.key, text=told, kind="shot")
    for (since, _), told in zip(story.broken, _broken(story), strict=False):
        yield Evidence(story.source, since, text=told, kind="damage")
    yield from (place(story.source, track) for track in story.tracks)
    yield from (replace(line, source=story.source, kind="text") for line in story.text)
    yield from (Evidence(story.source, word.since, text=word.text, kind="word") for word in story.said)


def _data(story: _Story) -> dict[str, Any]:
    return {
        "seconds": story.info.seconds,
        "broken": [list(span) for span in story.broken],
        "shots": [asdict(shot) for shot in story.shots],
        "tracks": [thinned(track) for track in story.tracks],
        "words": [asdict(word) for word in story.said],
    }
