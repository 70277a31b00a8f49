"""Things that are put down or taken away before a fixed camera, and those that look like them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.protocols import Clip
from assistant.readers.background import Pixels, Rectangle
from assistant.readers.likeness import alike, matches, taken
from assistant.readers.rest import Change, Rest
from assistant.readers.small import EDGE, fractions, softened
from assistant.readings import Thing
from assistant.types import ALWAYS

EVERY = 0.2
"""Seconds between the frames that are looked at."""
PIECES = 1.5
"""Seconds within which the pieces of one thing settle."""
GAP = 0.04
"""Widths of the picture between the pieces of one thing."""
MOST = 500
"""Changes of a clip that are kept."""


@dataclass(slots=True)
class _Stay:
    """A thing in its place."""

    place: Rectangle
    look: Pixels
    since: float
    until: float
    put: bool = False
    taken: bool = False
    like: int = 0


def things(clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Thing, ...]:
    """Things in order of time; nothing when nothing was put or taken. Keeps five pictures of pixels and the patches."""
    rest: Rest | None = None
    at = first = since
    changes: list[Change] = []
    for at, picture in softened(clip.frames(since, until, EVERY, EDGE), EVERY):
        if rest is None:
            rest, first = Rest(picture, at), at
        elif len(changes) < MOST:
            for change in rest.advance(at, picture) or ():
                _add(changes, change, rest.newest)
    if rest is None or not changes:
        return ()
    stays = list(_stays(sorted(changes, key=lambda change: change.until), first, at))
    stays += _others(rest.beginning, stays, first, at)
    _group(stays)
    height, width = rest.beginning.shape[:2]
    ordered = sorted(stays, key=lambda stay: (stay.since, stay.place))
    return tuple(
        Thing(stay.since, stay.until, fractions(stay.place, width, height), stay.put, stay.taken, stay.like)
        for stay in ordered
    )


def _add(changes: list[Change], change: Change, picture: Pixels) -> None:
    """Adds a change, or joins it to the piece of the same thing that was found before; `picture` is that of now."""
    piece = next((i for i, other in enumerate(changes) if _pieces(other, change)), None)
    if piece is None:
        changes.append(change)
    else:
        changes[piece] = _joined(changes[piece], change, picture)


def _pieces(one: Change, other: Change) -> bool:
    """True for parts of one thing, above each other or side by side, that settle at about the same time."""
    near = round(GAP * EDGE)
    (left, top, right, bottom), (left_, top_, right_, bottom_) = one.rectangle, other.rectangle
    apart = max(left, left_) - min(right, right_), max(top, top_) - min(bottom, bottom_)
    sizes = min(right - left, right_ - left_), min(bottom - top, bottom_ - top_)
    beside = max(apart) <= near and any(-gap >= 0.7 * size for gap, size in zip(apart, sizes, strict=True))
    return one.came == other.came and abs(one.until - other.until) <= PIECES and beside


def _joined(one: Change, other: Change, picture: Pixels) -> Change:
    left, top = min(one.rectangle[0], other.rectangle[0]), min(one.rectangle[1], other.rectangle[1])
    right, bottom = max(one.rectangle[2], other.rectangle[2]), max(one.rectangle[3], other.rectangle[3])
    look = picture[top:bottom, left:right].copy()
    for piece in () if one.came else (one, other):
        x, y, x_, y_ = piece.rectangle
        look[y - top : y_ - top, x - left : x_ - left] = piece.look
    times = min(one.since, other.since), min(one.until, other.until)
    return replace(one, since=times[0], until=times[1], rectangle=(left, top, right, bottom), look=look)


def _stays(changes: list[Change], first: float, end: float) -> Iterator[_Stay]:
    """From when to when each thing stood in its place."""
    standing: list[_Stay] = []
    for change in changes:
        here = taken(change.rectangle, [stay.place for stay in standing])
        old = None if here is None else standing.pop(here)
        if change.came:
            standing.append(_Stay(change.rectangle, change.look, change.until, end, put=True))
        elif old is None:
            yield _Stay(change.rectangle, change.look, first, change.since, taken=True)
        if old is not None:
            old.until, old.taken = change.since, True
            yield old
    yield from standing


def _others(picture: Pixels, stays: list[_Stay], first: float, end: float) -> Iterator[_Stay]:
    """What looked like those things from the first on, and was never touched."""
    places = [stay.place for stay in stays]
    for stay in list(stays):
        for place in matches(picture, stay.look):
            if taken(place, places) is None:
                places.append(place)
                left, top, right, bottom = place
                yield _Stay(place, picture[top:bottom, left:right], first, end)


def _group(stays: list[_Stay]) -> None:
    """Numbers what looks alike, from 1: each thing is like some other of its kind."""
    for number, stay in enumerate(stays):
        like = next((other.like for other in stays[:number] if alike(stay.look, other.look)), None)
        stay.like = like or 1 + max((other.like for other in stays[:number]), default=0)
