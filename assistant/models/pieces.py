"""Turns a prompt into pieces that can be read one by one: stretches of text, and pictures with their own tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from assistant.models.family import Inputs, picture_inputs
from assistant.models.kept import Beside, Kept
from assistant.models.prompt import Prompt
from assistant.models.session import Piece

KNOWN = 1024
"""Pictures whose tokens are kept; what a processor made of them is kept of fewer."""
_SMALL = 64
"""Numbers of a tensor that is kept with the tokens, such as a picture's patches along each side."""


class Pieces:
    """Makes the pieces of prompts.

    Args:
        processor: of the model
        prepare: gives a processor's tensors the model's own format
        most: pictures whose tensors are kept
    """

    def __init__(self, processor: Any, prepare: Callable[[Any], Any] = lambda tensor: tensor, most: int = 32) -> None:
        self._processor, self._prepare = processor, prepare
        self.mark = str(processor.image_token)
        """Stands for a picture in a prompt."""
        self._pictures, self._known = Kept[Piece](most), Kept[Piece](KNOWN)
        self._digests = Beside[str]()
        self._encoded = lru_cache(maxsize=512)(self._ids)

    def of(self, prompt: Prompt) -> list[Piece]:
        """Text and pictures in their order; together they are the tokens that the processor makes of the whole."""
        texts = prompt.text.split(self.mark)
        if len(texts) != len(prompt.pictures) + 1:
            raise ValueError(f"the prompt has {len(texts) - 1} marks for {len(prompt.pictures)} pictures")
        return [piece for piece in self._laid(texts, prompt.pictures) if piece.ids]

    def ids(self, text: str) -> tuple[int, ...]:
        """The tokens of a text that goes on behind others."""
        return self._encoded(text, False)

    def first(self, text: str) -> tuple[int, ...]:
        """The tokens of a text that prompts begin with; the last may be another one where the text goes on."""
        return self._encoded(text, True) if text else ()

    def _laid(self, texts: Sequence[str], pictures: Sequence[NDArray[np.uint8]]) -> Iterator[Piece]:
        for number, text in enumerate(texts):
            yield Piece(self._encoded(text, number == 0))
            if number < len(pictures):
                yield self._picture(pictures[number])

    def _ids(self, text: str, first: bool) -> tuple[int, ...]:
        tokenizer = self._processor.tokenizer
        begins = tokenizer.bos_token
        again = first and not (begins and text.startswith(begins))
        return tuple(tokenizer(text, add_special_tokens=again)["input_ids"])

    def _picture(self, pixels: NDArray[np.uint8]) -> Piece:
        """That of a picture; one whose tokens are known is prepared again only when somebody looks at it."""
        digest = self._digests.of(pixels, lambda: digest_of(pixels))
        known = self._known.find(digest)
        if known is None:
            piece = self._processed(pixels, digest)
            self._known.put(digest, Piece(piece.ids, digest, _small(piece.inputs or {})))
            return self._pictures.put(digest, piece)
        return self._pictures.find(digest) or Piece(
            known.ids, digest, Late(known.inputs or {}, lambda: self._again(pixels, digest))
        )

    def _again(self, pixels: NDArray[np.uint8], digest: str) -> Inputs:
        found = self._pictures.find(digest) or self._pictures.put(digest, self._processed(pixels, digest))
        return found.inputs or {}

    def _processed(self, pixels: NDArray[np.uint8], digest: str) -> Piece:
        made = self._processor(text=[self.mark], images=[pixels], return_tensors="pt", add_special_tokens=False)
        tensors = {name: self._prepare(value) for name, value in picture_inputs(made).items()}
        return Piece(tuple(made["input_ids"][0].tolist()), digest, tensors)


class Late(Mapping[str, Tensor]):
    """What a processor makes of a picture, when it is needed.

    Args:
        known: what is there already
        make: gives all
    """

    def __init__(self, known: Inputs, make: Callable[[], Inputs]) -> None:
        self._known, self._make = known, make

    def __bool__(self) -> bool:
        return True

    def __getitem__(self, name: str) -> Tensor:
        return self._known[name] if name in self._known else self._make()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._make())

    def __len__(self) -> int:
        return len(self._make())


def _small(inputs: Inputs) -> Inputs:
    return {name: value for name, value in inputs.items() if value.numel() <= _SMALL}


def digest_of(pixels: NDArray[np.uint8]) -> str:
    """What stands for the content of a picture."""
    return blake2b(np.ascontiguousarray(pixels).tobytes(), digest_size=16, key=repr(pixels.shape).encode()).hexdigest()
