"""A processor for models of random weights: each word is a token, each picture a frame of noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from assistant.bench import giants
from assistant.models.session import Piece
from assistant.types import Frame

_MARKS = {
    giants.BEGIN: "<begin>", giants.END: "<end>", giants.PICTURE: "<picture>", giants.VIDEO: "<video>",
    31_994: "<turn>", 31_995: "</turn>", 31_996: "<unknown>", 31_997: "system", 31_998: "user", 31_999: "assistant",
}  # fmt: skip
_TEMPLATE = (
    "{% for message in messages %}<turn> {{ message['role'] }} {% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }} {% else %}<picture> {% endif %}{% endfor %}</turn> "
    "{% endfor %}{% if add_generation_prompt %}<turn> assistant {% endif %}"
)


class Lexicon:
    """Makes the inputs of a family's models, as their processors do.

    Args:
        family: the name of the architecture
    """

    def __init__(self, family: str) -> None:
        self._family = family
        self.image_token, self.chat_template = _MARKS[giants.PICTURE], _TEMPLATE
        self.tokenizer = _tokenizer()

    def __call__(self, text: Sequence[str], images: Iterable[NDArray[np.uint8]] | None = None, **_: Any) -> Any:
        *parts, last = text[0].split(self.image_token)
        pieces = list[Piece]()
        for words, pixels in zip(parts, images or (), strict=True):
            pieces += [self._words(words), giants.frame(self._family, number_of(pixels))]
        return giants.whole([*pieces, self._words(last)])

    def apply_chat_template(self, turns: Any, **options: Any) -> Any:
        return self.tokenizer.apply_chat_template(turns, chat_template=self.chat_template, **options)

    def _words(self, text: str) -> Piece:
        return Piece(tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"]))


def word(number: int) -> str:
    """The word of a token."""
    return f"w{number}"


def frame(number: int) -> Frame:
    """A picture that stands for a frame of noise."""
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[0, 0, :2] = divmod(number, 256)
    return Frame(pixels, float(number))


def number_of(pixels: NDArray[np.uint8]) -> int:
    """What a picture stands for."""
    return int(pixels[0, 0, 0]) * 256 + int(pixels[0, 0, 1])


def _tokenizer() -> PreTrainedTokenizerFast:
    vocab = {_MARKS.get(number, word(number)): number for number in range(giants.WORDS)}
    inner = Tokenizer(models.WordLevel(vocab, unk_token="<unknown>"))
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = [mark for mark in _MARKS.values() if mark.startswith("<")]
    inner.add_special_tokens(special)
    return PreTrainedTokenizerFast(tokenizer_object=inner, extra_special_tokens=special)
