"""Muon in float32: what it makes of matrices, and that every weight has one optimizer."""

from __future__ import annotations

import pytest
import torch
from small_pocket import words

from assistant.training.architecture import SIZES, TOWERS, built
from assistant.training.optimizer import Muon, optimizers, orthogonal
from assistant.training.pocket import Pupil


@pytest.mark.parametrize("shape", [(3, 24, 24), (2, 40, 12), (1, 12, 40)])
def test_a_step_has_singular_values_near_one(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape), 6))
    assert values.max() < 1.3 and values.median() > 0.6


def test_matrices_of_one_shape_are_moved_as_if_each_were_alone() -> None:
    torch.manual_seed(0)
    start, grads = torch.randn(3, 8, 16), torch.randn(3, 8, 16)
    together = [torch.nn.Parameter(each.clone()) for each in start]
    alone = [torch.nn.Parameter(each.clone()) for each in start]
    for weights, groups in ((together, [together]), (alone, [[each] for each in alone])):
        for weight, grad in zip(weights, grads, strict=True):
            weight.grad = grad.clone()
        for group in groups:
            Muon([{"params": group}]).step()
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(together, alone, strict=True))


def test_muon_finds_the_least_of_a_simple_loss() -> None:
    torch.manual_seed(0)
    weight, wanted = torch.nn.Parameter(torch.zeros(6, 6)), torch.randn(6, 6)
    optimizer = Muon([{"params": [weight]}], rate=0.1, decay=0.0)
    for step in range(200):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 200)
        optimizer.zero_grad()
        ((weight - wanted) ** 2).sum().backward()
        optimizer.step()
    assert float(((weight.detach() - wanted) ** 2).mean()) < 0.02


@pytest.mark.parametrize("tower", TOWERS)
def test_every_weight_has_one_optimizer_and_matrices_have_muon(tower: str) -> None:
    torch.manual_seed(0)
    pupil = Pupil(built(tower, SIZES["tiny"], words()), tower)
    muon, adam = ([id(p) for g in o.param_groups for p in g["params"]] for o in optimizers(pupil, 0.02, 0.1))
    assert sorted(muon + adam) == sorted(id(p) for p in pupil.parameters())
    assert id(pupil.model.get_input_embeddings().weight) in adam
    assert sum(p.numel() for p in pupil.parameters() if id(p) in set(muon)) > 50_000


def test_what_sees_gets_its_share_of_the_rate() -> None:
    pupil = Pupil(built("vit", SIZES["tiny"], words()), "vit")
    seeing = {id(p) for p in pupil.eyes()}
    for optimizer in optimizers(pupil, 0.02, 0.1):
        for group in optimizer.param_groups:
            sees = {id(p) in seeing for p in group["params"]}
            assert len(sees) == 1
        rates = sorted(group["lr"] for group in optimizer.param_groups)
        assert rates[0] == pytest.approx(0.1 * rates[-1])
