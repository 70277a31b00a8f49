"""The talks that one model has read, the newest few: a prompt goes on with the one it shares most with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch

from assistant.models.arena import Arena
from assistant.models.eyes import Eyes
from assistant.models.family import Family
from assistant.models.session import CHUNK, Piece, Session
from assistant.models.snapshots import Snapshots

MOST = 3
"""Talks that are kept: agents take turns, and tools look meanwhile."""
_LOST = 64
"""Tokens that a talk may lose to another prompt; where it would lose more, that one begins with a copy of it."""


def _go_on() -> None:
    """Nobody stops it."""


class Prepared(Protocol):
    """A prompt that is read but for its last tokens."""

    @property
    def inputs(self) -> dict[str, Any]:
        """What `generate` is given."""

    @property
    def read(self) -> int:
        """Tokens that are read anew, those of `inputs` that are not held included."""

    @property
    def reused(self) -> int: ...

    def verified(self, draft: Sequence[int], banned: Sequence[int], ends: Sequence[int]) -> list[int]:
        """The tokens of a draft that a greedy model says itself, and the one that it says behind them, which is left
        to be read; nothing where that cannot be known without reading all.
        """

    def done(self, made: Sequence[int], whole: bool) -> None:
        """Take up what `generate` made, to its end or until it was broken off."""


@dataclass(slots=True)
class Continued:
    """A prompt behind a talk that is held."""

    session: Session
    rest: tuple[int, ...]
    read: int
    reused: int
    kept: Callable[[], None] = _go_on
    """Keeps the beginning for later, when there is time."""

    @property
    def inputs(self) -> dict[str, Any]:
        ids = torch.tensor([[*self.session.ids, *self.rest]])
        return {
            "input_ids": ids,
            "attention_mask": torch.ones_like(ids),
            "position_ids": self.session.places(len(self.rest)),
            **self.session.cached,
        }

    def verified(self, draft: Sequence[int], banned: Sequence[int], ends: Sequence[int]) -> list[int]:
        if not self.session.arena.is_plain:
            return []
        begun = len(self.session) + len(self.rest)
        scores = self.session.append(Piece((*self.rest, *draft)), len(draft) + 1)
        scores[:, list(banned)] = float("-inf")
        said: list[int] = scores.argmax(-1).tolist()
        same = next((n for n, (a, b) in enumerate(zip(draft, said, strict=False)) if a != b), len(draft))
        found = said[: same + 1]
        found = found[: next((n for n, id in enumerate(found) if id in ends), same) + 1]
        self.session.cut(begun + len(found) - 1)
        self.rest = (found[-1],)
        return found

    def done(self, made: Sequence[int], whole: bool) -> None:
        self.session.note([*self.rest, *made], whole)
        self.kept()


class Talks:
    """Sessions over one model.

    Args:
        family: of the model
        eyes: that look at its pictures
        most: sessions that are kept
        snapshots: the beginnings that were read before
    """

    def __init__(self, family: Family, eyes: Eyes, most: int = MOST, snapshots: Snapshots | None = None) -> None:
        self._family, self._eyes, self._most, self._snapshots = family, eyes, most, snapshots
        self._sessions: list[Session] = []
        self._spare: Session | None = None
        self._holds = int(getattr(family.model.config.get_text_config(), "max_position_embeddings", None) or 1 << 62)

    @property
    def tokens(self) -> int:
        """Tokens that the talks which are kept have read."""
        return sum(session.read for session in self._sessions)

    def prepared(
        self, pieces: Sequence[Piece], check: Callable[[], None] = _go_on, stem: Sequence[int] = ()
    ) -> Continued:
        """Read what is new of a prompt, but for the last tokens of its text, with a check between.

        `stem`: the tokens of its tools and its system prompt, which other talks begin with as well.
        """
        last, total = pieces[-1], sum(len(piece.ids) for piece in pieces)
        session = self._chosen(pieces, total - 1)
        shared = list(pieces[0].ids[: len(stem)]) == list(stem)
        if shared and len(session) < len(stem) < total:
            self._begin(session, stem)
        held = len(session)
        keep = min(CHUNK if session.arena.is_plain else 1, len(last.ids), total - held)
        self._append(session, pieces, total - keep, check)
        kept = partial(self._keep, session, stem) if shared else _go_on
        return Continued(session, last.ids[len(session) - total :], total - held, held, kept)

    def read(self, pieces: Sequence[Piece], check: Callable[[], None] = _go_on) -> Session:
        """Read what is new of a prompt that may go on."""
        total = sum(len(piece.ids) for piece in pieces)
        session = self._chosen(pieces, total)
        self._append(session, pieces, total, check)
        return session

    def shorten(self, before: Sequence[Piece], after: Sequence[Piece]) -> bool:
        """Forget what a talk that was read has no more: one stretch, and nothing is read again; else false.

        What stood behind the stretch was read when it was there, and keeps what it made of it.
        """
        old, new = ([key for piece in pieces for key in piece.keys] for pieces in (before, after))
        since = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), len(new))
        until = since + len(old) - len(new)
        session = max(self._sessions, key=lambda each: each.shared(before), default=None)
        if session is None or not session.arena.is_plain or session.shared(before) < until:
            return False
        if until <= since or old[until:] != new[since:]:
            return False
        session.drop(since, until)
        return True

    def tidied(self, pieces: Sequence[Piece], check: Callable[[], None] = _go_on) -> bool:
        """Read a talk that had something forgotten once more, into a spare arena, and go on with that one.

        It is then as if what was forgotten had never been there. Broken off by the check it goes on the next time.
        False when there was nothing to do.
        """
        old = next((each for each in self._sessions if each.has_gaps and _holds(each, pieces)), None)
        if old is None:
            self._spare = None
            return False
        self._spare = spare = self._spare or self._fresh()
        spare.cut(spare.shared(pieces))
        self._append(spare, pieces, sum(len(piece.ids) for piece in pieces), check)
        self._sessions = [spare if each is old else each for each in self._sessions]
        self._spare = None
        return True

    def forget(self) -> None:
        """Let go of all of them."""
        self._sessions.clear()
        self._spare = None
        self._eyes.forget()

    def _begin(self, session: Session, stem: Sequence[int]) -> None:
        """Go on behind a beginning that was read before, maybe by another process."""
        planes = self._snapshots.find(stem) if self._snapshots else None
        if planes is not None:
            session.cut(0)
            session.arena.fill([(self._there(keys), self._there(values)) for keys, values in planes])
            session.note(stem)

    def _there(self, plane: torch.Tensor) -> torch.Tensor:
        return plane.to(self._family.device, self._family.model.dtype)

    def _keep(self, session: Session, stem: Sequence[int]) -> None:
        if self._snapshots and session.arena.is_plain and session.ids[: len(stem)] == list(stem):
            self._snapshots.keep(stem, session.arena.planes(len(stem)))

    def _append(self, session: Session, pieces: Sequence[Piece], until: int, check: Callable[[], None]) -> None:
        """Read what is missing of some pieces, to a number of tokens."""
        left = _behind(pieces, len(session))
        for number, piece in enumerate(left):
            if (room := until - len(session)) > 0:
                check()
                self._eyes.ahead(left[number:], check)
                session.append(piece if room >= len(piece.ids) else Piece(piece.ids[:room]), check=check)

    def _fresh(self) -> Session:
        return Session(self._family, Arena(self._family.model.config), self._eyes.features)

    def _chosen(self, pieces: Sequence[Piece], most: int) -> Session:
        """The one that shares most, cut to what it shares of the first tokens; it was used last from now on."""
        best, shared = None, 0
        for session in self._sessions:
            if (same := session.shared(pieces)) > shared:
                best, shared = session, same
        if best is None:
            best = self._fresh()
        elif best.has_gaps and best.place + most - shared >= self._holds:
            best, shared = self._fresh(), 0  # places are used up, by what was forgotten
        elif len(best) - shared > _LOST:
            best = best.fork()
        best.cut(min(shared, most))
        self._sessions = [*(each for each in self._sessions if each is not best), best][-self._most :]
        return best


def _holds(session: Session, pieces: Sequence[Piece]) -> bool:
    """Whether a session holds all of some pieces, and nothing else."""
    total = sum(len(piece.ids) for piece in pieces)
    return len(session) == total == session.shared(pieces)


def _behind(pieces: Sequence[Piece], shared: int) -> list[Piece]:
    """What is behind the first tokens."""
    found, left = list[Piece](), shared
    for piece in pieces:
        if left < len(piece.ids):
            found.append(_left(piece, left))
        left -= len(piece.ids)
    return found


def _left(piece: Piece, since: int) -> Piece:
    return piece if since <= 0 else Piece(piece.ids[since:])
