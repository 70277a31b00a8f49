"""Kinds of values that stand in texts: the words that ask for one, and what it looks like."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value: the words that ask for it, and what it looks like."""

    asked: re.Pattern[str]
    shape: re.Pattern[str]


def _kind(asked: str, shape: str) -> Kind:
    return Kind(re.compile(asked, re.IGNORECASE), re.compile(shape))


_MONEY = r"(?:[$€£¥]|Rp\.?|USD|EUR)"
_AMOUNT = (
    rf"{_MONEY}?\s?\d{{1,3}}(?:[.,' ]\d{{3}})+(?:[.,]\d\d)?\b|(?:{_MONEY}\s?)?\d+[.,]\d\d\b(?!\s?%)|{_MONEY}\s?\d+"
)
_TIME = r"\b\d{1,2}:\d\d(?::\d\d)*(?:\s?[ap]\.?m\b)?"
_DAY = r"\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b"
_MONTH = r"[A-Z][a-z]{2,8}"
KINDS = (
    _kind(r"\be-?mail address", r"[\w.+-]+@[\w-]+\.[\w.]+\w"),
    _kind(r"\b(?:web ?site|web address|url|link)\b", r"(?:https?://|www\.)\S+\w"),
    _kind(r"\bpercent", r"\d+(?:[.,]\d+)?\s?%"),
    _kind(r"\b(?:phone|telephone|fax|mobile)\b", r"\+?\(?\d[\d ()/-]{6,}\d"),
    _kind(r"\btime ?codes?\b", r"\d\d:\d\d:\d\d[:;]\d\d"),
    _kind(
        r"\bopening (?:hours|times)\b|\bopen\b.*\b(?:when|hours)|\bwhen\b.*\bopen\b",
        rf"{_TIME}\s?[-–—]\s?{_TIME}|\b\d\d?\s?[hH]\b|\b\d\d?\s?[hH](?=[^\x00-\x7f])",
    ),
    _kind(r"\bframe ?rate\b|\bfps\b", r"(?i)\d+(?:\.\d+)?\s?fps"),
    _kind(r"\bhash\b|\bcommit (?:id|sha)", r"\b(?=[a-f]*\d)[0-9a-f]{7,40}\b"),
    _kind(r"\b(?:which|what) file\b|\bfile ?name", r"\b[\w-]+\.[a-zA-Z]\w{0,4}\b"),
    _kind(r"\bhow much\b|\bamount\b|\bprice\b|\bcosts?\b|\btotal\b|\bpa(?:y|id)\b", _AMOUNT),
    _kind(r"\bwhat time\b|\bwhen\b|\bat which time\b", _TIME),
    _kind(
        r"\b(?:date|which day)\b",
        rf"{_DAY}|\b\d{{1,2}}\.? {_MONTH}\.? \d{{4}}\b|\b{_MONTH} \d{{1,2}},? \d{{4}}\b",
    ),
    _kind(r"\bper how many (?:grams|g\b)", r"\b\d+\s?g\b"),
    _kind(
        r"\bscore\b|\b(?:which|what) numbers?\b|\bhow many (?:points|goals)\b|\bpoints\b",
        r"(?<![\w.,])\d+(?:[.,]\d+)*(?![\w])",
    ),
)
"""In the order in which they are tried."""
