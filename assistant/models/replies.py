"""What the rules say of the results of tools: a short answer where the readings hold one, else what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evidence import marked
from assistant.models import answers
from assistant.models.measured import measured
from assistant.types import Abstained, ToolResult

LIMITS = "without a model I answer only what can be read or measured: text, codes, colours, light, motion, sound, notes"
READ = "read_text"
BY_SIGHT = ("look", "describe_image", "count_things", "find_in_video")
"""Tools that need a model's eyes where nothing can be measured."""
MARKS = 4
"""Pieces of evidence that a short answer cites."""
_LIST = re.compile(r"\b(?:all|every|everything|whole|read (?:it|this|the text|out|aloud)|transcribe|ocr|copy)\b", re.I)
_POINTS = re.compile(r"\bwhich way\b|\bdirection\b|^where\b|\bside\b|\bcolou?r", re.IGNORECASE)


def reply(question: str, results: Sequence[ToolResult]) -> str:
    """The answer to a question that chose the tools itself."""
    return "\n".join(_said(question, result) for result in results)


def unseen(results: Sequence[ToolResult]) -> bool:
    """True when tools were asked that need eyes, and they had none; text may have been read beside."""
    asked = [result for result in results if result.name in BY_SIGHT]
    return bool(asked) and all(result.failed for result in asked)


def guess(question: str, results: Sequence[ToolResult]) -> str | Abstained:
    """The answer to a question that no tool can answer, if the text in the picture holds it."""
    for result in results:
        if result.name == READ and not result.failed and not _POINTS.search(question):
            found = answers.pointed(question, result.evidence)
            if found is not None:
                return str(found)
    why = next((result.text for result in results if result.name in BY_SIGHT), LIMITS)
    return Abstained(why.removeprefix("I cannot tell: ").rstrip("."))


def _said(question: str, result: ToolResult) -> str:
    if result.failed:
        return f"That did not work: {result.text}"
    if result.name == READ and result.evidence and not _LIST.search(question):
        found = answers.short(question, result.evidence) or answers.whole(question, result.evidence)
        if found is not None:
            return str(found)
    said = measured(question, result)
    return marked(result) if said is None else f"{said}{_marks(said, result)}"


def _marks(said: str, result: ToolResult) -> str:
    """The ids of the evidence that tells of the numbers of an answer, or of what came first."""
    numbers = set(re.findall(r"\d+\.\d+", said))
    about = [each for each in result.evidence if numbers & set(re.findall(r"\d+\.\d+", each.text))]
    ids = [each.id for each in (about or result.evidence)[:MARKS] if each.id]
    return f" [{', '.join(ids)}]" if ids else ""
