"""What moves in a video, where, when and which way."""

from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.movements import at_once, moves, place, thinned
from assistant.protocols import Readers, Reporter, Scene, Shelf
from assistant.types import Finding
from assistant.watching import Watch


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look"})
def find_motion(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    shelf: Annotated[Shelf, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    since: float = 0.0,
    until: float | None = None,
) -> tuple[str, Finding]:
    """Find what moves in a video: when and over which edge it comes and goes, which way, how many at once.

    Args:
        source: a video file
        scene: filled in by the assistant
        readers: filled in by the assistant
        shelf: filled in by the assistant
        reporter: filled in by the assistant
        since: where to begin, in seconds
        until: where to end, in seconds
    """
    watch = Watch(scene, readers, shelf, reporter, source, since, until)
    tracks = watch.tracks()
    lines = moves(tracks)
    most, begin, end = at_once([(track.since, track.until) for track in tracks])
    if most > 1:
        lines.append(f"At most {most} things move at once, first from {begin:.1f} to {end:.1f} s.")
    lines += [f"The picture is broken from {since:.1f} to {until:.1f} s." for since, until in watch.broken()]
    evidence = tuple(place(watch.info.source, track) for track in tracks)
    return "\n".join(lines), Finding(evidence, {"tracks": [thinned(track) for track in tracks], "at_once": most})
