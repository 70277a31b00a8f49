"""Chooses among pictures in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Shown = TypeVar("Shown")

ROUNDING = 1e-6
"""Seconds by which two equal times may differ."""


def between(timed: Iterable[tuple[float, Shown]], since: float, until: float) -> Iterator[tuple[float, Shown]]:
    """From the one that is on the screen at `since` to the last that begins before `until`."""
    shown = None
    for at, picture in timed:
        if at <= since + ROUNDING:
            shown = at, picture
            continue
        if shown is not None:
            yield shown
            shown = None
        if at >= until - ROUNDING:
            return
        yield at, picture
    if shown is not None:
        yield shown


def apart(timed: Iterable[tuple[float, Shown]], every: float) -> Iterator[tuple[float, Shown]]:
    """Those that are at least `every` seconds behind the one before."""
    last = None
    for at, picture in timed:
        if last is None or at - last >= every - ROUNDING:
            last = at
            yield at, picture


def on_screen(timed: Iterable[tuple[float, Shown]], times: Iterable[float]) -> Iterator[tuple[float, Shown]]:
    """For each of the times, which ascend, the last that begins no later; the first for a time before it."""
    rest = iter(timed)
    shown = ahead = next(rest, None)
    for time in times:
        while ahead is not None and ahead[0] <= time + ROUNDING:
            shown, ahead = ahead, next(rest, None)
        if shown is not None:
            yield shown
