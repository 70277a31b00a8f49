"""The skills of seeing in the made world: what can be asked of a picture, and the true answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from assistant.training.colours import COLOURS
from assistant.training.names import also, an, listed, plural
from assistant.training.scenes import Scene, Thing
from assistant.training.shapes import KINDS

CANNOT = "I cannot tell: this is outside my small world."
PLACES = ("top left", "top middle", "top right", "middle left", "centre", "middle right", "bottom left",
          "bottom middle", "bottom right")  # fmt: skip
"""In rows, as the readers name them."""
_OPPOSITE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
Asked = tuple[Mapping[str, str], str]
"""What stands in the question's slots, and the answer."""
Skill = Callable[[Scene, np.random.Generator], Asked | None]


def described(scene: Scene) -> str:
    """The things of a picture from the left to the right; where each is, as long as they are few."""
    if not scene.inside:
        return CANNOT
    things = in_order(scene)
    if not things:
        return f"I see an empty {scene.ground} background."
    if len(things) <= 3:
        return f"I see {listed([f'{an(t.name)} at the {place(t)}' for t in things])}."
    return f"I see {len(things)} things: {listed([an(t.name) for t in things])}."


def place(thing: Thing) -> str:
    """Where it is, by thirds of the picture."""
    column, row = (min(2, max(0, int(at * 3))) for at in (thing.x, thing.y))
    return PLACES[row * 3 + column]


# The skills


def _describe(scene: Scene, rng: np.random.Generator) -> Asked:
    return {}, described(scene)


def _count_kind(scene: Scene, rng: np.random.Generator) -> Asked:
    kind = one_of([t.kind for t in scene.things], KINDS, 0.8, rng)
    number = sum(t.kind == kind for t in scene.things)
    return {"kind": kind, "kinds": plural(kind)}, _counted(scene, number, kind, plural(kind))


def _count_colour(scene: Scene, rng: np.random.Generator) -> Asked:
    colour = one_of([t.colour for t in scene.things], COLOURS, 0.8, rng)
    number = sum(t.colour == colour for t in scene.things)
    return {"colour": colour}, _counted(scene, number, f"{colour} thing", f"{colour} things")


def _count_all(scene: Scene, rng: np.random.Generator) -> Asked:
    return {}, _counted(scene, len(scene.things), "thing", "things")


def _counted(scene: Scene, number: int, one: str, many: str) -> str:
    if not scene.inside:
        return CANNOT
    return f"I see {number} {one if number == 1 else many}." if number else f"I see no {many}."


def _colour(scene: Scene, rng: np.random.Generator) -> Asked:
    kind = one_of([t.kind for t in scene.things], KINDS, 0.88, rng)
    found = [t for t in in_order(scene) if t.kind == kind]
    slots = {"kind": also(kind, rng)}
    if not scene.inside:
        return slots, CANNOT
    if not found:
        return slots, f"I see no {kind}."
    if len(found) == 1:
        return slots, f"The {kind} is {found[0].colour}."
    return slots, f"I see {len(found)} {plural(kind)}: {listed([t.colour for t in found])}."


def _where(scene: Scene, rng: np.random.Generator) -> Asked:
    if not scene.things or rng.random() < 0.15:
        kinds = [k for k in KINDS if all(t.kind != k for t in scene.things)]
        kind = str(rng.choice(kinds))
        return {"thing": also(kind, rng)}, f"I see no {kind}." if scene.inside else CANNOT
    thing = scene.things[int(rng.integers(len(scene.things)))]
    alone = sum(t.kind == thing.kind for t in scene.things) == 1
    name = also(thing.kind, rng) if alone and rng.random() < 0.6 else f"{thing.colour} {also(thing.kind, rng)}"
    found = [t for t in in_order(scene) if t.kind == thing.kind and (alone or t.colour == thing.colour)]
    places = listed([f"at the {place(t)}" for t in found])
    said = f"The {thing.name} is {places}." if len(found) == 1 else f"I see {len(found)}: {places}."
    return {"thing": name}, said


def _exists(scene: Scene, rng: np.random.Generator) -> Asked:
    """As often yes as no; half of the things that are not there differ in one point from one that is."""
    thing = scene.things[int(rng.integers(len(scene.things)))] if scene.things else None
    colour, kind = str(rng.choice(COLOURS)), str(rng.choice(KINDS))
    full = bool(rng.random() < 0.6)
    if thing and rng.random() < 0.5:
        colour, kind = thing.colour, thing.kind
    elif thing and full and rng.random() < 0.6:
        colour, kind = (thing.colour, kind) if rng.random() < 0.5 else (colour, thing.kind)
    there = any(t.kind == kind and (not full or t.colour == colour) for t in scene.things)
    name, asked = (f"{colour} {each}" if full else each for each in (kind, also(kind, rng)))
    answer = f"Yes, I see {an(name)}." if there else f"No, I see no {name}."
    return {"thing": asked, "a_thing": an(asked)}, answer if scene.inside else CANNOT


def _at(scene: Scene, rng: np.random.Generator) -> Asked:
    where = one_of([place(t) for t in scene.things], PLACES, 0.75, rng)
    found = listed([an(t.name) for t in in_order(scene) if place(t) == where]) or "nothing"
    return {"place": where}, f"{found[0].upper()}{found[1:]}." if scene.inside else CANNOT


def _extreme(largest: bool) -> Skill:
    def asked(scene: Scene, rng: np.random.Generator) -> Asked | None:
        if not scene.inside:
            return {}, CANNOT
        if len(scene.things) < 2:
            return None
        first, second, *_ = sorted(scene.things, key=lambda t: -t.r if largest else t.r)
        return None if max(first.r, second.r) < 1.3 * min(first.r, second.r) else ({}, f"The {first.name}.")

    return asked


def _two(scene: Scene, rng: np.random.Generator) -> tuple[Thing, Thing] | None:
    """Two things of kinds that there is only one of each."""
    kinds = Counter(t.kind for t in scene.things)
    alone = [t for t in scene.things if kinds[t.kind] == 1]
    if len(alone) < 2:
        return None
    one, other = rng.choice(len(alone), 2, replace=False)
    return alone[one], alone[other]


def _relation(scene: Scene, rng: np.random.Generator) -> Asked | None:
    two = _two(scene, rng)
    if two is None:
        return None
    one, other = two
    dx, dy = one.x - other.x, one.y - other.y
    if max(abs(dx), abs(dy)) < 0.18 or abs(abs(dx) - abs(dy)) < 0.05:
        return None
    true = ("left of" if dx < 0 else "right of") if abs(dx) > abs(dy) else ("above" if dy < 0 else "below")
    yes = bool(rng.random() < 0.5)
    slots = {"one": one.kind, "other": other.kind, "relation": true if yes else _OPPOSITE[true]}
    return slots, f"{'Yes' if yes else 'No'}, the {one.kind} is {true} the {other.kind}."


def _larger(scene: Scene, rng: np.random.Generator) -> Asked | None:
    two = _two(scene, rng)
    if two is None or max(t.r for t in two) < 1.3 * min(t.r for t in two):
        return None
    larger = max(two, key=lambda t: t.r)
    return {"one": two[0].kind, "other": two[1].kind}, f"The {larger.kind} is larger."


def _ground(scene: Scene, rng: np.random.Generator) -> Asked | None:
    return ({}, f"The background is {scene.ground}.") if scene.inside and not scene.weather.is_dark else None


def _light(scene: Scene, rng: np.random.Generator) -> Asked | None:
    if max(scene.rgb) < 0.4 or 0.4 < scene.weather.gain < 0.7 or (not scene.weather.is_dark and scene.seed % 12):
        return None  # about as many dark ones as others
    return {}, "The picture is dark." if scene.weather.is_dark else "The light is fine."


def _arrow(scene: Scene, rng: np.random.Generator) -> Asked | None:
    arrows = [t for t in scene.things if t.kind == "arrow"]
    return ({}, f"The arrow points {arrows[0].way}.") if len(arrows) == 1 else None


def _words(scene: Scene, rng: np.random.Generator) -> Asked | None:
    if not scene.inside or (not scene.text and scene.seed % 12):
        return None  # about as many with words as without
    return {}, "Yes, I see some text." if scene.text else "No, I see no text."


SKILLS: Mapping[str, Skill] = {
    "describe": _describe, "count_kind": _count_kind, "count_colour": _count_colour, "count_all": _count_all,
    "colour": _colour, "where": _where, "exists": _exists, "at": _at, "biggest": _extreme(True),
    "smallest": _extreme(False), "relation": _relation, "larger": _larger, "ground": _ground, "light": _light,
    "arrow": _arrow, "words": _words,
}  # fmt: skip
"""Of one picture."""
OFTEN = (14, 10, 5, 6, 14, 13, 14, 6, 3, 2, 8, 3, 4, 2, 2, 4)


def one_of(there: Sequence[str], known: Sequence[str], share: float, rng: np.random.Generator) -> str:
    """Something that is there, in a share of the cases where there is anything; else anything known."""
    return str(rng.choice(there if there and rng.random() < share else known))


def in_order(scene: Scene) -> list[Thing]:
    return sorted(scene.things, key=lambda t: t.x)
