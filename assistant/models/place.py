"""Chooses the device and the number format that a model works with."""

from __future__ import annotations

import torch

from assistant.errors import ModelError

_FORMATS = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


def device_of(wish: str = "auto") -> torch.device:
    """ "auto": CUDA, else Apple's GPU, else the CPU. ModelError when the wished one is not here."""
    if wish != "auto":
        return _existing(wish)
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def format_of(wish: str, device: torch.device) -> torch.dtype:
    """ "auto": float32 on a CPU, where half formats are slow; bfloat16 on a CUDA device that has it; else float16.

    "int8": whole numbers for weights, on a CPU alone. ModelError when a format is none, or not for the device.
    """
    if wish == "int8":
        if device.type != "cpu":
            raise ModelError(f"int8 weights are for a CPU, not for {device.type}", 'use the format "auto" there')
        return torch.int8
    if wish != "auto":
        if wish not in _FORMATS:
            raise ModelError(f"there is no number format {wish!r}", f"known: auto, {', '.join(_FORMATS)}, int8")
        return _FORMATS[wish]
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and torch.cuda.is_bf16_supported():
        return torch.bfloat16
    return torch.float16


def is_fast_in_half(device: torch.device) -> bool:
    """Whether products of bfloat16 matrices are faster than those of float32, by the device's own instructions."""
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported())
    return device.type == "cuda" and bool(torch.cuda.is_bf16_supported())


def _existing(wish: str) -> torch.device:
    try:
        device = torch.device(wish)
    except RuntimeError as error:
        raise ModelError(f"there is no device {wish!r}", "known: auto, cpu, cuda, cuda:1, mps") from error
    here = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not here.get(device.type, False):
        raise ModelError(f"there is no {wish} on this machine", 'use the device "auto" or "cpu"')
    return device
