"""Mends the calls of small models: what an argument copies from the talk must stand there.

A small model chooses the right tool far more often than it copies a name letter by letter. Files, words and numbers
that nobody said are replaced by the nearest that somebody did.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

from assistant.models import talk
from assistant.models.amounts import numbers
from assistant.models.forms import Form, forms
from assistant.types import Message, ToolCall

FILES = ("source", "first", "second", "path", "url")
"""Arguments that name a file or a place."""
READ = 2_000
"""Letters at the end of a text that are searched for what could be meant."""
_LONGEST = 200
"""Letters of a file's name."""
_NEAR = 0.35
"""By which share a number may differ from one that was said to stand for it."""
_LIKE = 0.6
"""How like a run of words must be to stand for another one, 0..1."""
_CAMERA = re.compile(r"camera(?::\d+)?")
_FILE = re.compile(r"(?:https?://\S+|[~./\w-]*[\w-]\.[A-Za-z]\w{1,4}\b(?:#\w+=[\w.,]+)?|(?:[~.]?/)?[\w.-]+/[\w./-]*)")


def repaired(call: ToolCall, said: Sequence[str], files: Sequence[str], tool: Mapping[str, Any]) -> ToolCall:
    """The call with arguments that stand in the talk; what cannot be found is left out.

    Args:
        call: as the model made it
        said: what the user said, and what was called before, the newest last
        files: what is attached, in order
        tool: its JSON schema, in the form of OpenAI's function calls
    """
    kinds = forms(tool["function"])
    taken: list[str] = []
    arguments: dict[str, Any] = {}
    for name, value in call.arguments.items():
        if name not in kinds:
            continue
        mended = _mended(name, value, kinds[name], said, [each for each in files if each not in taken])
        if mended is not None:
            arguments[name] = mended
            taken.append(str(mended))
    for name, kind in kinds.items():
        left = [each for each in files if each not in taken] if name in FILES else []
        if kind.required and name not in arguments and left:
            arguments[name] = left[0]
            taken.append(left[0])
    return replace(call, arguments=arguments)


def _mended(name: str, value: Any, kind: Form, said: Sequence[str], files: Sequence[str]) -> Any:
    """The value, or what it should have been; None where nothing fits."""
    if kind.options:
        return value if value in kind.options else None
    if name in FILES and isinstance(value, str):
        return _file(value, said, files)
    if isinstance(value, str):
        return _words(value, said)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return _number(value, said, kind.type == "integer")


def _file(value: str, said: Sequence[str], files: Sequence[str]) -> str | None:
    """A file that is attached or was named; the part of it that the call asks for is kept."""
    path, mark, part = value.partition("#")
    known = [*files, *named(said)]
    if path in known or value in known or _CAMERA.fullmatch(value) or _stands_alone(value, said, bool(files)):
        return value
    if not known:
        return None
    nearest = max(known, key=lambda each: SequenceMatcher(None, path, each).ratio())
    chosen = nearest if SequenceMatcher(None, path, nearest).ratio() >= _LIKE else known[0]
    return chosen + (mark + part if "#" not in chosen else "")


def named(said: Sequence[str]) -> list[str]:
    """The files that stand in what was said, the newest first."""
    words = (word for text in reversed(said) for word in text[-READ:].split() if len(word) <= _LONGEST)
    return [match[0].rstrip(".,?!") for word in words for match in _FILE.finditer(word)]


def _words(value: str, said: Sequence[str]) -> str | None:
    """Words that somebody said, as they were said."""
    if not value or _stands(value, said):
        return value
    length = len(value.split())
    runs = [run for text in said[-3:] for run in _runs(text[-READ:], length)]
    if not runs:
        return value
    nearest = max(runs, key=lambda run: SequenceMatcher(None, value.lower(), run.lower()).ratio())
    return nearest if SequenceMatcher(None, value.lower(), nearest.lower()).ratio() >= _LIKE else value


def _stands(value: str, said: Sequence[str]) -> bool:
    return any(value.lower() in text.lower() for text in said)


def _stands_alone(value: str, said: Sequence[str], path: bool) -> bool:
    """Whether a name was said, between other words; with `path` it has to look like one of a file."""
    if not value or (path and not re.search(r"[./]", value)):
        return False
    whole = re.compile(rf"(?<!\w){re.escape(value)}(?!\w)", re.IGNORECASE)
    return any(whole.search(text) for text in said)


def _runs(text: str, length: int) -> Iterator[str]:
    """Runs of about so many words."""
    spans = [match.span() for match in re.finditer(r"\S+", text)]
    for wide in range(max(1, length - 1), length + 3):
        for first in range(len(spans) - wide + 1):
            yield text[spans[first][0] : spans[first + wide - 1][1]].strip(" ,.;:?!\"'")


def _number(value: float, said: Sequence[str], whole: bool) -> float | int | None:
    """A number that somebody said: the nearest, where one is near; None where nobody said any."""
    told = [number for number in numbers(text[-READ:] for text in said[-3:]) if not whole or number == int(number)]
    if not told:
        return None
    nearest = min(told, key=lambda number: abs(number - value))
    found = nearest if abs(nearest - value) <= _NEAR * max(abs(value), abs(nearest)) else value
    return int(found) if found == int(found) else found


def mended(
    calls: Sequence[ToolCall], messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]
) -> list[ToolCall]:
    """The calls of a reply to a conversation, mended; those of unknown tools are left out."""
    known = {tool["function"]["name"]: tool for tool in tools}
    texts, files = list(talk.said(messages)), talk.files(messages)
    return [repaired(call, texts, files, known[call.name]) for call in calls if call.name in known]
