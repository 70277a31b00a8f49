"""Questions about made scenes: their answers are true, balanced, and their wordings held apart."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from assistant.training import motions, scenes
from assistant.training.questions import Question, Questions, told
from assistant.training.recipes import QUESTIONS
from assistant.training.scenes import Scene, Thing
from assistant.training.skills import CANNOT, PLACES, SKILLS, described, place
from assistant.training.weather import Weather

ASKED = Questions.load(QUESTIONS)
RED = Thing("circle", "red", 0.1, 0.1, 0.1, (1, 0, 0))
STAR = Thing("star", "blue", 0.8, 0.5, 0.2, (0, 0, 1))
ARROW = Thing("arrow", "blue", 0.5, 0.9, 0.08, (0, 0, 1), way="left")
SCENE = Scene(1.0, (STAR, RED, ARROW), "white", "plain", (1, 1, 1), Weather(), 12)


def asked(skill: str, scene: Scene = SCENE, number: int = 60) -> list[Question]:
    rng = np.random.default_rng(3)
    found = [ASKED.about(scene, rng, "train", skill) for _ in range(number)]
    return [each for each in found if each is not None]


def answers(skill: str, scene: Scene = SCENE) -> set[str]:
    return {each.answer for each in asked(skill, scene)}


def test_a_description_names_all_things_from_the_left() -> None:
    assert described(SCENE) == (
        "I see a red circle at the top left, a blue arrow at the bottom middle and a blue star at the middle right."
    )
    assert described(replace(SCENE, things=())) == "I see an empty white background."


@pytest.mark.parametrize(
    ("skill", "answer"),
    [
        ("count_all", "I see 3 things."),
        ("biggest", "The blue star."),
        ("ground", "The background is white."),
        ("light", "The light is fine."),
        ("arrow", "The arrow points left."),
    ],
)
def test_there_is_one_answer_to_what_is_so(skill: str, answer: str) -> None:
    assert answers(skill) == {answer}


def test_colours_counts_and_places_are_those_of_the_scene() -> None:
    assert "The circle is red." in answers("colour") and "The circle is blue." not in answers("colour")
    assert "I see 2 blue things." in answers("count_colour") and "I see 1 star." in answers("count_kind")
    assert "The blue star is at the middle right." in answers("where")
    assert {"A red circle.", "A blue star.", "A blue arrow."} <= answers("at")


def test_relations_are_true_and_as_often_yes_as_no() -> None:
    found = asked("relation", number=300)
    for each in found:
        if "circle" in each.answer and "star" in each.answer:
            assert "circle is left of the star" in each.answer or "star is right of the circle" in each.answer
    yes = sum(each.answer.startswith("Yes") for each in found)
    assert 0.4 < yes / len(found) < 0.6


def test_whether_a_thing_exists_is_as_often_yes_as_no() -> None:
    rng = np.random.default_rng(2)
    found = [ASKED.about(scenes.drawn(rng), rng, "train", "exists") for _ in range(600)]
    yes = sum(each is not None and each.answer.startswith("Yes") for each in found)
    assert 0.4 < yes / len(found) < 0.6


@pytest.mark.parametrize(("skill", "one"), [("words", "Yes, I see some text."), ("light", "The picture is dark.")])
def test_what_is_rare_is_asked_of_as_often_as_what_is_not(skill: str, one: str) -> None:
    rng = np.random.default_rng(2)
    found = [ASKED.about(scenes.drawn(rng), rng, "train", skill) for _ in range(1500)]
    said = Counter(each.answer for each in found if each is not None)
    assert 0.3 < said[one] / said.total() < 0.7


def test_nothing_of_a_strange_picture_is_told() -> None:
    rng = np.random.default_rng(1)
    for skill in SKILLS:
        found = {q.answer for q in (ASKED.about(scenes.outside(rng), rng, "train", skill) for _ in range(20)) if q}
        assert found <= ({CANNOT} if skill != "light" else {"The light is fine.", "The picture is dark."})


def test_no_wording_of_the_test_is_trained_on() -> None:
    rng = np.random.default_rng(0)
    for skill in SKILLS:
        wordings = [{_bare(ASKED.about(SCENE, rng, split, skill)) for _ in range(150)} for split in ("train", "test")]
        assert not (wordings[0] & wordings[1]) - {""}


def _bare(question: Question | None) -> str:
    """The wording alone: without what stands in its slots."""
    names = r"circle|star|arrow|red|blue|disc|dot|top|bottom|left|right|middle|centre|above|below|an?\b|of\b"
    return re.sub(rf"\b({names})s?|\b[a-z]+s?\b(?=$)", "", question.text) if question else ""


def test_every_question_is_without_blanks_and_slots() -> None:
    rng = np.random.default_rng(4)
    texts = [q.text for q in (ASKED.about(scenes.drawn(rng), rng, "test") for _ in range(500)) if q]
    assert len(set(texts)) > 150 and not any(re.search(r"[{}()|]|  |\s$", text) for text in texts)


def test_places_are_thirds_of_the_picture() -> None:
    found = {place(replace(RED, x=x, y=y)) for y in (0.1, 0.5, 0.9) for x in (0.1, 0.5, 0.9)}
    assert found == set(PLACES)


def test_what_happens_is_told_for_a_clip_and_for_a_pair() -> None:
    moved = motions.Happening("moves", ((STAR,), (STAR,)), STAR, "left")
    assert told(moved) == "The blue star moves to the left." and told(moved, True) == "The blue star moved to the left."
    assert told(motions.Happening("still", ((), ()))) == "Nothing moves."
    assert told(motions.Happening("recoloured", ((), ()), STAR, "red"), True) == "The blue star turned red."
