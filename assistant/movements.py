"""What people say of things that move: which way, over which edge, how many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from assistant.readings import Track
from assistant.types import Evidence

SHOWN = 8
"""Movements that are told."""
STEPS = 24
"""Steps of a path that are handed on."""
NOTHING = "I see nothing that moves before a still background."


def moves(tracks: Sequence[Track]) -> list[str]:
    """What moves, the longest ways first to be told, in order of time."""
    if not tracks:
        return [NOTHING]
    told = sorted(sorted(tracks, key=_way, reverse=True)[:SHOWN], key=lambda track: track.since)
    rest = len(tracks) - len(told)
    return [*map(moved, told), *([f"And {rest} smaller movements."] if rest else [])]


def moved(track: Track) -> str:
    """One sentence."""
    way = "moves in place" if track.direction == "in place" else f"moves {track.direction}"
    edges = [f"from the {track.enters} edge" if track.enters else "", f"out at the {track.leaves}" * bool(track.leaves)]
    over = ", ".join(filter(None, edges))
    return f"Something {way} from {track.since:.1f} to {track.until:.1f} s{f' ({over})' if over else ''}."


def passing(track: Track) -> bool:
    """True for what goes somewhere and comes or goes over an edge of the picture: no part of a thing."""
    return track.direction != "in place" and bool(track.enters or track.leaves)


def at_once(spans: Sequence[tuple[float, float]]) -> tuple[int, float, float]:
    """The largest number of spans at one time, and from when to when it first is."""
    most, best = 0, (0.0, 0.0)
    for since, _ in spans:
        there = [span for span in spans if span[0] <= since < span[1]]
        if len(there) > most:
            most, best = len(there), (since, min(until for _, until in there))
    return most, *best


def place(source: str, track: Track) -> Evidence:
    """The middle of its way as evidence."""
    at, box = track.path[len(track.path) // 2]
    return Evidence(source, at, box, text=moved(track), kind="track")


def thinned(track: Track) -> dict[str, Any]:
    """The track as JSON values, with a few steps of its path."""
    every = max(1, len(track.path) // STEPS)
    return asdict(track) | {"path": [[at, list(box)] for at, box in track.path[::every]]}


def _way(track: Track) -> float:
    """How far something went, in widths or heights of the picture."""
    (_, first), (_, last) = track.path[0], track.path[-1]
    return max(abs(first[0] + first[2] - last[0] - last[2]), abs(first[1] + first[3] - last[1] - last[3])) / 2
