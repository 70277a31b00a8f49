"""What Vision loads and what it refuses: pickles, code, holes, damage."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from small_models import vision_model

from assistant.errors import ModelError
from assistant.models.vision import Vision


def test_a_hub_model_is_found_in_the_cache(tmp_path: Path) -> None:
    folder = vision_model(tmp_path / "folder", "idefics3")
    home = tmp_path / "models--some--model"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("abc")
    (home / "snapshots").mkdir()
    (home / "snapshots" / "abc").symlink_to(folder)
    assert "model on cpu" in Vision.load("some/model", device="cpu", hub=tmp_path).label()
    with pytest.raises(ModelError, match="not on this machine") as caught:
        Vision.load("some/other", hub=tmp_path)
    assert "hf download some/other" in caught.value.hint


def spoiled(folder: Path, family: str = "qwen3_vl") -> tuple[Path, dict[str, object]]:
    vision_model(folder, family)
    return folder, json.loads((folder / "config.json").read_text())


def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    folder, _ = spoiled(tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="pickles") as caught:
        Vision.load(folder, device="cpu")
    assert "safetensors" in caught.value.hint


@pytest.mark.parametrize("known", [True, False])
def test_code_of_a_model_is_never_run(tmp_path: Path, known: bool) -> None:
    folder, config = spoiled(tmp_path)
    canary = tmp_path / "canary"
    (folder / "evil.py").write_text(f"open({str(canary)!r}, 'w').close()\nclass Evil: pass\n")
    code = {"AutoConfig": "evil.Evil", "AutoModelForImageTextToText": "evil.Evil", "AutoProcessor": "evil.Evil"}
    config |= {"auto_map": code} | ({} if known else {"model_type": "evil"})
    (folder / "config.json").write_text(json.dumps(config))
    for name in ("preprocessor_config.json", "tokenizer_config.json"):
        settings = json.loads((folder / name).read_text())
        settings["auto_map"] = {"AutoProcessor": "evil.Evil", "AutoImageProcessor": "evil.Evil"}
        (folder / name).write_text(json.dumps(settings))
    if known:
        assert Vision.load(folder, device="cpu").label()
    else:
        with pytest.raises(ModelError, match="code of its own"):
            Vision.load(folder, device="cpu")
    assert not canary.exists()


def test_a_model_without_a_chat_template_is_refused(tmp_path: Path) -> None:
    folder = vision_model(tmp_path, "qwen3_vl", chat_template=None)
    with pytest.raises(ModelError, match="no chat template"):
        Vision.load(folder, device="cpu")


def test_missing_weights_are_not_made_up(tmp_path: Path) -> None:
    folder, config = spoiled(tmp_path)
    config["text_config"]["num_hidden_layers"] = 3  # type: ignore[index]
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="are missing"):
        Vision.load(folder, device="cpu")


def test_damaged_weights_are_one_clear_error(tmp_path: Path) -> None:
    folder, _ = spoiled(tmp_path)
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="cannot be loaded"):
        Vision.load(folder, device="cpu")


@pytest.mark.parametrize(
    ("place", "device", "said"),
    [
        ("nowhere", "cpu", "no folder"),
        (".", "cpu", "no model in"),
        (".", "abacus", "no device"),
        (".", "cuda", "no cuda"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, place: str, device: str, said: str) -> None:
    if device == "cuda" and torch.cuda.is_available():
        pytest.skip("there is one")
    with pytest.raises(ModelError, match=said) as caught:
        Vision.load(tmp_path / place, device=device)
    assert caught.value.hint
