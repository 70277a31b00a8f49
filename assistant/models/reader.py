"""How a model reads a prompt: behind what it has read before, or anew where its family does not allow that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from assistant.errors import ModelError
from assistant.models.confidence import Confidence, Sureness
from assistant.models.decoding import Prepare
from assistant.models.eyes import AT_ONCE, Eyes
from assistant.models.family import Family
from assistant.models.int8 import is_compressed
from assistant.models.pieces import Pieces
from assistant.models.prompt import Prompt, Template
from assistant.models.session import Piece, chance
from assistant.models.snapshots import Snapshots
from assistant.models.talks import Talks
from assistant.types import Frame, Message

_NEAR = {torch.float32: 1e-3, torch.float16: 3e-2, torch.bfloat16: 1e-1, torch.int8: 1e-1}
"""How far scores may differ, as a share of their spread, between reading at once and reading on."""


class Reader(Protocol):
    """Reads prompts for `generate`."""

    note: str
    """What a person should know of it, or nothing."""

    def reading(self, prompt: Prompt, sureness: Sureness | None) -> tuple[int, Prepare]:
        """The number of tokens of a prompt, and what reads it."""

    def read(self, prompt: Prompt, check: Callable[[], None]) -> int:
        """Read a prompt that will go on; how many tokens were new."""

    def shorten(self, before: Prompt, after: Prompt) -> None:
        """Forget what a prompt that was read has no more."""

    def tidy(self, prompt: Prompt, check: Callable[[], None]) -> bool:
        """Read a prompt from which something was forgotten once more; false when there was nothing to do."""

    def weigh(self, prompt: Prompt, endings: Sequence[str], check: Callable[[], None]) -> list[float]:
        """The logarithm of the probability of each text behind a prompt; what is held is as before then."""

    def forget(self) -> None:
        """Let go of what is held."""


class Onward:
    """Reads what is new."""

    note = ""

    def __init__(self, family: Family, pieces: Pieces, eyes: Eyes, snapshots: Snapshots | None = None) -> None:
        self._pieces, self._eyes, self._talks = pieces, eyes, Talks(family, eyes, snapshots=snapshots)

    def reading(self, prompt: Prompt, sureness: Sureness | None) -> tuple[int, Prepare]:
        pieces = pieces_of(self._pieces, prompt)

        def prepare(check: Callable[[], None]) -> Any:
            prepared = self._talks.prepared(pieces, check, self._pieces.first(prompt.stem)[:-1])
            if sureness is not None:
                sureness.inside += self._eyes.inside(pieces)
            return prepared

        return sum(len(piece.ids) for piece in pieces), prepare

    def read(self, prompt: Prompt, check: Callable[[], None]) -> int:
        pieces = pieces_of(self._pieces, prompt)
        before = self._talks.tokens
        self._talks.read(pieces, check)
        return self._talks.tokens - before

    def shorten(self, before: Prompt, after: Prompt) -> None:
        self._talks.shorten(pieces_of(self._pieces, before), pieces_of(self._pieces, after))

    def tidy(self, prompt: Prompt, check: Callable[[], None]) -> bool:
        new = self.read(prompt, check)
        return self._talks.tidied(pieces_of(self._pieces, prompt), check) or new > 0

    def weigh(self, prompt: Prompt, endings: Sequence[str], check: Callable[[], None]) -> list[float]:
        prepared = self._talks.prepared(pieces_of(self._pieces, prompt), check)
        return [prepared.session.likelihood(prepared.rest, self._pieces.ids(ending)) for ending in endings]

    def forget(self) -> None:
        self._talks.forget()


@dataclass(slots=True)
class Whole:
    """A prompt of which nothing was read before."""

    inputs: dict[str, Any]
    reused: int = 0

    @property
    def read(self) -> int:
        return int(self.inputs["input_ids"].shape[1])

    def verified(self, draft: Sequence[int], banned: Sequence[int], ends: Sequence[int]) -> list[int]:
        """All would be read twice."""
        return []

    def done(self, made: Sequence[int], whole: bool) -> None:
        """Nothing is kept."""


class Anew:
    """Reads all of a prompt each time."""

    note = "; reads everything anew at each turn"

    def __init__(self, model: Any, processor: Any) -> None:
        self._model, self._processor = model, processor

    def reading(self, prompt: Prompt, sureness: Sureness | None) -> tuple[int, Prepare]:
        whole = Whole(self.inputs(prompt))
        return whole.read, lambda check: whole

    def read(self, prompt: Prompt, check: Callable[[], None]) -> int:
        """Nothing can be read ahead."""
        return 0

    def shorten(self, before: Prompt, after: Prompt) -> None:
        """Nothing is held."""

    def tidy(self, prompt: Prompt, check: Callable[[], None]) -> bool:
        """Nothing is held."""
        return False

    def weigh(self, prompt: Prompt, endings: Sequence[str], check: Callable[[], None]) -> list[float]:
        begun = self.inputs(prompt)["input_ids"].shape[1]
        return [self._weighed(Prompt(prompt.text + ending, prompt.pictures, ""), begun, check) for ending in endings]

    def forget(self) -> None:
        """Nothing is held."""

    def _weighed(self, prompt: Prompt, since: int, check: Callable[[], None]) -> float:
        check()
        inputs = {name: value.to(self._model.device) for name, value in self.inputs(prompt).items()}
        with torch.no_grad():
            scores = self._model(**inputs, use_cache=False).logits[0, since - 1 : -1]
        return chance(scores, inputs["input_ids"][0, since:])

    def inputs(self, prompt: Prompt) -> dict[str, Any]:
        begins = self._processor.tokenizer.bos_token
        again = not (begins and prompt.text.startswith(begins))
        pictures = list(prompt.pictures) or None
        try:
            inputs = self._processor(text=[prompt.text], images=pictures, return_tensors="pt", add_special_tokens=again)
        except (ValueError, TypeError, LookupError) as error:
            raise _unreadable(error) from error
        return {name: _in_format(value, self._model.dtype) for name, value in inputs.items()}


def reader_of(
    model: Any, processor: Any, template: Template, confidence: Confidence | None, snapshots: Snapshots | None = None
) -> Reader:
    """The best that is right for a model: two frames are read on and at once, and the scores compared."""
    anew = Anew(model, processor)
    for at_once in (AT_ONCE, 1):
        with suppress(ModelError, AttributeError, TypeError, ValueError, LookupError, RuntimeError):
            family = Family(model)
            pieces = Pieces(processor, lambda tensor: _in_format(tensor, model.dtype))
            eyes = Eyes(family, confidence, at_once=at_once)
            if _is_right(family, pieces, eyes, template, anew):
                return Onward(family, pieces, eyes, snapshots)
    return anew


def pieces_of(pieces: Pieces, prompt: Prompt) -> list[Piece]:
    """Those of a prompt; ModelError when the processor refuses a picture."""
    try:
        return pieces.of(prompt)
    except (ValueError, TypeError, LookupError) as error:
        raise _unreadable(error) from error


def _is_right(family: Family, pieces: Pieces, eyes: Eyes, template: Template, anew: Anew) -> bool:
    """Whether reading on gives what reading at once gives."""
    noise = np.random.default_rng(0).integers(0, 255, (2, 56, 56, 3), dtype=np.uint8)
    prompt = template.render([Message("user", (Frame(noise[0]), "one", Frame(noise[1]), "two"))])
    parts = pieces.of(prompt)
    at_once = anew.inputs(prompt)
    if [id for piece in parts for id in piece.ids] != at_once["input_ids"][0].tolist():
        return False
    prepared = Talks(family, eyes, 1).prepared(parts, lambda: None)
    with torch.no_grad():
        there = {name: value.to(family.device) for name, value in at_once.items()}
        on = prepared.session.append(Piece(prepared.rest))[-1].float()
        whole = family.model(**there, use_cache=False).logits[0, -1].float()
    eyes.forget()
    numbers = torch.int8 if is_compressed(family.model) else family.model.dtype
    return float((on - whole).abs().max()) <= _NEAR[numbers] * float(whole.max() - whole.min())


def _unreadable(error: Exception) -> ModelError:
    return ModelError(f"the model cannot take this: {error}", "leave out the picture, or cut it")


def _in_format(value: torch.Tensor, numbers: torch.dtype) -> torch.Tensor:
    return value.to(numbers) if value.is_floating_point() else value
