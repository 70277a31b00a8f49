"""The live session: whatever is appended, taken back, forgotten, forked: the scores are those of one full reading."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import small_pocket
import torch
from small_models import vision_model
from transformers import AutoModelForImageTextToText

from assistant.models.arena import Arena
from assistant.models.family import Family
from assistant.models.grouped import NAME, group
from assistant.models.pieces import Pieces
from assistant.models.processors import load_processor
from assistant.models.prompt import Prompt
from assistant.models.session import Piece, Session

FAMILIES = ("idefics3", "smolvlm", "qwen2_5_vl", "qwen3_vl", "qwen3_5", "pocket")
WORST = 1e-4


@dataclass
class Model:
    """A small random model, with what it takes to read."""

    model: Any
    pieces: Pieces
    family: Family
    looks: list[str] = field(default_factory=list)

    def session(self, room: int = 64) -> Session:
        return Session(self.family, Arena(self.model.config, room), self._features)

    def _features(self, piece: Piece) -> Any:
        self.looks.append(piece.digest)
        return self.family.features(piece.inputs or {})

    def text(self, rng: random.Random, most: int = 12) -> Piece:
        return Piece(tuple(rng.randrange(33, 200) for _ in range(rng.randint(1, most))))

    @property
    def mark(self) -> str:
        """A picture as a template writes it."""
        inner = self.pieces.mark
        return f"<|vision_start|>{inner}<|vision_end|>" if "pad" in inner else inner

    def picture(self, seed: int) -> list[Piece]:
        size = [(64, 64), (56, 90), (112, 60)][seed % 3]
        pixels = np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8)
        return self.pieces.of(Prompt(self.mark, (pixels,), ""))


@pytest.fixture(scope="module", params=FAMILIES)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    folder = tmp_path_factory.mktemp("model")
    small_pocket.model(folder) if request.param == "pocket" else vision_model(folder, request.param)
    loaded = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    group(loaded)
    return Model(loaded, Pieces(load_processor(folder)), Family(loaded))


@dataclass
class Truth:
    """What a session should have read: all tokens that were not taken back, and when each was forgotten."""

    pieces: list[Piece] = field(default_factory=list)
    gone: dict[int, int] = field(default_factory=dict)
    """Of a piece by its number: how many pieces there were when it was forgotten."""

    def scores(self, model: Model) -> torch.Tensor:
        """Those of the last token, by one forward over all pieces with a mask."""
        owner = [n for n, piece in enumerate(self.pieces) for _ in piece.ids]
        ids = torch.tensor([[id for piece in self.pieces for id in piece.ids]])
        rows, columns = torch.tensor(owner)[:, None], torch.tensor(owner)[None]
        when = torch.tensor([self.gone.get(n, 10**9) for n in owner])[None]
        earlier = torch.arange(len(owner))[:, None] >= torch.arange(len(owner))[None]
        mask = earlier & ((rows < when) | (rows == columns))
        inputs = [piece.inputs for piece in self.pieces if piece.inputs]
        places = self._places(model, ids, inputs)
        outputs = [model.family.features(given) for given in inputs]
        with torch.no_grad(), model.family.shown(_joined(outputs) if outputs else None) as embedded:
            return model.model(
                input_ids=ids, position_ids=places, attention_mask=mask[None, None], logits_to_keep=1, **embedded
            ).logits[0, -1]

    def _places(self, model: Model, ids: torch.Tensor, inputs: list[Any]) -> torch.Tensor:
        if not hasattr(model.model.model, "get_rope_index"):
            return torch.arange(ids.shape[1])[None]
        grids = torch.cat([given["image_grid_thw"] for given in inputs]) if inputs else None
        kinds = (ids == model.family.picture_id).int()
        return model.model.model.get_rope_index(ids, mm_token_type_ids=kinds, image_grid_thw=grids)[0]


def _joined(outputs: list[Any]) -> Any:
    """The features of several pictures as those of one call."""
    first = outputs[0]
    pooled = [each for output in outputs for each in output.pooler_output]
    first.pooler_output = pooled if isinstance(first.pooler_output, (list, tuple)) else torch.stack(pooled)
    if getattr(first, "deepstack_features", None):
        layers = zip(*(output.deepstack_features for output in outputs), strict=True)
        first.deepstack_features = [
            torch.cat(layer) if isinstance(layer[0], torch.Tensor) else [part for parts in layer for part in parts]
            for layer in layers
        ]
    return first


def test_any_sequence_of_deeds_gives_the_scores_of_one_full_reading(model: Model) -> None:
    worst = 0.0
    for seed in range(6):
        rng = random.Random(seed)
        session, truth = model.session(), Truth()
        session.append(model.text(rng)), truth.pieces.append(Piece(tuple(session.ids)))
        for _ in range(14):
            session = _deed(rng, model, session, truth)
        last = model.text(rng)
        found = session.append(last)
        truth.pieces.append(last)
        worst = max(worst, float((found[-1] - truth.scores(model)).abs().max()))
    assert worst < WORST


def test_heads_that_share_keys_read_as_one_product_give_the_same_scores(model: Model) -> None:
    text = model.model.config.get_text_config()
    assert (text._attn_implementation == NAME) == (text.num_attention_heads != text.num_key_value_heads)
    rng = random.Random(3)
    begun, last = [model.text(rng), *model.picture(1)], model.text(rng)
    found = []
    for _ in range(2):
        session = model.session()
        for piece in begun:
            session.append(piece)
        found.append(session.append(last))
        reader = getattr(model.model.model, "text_model", None) or model.model.model.language_model
        reader.set_attn_implementation("sdpa")
    group(model.model)
    assert torch.allclose(*found, atol=1e-5)


def _deed(rng: random.Random, model: Model, session: Session, truth: Truth) -> Session:
    held = [n for n in range(len(truth.pieces)) if n not in truth.gone]
    match rng.choices(("picture", "text", "back", "revise", "cancel", "evict", "fork"), (4, 3, 2, 2, 1, 2, 1))[0]:
        case "picture":
            for piece in model.picture(rng.randrange(5)):
                session.append(piece)
                truth.pieces.append(piece)
        case "text":
            piece = model.text(rng, 300 if rng.random() < 0.1 else 12)
            session.append(piece)
            truth.pieces.append(piece)
        case "back" if len(held) > 2 and held[-1] == len(truth.pieces) - 1:
            _back(session, truth)
        case "revise" if len(held) > 2 and held[-1] == len(truth.pieces) - 1:
            _back(session, truth)
            piece = model.text(rng)
            session.append(piece)
            truth.pieces.append(piece)
        case "cancel":
            with pytest.raises(KeyboardInterrupt):
                session.append(Piece(tuple(range(40, 50)) * 60), check=_after(2))
        case "evict" if len(held) > 3 and session.arena.is_plain:
            number = rng.choice(held[1:-1])
            since = sum(len(truth.pieces[n].ids) for n in held if n < number)
            session.drop(since, since + len(truth.pieces[number].ids))
            truth.gone[number] = len(truth.pieces)
        case "fork":
            twin = session.fork()
            session.append(model.text(rng))
            return twin
    return session


def _back(session: Session, truth: Truth) -> None:
    """Forget the last piece; what could only go back further is read again."""
    piece = truth.pieces.pop()
    length = len(session) - len(piece.ids)
    session.cut(length)
    while len(session) < length:
        held = len(session)
        session.append(next(p for n, p in enumerate(truth.pieces) if sum(len(q.ids) for q in truth.pieces[:n]) == held))
    truth.gone = {number: min(when, len(truth.pieces)) for number, when in truth.gone.items()}


def _after(times: int) -> Any:
    left = iter(range(times))

    def check() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return check
