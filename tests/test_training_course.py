"""The whole making of a model: from nothing to a folder that plain classes load and that the product answers from."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor

from assistant.errors import ModelError
from assistant.models.confidence import OUTSIDE, UNSURE
from assistant.models.scripted import Scripted
from assistant.models.vision import Vision
from assistant.training import curve
from assistant.training.architecture import TOWERS
from assistant.training.course import PLANS, Course
from assistant.training.examples import Shown
from assistant.training.questions import Questions
from assistant.training.recipes import QUESTIONS, blank
from assistant.training.stages import Row
from assistant.training.trial import BARS, Mark, mark, score, trial
from assistant.types import Abstained, Frame, Message, Usage


def made(folder: Path, tower: str = "focal") -> Course:
    course = Course(PLANS["tiny"], folder, tower=tower, device="cpu", every=1e9)
    assert course.train(float("inf"), lambda row, rate, left: None)
    return course


@pytest.mark.long
@pytest.mark.parametrize("tower", TOWERS)
def test_every_tower_ends_in_a_folder_that_plain_classes_load(tower: str, tmp_path: Path) -> None:
    folder = made(tmp_path, tower).export()
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    processor = AutoProcessor.from_pretrained(folder)
    picture = Image.fromarray(np.zeros((90, 120, 3), np.uint8))
    asked = [{"role": "user", "content": [{"type": "image", "image": picture}, {"type": "text", "text": "hi"}]}]
    inputs = processor.apply_chat_template(
        asked, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True
    )
    written = model.generate(**inputs, max_new_tokens=3)
    assert written.shape[1] > inputs["input_ids"].shape[1]
    replies = list(
        Vision.load(folder, "cpu", limit=4).reply([Message("user", (Frame(np.zeros((90, 120, 3), np.uint8)), "hi"))])
    )
    assert isinstance(replies[-1], Usage) and replies[-1].read == inputs["input_ids"].shape[1]


def test_a_trained_model_is_examined_and_says_nothing_where_it_is_not_sure(tmp_path: Path) -> None:
    course, told = made(tmp_path), []
    folder = course.export()
    marks = course.examine(lambda text, done: told.append(text))
    skills = {each.skill for each in marks}
    assert {"tool", "bare tool", "grounded", "colour", "outside"} <= skills
    card = (folder / "MODEL_CARD.md").read_text()
    assert all(f"| {skill} |" in card for skill in skills)
    asked = [Message("user", ("[0.0 s]", Frame(np.zeros((128, 128, 3), np.uint8)), "what do you see"))]
    thresholds = folder / "confidence.json"
    assert set(json.loads(thresholds.read_text())) == {"seen", "said", "told"}
    for seen, said, reason in ((1.0, 0.0, OUTSIDE), (0.0, 1.0, UNSURE), (0.0, 0.0, "")):
        thresholds.write_text(json.dumps({"seen": seen, "said": said, "told": 0.0}))
        replies = list(Vision.load(folder, "cpu", "float32", limit=4).reply(asked))
        assert [reply.reason for reply in replies if isinstance(reply, Abstained)] == ([reason] if reason else [])
        assert isinstance(replies[-1], Usage)
    thresholds.write_text('{"seen": "high"}')
    with pytest.raises(ModelError, match=r"confidence\.json cannot be read"):
        Vision.load(folder, "cpu")


def test_the_checkpoint_answers_as_the_pupil_does(tmp_path: Path) -> None:
    course = made(tmp_path)
    model = AutoModelForImageTextToText.from_pretrained(course.export(), dtype=torch.float32).eval()
    pupil = course._run(lambda row, rate, left: None).pupil.model.eval()
    ids = torch.tensor([[5, 6, 7, 8, 9, 10]])
    with torch.no_grad():
        assert torch.allclose(model(input_ids=ids).logits, pupil(input_ids=ids).logits, atol=0.05)


def test_every_skill_of_the_trial_has_cases() -> None:
    class Silent(Scripted):
        def reply(self, messages: Any, tools: Any = (), schema: Any = None) -> Any:
            return iter(())

    marks = trial(Silent(), Shown(Questions.load(QUESTIONS), render=blank), 3, 30)
    assert {each.skill: each.cases for each in marks} == dict.fromkeys(BARS, 30)


def test_to_doubt_everything_or_nothing_is_not_to_know_its_world() -> None:
    cannot, said = "I cannot tell: this is outside my small world.", "The circle is red."
    assert mark("answers", [said, said], [cannot, said], 0.95) == Mark("answers", 2, 0.5, 0.0, 0.95)
    assert mark("abstains", [cannot, cannot], [cannot, said], 0.9) == Mark("abstains", 2, 0.5, 0.0, 0.9)


def test_a_card_tells_what_was_measured(tmp_path: Path) -> None:
    course = made(tmp_path)
    course.export()
    marks = course.examine(lambda text, done: None)
    card = (tmp_path / "model" / "MODEL_CARD.md").read_text()
    figures = json.loads((tmp_path / "model" / "figures.json").read_text())
    assert "Not claimed" in card and "apache-2.0" in card
    assert [row["skill"] for row in figures["skills"]] == [each.skill for each in marks]
    assert all(f"| {each.skill} | {each.cases} | {each.right:.2f} |" in card for each in marks)


def test_an_unfinished_training_is_not_exported(tmp_path: Path) -> None:
    course = Course(PLANS["tiny"], tmp_path, device="cpu")
    assert not course.train(1e-9, lambda row, rate, left: None)
    with pytest.raises(ModelError, match="not done"):
        course.export()


def test_a_training_begins_with_what_another_has_learnt(tmp_path: Path) -> None:
    first = made(tmp_path / "first")
    learnt = first._run(lambda row, rate, left: None).pupil.state_dict()
    further = Course(PLANS["tiny"], tmp_path / "second", device="cpu", begun=first.export())
    taken = further._run(lambda row, rate, left: None).pupil.state_dict()
    assert taken.keys() == learnt.keys()
    assert all(torch.allclose(taken[name], learnt[name], rtol=2e-3, atol=2e-3) for name in learnt)
    broken = Course(PLANS["quick"], tmp_path / "third", device="cpu", begun=tmp_path / "first" / "model")
    with pytest.raises(ModelError, match="cannot be begun with"):
        broken.train(1.0, lambda row, rate, left: None)


@pytest.mark.long
def test_the_command_stops_in_time_goes_on_and_ends_with_its_marks(vireo: list[str], tmp_path: Path) -> None:
    command = [*vireo, "train", "pocket", "--plan", "tiny", "--out", str(tmp_path), "--device", "cpu", "--workers", "0"]
    stopped = subprocess.run([*command, "--seconds", "0.01"], capture_output=True, text=True)
    assert stopped.returncode == 0 and "the same command goes on" in stopped.stderr and "left" in stopped.stderr
    done = subprocess.run([*command, "--json"], capture_output=True, text=True)
    assert done.returncode == 0 and len(json.loads(done.stdout)["skills"]) > 15
    assert (tmp_path / "curve.png").stat().st_size > 1000 and (tmp_path / "model" / "MODEL_CARD.md").exists()


def test_a_curve_is_a_picture_and_text() -> None:
    rows = [Row("eyes", n, 5 - n / 10, 0.1, 4) for n in range(40)] + [Row("words", n, 3.0, 0.5, 4) for n in range(9)]
    picture = np.asarray(Image.open(io.BytesIO(curve.png(rows))))
    assert picture.shape == (360, 720, 3) and (picture.min(2) < 100).sum() > 500
    assert [line.split()[0] for line in curve.text(rows).splitlines()] == ["eyes", "words"]


def test_a_mark_stands_beside_the_best_constant_answer() -> None:
    wanted = ["The star is red.", "The star is red.", "The cup is blue.", "The key is pink."]
    given = ["the star is red.", "The star is blue.", "The cup is blue.", "The key is pink."]
    assert mark("colour", wanted, given, 0.8) == Mark("colour", 4, 0.75, 0.5, 0.8)


def test_answers_are_scored_by_what_they_say() -> None:
    assert score("exists", "Yes, I see a star.", "Yes, there is.") == 1 and score("exists", "No, no.", "Yes.") == 0
    assert score("describe", "I see a red star and a blue cup.", "I see a red star.") == pytest.approx(2 / 3)
    assert (
        score("outside", "I cannot tell: so.", "I cannot tell.") == 1 and score("outside", "I see 1 star.", "No.") == 1
    )
    assert score("outside", "I see 1 star.", "I cannot tell.") == 0
    assert score("count_kind", "I see 2 stars.", "I see 3 stars.") == 0
