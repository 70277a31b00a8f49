"""What each stage of training is fed with: sources of examples by name, so that worker processes can make them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assistant.errors import ModelError
from assistant.training import scenes
from assistant.training.examples import SHARING, Render, Shown, Source, alone, mixed, shelved, spoken
from assistant.training.language import Language
from assistant.training.phrasebook import Phrasebook
from assistant.training.questions import Questions

QUESTIONS = Path(__file__).with_name("questions.txt")
NAMES = ("eyes", "easy", "captions", "talk", "mix")
CAPTIONS, PICTURES, WORDS = 0.08, 0.57, 0.35
"""Weights in the last stage: pictures with captions, with questions, and talks from phrases."""
OPENINGS, TALKS = 0.94, 0.045
"""Shares of first turns, and of whole talks, that share a list of tools; the others have one of their own."""
LATER = 0.78, 0.17
"""The same in the last stage."""


def source(name: str, system: str = "", render: Render = scenes.render) -> Source:
    """The source of a stage: "eyes" and "easy" are pictures alone, "talk" is words alone, "mix" is all."""
    questions = Questions.load(QUESTIONS)
    match name:
        case "easy":
            return alone(Shown(questions, difficulty=0.35, render=render).picture)
        case "eyes":
            return alone(Shown(questions, render=render).picture)
        case "captions":
            shown = Shown(questions, difficulty=0.7, render=render)
            return mixed([(0.25, alone(shown.caption)), (0.75, alone(shown))])
        case "talk":
            return mixed(_talk(system))
        case "mix":
            return _mix(questions, system, render)
    raise ModelError(f"there is no source of examples called {name!r}", f"known: {', '.join(NAMES)}")


def tools() -> tuple[str, ...]:
    """The names of the tools that requests ask for."""
    return tuple(Phrasebook().tools)


def _mix(questions: Questions, system: str, render: Render) -> Source:
    schemas = [tool.schema for tool in Phrasebook().tools.values()]
    shown = Shown(questions, system, schemas, render=render)
    words = [(WORDS * share, source) for share, source in _talk(system, *LATER)]
    return mixed([(CAPTIONS, alone(shown.caption)), (PICTURES, alone(shown)), *words])


def _talk(system: str, openings: float = OPENINGS, talks: float = TALKS) -> list[tuple[float, Source]]:
    """The sources of talks, and how often to draw from them."""
    book = Phrasebook()
    return [
        (1 - openings - talks, spoken(Language(book), system)),
        (openings / SHARING, shelved(book, system)),
        (talks / SHARING * 4, shelved(book, system, whole=True)),
    ]


def blank(*_: object, **__: object) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Draws nothing: for those who want the words alone."""
    return np.zeros((1, 1, 3), np.uint8)
