"""What a model's eyes make of pictures, kept by their content: an equal picture costs nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from assistant.models.confidence import Confidence
from assistant.models.family import Family
from assistant.models.kept import Kept
from assistant.models.session import Piece

PICTURES = 64
"""Whose features are kept."""


class Eyes:
    """Looks at pictures for sessions over one model.

    Args:
        family: of the model
        confidence: weighs whether a picture is of a known kind
        most: pictures whose features are kept
    """

    def __init__(self, family: Family, confidence: Confidence | None = None, most: int = PICTURES) -> None:
        self._family, self._confidence = family, confidence
        self._features, self._inside = Kept[Any](most), Kept[tuple[float, ...]](most * 64)
        self.looks = 0
        """Pictures that were looked at since it was made."""

    def features(self, piece: Piece) -> Any:
        """Those of a picture's piece, as the family's `read` wants them."""
        found = self._features.find(piece.digest)
        return self._look(piece) if found is None else found

    def inside(self, pieces: Sequence[Piece]) -> list[float]:
        """Of each picture among some pieces, the probability that it is of a known kind."""
        return [each for piece in pieces if piece.digest for each in self._weighed(piece)]

    def forget(self) -> None:
        """Let go of the features: they take the model's memory."""
        self._features.clear()

    def _weighed(self, piece: Piece) -> Sequence[float]:
        if self._inside.find(piece.digest) is None:
            self._look(piece)
        return self._inside.find(piece.digest) or ()

    def _look(self, piece: Piece) -> Any:
        self.looks += 1
        with torch.no_grad(), self._watched() as inside:
            features = self._family.features(piece.inputs or {})
        self._inside.put(piece.digest, tuple(inside))
        return self._features.put(piece.digest, features)

    def _watched(self) -> AbstractContextManager[list[float]]:
        if self._confidence is None:
            return nullcontext([])
        return self._confidence.watching(self._family.model)
