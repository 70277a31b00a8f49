"""Examples that a model learns from: conversations with pictures, about made scenes or from phrases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.training import motions, scenes
from assistant.training.attachments import Attachment
from assistant.training.dense import Dense, dense
from assistant.training.dialogs import Dialog, Dialogs
from assistant.training.language import Language
from assistant.training.phrasebook import Phrasebook, Split
from assistant.training.questions import Question, Questions
from assistant.training.scenes import Scene
from assistant.training.shelf import Shelf
from assistant.training.skills import described
from assistant.types import Frame, Message, Part

Render = Callable[..., NDArray[np.uint8]]
Kind = Literal["still", "outside", "clip", "pair"]
KINDS: Mapping[Kind, float] = {"still": 0.56, "outside": 0.24, "clip": 0.12, "pair": 0.08}
"""How often pictures of each kind are shown."""
FRAMES = 4
"""Of a clip."""
MOST = 8
"""Questions about one picture."""
_NAMES = ("holiday", "img", "scan", "desk", "garden", "kitchen", "photo", "cam", "shot", "test", "party", "room")


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation; what the assistant says in it is learnt."""

    kind: str
    messages: tuple[Message, ...]
    tools: tuple[Mapping[str, Any], ...] = ()
    """The JSON schemas of those that are offered."""
    inside: bool | None = None
    """Whether the made world's kinds can name what the pictures show."""
    dense: tuple[Dense, ...] = ()
    """What is where in each picture."""

    @property
    def pictures(self) -> list[NDArray[np.uint8]]:
        return [part.pixels for message in self.messages for part in message.parts if isinstance(part, Frame)]


Source = Callable[[np.random.Generator, Split], Sequence[Example]]
"""Draws an example, or some that begin alike."""
SHARING = 32
"""Conversations that are offered the same tools."""
FEW = 0.4
"""How often these are only a few of the real ones, among made-up ones."""
TOLD = 0.06
"""Share of the talks that begin with the product's system prompt; the product itself leaves it out."""


class Shown:
    """Makes conversations about made scenes.

    Args:
        questions: what is asked
        system: the system prompt that one in twelve conversations has; "" for none
        tools: the schemas of which one in twelve conversations offers some
        difficulty: of the scenes, 0..1
        render: draws a scene
    """

    def __init__(
        self,
        questions: Questions,
        system: str = "",
        tools: Sequence[Mapping[str, Any]] = (),
        difficulty: float = 1.0,
        render: Render = scenes.render,
    ) -> None:
        self._questions, self._system, self._tools = questions, system, tuple(tools)
        self._difficulty, self._render = difficulty, render

    def __call__(self, rng: np.random.Generator, split: Split) -> Example:
        kind: Kind = rng.choice(np.array(tuple(KINDS)), p=np.array(tuple(KINDS.values())))
        return self.shown(kind, rng, split)

    def shown(self, kind: Kind, rng: np.random.Generator, split: Split, skill: str = "") -> Example:
        """A conversation of a kind; with a skill it has only one question, which takes it."""
        if kind in ("clip", "pair"):
            return self._happening(kind, rng, split)
        scene = scenes.outside(rng) if kind == "outside" else scenes.drawn(rng, split, self._difficulty)
        asked = self._asked(scene, rng, split, skill)
        if not asked:
            return self.shown(kind, rng, split, skill)
        parts = self._headed("picture", scene, 0, [Frame(self._render(scene))], rng)
        return self._example(asked[0].skill if skill else kind, parts, asked, scene, (dense(scene),), rng)

    def caption(self, rng: np.random.Generator, split: Split) -> Example:
        """A picture and what is on it, asked in one and the same way."""
        scene = scenes.drawn(rng, split, self._difficulty)
        user = Message("user", (Frame(self._render(scene)), "describe"))
        said = Message("assistant", (described(scene),))
        return Example("caption", (user, said), (), True, (dense(scene),))

    def picture(self, rng: np.random.Generator, split: Split) -> Example:
        """A picture without words, for the eyes alone."""
        scene = scenes.outside(rng) if rng.random() < 0.1 else scenes.drawn(rng, split, self._difficulty)
        message = Message("user", (Frame(self._render(scene)),))
        return Example("picture", (message,), (), scene.inside, (dense(scene),))

    def _asked(self, scene: Scene, rng: np.random.Generator, split: Split, skill: str) -> list[Question]:
        """Some questions about a picture, no two in the same words: it has to be seen only once for all of them."""
        number = 1 if skill else int(rng.integers(1, MOST + 1))
        asked = [self._questions.about(scene, rng, split, skill) for _ in range(number * 2)]
        return list({each.text: each for each in asked if each is not None}.values())[:number]

    def _happening(self, kind: Kind, rng: np.random.Generator, split: Split) -> Example:
        number = FRAMES if kind == "clip" else 2
        scene = scenes.drawn(rng, split, self._difficulty, int(rng.choice((1, 1, 2, 2, 3))))
        happening = motions.drawn(scene, number, rng, split)
        every = float(rng.uniform(0.3, 3.0)) if kind == "clip" else 0.0
        frames = [
            Frame(self._render(scene, things=things, moment=n), round(n * every, 2))
            for n, things in enumerate(happening.moments)
        ]
        asked = [self._questions.happening(happening, rng, split, kind == "pair")]
        parts = self._headed("video" if kind == "clip" else "picture", scene, every * number, frames, rng)
        truths = tuple(dense(replace(scene, things=things)) for things in happening.moments)
        return self._example(asked[0].skill, parts, asked, scene, truths, rng)

    def _headed(
        self, kind: Literal["picture", "video"], scene: Scene, seconds: float, frames: Sequence[Frame], rng: Any
    ) -> tuple[Part, ...]:
        """The frames as the product lays them out: behind the line of their file, or behind their times."""
        if rng.random() < 0.6:
            return tuple(part for frame in frames for part in (f"[{frame.at:.1f} s]", frame))
        height = int(rng.choice((240, 480, 720, 1080, 3024)))
        size = round(height * scene.aspect), height
        if kind == "video":
            timed = [part for frame in frames for part in (f"[{frame.at:.1f} s]", frame)]
            return (_file("mp4", kind, size, rng, seconds).headline, *timed)
        return tuple(part for frame in frames for part in (_file("jpg", kind, size, rng).headline, frame))

    def _example(
        self,
        kind: str,
        parts: tuple[Part, ...],
        asked: Sequence[Question],
        scene: Scene,
        truths: tuple[Dense, ...],
        rng: np.random.Generator,
    ) -> Example:
        system = [Message("system", (self._system,))] if self._system and rng.random() < 1 / 12 else []
        offered = self._tools and rng.random() < 1 / 12
        tools = (
            [self._tools[n] for n in rng.permutation(len(self._tools))[: int(rng.integers(1, 7))]] if offered else []
        )
        return Example(kind, (*system, *_said(parts, asked)), tuple(tools), scene.inside, truths)


def _said(parts: tuple[Part, ...], asked: Sequence[Question]) -> Iterator[Message]:
    for number, question in enumerate(asked):
        yield Message("user", (*(parts if number == 0 else ()), question.text))
        yield Message("assistant", (question.answer,))


def _file(
    ending: str, kind: Literal["picture", "video"], size: tuple[int, int], rng: np.random.Generator, seconds: float = 0
) -> Attachment:
    source = f"/home/{rng.choice(('sam', 'kim', 'ana'))}/{rng.choice(_NAMES)}_{int(rng.integers(1, 999))}.{ending}"
    return Attachment(source, kind, *size, round(seconds, 2))


def alone(make: Callable[[np.random.Generator, Split], Example]) -> Source:
    """A source of single examples."""
    return lambda rng, split: [make(rng, split)]


def spoken(language: Language, system: str = "") -> Source:
    """A source of conversations that are made from phrases; few begin with the system prompt."""

    def make(rng: np.random.Generator, split: Split) -> Sequence[Example]:
        chance = Random(int(rng.integers(1 << 62)))
        return [_example(Dialogs(language, system if chance.random() < TOLD else "").dialog(chance, split))]

    return make


def shelved(book: Phrasebook, system: str = "", whole: bool = False) -> Source:
    """A source of some first turns each time, to the first reply, or whole talks, that are offered the same tools."""

    def make(rng: np.random.Generator, split: Split) -> Sequence[Example]:
        chance = Random(int(rng.integers(1 << 62)))
        dialogs = Dialogs(Shelf(book, chance, 0.0 if whole else FEW), system if chance.random() < TOLD else "")
        draw = dialogs.dialog if whole else dialogs.opening
        return [_example(draw(chance, split)) for _ in range(SHARING // 4 if whole else SHARING)]

    return make


def _example(dialog: Dialog) -> Example:
    return Example(dialog.kind, dialog.messages, tuple(tool.schema for tool in dialog.tools))


def mixed(shares: Sequence[tuple[float, Source]]) -> Source:
    """A source that draws from others."""
    weights = np.array([share for share, _ in shares]) / sum(share for share, _ in shares)

    def make(rng: np.random.Generator, split: Split) -> Sequence[Example]:
        return shares[int(rng.choice(len(shares), p=weights))][1](rng, split)

    return make


def taken(source: Source, rng: np.random.Generator, split: Split, number: int) -> list[Example]:
    """Some examples of a source."""
    found: list[Example] = []
    while len(found) < number:
        found += source(rng, split)
    return found[:number]
