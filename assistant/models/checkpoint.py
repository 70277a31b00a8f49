"""Looks whether a folder holds a model that may be loaded: known code, safetensors, nothing that has to be believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from transformers import CONFIG_MAPPING

from assistant.errors import ModelError

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt")


def checked(folder: Path, wanted: str = "") -> Path:
    """The same folder; ModelError when a model, or one of the wanted family, cannot be loaded from it safely."""
    config = _config(folder)
    family = config.get("model_type")
    if family not in CONFIG_MAPPING:
        raise _unknown(folder, family, config)
    if wanted and family != wanted:
        raise ModelError(f"{folder.name} is of the family {family}, not {wanted}", "choose another: models list")
    if any(folder.glob("*.safetensors")):
        return folder
    if any(path for pattern in _PICKLES for path in folder.glob(pattern)):
        raise ModelError(f"the weights in {folder.name} are pickles, which can run code", "convert them to safetensors")
    raise ModelError(f"there are no weights in {folder.name}", "the download is not complete: repeat it")


def _config(folder: Path) -> dict[str, Any]:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"there is no model in {folder}", "give the folder that holds config.json") from error
    except ValueError as error:
        raise ModelError(f"config.json of {folder.name} cannot be read: {error}", "download it again") from error
    if not isinstance(config, dict):
        raise ModelError(f"config.json of {folder.name} is no table", "download it again")
    return config


def _unknown(folder: Path, family: Any, config: dict[str, Any]) -> ModelError:
    if "auto_map" in config:
        return ModelError(
            f"{folder.name} wants to run code of its own, which is never done", "choose another: models list"
        )
    return ModelError(
        f"the family {family!r} of {folder.name} is unknown here", "a newer transformers may know it: pip install -U"
    )
