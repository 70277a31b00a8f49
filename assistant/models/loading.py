"""Loads the weights and the processor of a model: from a folder, in safetensors, no code of the model is run."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForImageTextToText
from transformers.utils import logging

from assistant.errors import ModelError
from assistant.models.failures import is_out_of_memory
from assistant.models.grouped import group
from assistant.models.int8 import compress
from assistant.models.processors import LOCAL, load_processor

Report = Callable[[str, float | None], None]
"""Is told what is being done, and how far it is, 0..1."""

_WRONG_FILES = (OSError, ValueError, RuntimeError, ImportError, LookupError, TypeError, AttributeError, SafetensorError)


def loaded(folder: Path, numbers: torch.dtype, target: torch.device, report: Report) -> tuple[Any, Any]:
    """A model and its processor; weights in int8 are read as float32 first. Raises ModelError."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    out_of_memory = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            processor = load_processor(folder)
            report("loading the weights", 0.1)
            return _weights(folder, numbers, target), processor
    except ModelError:
        raise
    except (*_WRONG_FILES, MemoryError) as error:
        out_of_memory = is_out_of_memory(error)
        if not out_of_memory:
            raise ModelError(
                f"{folder.name} cannot be loaded: {error}", "download it again, or choose another"
            ) from error
    # Raised outside of `except`, because a kept traceback keeps tensors alive.
    raise ModelError(f"{folder.name} does not fit the memory of {target}", "choose a smaller model: models list")


def _weights(folder: Path, numbers: torch.dtype, target: torch.device) -> Any:
    model, found = AutoModelForImageTextToText.from_pretrained(
        folder,
        dtype=torch.float32 if numbers == torch.int8 else numbers,
        use_safetensors=True,
        output_loading_info=True,
        **LOCAL,
    )
    if found["missing_keys"]:
        lost = sorted(found["missing_keys"])
        raise ModelError(f"{len(lost)} weights of {folder.name} are missing, {lost[0]} first", "download it again")
    model = model.to(target).eval()
    group(model)
    if numbers == torch.int8:
        compress(model)
    return model
