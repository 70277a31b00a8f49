"""Reads a conversation: the newest question, what is attached to it, what was called and found for it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.types import Message, Part, ToolCall, ToolResult

ATTACHMENT = re.compile(
    r"^\[attachment: (?P<source>.+) \| (?P<kind>picture|video|sound)\b"
    r"(?:.*?, (?P<seconds>[\d.]+) s)?(?:.*?, (?P<pages>\d+) pages)?.*\]$"
)
"""The line that names an attachment in a user's message."""


@dataclass(frozen=True, slots=True)
class Attached:
    """What a line of the user's message says of an attachment."""

    source: str
    kind: str
    """picture, video or sound."""
    seconds: float = 0.0
    pages: int = 1


def asked(messages: Sequence[Message]) -> int:
    """The place of the newest question; -1 where there is none."""
    return max((number for number, message in enumerate(messages) if message.role == "user"), default=-1)


def since(messages: Sequence[Message]) -> list[Part]:
    """What was said, called and found since the newest question."""
    return [part for message in messages[asked(messages) + 1 :] for part in message.parts]


def question(messages: Sequence[Message]) -> tuple[str, list[Attached]]:
    """The words of the newest question, and what is attached."""
    lines = _lines(messages)
    return lines[-1] if lines else "", _attached(lines)


def gone(messages: Sequence[Message]) -> bool:
    """Whether something that was attached before cannot be read any more."""
    return any(line.startswith("[attached before, but gone: ") for line in _lines(messages))


def said(messages: Sequence[Message]) -> Iterator[str]:
    """What stands in the talk and may be copied, in order."""
    for message in messages:
        for part in message.parts:
            match part:
                case str() if message.role == "user" and not ATTACHMENT.match(part):
                    yield part
                case ToolCall():
                    yield " ".join(str(value) for value in part.arguments.values())
                case ToolResult():
                    yield part.text


def files(messages: Sequence[Message]) -> list[str]:
    """What is attached: in the newest message that has something, in its order."""
    for message in reversed(messages):
        found = _attached([part for part in message.parts if isinstance(part, str)])
        if message.role == "user" and found:
            return [each.source for each in found]
    return []


def _lines(messages: Sequence[Message]) -> list[str]:
    """The texts of the newest question."""
    place = asked(messages)
    return [part for part in messages[place].parts if isinstance(part, str)] if place >= 0 else []


def _attached(lines: Sequence[str]) -> list[Attached]:
    named = [match for line in lines if (match := ATTACHMENT.match(line))]
    return [Attached(m["source"], m["kind"], float(m["seconds"] or 0), int(m["pages"] or 1)) for m in named]
