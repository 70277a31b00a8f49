"""What a router reads of a talk: the words and letters of the newest question, its files, and what went before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zlib import crc32

from assistant.models import talk
from assistant.models.forms import forms
from assistant.types import Message, ToolCall

BUCKETS, MEANINGS = 1 << 15, 1 << 13
"""How many numbers there are for the traits of a request, and for the words that are compared with tools."""
ENDINGS = {
    "picture": "jpg jpeg png webp gif tiff bmp heic",
    "document": "pdf tif",
    "video": "mp4 mkv mov webm avi",
    "sound": "wav mp3 ogg flac m4a opus",
    "text": "txt md csv json log toml py yaml html",
}
"""How files of a kind end."""
_KINDS = {ending: kind for kind, endings in ENDINGS.items() for ending in endings.split()}
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,7}(?:/\S*)?")
_FOLDER = re.compile(r"[~.]{0,2}/?[^\s/]+/\S*|[~.]?/\S+")
_TERM = re.compile(r"\d+(?:[.:,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|[?:\"]")
_NUMERALS = frozenset(
    [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
        "hundred",
    ]
)
_PUNCTUATION = ".,;:!?\"'()[]“”"


def terms(text: str) -> list[str]:
    """The words in small letters; files, addresses and numbers are marks in capitals that keep the kind."""
    return [term for chunk in text.split() for term in _terms(chunk)]


def _terms(chunk: str) -> Iterator[str]:
    bare = chunk.strip(_PUNCTUATION)
    kind = _KINDS.get(bare.partition("#")[0].rpartition(".")[2].lower()) if "." in bare else None
    if kind:
        yield f"PATH.{kind}"
    elif _ADDRESS.fullmatch(bare):
        yield "URL"
    elif _FOLDER.fullmatch(bare):
        yield "FOLDER"
    else:
        yield from map(_marked, _TERM.findall(chunk.lower().replace("’", "'")))
        return
    if chunk.endswith(("?", ":")):
        yield chunk[-1]


def _marked(word: str) -> str:
    if word[0].isdigit():
        return "CLOCK" if ":" in word else "NUMBER"
    return "NUMBER" if word in _NUMERALS else word


def letters(words: Sequence[str], length: int = 4) -> Iterator[str]:
    """Runs of letters, with the ends of words."""
    for word in words:
        if word.islower():
            edged = f"<{word}>"
            yield from (edged[at : at + length] for at in range(max(1, len(edged) - length + 1)))


def grams(words: Sequence[str]) -> Iterator[str]:
    """One to three words in a row, pairs with words between, and runs of letters."""
    edged = ["^", *words, "$"]
    yield from words
    for span in (2, 3):
        yield from (" ".join(edged[at : at + span]) for at in range(len(edged) - span + 1))
    for gap in (2, 3):
        yield from (f"{one} {gap} {other}" for one, other in zip(edged, edged[gap:], strict=False))
    yield from letters(words)


def place(text: str, buckets: int = MEANINGS) -> int:
    """The bucket of a trait."""
    return crc32(text.encode()) % buckets


def surroundings(messages: Sequence[Message], words: Sequence[str], known: Mapping[str, str]) -> Iterator[str]:
    """What the talk around the question decides: what is attached now or was before, what was called and said last.

    `known`: sentences and names of tools, by which they are called.
    """
    now, before = (list(dict.fromkeys(_kinds(part))) for part in (messages[-1:], messages[:-1]))
    yield "now " + " ".join(_kinds(messages[-1:]))
    yield from (f"has {kind}" for kind in now or ["nothing"])
    yield from (f"had {kind}" for kind in before)
    files = " ".join(sorted({word for word in words if word.isupper() or word.startswith("PATH")}))
    yield f"named {files} now {' '.join(now)} before {' '.join(sorted(before))}"
    if any("points at" in part for part in messages[-1].parts if isinstance(part, str) and part.startswith("[the")):
        yield "pointed"
    state = _state(messages[:-1], known)
    yield f"after {state}"
    if state != "nothing":
        yield from ("later", f"length {min(len(words), 6)} later")


def crossed(messages: Sequence[Message], words: Sequence[str], known: Mapping[str, str]) -> Iterator[str]:
    """Each word, with what is attached and with what went before."""
    attached = next((kind for part in (messages[-1:], messages[:-1]) for kind in _kinds(part)), "nothing")
    yield from (f"{attached} {word}" for word in words)
    state = _state(messages[:-1], known)
    if state != "nothing":
        yield from (f"later {word}" for word in words)
        yield from (f"{state} {word}" for word in words)


def _state(messages: Sequence[Message], known: Mapping[str, str]) -> str:
    """The last sentence that has a class, or else the last call."""
    last = next((message for message in reversed(messages) if message.role == "assistant"), None)
    if last is None:
        return "nothing"
    calls = [part.name for message in messages for part in message.parts if isinstance(part, ToolCall)]
    said = "".join(part for part in last.parts if isinstance(part, str))
    return known.get(said) or f"call {known.get(calls[-1], 'other') if calls else 'none'}"


def _kinds(messages: Sequence[Message]) -> list[str]:
    """What is attached, in order."""
    lines = [part for message in messages for part in message.parts if isinstance(part, str)]
    found = [match for line in lines if (match := talk.ATTACHMENT.match(line))]
    return [_KINDS.get("pdf", "") if each["source"].endswith((".pdf", ".tif")) else each["kind"] for each in found]


@dataclass(frozen=True, slots=True)
class Offer:
    """The words of a tool."""

    name: str
    named: frozenset[str]
    told: frozenset[str]
    runs: frozenset[str]
    counts: bool
    """Whether an argument is a number."""
    meanings: tuple[int, ...]

    @classmethod
    def of(cls, tool: Mapping[str, Any]) -> Offer:
        """From the form of OpenAI's function calls."""
        function = tool["function"]
        told = str(function.get("description") or "").split("\n")[0]
        fields = tuple((name, form.type in ("integer", "number")) for name, form in forms(function).items())
        return _offer(str(function["name"]), told, fields)


@lru_cache(maxsize=4096)
def _offer(name: str, description: str, fields: tuple[tuple[str, bool], ...]) -> Offer:
    named = terms(re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]", " ", name))
    asks = [word for field, _ in fields for word in terms(field.replace("_", " "))]
    words = frozenset([*named, *terms(description), *asks])
    runs = frozenset(run for word in words for run in letters([word]))
    meant = tuple(place(each) for each in sorted(words | runs))
    return Offer(name, frozenset(named), words, runs, any(number for _, number in fields), meant)
