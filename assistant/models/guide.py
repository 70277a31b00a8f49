"""Writes the grammar of what a small model may reply to a question: a known sentence, or calls with copied arguments.

A call names a tool that is offered; its files, words and numbers stand in the talk. The grammar is in the Lark form of
llguidance, with `substring_words` for what is copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from assistant.errors import ModelError
from assistant.models import talk
from assistant.models.amounts import numbers
from assistant.models.catalog import SENTENCES
from assistant.models.forms import Form, forms
from assistant.models.leaning import Leaning, beginnings
from assistant.models.repair import READ, named
from assistant.models.router import Router
from assistant.types import Message

PICTURES = ("source", "first", "second", "picture")
PLACES = ("path", "url")
_CALLS = 3
"""Calls side by side."""
_NUMBERS = 40
"""Different numbers of a talk that are offered."""
_FREE, _FREE_WHOLE = r"/-?[0-9]{1,6}(\.[0-9]{1,3})?/", "/-?[0-9]{1,6}/"
_UNQUOTED = re.compile(r"[\x00-\x1f\x7f\"\\]")
"""What would have to be escaped in JSON: a copy begins or ends there."""
_TIME = r"/[0-9]{1,5}(\.[0-9]{1,2})?(,[0-9]{1,5}(\.[0-9]{1,2})?)?/"
_PART = f'("#t=" {_TIME} | "#" ("track"|"channel"|"page") "=" /[0-9]{{1,3}}/)?'


@dataclass(frozen=True, slots=True)
class Guide:
    """What holds a checkpoint to the talk."""

    sentences: tuple[str, ...]
    router: Router | None = None
    """What knows which of them is likely, and which tool."""

    @classmethod
    def beside(cls, folder: Path) -> Guide | None:
        """That of a checkpoint, or None where it has none; ModelError when it cannot be read."""
        path = folder / SENTENCES
        if not path.is_file():
            return None
        try:
            sentences = tuple(map(str, json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError) as error:
            raise ModelError(f"{path} cannot be read: {error}", "download the checkpoint again") from error
        return cls(sentences, Router.beside(folder))

    def leaning(
        self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]], tokenizer: Any
    ) -> Leaning | None:
        """What leans a reply that has a grammar towards what is likely; None where nothing is known of that."""
        if self.router is None:
            return None
        before = "".join(_said(messages))
        return Leaning(beginnings(self.router.odds(messages, tools), before, tokenizer), self.router.weight)

    def grammar(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> str | None:
        """What may be replied to a question, with tools; None where anything may be said."""
        if not tools or not messages or messages[-1].role != "user":
            return None
        texts = " | ".join(map(_literal, dict.fromkeys((*self.sentences, *_said(messages)))))
        copied = _Copied.of(messages)
        calls = [_call(number, tool["function"]) for number, tool in enumerate(tools)]
        names = " | ".join(f"c{number}" for number in range(len(calls)))
        head = f"start: text | call{{1,{_CALLS}}}\ntext: {texts}\ncall: <tool_call> ({names}) </tool_call>\n"
        return head + copied.rules() + "".join(calls)


def _said(messages: Sequence[Message]) -> list[str]:
    """What the assistant said last."""
    before = [p for m in messages if m.role == "assistant" for p in m.parts if isinstance(p, str) and p.strip()]
    return before[-1:]


@dataclass(frozen=True, slots=True)
class _Copied:
    """What arguments may be taken from."""

    files: tuple[str, ...]
    words: str
    numbers: tuple[float, ...]

    @classmethod
    def of(cls, messages: Sequence[Message]) -> _Copied:
        texts = list(talk.said(messages))
        files = dict.fromkeys((*talk.files(messages), *named(texts[-3:])))
        told = tuple(islice(dict.fromkeys(numbers(text[-READ:] for text in reversed(texts[-3:]))), _NUMBERS))
        return cls(tuple(files), "\n".join(texts[-4:])[-2000:], told)

    def rules(self) -> str:
        words = _UNQUOTED.sub(" ", self.words)
        files = " | ".join(_literal(_quoted(file)[1:-1]) for file in self.files)
        camera = '"camera" (":" /[0-9]/)?'
        every = " | ".join(_literal(_shown(number)) for number in self.numbers)
        whole = " | ".join(_literal(_shown(number)) for number in self.numbers if number == int(number))
        return (
            f"COPY: %regex {json.dumps({'substring_words': words})}\n"
            f"file: {f'({files}) part | {camera}' if files else f'{camera} | COPY'}\n"
            f"place: {f'{files} | ' if files else ''}COPY\n"
            f"part: {_PART}\n"
            f"number: {every or _FREE}\n"
            f"whole: {whole or _FREE_WHOLE}\n"
        )


def _call(number: int, tool: Mapping[str, Any]) -> str:
    """The rules of a call of one tool; arguments come in the order of its schema."""
    head = _literal(f'{{"name": {_quoted(tool["name"])}, "arguments": {{')
    kinds = list(forms(tool).items())
    return "".join([f'c{number}: {head} a{number}_0 "}}}}"\n', *_members(number, kinds)])


def _members(number: int, kinds: Sequence[tuple[str, Form]]) -> Iterator[str]:
    """Two rules for what may follow at each argument: a as the first one, b behind others."""
    last = len(kinds)
    for place, (name, kind) in enumerate(kinds):
        one = f"{_literal(f'{_quoted(name)}: ')} {_value(name, kind)} b{number}_{place + 1}"
        for rule, before in (("a", ""), ("b", '", " ')):
            skipped = "" if kind.required else f" | {rule}{number}_{place + 1}"
            yield f"{rule}{number}_{place}: {before}{one}{skipped}\n"
    yield f'a{number}_{last}: ""\nb{number}_{last}: ""\n'


def _value(name: str, kind: Form) -> str:
    if kind.options:
        return f"({' | '.join(_literal(_quoted(option)) for option in kind.options)})"
    match kind.type:
        case "string" if name in PICTURES:
            return '"\\"" file "\\""'
        case "string" if name in PLACES:
            return '"\\"" place "\\""'
        case "string":
            return '"\\"" COPY "\\""'
        case "integer":
            return "whole"
        case "number":
            return "number"
        case "boolean":
            return '("true" | "false")'
        case "array" if kind.items == "string":
            return '"[" "\\"" COPY "\\"" (", " "\\"" COPY "\\""){0,11} "]"'
        case "array" if kind.items in ("number", "integer", ""):
            return r'"[" /[0-9](\.[0-9]{1,2})?(, [0-9](\.[0-9]{1,2})?){0,11}/ "]"'
    spaced = {"x-guidance": {"item_separator": ", ", "key_separator": ": ", "whitespace_flexible": False}}
    return f"%json {json.dumps({**(kind.schema or {}), **spaced})}"


def _literal(text: str) -> str:
    """A string of the grammar."""
    return json.dumps(text)


def _quoted(value: Any) -> str:
    """JSON as conversations show it."""
    return json.dumps(value, ensure_ascii=False)


def _shown(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
