"""How a run of successive frames changes: sudden cuts, and slow dissolves and fades.

The cuts are those of PySceneDetect's AdaptiveDetector (https://www.scenedetect.com): the mean change of hue, saturation
and value against that of the neighbours. A dissolve is a mixture: each picture in it lies on the line between the ones
before and after it, which a moving camera's do not (after Lienhart, "Reliable Transition Detection in Videos", 2001).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

EDGE = 160
"""Pixels of the longest edge of the pictures that are compared."""
CHANGE = 15.0
"""Least mean change of hue, saturation and value, in 0..255, at a cut."""
MOVED = 5.0
"""Least mean change of YUV at a cut: in grey pictures the hue is mere noise."""
SUDDEN = 3.0
"""Least change at a cut over the mean of its neighbours'."""
NEAR = 2
"""Neighbours on either side."""
FLASH = 0.35
"""Seconds of the longest flash: the same picture stands before and after it."""
ALIKE = 0.4
"""Change between equal scenes over the change at a cut."""
SHORTEST = 0.2
"""Seconds of the shortest shot."""
MIXED = 10.0
"""Least mean change of YUV from before to after a slow transition."""
OFF = 0.22
"""Largest distance from the line between before and after, over its length."""
LIT = 0.85
"""Correlation of brightness from which on two pictures show the same, in another light."""
FEW = 3
"""Frames outside a dissolve that tell of movement."""
RESTING = 0.5
"""Largest change outside a dissolve over that within it, in equal times."""
DARK = 0.2
"""Contrast in the middle of a fade over that of the pictures about it."""
SUDDENLY = 0.6
"""Share of the contrast that is lost or won from one frame to the next where it is no fade."""
LENGTHS = (0.24, 0.4, 0.64, 1.0, 1.5, 2.2, 3.2)
"""Seconds of slow transitions that are looked for."""
PIECE, OVERLAP = 3000, 150
"""Frames that are judged together, and those of them that are judged again."""
_THUMB = (16, 9)

Pixels = NDArray[np.uint8]
Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Transition:
    """A change from one shot to the next; a cut has no length."""

    since: float
    until: float
    kind: Literal["cut", "dissolve", "fade"] = "cut"

    @property
    def at(self) -> float:
        return (self.since + self.until) / 2


@dataclass(slots=True)
class Run:
    """Successive frames, a few numbers each."""

    at: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    """Against the frame before."""
    thumbs: list[NDArray[np.uint8]] = field(default_factory=list)
    _last: Pixels | None = None

    def add(self, at: float, picture: Pixels) -> None:
        picture = _fitted(picture, self._last)
        now = hsv(picture)
        self.change.append(0.0 if self._last is None else difference(self._last, now))
        self.at.append(at)
        self.thumbs.append(thumb(picture))
        self._last = now

    def tail(self, count: int) -> Run:
        """The last frames as a run of their own."""
        return Run(self.at[-count:], self.change[-count:], self.thumbs[-count:], self._last)


def _fitted(picture: Pixels, like: Pixels | None) -> Pixels:
    """A picture no larger than EDGE, and of the size of another where there is one."""
    height, width = picture.shape[:2]
    scale = min(1.0, EDGE / max(height, width))
    shape = (max(1, round(width * scale)), max(1, round(height * scale))) if like is None else like.shape[1::-1]
    same = picture.shape[1::-1] == shape
    return picture if same else np.asarray(cv2.resize(picture, shape, interpolation=cv2.INTER_AREA), np.uint8)


def hsv(picture: Pixels) -> Pixels:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2HSV), np.uint8)


def thumb(picture: Pixels) -> Pixels:
    """YUV, so small that noise and little movements are gone."""
    tiny = cv2.resize(picture, _THUMB, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(tiny, cv2.COLOR_RGB2YUV), np.uint8)


def difference(one: Pixels, other: Pixels) -> float:
    """Mean absolute difference."""
    return float(cv2.norm(one, other, cv2.NORM_L1)) / one.size


def watched(frames: Iterable[tuple[float, Pixels]]) -> Iterator[Transition]:
    """The transitions of successive frames, given with their times; a long run is judged in pieces that overlap."""
    run = Run()
    for at, picture in frames:
        run.add(at, picture)
        if len(run.at) >= PIECE:
            yield from transitions(run)
            run = run.tail(OVERLAP)
    yield from transitions(run)


def transitions(run: Run) -> list[Transition]:
    """The transitions in a run, in order of time."""
    if not run.at:
        return []
    thumbs = np.array(run.thumbs, np.float32).reshape(len(run.at), -1)
    cuts = _cuts(run, thumbs)
    slow = list(_slow(np.array(run.at), thumbs, cuts))
    times = (run.at[cut] for cut in cuts)
    sudden = (Transition(at, at) for at in times if not any(each.since <= at <= each.until for each in slow))
    return sorted([*sudden, *slow], key=lambda found: found.since)


def _cuts(run: Run, thumbs: Values) -> list[int]:
    """The numbers of the first frames of shots that begin suddenly."""
    cuts: list[int] = []
    moved = np.abs(np.diff(thumbs, axis=0, prepend=thumbs[:1])).mean(axis=1)
    for number, change in enumerate(run.change):
        if number < NEAR:
            continue  # a flash may have been before
        near = [*run.change[max(1, number - NEAR) : number], *run.change[number + 1 : number + 1 + NEAR]]
        if change < CHANGE or moved[number] < MOVED or change < SUDDEN * (sum(near) / len(near) if near else 0.0):
            continue
        if (cuts and run.at[number] - run.at[cuts[-1]] < SHORTEST - 1e-6) or _flashed(run.at, thumbs, number):
            continue
        cuts.append(number)
    return cuts


def _flashed(at: Sequence[float], thumbs: Values, cut: int) -> bool:
    """True where shortly before and after the cut the same is seen."""
    before = [n for n in range(max(0, cut - 12), cut) if at[cut] - at[n] <= FLASH]
    after = [n for n in range(cut, min(len(at), cut + 12)) if at[n] - at[cut] <= FLASH]
    step = float(np.abs(thumbs[cut] - thumbs[cut - 1]).mean())
    apart = np.abs(thumbs[before][:, None] - thumbs[after][None]).mean(axis=2)
    near = np.array([[at[b] - at[a] <= FLASH for b in after] for a in before])
    return bool((apart[near] < ALIKE * step).any())


def _slow(at: NDArray[np.float64], thumbs: Values, cuts: Sequence[int]) -> Iterator[Transition]:
    """Dissolves and fades that do not overlap; no fade goes across a cut."""
    pieces = pairwise([0, *cuts, len(at)])
    fades = (fade for begin, end in pieces for fade in _fades(at[begin:end], thumbs[begin:end]))
    taken = -np.inf
    for each in sorted((*fades, *_dissolves(at, thumbs)), key=lambda each: each.since):
        if each.since >= taken:
            taken = each.until
            yield each


def _steps(at: NDArray[np.float64], seconds: float) -> int:
    """Frames in some seconds."""
    step = float(np.median(np.diff(at))) if len(at) > 1 else 0.0
    return max(2, round(seconds / step)) if step > 0 else 0


def _dissolves(at: NDArray[np.float64], thumbs: Values) -> Iterator[Transition]:
    """At each place the shortest stretch that leads as far as a longer one does."""
    best: list[tuple[float, int, int]] = []
    for seconds in LENGTHS:
        length = _steps(at, seconds)
        if not length or length >= len(at):
            break
        far, mixed = _mixtures(thumbs, length)
        best += [(float(far[n]), n, n + length) for n in np.flatnonzero(mixed).tolist()]
    while best:
        _, first, last = max(best, key=lambda each: each[0] / (1 + 0.02 * (each[2] - each[1])))
        best = [each for each in best if each[2] <= first or each[1] >= last]
        share = _shares(thumbs[first], thumbs[last], thumbs[first : last + 1])
        if np.abs(np.diff(share)).sum() > 1.5 or np.diff(share).max() > 0.6:
            continue
        begins, ends = np.flatnonzero(share > 0.06)[0] - 1, np.flatnonzero(share < 0.94)[-1] + 1
        first, last = first + max(int(begins), 0), first + int(ends)
        if _rests(thumbs, first, last):
            yield Transition(float(at[first]), float(at[last]), "dissolve")


def _rests(thumbs: Values, first: int, last: int) -> bool:
    """Whether there is less movement before and after than between; a camera that pans goes on."""
    far = float(np.abs(thumbs[last] - thumbs[first]).mean()) / (last - first)
    for here, there in ((first, max(0, first - (last - first))), (last, min(len(thumbs) - 1, 2 * last - first))):
        if abs(there - here) >= FEW and np.abs(thumbs[here] - thumbs[there]).mean() > RESTING * far * abs(there - here):
            return False
    return True


def _mixtures(thumbs: Values, length: int) -> tuple[Values, NDArray[np.bool_]]:
    """How far it is from each frame to the one `length` later, and whether those between are mixtures of the two."""
    before, after = thumbs[:-length], thumbs[length:]
    far = np.abs(after - before).mean(axis=1)
    mixed = (far >= MIXED) & (_likeness(before, after) < LIT)
    for quarter in (1, 2, 3):
        between = thumbs[length * quarter // 4 :][: len(before)]
        share = _shares(before, after, between)[:, None]
        off = np.abs(between - before - share * (after - before)).mean(axis=1)
        mixed &= (off <= OFF * far) & (share[:, 0] > -0.1) & (share[:, 0] < 1.1)
        if quarter == 2:
            mixed &= (share[:, 0] > 0.2) & (share[:, 0] < 0.8)
    return far, mixed


def _shares(before: Values, after: Values, between: Values) -> Values:
    """How much of `after` is in a mixture."""
    way = after - before
    return np.asarray(((between - before) * way).sum(axis=-1) / np.maximum((way * way).sum(axis=-1), 1e-6), np.float32)


def _likeness(one: Values, other: Values) -> Values:
    """Correlation of brightness."""
    a, b = one[:, ::3], other[:, ::3]
    a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
    scale = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    return np.asarray((a * b).sum(axis=1) / np.maximum(scale, 1e-6), np.float32)


def _fades(at: NDArray[np.float64], thumbs: Values) -> Iterator[Transition]:
    """Where the contrast goes down to nothing and comes back."""
    contrast = thumbs[:, ::3].std(axis=1)
    wide = _steps(at, LENGTHS[-1] / 2)
    number = 0
    while wide and number < len(at):
        before, after = contrast[max(0, number - wide) : number], contrast[number + 1 : number + 1 + wide]
        if not len(before) or not len(after) or contrast[number] > DARK * min(before.max(), after.max()):
            number += 1
            continue
        first = number - len(before) + _last_above(before)
        rest = contrast[number + 1 :]
        bright = np.flatnonzero(rest > DARK * contrast[first])
        back = number + 1 + int(bright[0]) if len(bright) else len(at) - 1
        last = back + int(np.argmax(contrast[back : back + wide] >= 0.94 * contrast[back : back + wide].max()))
        steepest = np.abs(np.diff(contrast[first : last + 1])).max(initial=0.0)
        if steepest < SUDDENLY * min(contrast[first], contrast[last]):
            yield Transition(float(at[first]), float(at[last]), "fade")
        number = last + 1


def _last_above(before: NDArray[np.float32]) -> int:
    """The last place before the contrast began to fall."""
    return int(np.flatnonzero(before >= 0.94 * before.max())[-1])
