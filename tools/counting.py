"""Counting: what moves through a video, what is put down and taken away, like objects in a picture."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.movements import at_once, moved, passing, place, thinned
from assistant.protocols import Readers, Reporter, Scene, Shelf, Sight
from assistant.readings import Thing, Track
from assistant.sources import Source
from assistant.types import Evidence, Finding
from assistant.watching import Watch

MOVERS = re.compile(
    r"\b(?:cars?|vehicles?|trucks?|bus(?:es)?|vans?|bikes?|bicycles?|cyclists?|motor\w+|trains?|planes?|boats?|ships?"
    r"|people|persons?|pedestrians?|visitors?|men|man|women|woman|child(?:ren)?|animals?|dogs?|cats?|birds?"
    r"|(?:any|some)(?:one|body|thing)|mov\w+|pass(?:es|ed|ing)?|cross(?:es|ed|ing)?|walk\w*|driv\w*|com(?:e|es|ing)"
    r"|enter\w*|leav(?:e|es|ing)|roll\w*|run(?:s|ning)?|fl(?:y|ies|ying))\b",
    re.IGNORECASE,
)
"""Words for what moves by itself."""
MOMENT = re.compile(r"\bat (?:about )?(\d+(?:\.\d+)?) ?s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
START, END = re.compile(r"\bat the (?:start|beginning)\b", re.I), re.compile(r"\b(?:at|in) the end\b", re.I)
SURE = 0.75
"""Share of the movements that must be whole things on their way for their number to be told."""
LAST = 0.2
"""Seconds before the end that are the end."""
SHOWN = 12
"""Changes of a count that are told."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look"})
def count_things(
    what: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    sight: Annotated[Sight, InjectedToolArg],
    shelf: Annotated[Shelf, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    source: str = "",
) -> tuple[str, Finding]:
    """Count things: what passes through a video, what is put down or taken away in it, like objects in a picture.

    Args:
        what: what to count, such as "cars", "people at once", "bottles at 20 s"
        scene: filled in by the assistant
        readers: filled in by the assistant
        sight: filled in by the assistant
        shelf: filled in by the assistant
        reporter: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now
    """
    named = Source.of(source)
    whole = str(replace(named, since=None)) if named.moment else source
    info = scene.info(whole)
    at = named.since if named.moment else _moment(what, Source.of(info.source).since or 0.0, info.seconds)
    if info.kind == "video":
        counted = _in_video(Watch(scene, readers, shelf, reporter, whole), what, info.source, at)
    else:
        counted = _in_picture(readers.alike(scene.picture(source)))
    if counted is not None:
        return counted
    frame = scene.picture(whole, at)
    text = sight.look([frame], _asked(what))
    return text, Finding((Evidence(frame.source, frame.at, text=text, kind="count"),))


def _moment(what: str, begin: float, seconds: float) -> float | None:
    """The time that some words name, in a file or a part of it that begins at a time."""
    if found := MOMENT.search(what):
        return float(found[1])
    if START.search(what):
        return begin
    return begin + max(seconds - LAST, 0.0) if END.search(what) else None


def _asked(what: str) -> str:
    question = what if what.rstrip().endswith("?") else f"How many {what} are there?"
    return f"{question} Count them one by one, and answer with the number."


def _in_picture(objects: Sequence[Evidence]) -> tuple[str, Finding] | None:
    if not objects:
        return None
    text = f"{len(objects)} like objects, counted by their outlines."
    return text, Finding(tuple(objects), {"count": len(objects)})


def _in_video(watch: Watch, what: str, source: str, at: float | None) -> tuple[str, Finding] | None:
    """What moves by itself where the words are for that, else what is moved by others; None when it is not sure."""
    if not MOVERS.search(what):
        things = watch.things()
        return _stood(things, source, at) if things else None
    tracks = watch.tracks()
    whole = [track for track in tracks if passing(track)]
    if whole and len(whole) >= SURE * len(tracks):
        return _passed(whole, source, at)
    return None


def _when(at: float) -> str:
    return f"at {at:.4g} s" if at else "at the start"


# Movers


def _passed(tracks: Sequence[Track], source: str, at: float | None) -> tuple[str, Finding]:
    most, begin, end = at_once([(track.since, track.until) for track in tracks])
    lines = []
    if at is not None:
        there = [track for track in tracks if track.since <= at <= track.until]
        lines.append(f"{len(there)} {_when(at)}.")
    lines.append(f"{len(tracks)} in all move through the picture, whatever they are.")
    lines.append(
        f"At most {most} at once, from {begin:.1f} to {end:.1f} s." if most > 1 else "Never more than 1 at once."
    )
    lines += [moved(track) for track in tracks[:SHOWN]]
    data = {"count": len(tracks), "at_once": most, "tracks": [thinned(track) for track in tracks]}
    return "\n".join(lines), Finding(tuple(place(source, track) for track in tracks), data)


# Things that stand


def _stood(things: Sequence[Thing], source: str, at: float | None) -> tuple[str, Finding]:
    kind, _ = Counter(thing.like for thing in things).most_common(1)[0]
    own = [thing for thing in things if thing.like == kind]
    counts = _counts(own)
    lines = []
    if at is not None:
        lines.append(f"{_number(own, at)} {_when(at)}.")
    told = ", then ".join(f"{number} from {since:.1f} s" for since, number in counts[:SHOWN])
    lines.append(f"Of like things that are put down or taken away: {told}; {counts[-1][1]} at the end.")
    lines += [text for _, text in sorted(fate for thing in own for fate in _fates(thing))]
    data = {"count": counts[0][1], "counts": counts, "things": [asdict(thing) for thing in own]}
    return "\n".join(lines), Finding(tuple(_evidence(source, thing) for thing in own), data)


def _counts(things: Sequence[Thing]) -> list[tuple[float, int]]:
    """How many there are from each time on."""
    times = sorted({time for thing in things for time in (thing.since, thing.until)})[:-1]
    counts = [(round(time, 2), _number(things, time)) for time in times]
    return [now for before, now in zip([(0.0, -1), *counts], counts, strict=False) if now[1] != before[1]]


def _number(things: Sequence[Thing], at: float) -> int:
    return sum(thing.since <= at and (at < thing.until or not thing.taken) for thing in things)


def _fates(thing: Thing) -> Iterator[tuple[float, str]]:
    """When it is put down and taken away, in words."""
    if thing.put:
        yield thing.since, f"One {_where(thing)} is put down at {thing.since:.1f} s."
    if thing.taken:
        yield thing.until, f"One {_where(thing)} is taken away at {thing.until:.1f} s."


def _where(thing: Thing) -> str:
    middle = (thing.box[0] + thing.box[2]) / 2
    return "at the left" if middle < 1 / 3 else "at the right" if middle > 2 / 3 else "in the middle"


def _evidence(source: str, thing: Thing) -> Evidence:
    at = min(thing.since + 0.5, (thing.since + thing.until) / 2)
    return Evidence(source, at, thing.box, text=f"stands from {thing.since:.1f} to {thing.until:.1f} s", kind="count")
