"""Numbers as people say them: in digits or words, with units of time, which are taken as seconds too."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_ONES = dict(
    zip(
        re.findall(
            r"\w+",
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen",
        ),
        range(20),
        strict=True,
    )
)
_TENS = {
    word: 10 * number
    for number, word in enumerate(re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety"), 2)
}
_SCALES = {"hundred": 100, "thousand": 1000}
_WORD = "|".join((*_ONES, *_TENS, *_SCALES))
_SPOKEN = re.compile(rf"\b(?:a )?(?:{_WORD})\b(?:(?:[ -]| and )(?:{_WORD})\b)*", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])|\d{1,9}(?:[.,]\d{1,6})?")
_CLOCK = re.compile(r"\b(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\b")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_TIMED = re.compile(
    r"(\d{1,6}(?:\.\d{1,3})?) ?-?(h|m|s)(?:ours?|rs?|inutes?|ins?|econds?|ecs?)?\b(?:,? (?:and )?(?=\d))?",
    re.IGNORECASE,
)
_PARTS = (
    (re.compile(r"\b(?:an? )?half an? (hour|minute)", re.IGNORECASE), r"0.5 \1"),
    (re.compile(r"\b(?:a )?quarter of an? (hour|minute)", re.IGNORECASE), r"0.25 \1"),
    (re.compile(r"\ban? (hour|minute|second)s? and a half", re.IGNORECASE), r"1.5 \1"),
    (re.compile(r"\ban? (hour|minute|second)\b", re.IGNORECASE), r"1 \1"),
)


def numbers(texts: Iterable[str]) -> Iterator[float]:
    """The numbers of some texts; times also in seconds, each on its own and together where they follow each other."""
    for text in texts:
        plain = _in_digits(text)
        yield from (float(each.replace(",", "")) for each in _NUMBER.findall(plain))
        yield from (float(each.replace(",", ".")) for each in _NUMBER.findall(plain) if "," in each)
        yield from (float(_ONES[word]) for word in re.findall(r"[a-z]+", text.lower()) if word in _ONES)
        yield from _times(plain)


def _times(text: str) -> Iterator[float]:
    for hours, minutes, seconds in _CLOCK.findall(text):
        yield 3600.0 * int(hours or 0) + 60 * int(minutes) + int(seconds)
    whole, end = 0.0, -1
    for match in _TIMED.finditer(text):
        own = float(match[1]) * _UNITS[match[2].lower()]
        whole, end = (whole + own if match.start() == end else own), match.end()
        yield own
        yield whole


def _in_digits(text: str) -> str:
    """The text with numbers in digits: "two hundred and five" is 205, "half an hour" 0.5 hour."""
    for pattern, said in _PARTS:
        text = pattern.sub(said, text)
    return _SPOKEN.sub(lambda match: str(_value(re.findall(r"[a-z]+", match[0].lower()))), text)


def _value(words: Iterable[str]) -> int:
    """What a run of number words says (25 for "twenty five"); single numbers side by side are added up."""
    whole, part = 0, 0
    for word in words:
        if word == "thousand":
            whole, part = whole + max(part, 1) * 1000, 0
        elif word == "hundred":
            part = max(part, 1) * 100
        else:
            part += _ONES.get(word, 0) + _TENS.get(word, 0)
    return whole + part
