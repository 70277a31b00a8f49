"""Weights in int8: smaller, told, and near what the weights say in full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from small_models import FAMILIES, vision_model

from assistant.errors import ModelError
from assistant.models.int8 import Linear8
from assistant.models.place import format_of
from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message, Usage

QUESTION = Message("user", (Frame(np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)), "What?"))


def size(vision: Vision) -> int:
    """Bytes of the weights."""
    tensors = (*vision._model.parameters(), *vision._model.buffers())
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@pytest.mark.parametrize("family", FAMILIES)
def test_it_answers_with_smaller_weights_and_its_label_says_so(tmp_path: Path, family: str) -> None:
    folder = vision_model(tmp_path, family)
    full, small = (Vision.load(folder, "cpu", numbers, limit=8) for numbers in ("float32", "int8"))
    *said, usage = small.reply([QUESTION])
    assert any(isinstance(each, Delta) for each in said) and isinstance(usage, Usage) and usage.decoded > 0
    assert size(small) < 0.8 * size(full)
    assert "int8, not exact" in small.label() and "int8" not in full.label()
    assert "anew" not in small.label()  # it reads on behind what it has read


def test_a_follow_up_costs_what_is_new(tmp_path: Path) -> None:
    says = ["I", " see", " it", "."]
    vision = Vision.load(vision_model(tmp_path, "qwen3_vl", says), "cpu", "int8", limit=8)
    text = "".join(each.text for each in vision.reply([QUESTION]) if isinstance(each, Delta))
    later = [QUESTION, Message("assistant", (text,)), Message("user", ("Why?",))]
    *_, usage = vision.reply(later)
    assert text == "I see it." and isinstance(usage, Usage) and usage.read < 30 < usage.reused


@pytest.mark.parametrize("bias", [True, False])
def test_a_layer_gives_nearly_the_same_and_the_same_for_each_token_alone(bias: bool) -> None:
    torch.manual_seed(0)
    linear = torch.nn.Linear(96, 33, bias)
    with torch.no_grad():
        linear.weight[3] = 0  # a channel that is not used
    layer, given = Linear8(linear), torch.randn(2, 7, 96)
    found, whole = layer(given).detach(), linear(given).detach()
    assert found.shape == whole.shape
    assert float((found - whole).abs().max()) < 0.03 * float(whole.abs().max())
    alone = torch.stack([layer(token[None])[0] for token in given.flatten(0, 1)]).detach()
    assert torch.equal(alone, found.flatten(0, 1))
    assert torch.isfinite(layer(torch.zeros(1, 96))).all()


def test_it_is_for_a_cpu() -> None:
    assert format_of("int8", torch.device("cpu")) == torch.int8
    with pytest.raises(ModelError, match="for a CPU, not for cuda"):
        format_of("int8", torch.device("cuda"))
    with pytest.raises(ModelError, match="there is no number format 'int4'"):
        format_of("int4", torch.device("cpu"))
