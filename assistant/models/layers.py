"""A check before each layer of a model: who wants the weights, or to stop, waits for one layer at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch


@contextmanager
def checked(model: Any, check: Callable[[], None]) -> Iterator[None]:
    """While it is entered, the check is called before each layer; it raises when the work shall end."""

    def before(*_: Any) -> None:
        check()

    hooks = [layer.register_forward_pre_hook(before) for layer in _layers(model)]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _layers(model: Any) -> Iterator[torch.nn.Module]:
    for module in model.modules():
        if isinstance(module, torch.nn.ModuleList):
            yield from module
