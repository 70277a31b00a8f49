"""Scores answers against a manifest of media with known answers: right, abstained or wrong, by type and kind."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.errors import ConfigError

Verdict = Literal["right", "abstained", "wrong"]
SHORT = 25
"""Words of an answer that counts as short."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question about one file, and what counts as its answer."""

    file: str
    kind: str
    """photo, video, speech, ..."""
    type: str
    """ocr, count, yesno, abstain, ..."""
    text: str
    accept: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    seconds: tuple[float, float] | None = None
    """A time question is right when a number of the answer lies in this span."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one question went."""

    question: Question
    verdict: Verdict
    short: bool
    held: bool
    """The evidence holds the answer, whatever was said."""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Speech:
    """One clip with known words, and what was heard; numbers are expected as words."""

    file: str
    expected: str
    heard: str = ""


def manifest(path: Path) -> tuple[list[Question], list[Speech]]:
    """The questions and the spoken clips of a manifest: one JSON object a line.

    Keys of a line: "file" (beside the manifest), "kind", "qa" (a list of "q", "type", "accept_any", "reject_any" and,
    for times, "t_s": [least, most]) and "transcript" (null when it is not known).

    Raises:
        ConfigError: with the line that cannot be read
    """
    questions: list[Question] = []
    clips: list[Speech] = []
    for number, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
            questions += [_question(row, qa) for qa in row.get("qa") or ()]
            if row.get("transcript"):
                clips.append(Speech(row["file"], row["transcript"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"{path.name}, line {number}: {error!r} is not of a manifest.") from error
    return questions, clips


def judge(question: Question, answer: str, abstained: bool, evidence: Sequence[str]) -> Score:
    """Score one answer; the flag of abstention decides first, and is right only where nobody can know."""
    if abstained:
        verdict: Verdict = "right" if question.type == "abstain" else "abstained"
    else:
        verdict = "right" if _holds(question, answer) else "wrong"
    short = len(answer.split()) <= SHORT
    return Score(question, verdict, short, _holds(question, "\n".join(evidence)), answer)


def word_errors(expected: str, heard: str) -> tuple[int, int]:
    """Substituted, missing and added words, and the number of expected words (Levenshtein distance over words)."""
    words, said = _words(expected), _words(heard)
    row = list(range(len(said) + 1))
    for i, word in enumerate(words, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(said, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1], len(words)


def table(scores: Iterable[Score], by: Literal["type", "kind"]) -> list[dict[str, Any]]:
    """One row a type or kind: how many were right, abstained, wrong, right and short, and held by the evidence."""
    groups: dict[str, list[Score]] = {}
    for score in scores:
        groups.setdefault(getattr(score.question, by), []).append(score)
    return [_row(name, group) for name, group in sorted(groups.items())]


def _row(name: str, group: Sequence[Score]) -> dict[str, Any]:
    verdicts = Counter(score.verdict for score in group)
    row: dict[str, Any] = {"name": name, "questions": len(group)}
    row |= {verdict: verdicts[verdict] for verdict in ("right", "abstained", "wrong")}
    row["right and short"] = sum(score.verdict == "right" and score.short for score in group)
    row["evidence holds it"] = sum(score.held for score in group)
    if name == "yesno":
        row["constant answer"] = max(sum(_holds(s.question, word) for s in group) for word in ("yes", "no"))
    return row


def _question(row: Mapping[str, Any], qa: Mapping[str, Any]) -> Question:
    span = qa.get("t_s")
    return Question(
        row["file"],
        row["kind"],
        qa["type"],
        qa["q"],
        tuple(qa["accept_any"]),
        tuple(qa.get("reject_any") or ()),
        (float(span[0]), float(span[1])) if span else None,
    )


def _lines(path: Path) -> Iterator[str]:
    try:
        yield from (line for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}.", "Name a manifest: one JSON object a line.") from error


def _holds(question: Question, text: str) -> bool:
    if question.seconds is not None:
        least, most = question.seconds
        return any(least <= float(number) <= most for number in re.findall(r"\d+(?:\.\d+)?", text))
    return any(_hit(text, x) for x in question.accept) and not any(_hit(text, x) for x in question.reject)


def _hit(text: str, wanted: str) -> bool:
    """Whether the wanted words stand in the text; short ones and numbers only as words of their own."""
    wanted, text = wanted.lower(), text.lower()
    if len(wanted) <= 3 or re.fullmatch(r"[\d.,:%$]+", wanted):
        return re.search(rf"(?<![A-Za-z0-9]){re.escape(wanted)}(?![A-Za-z0-9])", text) is not None
    return wanted in text


def _words(text: str) -> list[str]:
    return re.findall(r"[\w']+", text.lower())
