"""Eyes: new pictures are looked at together, equal ones once, and what is seen is what one look at each gives."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small_models import FAMILIES, vision_model
from transformers import AutoModelForImageTextToText

from assistant.errors import StoppedError
from assistant.models.eyes import AT_ONCE, Eyes
from assistant.models.family import Family
from assistant.models.pieces import Pieces
from assistant.models.processors import load_processor
from assistant.models.prompt import Prompt
from assistant.models.session import Piece
from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message

NEAR = 1e-4


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_model(tmp_path_factory.mktemp("model"), request.param)


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.fixture(scope="module")
def pieces(folder: Path) -> Pieces:
    return Pieces(load_processor(folder))


@contextmanager
def looks(model: Any) -> Iterator[list[int]]:
    """The forwards of a model's vision tower, while it is entered."""
    tower = getattr(model.model, "visual", None) or model.model.vision_model
    counted: list[int] = []
    hook = tower.register_forward_hook(lambda *_: counted.append(1))
    try:
        yield counted
    finally:
        hook.remove()


def noise(seed: int, size: tuple[int, int] = (64, 64)) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)


def seen(pieces: Pieces, *pictures: NDArray[np.uint8]) -> list[Piece]:
    return [piece for piece in pieces.of(Prompt(pieces.mark * len(pictures), pictures, "")) if piece.digest]


def go_on() -> None:
    """Nobody stops it."""


def tensors(features: Any) -> list[torch.Tensor]:
    """What a model takes of the features of a picture, in one order."""
    layers = [features.pooler_output, *(getattr(features, "deepstack_features", None) or ())]
    return [
        layer.flatten(0, -2) if isinstance(layer, torch.Tensor) else torch.cat([part.flatten(0, -2) for part in layer])
        for layer in layers
    ]


def test_new_pictures_of_one_size_are_looked_at_together(model: Any, pieces: Pieces) -> None:
    shown = seen(pieces, *(noise(n) for n in range(5)), noise(1))
    together, alone = Eyes(Family(model)), Eyes(Family(model), at_once=1)
    with looks(model) as counted:
        together.ahead(shown, go_on)
        found = [together.features(piece) for piece in shown]
    assert len(counted) == 1 and together.looks == 5
    for piece, features in zip(shown, found, strict=True):
        for one, other in zip(tensors(features), tensors(alone.features(piece)), strict=True):
            assert torch.allclose(one, other, atol=NEAR, rtol=0)


def test_those_of_other_sizes_and_those_that_are_known_are_left_out(model: Any, pieces: Pieces) -> None:
    eyes = Eyes(Family(model))
    eyes.features(seen(pieces, noise(1))[0])
    shown = seen(pieces, noise(0), noise(1), noise(2, (112, 56)), noise(3))
    sizes = {tuple(value.shape for value in (piece.inputs or {}).values()) for piece in shown}
    with looks(model) as counted:
        for number in range(len(shown)):
            eyes.ahead(shown[number:], go_on)
            eyes.features(shown[number])
    assert len(counted) == len(sizes) and eyes.looks == 4


def test_no_more_than_some_are_looked_at_together(model: Any, pieces: Pieces) -> None:
    eyes, shown = Eyes(Family(model)), seen(pieces, *(noise(n) for n in range(AT_ONCE + 2)))
    with looks(model) as counted:
        for number in range(len(shown)):
            eyes.ahead(shown[number:], go_on)
    assert len(counted) == 2


def test_a_picture_that_the_model_would_leave_out_among_others_is_seen(model: Any, pieces: Pieces) -> None:
    if model.config.model_type == "idefics3":
        pytest.skip("it cannot see such a picture alone either")
    shown = seen(pieces, noise(0), noise(1), noise(2))
    (shown[1].inputs or {})["pixel_values"].zero_()  # as a picture of nothing but the mean colour
    eyes = Eyes(Family(model))
    eyes.ahead(shown, go_on)
    tokens = shown[1].ids.count(Family(model).picture_id)
    assert [len(tensors(eyes.features(piece))[0]) for piece in shown] == [tokens] * 3


def test_a_look_that_is_stopped_is_as_if_it_had_not_begun(model: Any, pieces: Pieces) -> None:
    eyes, shown = Eyes(Family(model)), seen(pieces, noise(0), noise(1))

    def stop() -> None:
        raise StoppedError("stopped")

    with pytest.raises(StoppedError):
        eyes.ahead(shown, stop)
    assert eyes.looks == 0
    eyes.ahead(shown, go_on)
    assert eyes.looks == 2


def test_many_frames_are_one_look_and_equal_ones_none(folder: Path) -> None:
    vision = Vision.load(folder, device="cpu", limit=6)
    frames = tuple(Frame(noise(n), float(n)) for n in range(6))
    with looks(vision._model) as counted:
        first = list(vision.reply([Message("user", (*frames, "What is it?"))]))
        assert len(counted) == 1
        again = (*frames, Frame(noise(2), 6.0), Frame(noise(3), 7.0))
        list(vision.reply([Message("user", (*again, "And now?"))]))
    assert len(counted) == 1 and any(isinstance(each, Delta) for each in first)
