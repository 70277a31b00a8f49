"""What each stage of training is fed with: sources of examples by name, so that worker processes can make them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from assistant.errors import ModelError
from assistant.training import scenes
from assistant.training.dialogs import Dialogs
from assistant.training.examples import Render, Shown, Source, mixed, spoken
from assistant.training.language import Language
from assistant.training.phrasebook import Phrasebook
from assistant.training.questions import Questions

QUESTIONS = Path(__file__).with_name("questions.txt")
NAMES = ("eyes", "easy", "captions", "talk", "mix")
CAPTIONS, PICTURES, WORDS = 0.06, 0.39, 0.55
"""Shares of the last stage: pictures with captions, with questions, and talks from phrases."""
TOLD = 0.06
"""Share of the talks that begin with the product's system prompt; the product itself leaves it out."""


def source(name: str, system: str = "", render: Render = scenes.render) -> Source:
    """The source of a stage: "eyes" and "easy" are pictures alone, "talk" is words alone, "mix" is all."""
    questions = Questions.load(QUESTIONS)
    match name:
        case "easy":
            return Shown(questions, difficulty=0.35, render=render).picture
        case "eyes":
            return Shown(questions, render=render).picture
        case "captions":
            shown = Shown(questions, difficulty=0.7, render=render)
            return mixed([(0.6, shown.caption), (0.4, shown)])
        case "talk":
            return _talk(Language(Phrasebook()), system)
        case "mix":
            return _mix(questions, system, render)
    raise ModelError(f"there is no source of examples called {name!r}", f"known: {', '.join(NAMES)}")


def tools() -> tuple[str, ...]:
    """The names of the tools that requests ask for."""
    return tuple(Phrasebook().tools)


def _mix(questions: Questions, system: str, render: Render) -> Source:
    language = Language(Phrasebook())
    schemas = [tool.schema for tool in language.book.tools.values()]
    shown = Shown(questions, system, schemas, render=render)
    return mixed([(CAPTIONS, shown.caption), (PICTURES, shown), (WORDS, _talk(language, system))])


def _talk(language: Language, system: str) -> Source:
    return mixed([(TOLD, spoken(Dialogs(language, system))), (1 - TOLD, spoken(Dialogs(language)))])


def blank(*_: object, **__: object) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Draws nothing: for those who want the words alone."""
    return np.zeros((1, 1, 3), np.uint8)
