"""What the rules say of the results of tools: a short answer where the readings hold one, else what was measured."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.evidence import cited
from assistant.models import answers
from assistant.types import Abstained, ToolResult

LIMITS = "without a model I answer only what can be read or measured: text, codes, colours, light, motion, sound, notes"
READ = "read_text"
BY_SIGHT = ("look", "describe_image", "count_things", "find_in_video")
"""Tools that need a model's eyes where nothing can be measured."""
_LIST = re.compile(r"\b(?:all|every|everything|whole|read (?:it|this|the text|out|aloud)|transcribe|ocr|copy)\b", re.I)
_POINTS = re.compile(r"\bwhich way\b|\bdirection\b|^where\b|\bside\b|\bhow many\b|\bcolou?r", re.IGNORECASE)


def reply(question: str, results: Sequence[ToolResult]) -> str | Abstained:
    """The answer to a question that chose the tools itself."""
    if all(result.failed and result.name in BY_SIGHT for result in results):
        return Abstained(results[0].text.removeprefix("I cannot tell: ").rstrip("."))
    return "\n".join(_said(question, result) for result in results)


def guess(question: str, results: Sequence[ToolResult]) -> str | Abstained:
    """The answer to a question of another kind, if the text in the picture holds it."""
    for result in results:
        if result.name == READ and not result.failed and not _POINTS.search(question):
            found = answers.pointed(question, result.evidence)
            if found is not None:
                return str(found)
    return Abstained(LIMITS)


def _said(question: str, result: ToolResult) -> str:
    if result.failed:
        return f"That did not work: {result.text}"
    if result.name == READ and result.evidence and not _LIST.search(question):
        found = answers.short(question, result.evidence) or answers.whole(question, result.evidence)
        if found is not None:
            return str(found)
    return cited(result)
