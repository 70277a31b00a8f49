"""Attention to a shared beginning is that of each row behind its own; eyes that are introduced say words."""

from __future__ import annotations

import pytest
import torch
from small_pocket import folder, words
from torch import Tensor
from transformers import LlamaConfig, LlamaModel

from assistant.models.family import cached
from assistant.training.architecture import SIZES, TOWERS, built
from assistant.training.attention import NAME, Begun
from assistant.training.batches import Made
from assistant.training.colours import COLOURS
from assistant.training.introduction import introduce
from assistant.training.pocket import Pupil


def llama() -> LlamaModel:
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "head_dim": 32}
    return LlamaModel(LlamaConfig(vocab_size=50, num_attention_heads=2, num_key_value_heads=2, **sizes))


def gradients(model: LlamaModel, found: Tensor) -> list[Tensor]:
    model.zero_grad()
    found.square().sum().backward()
    return [weight.grad.clone() for weight in model.parameters() if weight.grad is not None]


def test_rows_behind_a_shared_beginning_are_what_each_is_behind_its_own() -> None:
    model, rows, begun = llama(), torch.randint(0, 50, (5, 9)), torch.randint(0, 50, (1, 13))
    plain = model(input_ids=torch.cat([begun.expand(5, -1), rows], 1)).last_hidden_state[:, 13:]
    wanted = gradients(model, plain)
    model.set_attn_implementation(NAME)
    cache = Begun()
    held = {"use_cache": True, **cached(model, cache)}
    model(input_ids=begun, **held)
    with cache.shared():
        shared = model(input_ids=rows, **held).last_hidden_state
    assert torch.allclose(plain, shared, atol=1e-5)
    assert all(torch.allclose(a, b, atol=2e-3) for a, b in zip(wanted, gradients(model, shared), strict=True))


@pytest.mark.parametrize("tower", TOWERS)
def test_eyes_that_are_introduced_give_each_thing_the_word_for_its_colour(tower: str) -> None:
    """Even eyes that were never trained tell colours apart."""
    torch.manual_seed(0)
    pupil = Pupil(built(tower, SIZES["tiny"], words()), tower)
    made = Made("easy", folder(), "idefics3", 1, 48)

    def right() -> float:
        """The share of things whose colour's embedding is the nearest."""
        table = pupil.model.get_input_embeddings().weight
        named = torch.stack([table[words().encode(colour)].mean(0) for colour in COLOURS])
        packs = made[0]
        meant = torch.cat([pupil.meant(pupil.see(pack.pixels))[pack.centres > 0] for pack in packs])
        colours = torch.cat([pack.colours[pack.centres > 0] for pack in packs])
        return float(((meant @ named.T).argmax(-1) == colours).float().mean())

    with torch.no_grad():
        assert right() < 0.4
        introduce(pupil, words(), made[0])
        assert right() > 0.6
