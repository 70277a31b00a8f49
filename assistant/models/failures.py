"""What goes wrong in a model, as errors that keep neither tensors nor frames alive."""

from __future__ import annotations

import torch

from assistant.errors import ModelError


class NoRoomError(ModelError):
    """The model ran out of memory."""


def failure_of(error: Exception) -> ModelError:
    """What went wrong, in a value that keeps neither the exception nor the tensors of its frames alive."""
    if is_out_of_memory(error):
        return NoRoomError(
            "the model ran out of memory", "give it fewer or smaller pictures, or choose a smaller model"
        )
    return ModelError(f"the model failed: {type(error).__name__}: {error}", "ask again, or choose another model")


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)
