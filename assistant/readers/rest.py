"""What comes to rest before a fixed camera: the places where the resting picture has become another one.

Each pixel has the colour it rests at, and the time since which it shows another one without change. A group of pixels
that rests at something new is a change when whatever brought it about has gone on: motion that touches the group and
goes on after it has settled. Somebody who comes and stands still is none, for nothing moves on. That tells what is put
down and what is taken away from what comes by itself. Whether it came or went is told by its outline, as in Tian, Feris
and Hampapur, "Real-Time Detection of Abandoned and Removed Objects in Complex Environments" (VS 2008).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.readers.background import DIFFERENT, FOLLOW, Mask, Pixels, Rectangle, apart, exposed
from assistant.readers.likeness import slope

RESTING = 0.8
"""Seconds without change after which a pixel rests."""
MOVED = 20
"""Steps of 0..255, in the channel that changed most, between a pixel and what it showed while it rested."""
LEAST = 0.003
"""Share of the picture of the smallest change."""
MOST = 0.4
"""Share of the picture of the largest change, and of the pixels that move together with the camera."""
SLOWLY = 0.1
"""How much of the difference the resting picture takes over from a frame where it is as before."""
NEAR = 0.02
"""Widths of the picture that still touch."""
CALM = 0.1
"""Share of the pixels around a change that may be in motion."""
LIGHT = 5.0
"""Seconds after which a change of light is taken for granted."""
SLOPE = 5.0
"""Mean slope of the picture on the outline of a thing: steps of 0..255 a pixel."""
CLEARLY = 1.8
"""How many times steeper the outline is with the thing than without it."""
TRACE = 0.6
"""Area of the motion that goes on, over the area of the change."""


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """A region that rests at something else than before."""

    since: float
    """When it last was as before."""
    until: float
    """When it had settled."""
    rectangle: Rectangle
    mask: Mask
    """Of the rectangle."""
    came: bool
    """True when something stands there now, False when something stood there before."""
    look: Pixels
    """What stands, or stood, in the rectangle."""


class Rest:
    """The resting picture of a fixed camera; takes small softened pictures of one shape in order of time."""

    def __init__(self, first: Pixels, at: float) -> None:
        height, width = first.shape[:2]
        self.picture = first.astype(np.float32)
        """What each pixel rests at, or showed first."""
        self.at = at
        """When it was advanced last."""
        self.newest = first
        """The picture of now, with the exposure of the resting one."""
        self.beginning = first.copy()
        """What each pixel rested at first."""
        self._known = np.zeros((height, width), np.bool_)
        self._shown = first.astype(np.float32)
        self._since = np.full((height, width), at, np.float32)
        self._home = np.full((height, width), at, np.float32)
        radius = max(2, round(NEAR * width))
        self._near = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))

    def advance(self, at: float, picture: Pixels) -> list[Change] | None:
        """What has come to rest by now; None when the camera moves, and the resting picture starts anew."""
        self.at = at
        self.newest = picture = exposed(picture, self.picture)
        moved = self._moved(at, picture)
        if moved.mean() > MOST:
            self.__init__(picture, at)  # type: ignore[misc]
            return None
        steady = at - self._since >= RESTING
        new = steady & ~self._known
        self.picture[new] = self.beginning[new] = picture[new]
        self._known |= new
        different = self._known & (apart(picture, self.picture) > DIFFERENT)
        self._home[~different] = at
        cv2.accumulateWeighted(picture, self.picture, SLOWLY, (steady & ~different).view(np.uint8))
        return [change for region in self._regions(different & steady) if (change := self._change(at, region, steady))]

    def _moved(self, at: float, picture: Pixels) -> Mask:
        moved = apart(picture, self._shown) > MOVED
        self._shown[moved] = picture[moved]
        cv2.accumulateWeighted(picture, self._shown, FOLLOW, (~moved).view(np.uint8))
        self._since[moved] = at
        return np.asarray(moved)

    def _regions(self, different: Mask) -> list[tuple[Rectangle, Mask]]:
        opened = cv2.morphologyEx(different.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        mask = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, self._near)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        areas = stats[:, cv2.CC_STAT_AREA] / mask.size
        return [_part(labels, stats[i], i) for i in range(1, count) if LEAST <= areas[i] <= MOST]

    def _change(self, at: float, region: tuple[Rectangle, Mask], steady: Mask) -> Change | None:
        """The region as a change, taken into the resting picture; None while it may still be something that moves."""
        (left, top, right, bottom), own = region
        whole = np.zeros(steady.shape, np.uint8)
        whole[top:bottom, left:right] = own
        around = cv2.dilate(whole, self._near).astype(np.bool_) & ~whole.astype(np.bool_)
        settled = float(np.median(self._since[top:bottom, left:right][own]))
        if (~steady[around]).mean() > CALM or not self._went_on(whole, around, settled):
            return None
        place = np.s_[top:bottom, left:right]
        before, after = _pixels(self.picture[place]), self.newest[place].copy()
        came = _came(own, before, after)
        if came is None and at - settled < LIGHT:
            return None
        self.picture[place] = after
        left_alone = float(np.median(self._home[place][own]))
        if came is None or left_alone > settled + RESTING:
            return None
        return Change(min(left_alone, settled), settled, region[0], own, came, after if came else before)

    def _went_on(self, whole: NDArray[np.uint8], around: Mask, settled: float) -> bool:
        """True when what touches a region moved after the region had settled, and by no small area."""
        later = (self._since > settled) & ~whole.astype(np.bool_)
        count, labels = cv2.connectedComponents(cv2.dilate(later.astype(np.uint8), np.ones((3, 3), np.uint8)))
        touching = np.isin(labels, np.unique(labels[around])) & (labels > 0) & ~around & later
        return count > 1 and int(touching.sum()) >= TRACE * int(whole.sum())


def _came(mask: Mask, before: Pixels, after: Pixels) -> bool | None:
    """True when the outline of a region is an edge after, False when before; None for light and shadow."""
    padded = np.pad(mask.astype(np.uint8), 2)
    outline = cv2.morphologyEx(padded, cv2.MORPH_GRADIENT, np.ones((5, 5), np.uint8))[2:-2, 2:-2].astype(np.bool_)
    old, new = (float(slope(picture)[outline].mean()) for picture in (before, after))
    if max(old, new) < SLOPE or max(old, new) < CLEARLY * min(old, new):
        return None
    return new > old


def _pixels(values: NDArray[np.float32]) -> Pixels:
    return np.asarray(values.clip(0, 255), np.uint8)


def _part(labels: NDArray[np.int32], stats: NDArray[np.int32], index: int) -> tuple[Rectangle, Mask]:
    left, top, width, height = (int(value) for value in stats[:4])
    right, bottom = left + width, top + height
    return (left, top, right, bottom), np.asarray(labels[top:bottom, left:right] == index)
