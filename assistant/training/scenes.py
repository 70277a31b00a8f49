"""Scenes of the small made world: what is in them is known, and they are drawn at any size.

Whole families of scenes are held out of training: some pairs of colour and kind, and one pattern of grounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from assistant.training import clutter, colours, drawing, weather
from assistant.training.colours import COLOURS, Rgb
from assistant.training.drawing import PATTERNS, Pen
from assistant.training.phrasebook import Split
from assistant.training.shapes import ICONS, KINDS
from assistant.training.weather import Weather

SIDE = 128
"""Pixels of the square that a model reads a picture as."""
ASPECTS = (1.0, 1.0, 4 / 3, 4 / 3, 16 / 9, 3 / 4)
WORDS = (
    *("EXIT", "OPEN", "SALE", "Hello", "STOP", "Coffee", "PUSH", "Welcome", "Taxi", "Milk", "Tea", "A4", "30"),
    *("Menu 12", "Room 204", "No entry", "Bus 7", "Platform 3", "The end", "Chapter 1", "Gate B2", "Wet paint"),
)
_TURNS = {"right": 0.0, "down": np.pi / 2, "left": np.pi, "up": -np.pi / 2}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing of the world."""

    kind: str
    colour: str
    x: float
    """0..1 of the width."""
    y: float
    """0..1 of the height."""
    r: float
    """Its radius as a share of the height."""
    rgb: Rgb
    angle: float = 0.0
    stretch: float = 1.0
    flipped: bool = False
    way: str = ""
    """Where an arrow points."""

    @property
    def name(self) -> str:
        return f"{self.colour} {self.kind}"


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture's truth."""

    aspect: float
    """Width over height."""
    things: tuple[Thing, ...]
    ground: str
    """The colour of the ground."""
    pattern: str
    rgb: Rgb
    weather: Weather
    seed: int
    """Of the ground and the noise."""
    shadows: bool = False
    text: str = ""
    outside: clutter.Outside | None = None
    """What it shows where it is none of the world's."""

    @property
    def inside(self) -> bool:
        """Whether the world's kinds can name what it shows."""
        return self.outside is None


def held_out(colour: str, kind: str) -> bool:
    """Whether things of this colour and kind are kept from training: one pair in twelve."""
    return crc32(f"{colour} {kind}".encode()) % 12 == 0


def drawn(
    rng: np.random.Generator, split: Split = "train", difficulty: float = 1.0, number: int | None = None
) -> Scene:
    """A scene with 0 to 6 things, or a given number of them; one of the test split has something of a held-out family.

    `difficulty` 0..1: how often things are small and many, grounds patterned and the weather bad.
    """
    aspect = float(rng.choice(ASPECTS))
    apart = split == "test" and rng.random() < 0.3
    pattern = drawing.APART if apart else str(rng.choice(PATTERNS)) if rng.random() < difficulty else "plain"
    name = str(rng.choice((*COLOURS, "white", "white", "grey", "brown", "black")))
    own = colours.drawn(name, rng)
    if number is None:
        number = int(rng.choice((0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 5, 6) if rng.random() < difficulty else (1, 2)))
    text = str(rng.choice(WORDS)) if rng.random() < 0.1 and number < 4 else ""
    sky = weather.drawn(rng, difficulty)
    shadows, seed = bool(rng.random() < 0.3 * difficulty), int(rng.integers(1 << 31))
    empty = Scene(aspect, (), name, pattern, own, sky, seed, shadows, text)
    return replace(empty, things=_placed(empty, number, rng, split, difficulty))


def outside(rng: np.random.Generator) -> Scene:
    """A picture that shows nothing of the world: clutter, textures, strange things."""
    aspect, name = float(rng.choice(ASPECTS)), str(rng.choice(COLOURS))
    what: clutter.Outside = rng.choice(np.array(clutter.OUTSIDES))
    pattern, own = str(rng.choice(PATTERNS)), colours.drawn(name, rng)
    return Scene(aspect, (), name, pattern, own, weather.drawn(rng), int(rng.integers(1 << 31)), outside=what)


def _placed(empty: Scene, number: int, rng: np.random.Generator, split: Split, difficulty: float) -> tuple[Thing, ...]:
    """Things that do not touch each other nor the words, and that can be seen before the ground."""
    things: list[Thing] = []
    pairs = [(colour, kind) for colour in COLOURS for kind in KINDS if held_out(colour, kind)]
    often = str(rng.choice(KINDS)) if number > 1 and rng.random() < 0.45 else ""
    for place in range(number):
        wanted = split == "test" and place == 0
        kind = often if often and rng.random() < 0.7 else ""
        for _ in range(12):
            pair = pairs[int(rng.integers(len(pairs)))] if wanted else (str(rng.choice(COLOURS)), kind)
            one = _thing(empty, rng, pair, number, difficulty)
            if held_out(one.colour, one.kind) == wanted and _fits(one, empty, things):
                things.append(one)
                break
    return tuple(things)


def _thing(scene: Scene, rng: np.random.Generator, pair: tuple[str, str], number: int, difficulty: float) -> Thing:
    name, kind = pair[0], pair[1] or str(rng.choice(KINDS))
    largest = 0.3 if number < 4 else 0.2
    small, large = (0.085, largest) if rng.random() < difficulty else (0.18, max(largest, 0.36 / number**0.5))
    r = float(rng.uniform(max(small, 0.12 if kind in ICONS else 0), large)) * min(1, scene.aspect)
    x, y = float(rng.uniform(r / scene.aspect, 1 - r / scene.aspect)), float(rng.uniform(r, 1 - r))
    way = str(rng.choice(tuple(_TURNS))) if kind == "arrow" else ""
    stretch = float(rng.uniform(0.87, 1.15)) if rng.random() < 0.4 else 1.0
    flipped = bool(kind in ("fish", "car", "cup") and rng.random() < 0.5)
    return Thing(kind, name, x, y, r, colours.drawn(name, rng), _angle(kind, way, rng), stretch, flipped, way)


def _angle(kind: str, way: str, rng: np.random.Generator) -> float:
    if way:
        return _TURNS[way] + float(rng.uniform(-0.2, 0.2))
    most = {"key": np.pi, "square": 0.25, "diamond": 0.2, "cross": 0.25, "heart": 0.3, "bottle": 0.2, "book": 0.15}
    return float(rng.uniform(-1, 1)) * most.get(kind, 0.5 if kind in ("triangle", "star", "circle") else 0.08)


def _fits(one: Thing, scene: Scene, others: Sequence[Thing]) -> bool:
    if one.colour == scene.ground or not colours.apart(one.rgb, scene.rgb, scene.weather.gain):
        return False
    if scene.text and one.y + one.r > 0.78:
        return False
    return all(_gap(one, other, scene.aspect) > 0.01 for other in others)


def _gap(one: Thing, other: Thing, aspect: float) -> float:
    away = np.hypot((one.x - other.x) * aspect, one.y - other.y)
    return float(away) - (one.r + other.r) * 0.97


# Drawing


def render(
    scene: Scene, size: tuple[int, int] = (SIDE, SIDE), things: Sequence[Thing] | None = None, moment: int = 0
) -> NDArray[np.uint8]:
    """The picture of a scene: height x width x 3, RGB; where `things` are given, with these in place of its own.

    Moments of one scene have the same ground and light, and other noise.
    """
    canvas = drawing.ground(size, scene.pattern, scene.rgb, np.random.default_rng(scene.seed))
    if scene.outside is not None:
        clutter.draw(canvas, scene.aspect, scene.outside, np.random.default_rng(scene.seed + 1))
    for one in scene.things if things is None else things:
        pen = Pen(one.x * scene.aspect, one.y, one.r, one.rgb, one.angle, one.stretch, one.flipped)
        if scene.shadows:
            drawing.shadow(canvas, scene.aspect, one.kind, replace(pen, x=pen.x + one.r * 0.12, y=pen.y + one.r * 0.15))
        drawing.thing(canvas, scene.aspect, one.kind, pen)
    if scene.text:
        _write(canvas, scene)
    return weather.weathered(canvas, scene.weather, np.random.default_rng((scene.seed, moment)))


def _write(canvas: drawing.Canvas, scene: Scene) -> None:
    """The words at the lower edge, dark on bright or bright on dark, on a sheet."""
    rng = np.random.default_rng(scene.seed + 2)
    bright = bool(rng.random() < 0.6)
    r = min(0.07, 0.42 * scene.aspect / (0.86 * len(scene.text)))
    x = float(rng.uniform(0.48, 0.52)) * scene.aspect
    ink, paper = ((0.05, 0.05, 0.08), (0.97, 0.97, 0.95)) if bright else ((0.97, 0.97, 0.97), (0.1, 0.15, 0.35))
    drawing.words(canvas, scene.aspect, scene.text, Pen(x, 0.88, r, ink), paper)
