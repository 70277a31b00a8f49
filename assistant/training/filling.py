"""Fills a phrase: the words that are said, and the calls that they ask for."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from assistant.training import slips
from assistant.training.offers import Tool
from assistant.training.phrasebook import SLOT, Phrase, Wish
from assistant.training.slips import Manner
from assistant.training.vocabulary import EXACT, EXTENSIONS, Filling, Vocabulary, articles, in_words
from assistant.types import ToolCall

GIVEN = ("source", "first", "second", "hit")
"""Slots of arguments that need not stand in the words."""
_BLANK = re.compile(r"\s+(?=[,.?!](?:\s|$)|\s|$)")

_INTEGER = re.compile(r"(?<![\d.:])\d{1,3}(?![\d.:])")


@dataclass(frozen=True, slots=True)
class Filled:
    """A phrase with something in its slots."""

    text: str
    calls: tuple[ToolCall, ...]


class Filler:
    """Fills phrases.

    Args:
        vocabulary: what the slots are filled from
        tools: those that can be called, by name
    """

    def __init__(self, vocabulary: Vocabulary, tools: Mapping[str, Tool]) -> None:
        self._vocabulary, self._tools = vocabulary, tools

    def fill(
        self, phrase: Phrase, how: Manner, rng: Random, sources: Sequence[str] = (), given: Mapping[str, Any] = {}
    ) -> Filled:
        """Say a phrase.

        Args:
            phrase: what is said
            how: the manner it is said in
            rng: where chance comes from
            sources: the attached files
            given: fillings that are known already
        """
        known = {name: Filling.of(source) for name, source in zip(("first", "second"), sources, strict=False)}
        known |= {"source": Filling.of(sources[0])} if sources else {}
        known |= {name: Filling.of(value) for name, value in given.items()}
        said = known | self._fillings(phrase, how, rng)
        if "file" in said:
            said["source"] = said["file"]
        text = self._text(phrase, said, how, rng)
        calls = tuple(self._call(wish, said, f"c{number}") for number, wish in enumerate(phrase.wishes, 1))
        if not self._copied(calls, phrase, text):
            text = self._text(phrase, said, "plain", rng)
        return Filled(text, tuple(_as_said(call, text) for call in calls))

    def _fillings(self, phrase: Phrase, how: Manner, rng: Random) -> dict[str, Filling]:
        """Something for each slot; two times in order, file names of a kind that fits."""
        said: dict[str, Filling] = {}
        for slot in phrase.slots:
            if slot in ("file", "first", "second"):
                kinds = [kind for kind in phrase.media if kind in EXTENSIONS] or ["picture"]
                said[slot] = Filling.of(self._vocabulary.path(rng, rng.choice(kinds)))
            elif slot not in ("since", "until"):
                said[slot] = _in_manner(slot, self._vocabulary.draw(slot, rng), how)
        since = rng.choice((rng.randint(0, 60), round(rng.uniform(0, 30), 1)))
        times = {"since": since, "until": since + rng.randint(1, 40)}
        return said | {slot: _time(time, rng) for slot, time in times.items() if slot in phrase.slots}

    def _text(self, phrase: Phrase, said: Mapping[str, Filling], how: Manner, rng: Random) -> str:
        pieces = SLOT.split(phrase.text)
        words = [said[p].text if n % 2 else slips.slipped(p, how, rng) for n, p in enumerate(pieces)]
        return slips.framed(articles(_BLANK.sub("", "".join(words)).strip()), how, rng)

    def _call(self, wish: Wish, said: Mapping[str, Filling], id: str) -> ToolCall:
        tool = self._tools[wish.tool]
        patterns = dict(wish.arguments)
        if "source" in tool.types and "source" not in patterns and "source" in said:
            patterns["source"] = "{source}"
        values = {name: _value(patterns[name], said, tool, name) for name in tool.types if name in patterns}
        return ToolCall(id, tool.name, {name: value for name, value in values.items() if value is not None})

    def _copied(self, calls: Sequence[ToolCall], phrase: Phrase, text: str) -> bool:
        """Whether the slips have left whole what the calls copy from the words."""
        values = [v for call in calls for v in call.arguments.values() if isinstance(v, str)]
        plain = SLOT.sub("", phrase.text).lower()
        own = {w for wish in phrase.wishes for _, pattern in wish.arguments for w in SLOT.sub(" ", pattern).split()}
        if not any(word.lower() in plain for word in own):
            return True
        return all(value.lower() in text.lower() for value in values if len(value.split()) > 1 or value in own)


def _as_said(call: ToolCall, text: str) -> ToolCall:
    """The call with copied words in the letters, large or small, of the request."""
    arguments = {
        name: _copy(value, text) if isinstance(value, str) else value for name, value in call.arguments.items()
    }
    return replace(call, arguments=arguments)


def _copy(value: str, text: str) -> str:
    at = text.lower().find(value.lower()) if " " in value and value not in text else -1
    return value if at < 0 else text[at : at + len(value)]


def _value(pattern: str, said: Mapping[str, Filling], tool: Tool, argument: str) -> Any:
    """What an argument gets; None where a slot of its pattern was not said."""
    slots = SLOT.findall(pattern)
    if any(slot not in said for slot in slots):
        return None
    if len(slots) == 1 and pattern == f"{{{slots[0]}}}":
        return said[slots[0]].value
    if tool.is_text(argument):
        return articles(SLOT.sub(lambda slot: _plain(said[slot[1]], slot.start(), pattern), pattern))
    return json.loads(SLOT.sub(lambda slot: json.dumps(said[slot[1]].value).strip('"'), pattern))


def _plain(filling: Filling, start: int, pattern: str) -> str:
    """The words of a slot; its number where it is a part of a source such as ``#t=``."""
    if start and pattern[start - 1] in "=,:" and not isinstance(filling.value, str):
        return f"{filling.value:g}"
    return filling.text


def _in_manner(slot: str, filling: Filling, how: Manner) -> Filling:
    name = slot.rstrip("0123456789")
    if name in EXACT:
        return filling
    if not isinstance(filling.value, str):
        return Filling(_spelled(filling.text), filling.value) if how == "spoken" else filling
    return Filling.of(slips.value(filling.text, how))


def _spelled(text: str) -> str:
    """Whole numbers as words, as most recognisers write them."""
    return _INTEGER.sub(lambda number: in_words(int(number[0])), text)


def _time(seconds: float, rng: Random) -> Filling:
    if isinstance(seconds, int) and rng.random() < 0.3:
        return Filling(in_words(seconds), seconds)
    exact = round(seconds, 2)
    return Filling(f"{seconds:g}", int(exact) if exact == int(exact) else exact)
