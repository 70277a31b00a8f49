"""What a model's eyes make of pictures, kept by their content: an equal picture costs nothing, new ones are looked at
together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from assistant.models.confidence import Confidence
from assistant.models.family import Family, picture_inputs
from assistant.models.kept import Kept
from assistant.models.layers import checked
from assistant.models.session import Piece

PICTURES = 64
"""Whose features are kept."""
AT_ONCE = 8
"""Pictures that are looked at together."""
NUMBERS = 8_000_000
"""That these pictures may have together; large ones gain nothing by company, and take the memory."""


class Eyes:
    """Looks at pictures for sessions over one model.

    Args:
        family: of the model
        confidence: weighs whether a picture is of a known kind
        most: pictures whose features are kept
        at_once: pictures that are looked at together; each is weighed alone where that is asked for
    """

    def __init__(
        self, family: Family, confidence: Confidence | None = None, most: int = PICTURES, at_once: int = AT_ONCE
    ) -> None:
        self._family, self._confidence = family, confidence
        self._at_once = min(at_once, most) if confidence is None else 1
        self._features, self._inside = Kept[Any](most), Kept[tuple[float, ...]](most * 64)
        self.looks = 0
        """Pictures that were looked at since it was made."""

    def features(self, piece: Piece) -> Any:
        """Those of a picture's piece, as the family's `read` wants them."""
        found = self._features.find(piece.digest)
        return self._look(piece) if found is None else found

    def ahead(self, pieces: Sequence[Piece], check: Callable[[], None]) -> None:
        """Look at the first of some pieces when it is a new picture, and at new ones of its size behind it."""
        if self._at_once > 1 and pieces[0].digest and self._features.find(pieces[0].digest) is None:
            batch = list(self._company(pieces))
            if len(batch) > 1:
                with checked(self._family.model, check):
                    self._look_at(batch)

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

    def _company(self, pieces: Sequence[Piece]) -> Iterator[Piece]:
        """The first picture, and those that can be looked at with it."""
        size, seen = _size(pieces[0]), set[str]()
        most = min(self._at_once, max(1, NUMBERS // max(1, sum(shape.numel() for _, shape in size))))
        for piece in pieces:
            new = piece.digest not in seen and self._features.find(piece.digest) is None
            if len(seen) < most and piece.digest and new and _size(piece) == size:
                seen.add(piece.digest)
                yield piece

    def _look_at(self, batch: Sequence[Piece]) -> None:
        with torch.no_grad():
            try:
                tokens = batch[0].ids.count(self._family.picture_id)
                found = self._family.features_of([piece.inputs or {} for piece in batch], tokens)
            except ValueError:  # of one kind, but told apart only alone
                found = [self._family.features(piece.inputs or {}) for piece in batch]
        self.looks += len(batch)
        for piece, features in zip(batch, found, strict=True):
            self._features.put(piece.digest, features)

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


def _size(piece: Piece) -> list[tuple[str, torch.Size]]:
    return [(name, value.shape) for name, value in picture_inputs(piece.inputs or {}).items()]
