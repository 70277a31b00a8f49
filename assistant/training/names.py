"""The names of things as people say them: with an article, in the plural, by another word, in a list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_PLURALS = {"cross": "crosses", "fish": "fish"}
_ALSO = {"circle": ("disc", "dot"), "square": ("box",), "ring": ("hoop",), "car": ("vehicle",), "cup": ("mug",),
         "face": ("smiley",), "house": ("home",), "diamond": ("rhombus",), "cross": ("plus sign",)}  # fmt: skip


def also(kind: str, rng: np.random.Generator) -> str:
    """The kind, or now and then another word for it."""
    others = _ALSO.get(kind, ())
    return str(rng.choice(others)) if others and rng.random() < 0.3 else kind


def an(name: str) -> str:
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def plural(kind: str) -> str:
    return _PLURALS.get(kind, f"{kind}s")


def listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
