"""What moves in a video of a fixed camera: when it comes and goes, and which way."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from assistant.protocols import Clip
from assistant.readers.background import Background
from assistant.readers.rest import Rest
from assistant.readers.small import EDGE, Pixels, fractions, softened
from assistant.readers.stillness import stirring
from assistant.readers.tracks import Tracker, Trail
from assistant.readings import Track
from assistant.types import ALWAYS, Box

EVERY = 0.08
"""Seconds between the frames that are looked at."""
FIRST = 12
"""Frames whose median is the resting scene to begin with."""
REST = 0.2
"""Seconds between the frames in which things may be found to have come to rest."""
SHORTEST = 0.5
"""Seconds of the shortest track."""
RIM = 0.02
"""Share of the picture from its edge within which something comes in or goes out."""
SOON = 0.6
"""Seconds in which it shows which way it comes in."""
SPECK = 0.005
"""Share of the picture under which something that stays in place is light and noise."""


def motion(clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Track, ...]:
    """Tracks in order of time. Keeps a second of pixels."""
    steps = softened(stirring(clip, since, until, EVERY, EDGE), EVERY)
    first = list(islice(steps, FIRST))
    if not first:
        return ()
    height, width = first[0][1].shape[:2]
    background, tracker = Background([picture for _, picture in first]), Tracker()
    rest = Rest(first[0][1], first[0][0])
    for at, picture in _chained(first, steps):
        regions = background.regions(picture)
        if regions is None:
            tracker.interrupt()
            continue
        left = rest.advance(at, picture) if at - rest.at >= REST else ()  # put down or taken away by what moves
        for region in (*tracker.advance(at, regions), *(left or ())):
            background.absorb(region.rectangle, region.mask)
    tracks = (_track(trail, width, height) for trail in tracker.finish() if _lasting(trail))
    return tuple(track for track in tracks if not _flicker(track))


def _chained(first: list[tuple[float, Pixels]], rest: Iterator[tuple[float, Pixels]]) -> Iterator[tuple[float, Pixels]]:
    yield from first
    first.clear()
    yield from rest


def _lasting(trail: Trail) -> bool:
    return bool(trail.path) and trail.seen - trail.path[0][0] >= SHORTEST


def _flicker(track: Track) -> bool:
    """True for a speck that never went anywhere."""
    areas = [(right - left) * (bottom - top) for _, (left, top, right, bottom) in track.path]
    return track.direction == "in place" and max(areas) < SPECK


def _track(trail: Trail, width: int, height: int) -> Track:
    path = tuple((at, fractions(rectangle, width, height)) for at, rectangle in trail.path)
    return Track(path[0][0], path[-1][0], _direction(path, width / height), path, _edge(path), _edge(path[::-1]))


def _edge(path: tuple[tuple[float, Box], ...]) -> str:
    """The edge of the picture at which a path begins and from which it goes away; "" for none."""
    at, (left, top, right, bottom) = path[0]
    later = next((box for time, box in path if abs(time - at) >= SOON), path[-1][1])
    ways = {
        "left": (left, later[2] - right),
        "right": (1 - right, left - later[0]),
        "top": (top, later[3] - bottom),
        "bottom": (1 - bottom, top - later[1]),
    }
    way, name = max(((way, name) for name, (gap, way) in ways.items() if gap <= RIM), default=(0.0, ""))
    return name if way > RIM else ""


def _direction(path: tuple[tuple[float, Box], ...], aspect: float) -> str:
    """The way of the middle from first to last, if it is worth a tenth of the picture."""
    one, other = path[0][1], path[-1][1]
    across = (other[0] + other[2] - one[0] - one[2]) / 2
    down = (other[1] + other[3] - one[1] - one[3]) / 2
    if max(abs(across), abs(down)) < 0.1:
        return "in place"
    if abs(across) * aspect >= abs(down):
        return "right" if across > 0 else "left"
    return "down" if down > 0 else "up"
