"""Short answers out of readings: of the lines that were read, the value or the few words that a question asks for.

A question names a kind of value (an amount, a time, a phone number, a heading ...) and says by its other words where to
look: the value in the line with these words is taken, else the one beside it, else the one below. Without a kind of
value the words alone choose the lines. Nothing is computed, and nothing is said that was not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median

from assistant.models.keywords import hits, keywords
from assistant.models.kinds import KINDS, Kind
from assistant.models.layout import at_place, below, beside, drop, flows, gap, height, letter
from assistant.types import Evidence

VARIANT = "variant"
"""The kind of another reading of a line, with the same box."""
LONGEST = 24
"""Words of a short answer."""


@dataclass(frozen=True, slots=True)
class Short:
    """A short answer, and the ids of the lines that it stands in."""

    text: str
    ids: tuple[str, ...]

    def __str__(self) -> str:
        marks = ", ".join(filter(None, self.ids))
        return f"{self.text} [{marks}]" if marks else self.text


_UNIT = re.compile(r"(\d)(m?g|kg|m?l|[kcm]?m|h)\b")
_ALL = re.compile(r"\b(?:numbers|addresses|times|prices|amounts|hashes|files|dates|links|urls)\b", re.IGNORECASE)
_NTH = (("first", 0), ("second", 1), ("third", 2), ("fourth", 3), ("last", -1))
_FOLLOWS = re.compile(
    r"\b(?:what|which) (?:number|word|code)\b.*\b(?:follows|comes after|stands after|is after) the (\S+) sign", re.I
)
_HEADING = re.compile(r"\b(?:heading|headline|title)\b", re.IGNORECASE)
_AXIS = re.compile(r"\b(?P<axis>[xy])[- ]axis\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?:code line|line of code|command)\b", re.IGNORECASE)
_PROGRAM = re.compile(r"^(?:>>>|\$|#!|%)|\w\s?=\s?\w.*\(|\w\(.*\)|[{};]\s*$")
_SAID = re.compile(r"\b(?:ask|asked|type|typed|request)", re.IGNORECASE)
_PROMPT = re.compile(r"^\s*(?:>(?!>)|\$|❯|»)\s*(?=\w)")
_LANGUAGE = re.compile(r"\b(?:which|what) language", re.IGNORECASE)


def short(question: str, evidence: Sequence[Evidence]) -> Short | None:
    """The answer in at most LONGEST words; None when the lines do not hold what is asked for, or nobody can tell."""
    lines = [each for each in evidence if each.kind in ("", "line") and each.text.strip()]
    for way in (_language, _following, _heading, _axis, _program, _typed, _of_kind):
        found = way(question, lines if way is not _language else evidence)
        if found is not None:
            return _doubted(found, evidence)
    return None


def _doubted(found: Short, evidence: Sequence[Evidence]) -> Short:
    """With the other reading of a line that can be read in two ways."""
    boxes = {each.box: each.text for each in evidence if each.id in found.ids and each.kind != VARIANT}
    for other in evidence:
        line = boxes.get(other.box) if other.kind == VARIANT else None
        if line is None:
            continue
        for mine, theirs in zip(line.split(), other.text.split(), strict=False):
            if mine != theirs and mine in found.text:
                found = Short(found.text.replace(mine, f"{mine} (or {theirs})"), (*found.ids, other.id))
    return found


def pointed(question: str, evidence: Sequence[Evidence]) -> Short | None:
    """The answer to a question that did not ask to read: only where its own words stand in the picture."""
    lines = [each for each in evidence if each.kind in ("", "line") and each.text.strip()]
    words = keywords(question)
    if not any(hits(words, line.text) >= 1 for line in lines):
        return None
    return short(question, evidence) or passage(question, evidence)


def whole(question: str, evidence: Sequence[Evidence]) -> Short | None:
    """All that stands at the place a question names, where that is short; else the lines nearest to its words."""
    lines = at_place(question, [each for each in evidence if each.kind in ("", "line")])
    if 0 < sum(len(line.text.split()) for line in lines) <= LONGEST:
        return _doubted(_said(lines), evidence)
    return passage(question, evidence)


def passage(question: str, evidence: Sequence[Evidence]) -> Short | None:
    """The few lines in a row that hold most of the question's words; None where hardly any of them is there."""
    lines = [each for each in evidence if each.kind in ("", "line")]
    words = keywords(question)
    best: tuple[float, int, int, int] | None = None  # words held, minus the length, first line, last line
    for first in range(len(lines)):
        for last in range(first, min(first + 4, len(lines))):
            stretch = " ".join(line.text for line in lines[first : last + 1])
            length = len(stretch.split())
            held = hits(words, stretch)
            if held and length <= LONGEST and (best is None or (held, -length) > (best[0], best[1])):
                best = held, -length, first, last
    if best is None or best[0] < max(1, len(words) / 2):
        return None
    return _doubted(_said(lines[best[2] : best[3] + 1]), evidence)


def _said(lines: Sequence[Evidence]) -> Short:
    """Lines of one block flow, others stand apart."""
    text = lines[0].text
    for above, line in pairwise(lines):
        text += (" " if flows(above, line) else " / ") + line.text
    return Short(text, tuple(line.id for line in lines))


def _language(question: str, evidence: Sequence[Evidence]) -> Short | None:
    if not _LANGUAGE.search(question):
        return None
    return next((Short(each.text, (each.id,)) for each in evidence if each.kind == "language"), None)


def _following(question: str, lines: Sequence[Evidence]) -> Short | None:
    """What stands right after a sign such as #."""
    asked = _FOLLOWS.search(question)
    if asked is None:
        return None
    for line in lines:
        behind = line.text.partition(asked[1])[2].split()
        if behind:
            return Short(behind[0].strip(".,;:"), (line.id,))
    return None


def _heading(question: str, lines: Sequence[Evidence]) -> Short | None:
    """The topmost of the lines in much larger letters, or of all, with what goes on from it."""
    if not _HEADING.search(question) or not lines:
        return None
    wide, tall = median(map(letter, lines)), median(map(height, lines))
    large = [line for line in lines if letter(line) > 1.4 * wide and height(line) > 1.4 * tall]
    first = min(large or lines, key=lambda line: line.box[1] if line.box else 1.0)
    return _said([first, *(line for line in large if line is not first and flows(first, line))][:2])


def _axis(question: str, lines: Sequence[Evidence]) -> Short | None:
    """The words along an edge of a chart: below for x, at the left for y."""
    asked = _AXIS.search(question)
    placed = [line for line in lines if line.box and re.search(r"[^\W\d]{2}", line.text)]
    if asked is None or not placed:
        return None
    if asked["axis"].lower() == "x":
        return _said([max(placed, key=lambda line: line.box[3] if line.box else 0.0)])
    return _said([min(placed, key=lambda line: line.box[0] if line.box else 1.0)])


def _program(question: str, lines: Sequence[Evidence]) -> Short | None:
    """The lines that look like a program's."""
    if not _CODE.search(question):
        return None
    found = [line for line in lines if _PROGRAM.search(line.text)][:2]
    return _said(found) if found else None


def _typed(question: str, lines: Sequence[Evidence]) -> Short | None:
    """What somebody typed behind a prompt."""
    found = [line for line in lines if _PROMPT.match(line.text)] if _SAID.search(question) else []
    return _said(found[:1]) if found else None


def _of_kind(question: str, lines: Sequence[Evidence]) -> Short | None:
    """A value of the kind that is asked for."""
    kind = next((kind for kind in KINDS if kind.asked.search(question)), None)
    if kind is None:
        return None
    values = list(_values(kind, lines))
    if not values:
        return None
    if (place := next((place for word, place in _NTH if re.search(rf"\b{word}\b", question, re.I)), None)) is not None:
        return values[place] if place < len(values) else None
    words = keywords(question)
    pointed = _pointed(words, kind, lines)
    if pointed is not None:
        return pointed
    if len({value.text for value in values}) == 1 or (_ALL.search(question) and len(values) <= 4):
        return Short(
            ", ".join(dict.fromkeys(value.text for value in values)), tuple(dict.fromkeys(v.ids[0] for v in values))
        )
    return None


def _values(kind: Kind, lines: Sequence[Evidence]) -> Iterator[Short]:
    for line in lines:
        for value in kind.shape.findall(line.text):
            yield Short(_UNIT.sub(r"\1 \2", value.strip()), (line.id,))


def _pointed(words: frozenset[str], kind: Kind, lines: Sequence[Evidence]) -> Short | None:
    """The value in, beside or below the line that holds most of the words."""
    held = {line: hits(words, line.text) for line in lines}
    ranked = [line for line in sorted(lines, key=lambda line: (-held[line], len(line.text))) if held[line]]
    own = [value for line in ranked for value in list(_values(kind, [line]))[-1:]]
    if own:
        return own[0]
    for line in ranked:
        others = [other for other in lines if other is not line]
        right = sorted((other for other in others if beside(line, other)), key=partial(gap, line))
        under = sorted((other for other in others if below(line, other)), key=partial(drop, line))
        value = next(_values(kind, [*right, *under[:1]]), None)
        if value is not None:
            return Short(value.text, (line.id, *value.ids))
    return None
