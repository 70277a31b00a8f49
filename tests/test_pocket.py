"""The checkpoint that comes with Vireo: it loads, is near its figures on a few cases of each skill, and has a card."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from transformers import AutoModelForImageTextToText, AutoProcessor

from assistant.models.catalog import POCKET, SMALL_WORLD, find
from assistant.models.schema import Held
from assistant.models.vision import Vision
from assistant.training.exam import cases, exam
from assistant.training.examples import Shown
from assistant.training.export import LONGEST
from assistant.training.language import Language
from assistant.training.phrasebook import Phrasebook
from assistant.training.questions import Questions
from assistant.training.recipes import QUESTIONS
from assistant.training.trial import BARS, trial

MIB = 1 << 20
NEAR = 0.2
"""How far below its figure a skill may be on a few cases."""
FEW = 16


@pytest.fixture(scope="module")
def vision() -> Vision:
    return Vision.load(POCKET, "cpu", "float32", limit=LONGEST, force=Held)


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    return dict(json.loads((POCKET / "figures.json").read_text()))


def marks(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["skill"]: row for row in figures["skills"]}


def test_it_is_small_and_stored_in_half(figures: dict[str, Any]) -> None:
    files = list(POCKET.iterdir())
    assert sum(path.stat().st_size for path in files) <= 24 * MIB
    assert max(path.stat().st_size for path in files) <= 15 * MIB
    for path in POCKET.glob("model*.safetensors"):
        with safe_open(path, "pt") as file:
            assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118


def test_the_product_calls_it_what_it_is() -> None:
    assert find("pocket").label == SMALL_WORLD and find("pocket").present


def test_plain_classes_load_it_and_read_its_calls() -> None:
    model = AutoModelForImageTextToText.from_pretrained(POCKET, dtype=torch.float32, local_files_only=True)
    processor = AutoProcessor.from_pretrained(POCKET, local_files_only=True)
    prompt = processor.tokenizer.encode("<|im_start|>assistant\n")
    said = '<tool_call>{"name": "look", "arguments": {"question": "why?"}}</tool_call><|im_end|>'
    [call] = processor.parse_response(processor.tokenizer.encode(said), prefix=prompt)["tool_calls"]
    assert call["function"] == {"name": "look", "arguments": {"question": "why?"}}
    picture = Image.fromarray(np.full((90, 120, 3), 200, np.uint8))
    seen = [{"role": "user", "content": [{"type": "image", "image": picture}, {"type": "text", "text": "what is it"}]}]
    inputs = processor.apply_chat_template(
        seen, tokenize=True, return_dict=True, return_tensors="pt", add_generation_prompt=True
    )
    assert model.generate(**inputs).shape[1] > inputs["input_ids"].shape[1]


def test_its_talk_is_near_its_figures_and_far_from_a_constant_answer(vision: Vision, figures: dict[str, Any]) -> None:
    known = marks(figures)
    assert vision.confidence is not None
    vision.confidence = replace(vision.confidence, told=0.0)  # the figures are of all that is chosen
    for mark in exam(vision, cases(Language(Phrasebook()), FEW, 77)):
        assert mark.right >= known[mark.skill]["right"] - NEAR, mark.skill
        if mark.skill in ("tool", "later turn"):
            assert mark.right > mark.constant + 0.3, mark.skill


def test_what_it_claims_to_see_it_sees(vision: Vision, figures: dict[str, Any]) -> None:
    known = marks(figures)
    claimed = [skill for skill in figures["claimed"] if skill in BARS]
    assert claimed
    for mark in trial(vision, Shown(Questions.load(QUESTIONS)), 77, FEW):
        if mark.skill in claimed:
            assert mark.right >= known[mark.skill]["right"] - NEAR, mark.skill


def test_the_card_claims_nothing_below_its_bar(figures: dict[str, Any]) -> None:
    card = (POCKET / "MODEL_CARD.md").read_text()
    limits = card.partition("## Limits")[2]
    for row in figures["skills"]:
        below = row["right"] < max(row["bar"], row["constant"] + 0.1)
        assert (row["skill"] in figures["claimed"]) != below
        assert not below or row["skill"] in limits


def test_a_broken_copy_is_one_clear_error(tmp_path: Path) -> None:
    for path in _files():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    weights = next(tmp_path.glob("model*.safetensors"))
    weights.write_bytes(weights.read_bytes()[: MIB // 2])
    with pytest.raises(Exception, match="cannot be loaded"):
        Vision.load(tmp_path, "cpu", "float32")


def _files() -> Iterator[Path]:
    return (path for path in POCKET.iterdir() if path.is_file())
