"""One talk that a model has read: a log of tokens, their places, and the arena that holds what it made of them.

It only grows at its end, is cut back, and forgets spans of its middle; nothing is read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from assistant.models.arena import Arena
from assistant.models.family import Family, Inputs, cached

CHUNK = 256
"""Tokens of text that are read at once: between two chunks one may stop."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """What is to be read: a stretch of text, or one picture with the tokens around it that belong to it."""

    ids: tuple[int, ...]
    digest: str = ""
    """Of a picture's pixels and of how they were prepared; "" for text."""
    inputs: Inputs | None = None
    """What the processor made of the picture."""

    @property
    def keys(self) -> list[Key]:
        """What stands for each token when logs are compared."""
        return [(self.digest, n) for n in range(len(self.ids))] if self.digest else list(self.ids)


Key = int | tuple[str, int]
"""A token of text, or the n-th of a picture."""


class Mark(NamedTuple):
    """A place in the log that it can be cut back to."""

    length: int
    place: int
    """The place of the next token."""


class Session:
    """What a model has read of a talk.

    Args:
        family: of the model
        arena: empty
        features: gives those of a picture, from what is kept or by looking
    """

    def __init__(self, family: Family, arena: Arena, features: Callable[[Piece], Any]) -> None:
        self._family, self._arena, self._features = family, arena, features
        self._keys: list[Key] = []
        self._ids: list[int] = []
        self._after: list[int] = []
        self._first = 0
        self.has_gaps = False
        """Whether something was forgotten that what is held had been read behind."""
        self.read = 0
        """Tokens that were read since it was made."""

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def ids(self) -> list[int]:
        """The tokens that are held."""
        return list(self._ids)

    @property
    def place(self) -> int:
        """That of the next token; what is forgotten leaves a gap."""
        return self._after[-1] if self._after else self._first

    @property
    def arena(self) -> Arena:
        return self._arena

    @property
    def cached(self) -> dict[str, Any]:
        """The arena as `generate` wants to be given it."""
        return cached(self._family.model, self._arena)

    def mark(self) -> Mark:
        return Mark(len(self._ids), self.place)

    def append(self, piece: Piece, scores: int = 1, check: Callable[[], None] = lambda: None) -> Tensor:
        """Read a piece; the scores of its last tokens: scores x vocabulary. Broken off, it leaves the log as it was."""
        begun = self.mark()
        try:
            found = self._picture(piece, scores) if piece.digest else self._text(piece, scores, check)
        except BaseException:
            del self._keys[begun.length :], self._ids[begun.length :], self._after[begun.length :]
            self._broken()
            raise
        self._arena.keep()
        return found

    def shared(self, pieces: Sequence[Piece]) -> int:
        """How many of the first tokens of some pieces are held as they are; a picture is whole or not."""
        count = 0
        for piece in pieces:
            same = _common(self._keys[count : count + len(piece.ids)], piece.keys)
            if same < len(piece.ids):
                return count if piece.digest else count + same
            count += same
        return count

    def cut(self, length: int) -> None:
        """Forget all behind a length; some models can only go back further than that."""
        if length < len(self._ids):
            length = self._arena.cut(length)
            del self._keys[length:], self._ids[length:], self._after[length:]
        if not self._ids:
            self._first, self.has_gaps = 0, False

    def drop(self, since: int, until: int) -> None:
        """Forget a stretch of the middle; what follows keeps its places."""
        if until <= since:
            return
        if since:
            self._after[since - 1] = self._after[until - 1]
        else:
            self._first = self._after[until - 1]
        del self._keys[since:until], self._ids[since:until], self._after[since:until]
        self._arena.drop(since, until)
        self.has_gaps = True

    def likelihood(self, before: Sequence[int], ids: Sequence[int]) -> float:
        """The logarithm of the probability of some tokens behind others, at the end; the log is then as it was."""
        begun = self.mark()
        scores = self.append(Piece((*before, *ids[:-1])), len(ids))
        self.cut(begun.length)
        return chance(scores, torch.tensor(ids, device=scores.device))

    def fork(self) -> Session:
        """Another that has read the same, and goes its own way."""
        twin = Session(self._family, self._arena.copy(), self._features)
        twin._extend(self._ids, self._keys, self._after)
        twin._first, twin.has_gaps = self._first, self.has_gaps
        return twin

    def note(self, ids: Sequence[int], whole: bool = True) -> None:
        """Take up tokens that another has written into the arena behind what is held, as `generate` does.

        `whole`: it was not broken off in the midst of a token.
        """
        kept = list(ids[: self._arena.length - len(self._ids)])
        self._extend(kept, kept, range(self.place + 1, self.place + 1 + len(kept)))
        if not whole:
            self._broken()

    def _broken(self) -> None:
        """Layers may have read different numbers of tokens: back to where they had not."""
        length = self._arena.cut(len(self._ids))
        del self._keys[length:], self._ids[length:], self._after[length:]

    def places(self, more: int) -> Tensor:
        """For `generate`: the places of the held tokens, and of some more; those of the held are not looked at."""
        ahead = torch.zeros(1, len(self._ids) + more, dtype=torch.long)
        known = self._family.places(ahead[:, len(self._ids) :], {}, self.place).cpu()
        return torch.cat([known.new_zeros((*known.shape[:-1], len(self._ids))), known], -1)

    def _text(self, piece: Piece, scores: int, check: Callable[[], None]) -> Tensor:
        found: list[Tensor] = []
        for since in range(0, len(piece.ids), CHUNK):
            check()
            ids = piece.ids[since : since + CHUNK]
            kept = max(1, min(len(ids), scores - max(0, len(piece.ids) - since - len(ids))))
            found.append(self._forward(ids, list(ids), {}, None, kept))
        return torch.cat(found)[-scores:]

    def _picture(self, piece: Piece, scores: int) -> Tensor:
        return self._forward(piece.ids, piece.keys, piece.inputs or {}, self._features(piece), scores)

    def _forward(self, ids: Sequence[int], keys: Sequence[Key], inputs: Inputs, features: Any, scores: int) -> Tensor:
        given = torch.tensor([ids], device=self._family.device)
        places = self._family.places(given, inputs, self.place)
        with torch.no_grad():
            found = self._family.read(given, places, self._arena, features, scores)
        self._extend(ids, keys, _after(places))
        self.read += len(ids)
        return found[0]

    def _extend(self, ids: Sequence[int], keys: Sequence[Key], after: Sequence[int]) -> None:
        self._ids += ids
        self._keys += keys
        self._after += after


def chance(scores: Tensor, ids: Tensor) -> float:
    """The logarithm of the probability of some tokens, from tokens x vocabulary scores."""
    return float(scores.float().log_softmax(-1).gather(-1, ids[:, None]).sum())


def _common(held: Sequence[Key], given: Sequence[Key]) -> int:
    return next((n for n, (a, b) in enumerate(zip(held, given, strict=False)) if a != b), min(len(held), len(given)))


def _after(places: Tensor) -> list[int]:
    """The place behind each token: one more than the highest so far."""
    highest = places.reshape(-1, places.shape[-1]).amax(0).cummax(0).values
    return [int(place) + 1 for place in highest]
