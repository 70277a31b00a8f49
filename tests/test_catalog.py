"""The catalog of models: names, folders, hub ids, what is on the disk and what fits the memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assistant.errors import ModelError
from assistant.models import catalog
from assistant.models.forgetting import Budget


def download(hub: Path, id: str, revision: str = "abc", main: bool = True) -> Path:
    home = hub / f"models--{id.replace('/', '--')}"
    folder = home / "snapshots" / revision
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    if main:
        (home / "refs").mkdir(exist_ok=True)
        (home / "refs" / "main").write_text(revision)
    return folder


@pytest.mark.parametrize("kind", ["vision", "hearing"])
def test_every_profile_is_complete_and_the_built_in_one_is_first(tmp_path: Path, kind: catalog.Kind) -> None:
    every = catalog.profiles(kind, tmp_path, tmp_path)
    own = 2 if kind == "vision" else 1
    first, others = every[0], every[own:]
    assert first == catalog.built_in(kind) and all(p.present and p.least_memory == 0 for p in every[:own])
    assert all(p.id.count("/") == 1 and p.licence and p.label and p.least_memory > 0 for p in others)
    assert not any(p.present for p in others)
    assert len({p.name for p in every}) == len(every)
    assert [p.least_memory for p in others] == sorted(p.least_memory for p in others)


def test_only_models_with_eyes_take_frames(tmp_path: Path) -> None:
    scripted, pocket, *seeing = catalog.profiles("vision", tmp_path)
    assert (scripted.name, scripted.frames, pocket.name) == ("scripted", 0, "pocket")
    assert all(p.frames > 0 for p in seeing)


def test_a_live_talk_holds_of_frames_what_the_profile_says(tmp_path: Path) -> None:
    tiny, large = (catalog.find(name, hub=tmp_path) for name in ("tiny", "large"))
    assert (tiny.keeps, large.keeps) == ("window", "memory")
    assert Budget.of(tiny) == Budget(tiny.frames, 1) and Budget.of(large) == Budget()
    assert Budget.of(catalog.built_in()).frames > 0


def test_a_downloaded_model_is_present(tmp_path: Path) -> None:
    folder = download(tmp_path, "Qwen/Qwen3.5-0.8B")
    assert catalog.find("tiny", hub=tmp_path).present
    assert catalog.folder_of("Qwen/Qwen3.5-0.8B", tmp_path) == folder


def test_the_main_revision_is_taken_before_others(tmp_path: Path) -> None:
    main = download(tmp_path, "some/model", "aaa")
    download(tmp_path, "some/model", "zzz", main=False)
    assert catalog.snapshot("some/model", tmp_path) == main


def test_a_download_without_a_config_is_not_present(tmp_path: Path) -> None:
    (download(tmp_path, "some/model") / "config.json").unlink()
    assert catalog.snapshot("some/model", tmp_path) is None


def test_a_model_is_found_by_name_by_id_and_by_folder(tmp_path: Path) -> None:
    assert catalog.find("small") == catalog.find("Qwen/Qwen3.5-4B")
    found = catalog.find(str(tmp_path))
    assert found.id == str(tmp_path) and found.present and found.frames > 0
    unknown = catalog.find("some/model", hub=tmp_path)
    assert (unknown.name, unknown.id, unknown.present) == ("model", "some/model", False)


def test_a_checkpoint_of_openai_whisper_is_found(tmp_path: Path) -> None:
    assert not catalog.find("whisper-small", "hearing", tmp_path, tmp_path).present
    (tmp_path / "small.pt").write_bytes(b"")
    found = catalog.find("whisper-small", "hearing", tmp_path, tmp_path)
    assert found.present and found.id == str(tmp_path / "small.pt")
    assert catalog.find(str(tmp_path / "small.pt"), "hearing", tmp_path, tmp_path).present
    with pytest.raises(ModelError):
        catalog.find(str(tmp_path / "small.pt"), "vision", tmp_path)


def test_an_unknown_name_is_met_with_a_suggestion() -> None:
    with pytest.raises(ModelError, match="smal") as caught:
        catalog.find("smal")
    assert "small" in caught.value.hint
    with pytest.raises(ModelError) as caught:
        catalog.find("xyzzy")
    assert "scripted" in caught.value.hint


def test_the_largest_present_model_that_fits_is_proposed(tmp_path: Path) -> None:
    assert catalog.propose(100, hub=tmp_path).name == "scripted"
    download(tmp_path, "Qwen/Qwen3.5-0.8B")
    download(tmp_path, "Qwen/Qwen3.5-4B")
    assert catalog.propose(100, hub=tmp_path).name == "small"
    assert catalog.propose(5, hub=tmp_path).name == "tiny"
    assert catalog.propose(0.5, hub=tmp_path).name == "scripted"


def test_a_place_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder"):
        catalog.folder_of(tmp_path / "nowhere")


def test_the_catalog_imports_nothing_heavy() -> None:
    heavy = "{'torch', 'transformers', 'huggingface_hub', 'whisper', 'pocketsphinx'}"
    code = f"import sys, assistant.models.catalog; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
