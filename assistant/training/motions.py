"""What happens to a scene from one moment to the next: something moves, comes, goes, or changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from assistant.training import colours
from assistant.training.colours import COLOURS
from assistant.training.phrasebook import Split
from assistant.training.scenes import Scene, Thing, held_out

WAYS = {"right": (1, 0), "left": (-1, 0), "up": (0, -1), "down": (0, 1)}
HAPPENINGS = ("moves", "moves", "moves", "appears", "goes", "recoloured", "grows", "shrinks", "still")

Moments = tuple[tuple[Thing, ...], ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happens, and the things at each moment."""

    what: str
    moments: Moments
    thing: Thing | None = None
    """That it happens to, as it is at first, or when it comes."""
    way: str = ""
    """Where it moves, or the colour that it gets."""


def drawn(scene: Scene, frames: int, rng: np.random.Generator, split: Split = "train") -> Happening:
    """Something that happens in a scene, over a number of frames from 2 on."""
    what = str(rng.choice(HAPPENINGS))
    if not scene.things or what == "still":
        return Happening("still", (scene.things,) * frames)
    thing = scene.things[int(rng.integers(len(scene.things)))]
    rest = tuple(each for each in scene.things if each is not thing)
    match what:
        case "moves":
            return _moving(scene, thing, rest, frames, rng)
        case "appears" | "goes":
            return _coming(what, thing, rest, frames, int(rng.integers(1, frames)))
        case "recoloured":
            return _recoloured(scene, thing, rest, frames, rng, split)
        case _:
            return _sized(what, thing, rest, frames, float(rng.uniform(1.6, 2.2)))


def _path(rest: tuple[Thing, ...], frames: int, at: Callable[[float], Thing]) -> Moments:
    return tuple((*rest, at(frame / (frames - 1))) for frame in range(frames))


def _moving(scene: Scene, thing: Thing, rest: tuple[Thing, ...], frames: int, rng: np.random.Generator) -> Happening:
    """A way of 0.3 to 0.55 of the picture, nearly straight, from where there is room for it."""
    way = str(rng.choice(tuple(WAYS)))
    dx, dy = (step * float(rng.uniform(0.3, 0.55)) for step in WAYS[way])
    astray = float(rng.uniform(-0.05, 0.05))
    wide, high = 0.6 * thing.r / scene.aspect, 0.6 * thing.r
    x = float(np.clip(thing.x, wide - min(dx, 0), 1 - wide - max(dx, 0)))
    y = float(np.clip(thing.y, high - min(dy, 0), 1 - high - max(dy, 0)))

    def at(share: float) -> Thing:
        return replace(thing, x=x + (dx or astray) * share, y=y + (dy or astray) * share)

    return Happening("moves", _path(rest, frames, at), thing, way)


def _coming(what: str, thing: Thing, rest: tuple[Thing, ...], frames: int, when: int) -> Happening:
    there = (*rest, thing)
    before, after = (rest, there) if what == "appears" else (there, rest)
    return Happening(what, (before,) * when + (after,) * (frames - when), thing)


def _recoloured(
    scene: Scene, thing: Thing, rest: tuple[Thing, ...], frames: int, rng: np.random.Generator, split: Split
) -> Happening:
    names = [
        c for c in COLOURS if c not in (thing.colour, scene.ground) and (split == "test" or not held_out(c, thing.kind))
    ]
    name = str(rng.choice(names))
    other = replace(thing, colour=name, rgb=colours.drawn(name, rng))
    if not colours.apart(other.rgb, scene.rgb) or not colours.apart(other.rgb, thing.rgb):
        return Happening("still", (scene.things,) * frames)
    when = int(rng.integers(1, frames))
    return Happening("recoloured", ((*rest, thing),) * when + ((*rest, other),) * (frames - when), thing, name)


def _sized(what: str, thing: Thing, rest: tuple[Thing, ...], frames: int, times: float) -> Happening:
    power = 1 if what == "grows" else -1
    small = replace(thing, r=min(thing.r, 0.2) if what == "grows" else max(thing.r, 0.17))
    return Happening(
        what, _path(rest, frames, lambda share: replace(small, r=small.r * times ** (power * share))), thing
    )
