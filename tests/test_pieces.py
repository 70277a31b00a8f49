"""The pieces of prompts: pictures are made smaller, told apart and prepared once, however many a talk holds."""

from __future__ import annotations

import gc
from pathlib import Path
from weakref import ref

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small_models import vision_model

from assistant.models.kept import Beside
from assistant.models.pieces import Pieces
from assistant.models.processors import load_processor
from assistant.models.prompt import Prompt, Template
from assistant.types import Frame, Message


def picture(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (64, 64, 3), dtype=np.uint8)


@pytest.mark.parametrize("family", ["idefics3", "qwen3_vl"])
def test_a_picture_is_prepared_once_and_again_when_it_is_looked_at(tmp_path: Path, family: str) -> None:
    prepared: list[int] = []

    def prepare(tensor: torch.Tensor) -> torch.Tensor:
        prepared.append(1)
        return tensor

    pieces = Pieces(load_processor(vision_model(tmp_path, family)), prepare, most=4)
    prompt = Prompt(pieces.mark * 12, tuple(picture(n) for n in range(12)), "")
    first = pieces.of(prompt)
    calls = len(prepared)
    again = [pieces.of(prompt) for _ in range(3)][-1]
    assert len(prepared) == calls
    for old, new in zip(first, again, strict=True):
        assert (old.ids, old.digest) == (new.ids, new.digest)
        assert old.inputs is not None and new.inputs and set(old.inputs) == set(new.inputs)
        assert all(torch.equal(value, new.inputs[name]) for name, value in old.inputs.items())
    assert len(prepared) > calls


def test_a_picture_is_made_smaller_once_and_that_is_let_go_of_with_it(tmp_path: Path) -> None:
    template = Template(load_processor(vision_model(tmp_path, "qwen3_vl")), longest=32)
    frame = Frame(picture(1))
    messages = [Message("user", (frame, "What is it?"))]
    [first], [again] = (template.render(messages).pictures for _ in range(2))
    assert first is again and first.shape == (32, 32, 3)
    smaller = ref(first)
    del first, again, frame, messages
    gc.collect()
    assert smaller() is None


def test_what_is_kept_beside_an_array_is_not_that_of_another() -> None:
    beside, found = Beside[int](), []
    for number in range(50):
        array = np.zeros(3)  # often where the last one was
        found += [beside.of(array, lambda number=number: number), beside.of(array, lambda: -1)]  # type: ignore[misc]
    assert found == [number for number in range(50) for _ in range(2)]
