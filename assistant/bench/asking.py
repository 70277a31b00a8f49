"""B1: from the end of a question to the first token, after so many frames: beside `generate()` on the whole prompt,
and beside reading all anew with the features of the frames kept. B8: the turn after a reply was broken off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from assistant.bench import giants
from assistant.bench.machine import facts
from assistant.bench.timing import Times, in_turns
from assistant.models.arena import Arena
from assistant.models.eyes import Eyes
from assistant.models.family import Family
from assistant.models.session import Piece, Session

QUESTION = giants.words(12, 9)
NEAR = 2e-3
"""How far scores may differ between reading on and reading at once."""


class Watched:
    """A talk with a model of random weights that has seen some frames.

    Args:
        family: the name of its architecture
        size: of the model
        frames: that it has seen
    """

    def __init__(self, family: str, size: giants.Size, frames: int, device: str = "cpu") -> None:
        numbers = torch.float32 if device == "cpu" else torch.bfloat16
        self._model = giants.model(family, size, numbers, device)
        self._family = Family(self._model)
        self._eyes = Eyes(self._family, most=frames)
        self.pieces = list(_talk(family, frames))
        self.session = self.read_anew()

    def ask(self) -> torch.Tensor:
        """The scores of the first token of the reply; the talk is as before then."""
        mark = self.session.mark()
        scores = self.session.append(QUESTION)[-1].cpu()  # waits for the device
        self.session.cut(mark.length)
        return scores

    def ask_anew(self) -> torch.Tensor:
        """The same by reading all, with the features of the frames kept."""
        return self.read_anew().append(QUESTION)[-1].cpu()

    def generate(self) -> torch.Tensor:
        """The same by `generate()` on the whole prompt."""
        given = self._model.generate(
            **self._whole(), max_new_tokens=1, do_sample=False, output_logits=True, return_dict_in_generate=True
        )
        return given.logits[0][0].cpu()

    def read_anew(self) -> Session:
        session = Session(self._family, Arena(self._model.config), self._eyes.features)
        for piece in self.pieces:
            session.append(piece)
        return session

    def reply(self, tokens: int) -> None:
        """Decode some tokens greedily."""
        scores = self.session.append(QUESTION)[-1]
        for _ in range(tokens):
            scores = self.session.append(Piece((int(scores[: giants.BEGIN].argmax()),)))[-1]

    def _whole(self) -> dict[str, Any]:
        whole = giants.whole([*self.pieces, QUESTION])
        return {name: _there(value, self._model) for name, value in whole.items()}


def report(quick: bool, rounds: int, tell: Callable[[str], None], device: str = "cpu") -> dict[str, Any]:
    """All figures: a row for each family, size and number of frames."""
    families = giants.FAMILIES[:1] if quick else giants.FAMILIES
    sizes = ("small",) if quick else ("small", "medium") if device == "cpu" else ("2b", "8b")
    rows = [
        _row(family, size, frames, rounds, tell, device)
        for family in families
        for size in sizes
        for frames in ((4, 15) if quick else (15, 60, 240))
    ]
    whole = {"bench": "asking", "machine": facts("torch", "transformers"), "rounds": rounds, "talks": rows}
    return whole | {"total": _total(rows)}


def _row(family: str, size: str, frames: int, rounds: int, tell: Callable[[str], None], device: str) -> dict[str, Any]:
    tell(f"{family}, {size}: {frames} frames")
    watched = Watched(family, giants.SIZES[size], frames, device)
    ours, anew = in_turns(watched.ask, watched.ask_anew, rounds)
    again, whole = in_turns(watched.ask, watched.generate, 1 if frames > 60 else rounds)
    clock = "cpu" if device == "cpu" else "wall"
    barged = _barged(watched, clock)
    _check(ours, anew)
    _check(again, whole)
    own = ours.figures()[clock]
    return {
        "family": family, "size": size, "frames": frames, "tokens": len(watched.session),
        "ours ms": round(own * 1e3, 1),
        "x anew": round(anew.figures()[clock] / own, 1), "x generate": round(whole.figures()[clock] / own, 1),
        "x after barge-in": round(anew.figures()[clock] / barged, 1),
    }  # fmt: skip


def _barged(watched: Watched, clock: str) -> float:
    """Seconds by a clock of `Times` to the first token after a reply that was broken off after eight tokens."""
    begun = watched.session.mark()
    watched.reply(8)
    times = Times[torch.Tensor]()

    def turn() -> torch.Tensor:
        watched.session.cut(begun.length + len(QUESTION.ids) + 4)
        return watched.ask()

    times.take(turn)
    watched.session.cut(begun.length)
    return times.figures()[clock]


def _total(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    most = max(row["frames"] for row in rows)
    few = {(row["family"], row["size"]): row["ours ms"] for row in rows if row["frames"] == 15}
    flat = [row["ours ms"] / few[row["family"], row["size"]] for row in rows if row["frames"] == most]
    return {
        f"x generate, {most} frames": min(row["x generate"] for row in rows if row["frames"] == most),
        f"x anew, {most} frames": min(row["x anew"] for row in rows if row["frames"] == most),
        f"{most} frames over 15": round(max(flat), 2),
    }


def _check(ours: Times[torch.Tensor], theirs: Times[torch.Tensor]) -> None:
    """The same answer, or the figures are worth nothing."""
    if ours.answer is None or theirs.answer is None:
        raise ValueError("nothing was answered")
    apart = float((ours.answer.float() - theirs.answer.float()).abs().max())
    spread = float(theirs.answer.max() - theirs.answer.min())
    if apart > NEAR * spread:
        raise ValueError(f"the two sides differ by {apart:.2e} of {spread:.1f}")


def _talk(family: str, frames: int) -> Sequence[Piece]:
    """A system prompt, and frames with two tokens of time before each."""
    seen = [piece for n in range(frames) for piece in (giants.words(2, 500 + n), giants.frame(family, n))]
    return [giants.words(20, 1), *seen]


def _there(value: torch.Tensor, model: Any) -> torch.Tensor:
    value = value.to(model.device)
    return value.to(model.dtype) if value.is_floating_point() else value
