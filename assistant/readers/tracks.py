"""Which regions of one frame are the same thing as in the frames before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from assistant.readers.background import Rectangle, Region

LOST = 0.7
"""Seconds without a region after which a thing has left."""
STILL = 3.0
"""Seconds without motion after which what is left of a thing, or of its place, belongs to the scene."""
PATIENCE = 60.0
"""The same for a whole thing that stands still."""
WHOLE = 0.6
"""Share of its usual area that makes a thing whole."""
STIRRED = 0.01
"""Share of a region's pixels that change when it moves."""


@dataclass(slots=True)
class Trail:
    """A thing followed through the frames."""

    path: list[tuple[float, Rectangle]] = field(default_factory=list)
    stirred: float = 0.0
    """When it last moved."""
    areas: list[int] = field(default_factory=list)
    """Pixels while it moved."""
    area: int = 0
    """Pixels now."""

    @property
    def travelled(self) -> bool:
        return _apart(self.path[0][1], self.last)

    @property
    def standing(self) -> bool:
        """True for a whole thing that came from elsewhere: not one left behind, nor the place of one taken."""
        return self.area >= WHOLE * median(self.areas) and self.travelled

    def resting(self, at: float) -> bool:
        """True when it has not moved for so long that it belongs to the scene."""
        return at - self.stirred > (PATIENCE if self.standing else STILL)

    def trimmed(self) -> Trail:
        """Without the time in which nothing moved any more."""
        self.path = [step for step in self.path if step[0] <= self.stirred]
        return self

    @property
    def seen(self) -> float:
        return self.path[-1][0]

    @property
    def last(self) -> Rectangle:
        return self.path[-1][1]

    def expected(self, at: float) -> Rectangle:
        """Where it should be, by its speed in the last frames."""
        (before, old), (now, new) = self.path[-min(4, len(self.path))], self.path[-1]
        if now <= before:
            return new
        steps = (at - now) / (now - before)
        across, down = (
            steps * (new[0] + new[2] - old[0] - old[2]) / 2,
            steps * (new[1] + new[3] - old[1] - old[3]) / 2,
        )
        return _moved(new, round(across), round(down))


class Tracker:
    """Follows things by the overlap of their regions with where they are expected."""

    def __init__(self) -> None:
        self._live: list[Trail] = []
        self.ended: list[Trail] = []

    def advance(self, at: float, regions: Sequence[Region]) -> list[Region]:
        """Takes the regions of the next frame; returns those that have come to rest, to be absorbed."""
        claims = [[trail for trail in self._live if _touch(trail.expected(at), region.rectangle)] for region in regions]
        for region, claimants in zip(regions, claims, strict=True):
            if not claimants:
                self._live.append(Trail([(at, region.rectangle)], at, [region.area], region.area))
        for trail in [trail for trail in self._live if trail.seen < at]:
            own = [r for r, c in zip(regions, claims, strict=True) if trail in c]
            self._extend(trail, at, own, [len(c) for c in claims if trail in c])
        rested = [region for region, owners in zip(regions, claims, strict=True) if self._rested(owners, at)]
        self._retire(at)
        return rested

    def interrupt(self) -> None:
        """Forgets what has not gone anywhere yet, and ends the rest: the camera moved."""
        self.ended += [trail.trimmed() for trail in self._live if trail.travelled]
        self._live = []

    def finish(self) -> list[Trail]:
        """Ends what is still followed, and returns all trails in order of time."""
        self.ended += [trail if trail.standing else trail.trimmed() for trail in self._live]
        self._live = []
        return sorted(self.ended, key=lambda trail: trail.path[0][0])

    def _extend(self, trail: Trail, at: float, own: list[Region], sharers: list[int]) -> None:
        """A thing in several parts gets their union; where two share a region, each goes on as expected."""
        if not own:
            return
        whole = _union([region.rectangle for region in own])
        shared = max(sharers) > 1
        trail.path.append((at, _within(trail.expected(at), whole) if shared else whole))
        trail.area = sum(region.area for region in own)
        if any(region.moving >= STIRRED for region in own):
            trail.stirred = at
            trail.areas.append(trail.area)

    def _rested(self, owners: Sequence[Trail], at: float) -> bool:
        return bool(owners) and all(trail.resting(at) for trail in owners)

    def _retire(self, at: float) -> None:
        over = [trail for trail in self._live if at - trail.seen > LOST or trail.resting(at)]
        self._live = [trail for trail in self._live if trail not in over]
        self.ended += [trail.trimmed() for trail in over]


def _touch(one: Rectangle, other: Rectangle) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _apart(one: Rectangle, other: Rectangle) -> bool:
    """True when the middles are at least a quarter of the larger one's size from each other."""
    across = abs(one[0] + one[2] - other[0] - other[2]) / 2
    down = abs(one[1] + one[3] - other[1] - other[3]) / 2
    return (
        across > max(one[2] - one[0], other[2] - other[0]) / 4 or down > max(one[3] - one[1], other[3] - other[1]) / 4
    )


def _union(rectangles: Sequence[Rectangle]) -> Rectangle:
    lefts, tops, rights, bottoms = zip(*rectangles, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _moved(rectangle: Rectangle, across: int, down: int) -> Rectangle:
    left, top, right, bottom = rectangle
    return left + across, top + down, right + across, bottom + down


def _within(rectangle: Rectangle, whole: Rectangle) -> Rectangle:
    """The part of a rectangle inside another, or the other when nothing is."""
    left, top = max(rectangle[0], whole[0]), max(rectangle[1], whole[1])
    right, bottom = min(rectangle[2], whole[2]), min(rectangle[3], whole[3])
    return (left, top, right, bottom) if left < right and top < bottom else whole
