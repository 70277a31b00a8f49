"""Beginnings of talks on disk: a new process goes on behind them, with the same answer."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from small_models import vision_model

from assistant.models.snapshots import LEAST, Snapshots
from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message, Usage

TOOLS = [
    {"type": "function", "function": {"name": f"tool_{n}", "description": f"Does the thing number {n}. " * 4,
     "parameters": {"type": "object", "properties": {"what": {"type": "string"}}}}}
    for n in range(5)
]  # fmt: skip
FAMILIES = ["qwen3_vl", "idefics3", "qwen3_5"]


@pytest.fixture(scope="module", params=FAMILIES)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_model(tmp_path_factory.mktemp("model"), request.param)


def asked(vision: Vision, text: str, *frames: Frame, system: str = "Be short.") -> tuple[str, Usage]:
    talk = [Message("system", (system,)), Message("user", (*frames, text))]
    *replies, usage = vision.reply(talk, TOOLS)
    assert isinstance(usage, Usage)
    return "".join(each.text for each in replies if isinstance(each, Delta)), usage


def frame(seed: int) -> Frame:
    return Frame(np.random.default_rng(seed).integers(0, 255, (64, 80, 3), dtype=np.uint8))


def test_a_new_process_reads_only_the_question(folder: Path, tmp_path: Path) -> None:
    def load() -> Vision:
        return Vision.load(folder, "cpu", "float32", limit=12, beginnings=tmp_path / "kept")

    plain = Vision.load(folder, "cpu", "float32", limit=12)
    first = load()
    assert asked(first, "What is this?")[1].reused == 0
    files = list((tmp_path / "kept").glob("*"))
    if not first._reader._talks._sessions[0].arena.is_plain:  # type: ignore[attr-defined]
        assert files == []  # what such a model keeps cannot be cut at the beginning's end
        return
    assert [path.suffix for path in files] == [".safetensors"] and (tmp_path / "kept").stat().st_mode & 0o77 == 0
    told, usage = asked(load(), "And this, what is it?", frame(1))
    assert usage.reused > LEAST and usage.read < 200
    assert told == asked(plain, "And this, what is it?", frame(1))[0]
    assert asked(load(), "What is this?", system="Be long.")[1].reused == 0
    assert len(list((tmp_path / "kept").glob("*"))) == 2


def test_nothing_that_was_said_is_kept(folder: Path, tmp_path: Path) -> None:
    vision = Vision.load(folder, "cpu", "float32", limit=4, beginnings=tmp_path)
    asked(vision, "The secret is 4711.")
    asked(vision, "Something else.", frame(2))
    assert len(list(tmp_path.glob("*"))) <= 1  # the same for both: it holds neither


@pytest.mark.parametrize("damage", ["cut", "noise", "other"])
def test_a_damaged_beginning_is_read_anew(tmp_path: Path, damage: str) -> None:
    folder = vision_model(tmp_path / "model", "qwen3_vl")
    clean = asked(Vision.load(folder, "cpu", "float32", limit=8, beginnings=tmp_path / "kept"), "hi")[0]
    [path] = (tmp_path / "kept").glob("*")
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:1000])
    elif damage == "noise":
        path.write_bytes(os.urandom(5000))
    else:
        save_file({name: each[:, :, :-3].contiguous() for name, each in load_file(path).items()}, path)
    told, usage = asked(Vision.load(folder, "cpu", "float32", limit=8, beginnings=tmp_path / "kept"), "hi")
    assert told == clean and usage.reused == 0
    assert asked(Vision.load(folder, "cpu", "float32", limit=8, beginnings=tmp_path / "kept"), "hi")[1].reused > 0


def test_other_weights_have_their_own_beginnings(tmp_path: Path) -> None:
    one, other = (vision_model(tmp_path / name, "qwen3_vl") for name in ("one", "other"))
    weights = load_file(other / "model.safetensors")
    save_file({name: each + 0.01 for name, each in weights.items()}, other / "model.safetensors", {"format": "pt"})
    asked(Vision.load(one, "cpu", "float32", limit=4, beginnings=tmp_path / "kept"), "hi")
    assert asked(Vision.load(other, "cpu", "float32", limit=4, beginnings=tmp_path / "kept"), "hi")[1].reused == 0


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    planes = [(torch.zeros(1, 2, LEAST, 8), torch.zeros(1, 2, LEAST, 8))]
    size = 2 * 2 * LEAST * 8 * 4
    kept = Snapshots(tmp_path, "weights", most=3 * size + 2000)
    for number in range(5):
        kept.keep([number] * LEAST, planes)
        os.utime(kept._path([number] * LEAST), (number, number))
    held = [number for number in range(5) if kept.find([number] * LEAST) is not None]
    assert held == [2, 3, 4]
    assert not list(tmp_path.glob("*.part"))


def test_a_full_or_forbidden_folder_only_costs_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    kept = Snapshots(tmp_path / "file" / "kept", "weights")
    kept.keep([1] * LEAST, [(torch.zeros(1, 2, LEAST, 8), torch.zeros(1, 2, LEAST, 8))])
    assert kept.find([1] * LEAST) is None
