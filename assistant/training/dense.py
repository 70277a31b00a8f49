"""What is where in a picture, cell by cell: what eyes are trained on before they have words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.training.colours import COLOURS
from assistant.training.scenes import Scene
from assistant.training.shapes import KINDS

CELLS = 8
"""Cells along each edge."""
NONE = -100
"""A label that is not learnt."""


@dataclass(frozen=True, slots=True)
class Dense:
    """Labels of a picture's cells, in rows from the top left."""

    kinds: NDArray[np.int64]
    """The kind of the thing in each cell by its place in KINDS + 1; 0 for the ground."""
    colours: NDArray[np.int64]
    """The colour of that thing, or NONE."""
    centres: NDArray[np.float32]
    """1 where the middle of a thing lies."""
    ground: int
    """The colour of the ground, or NONE where it cannot be told."""


def dense(scene: Scene) -> Dense:
    """The labels of a scene."""
    kinds = np.zeros((CELLS, CELLS), np.int64)
    hues = np.full((CELLS, CELLS), NONE, np.int64)
    centres = np.zeros((CELLS, CELLS), np.float32)
    middles = (np.arange(CELLS) + 0.5) / CELLS
    for thing in scene.things:
        row, column = (min(CELLS - 1, max(0, int(at * CELLS))) for at in (thing.y, thing.x))
        wide, high = 0.6 * thing.r / scene.aspect, 0.6 * thing.r
        cells = (np.abs(middles[:, None] - thing.y) < high) & (np.abs(middles[None] - thing.x) < wide)
        cells[row, column] = True
        kinds[cells], hues[cells] = KINDS.index(thing.kind) + 1, COLOURS.index(thing.colour)
        centres[row, column] = 1
    seen = scene.inside and not scene.weather.is_dark
    return Dense(kinds.ravel(), hues.ravel(), centres.ravel(), COLOURS.index(scene.ground) if seen else NONE)
