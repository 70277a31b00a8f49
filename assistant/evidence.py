"""What statements rest on: evidence by its ids, the ids that an answer cites, and what nothing holds."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePath

from assistant.types import Evidence, Message, ToolResult

MOST = 40
"""Pieces of evidence of one result that a model is told of."""
REPEATED = ("paragraph", "variant")
"""Kinds of evidence that say again what lines say."""
_MARK = re.compile(r"[ \t]?\[(e\d{1,4}(?:, ?e\d{1,4})*)\]")
_ADDRESS = r"[a-z]{3,6}://\S+[\w/]|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+\b"
_NUMBER = r"\d+(?:[.,:/-]\d+)*"
_PLAIN = r"\d+(?:[.,]\d+)*"
"""A number that may be a part of a date or a span."""
_QUOTED = r"\"[^\"\n]{2,200}\"|“[^”\n]{2,200}”|„[^“”\n]{2,200}[“”]|«[^»\n]{2,200}»"
_NAME = r"(?<=[a-z,] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)+"
_FACT = re.compile("|".join((_QUOTED, _ADDRESS, _NUMBER, _NAME)))


def numbered(result: ToolResult, first: int) -> ToolResult:
    """The result with ids for its evidence, from e`first` on."""
    named = (replace(each, id=f"e{number}") for number, each in enumerate(result.evidence, first))
    return replace(result, evidence=tuple(named))


def highest(messages: Iterable[Message]) -> int:
    """The largest number among the ids of the evidence in some messages."""
    parts = (part for message in messages for part in message.parts if isinstance(part, ToolResult))
    return max((int(each.id[1:]) for part in parts for each in part.evidence if each.id), default=0)


def marked(result: ToolResult) -> str:
    """The text with the id of its evidence behind each line that tells it."""
    return _marked(result)[0]


def cited(result: ToolResult) -> str:
    """The text as a model reads it: `marked`, and what no line tells follows."""
    text, left = _marked(result)
    return "\n".join([text, *(f"[{each.id}] {_told(each)}" for each in left)])


def _marked(result: ToolResult) -> tuple[str, Iterable[Evidence]]:
    named = (each for each in result.evidence[:MOST] if each.id and each.kind not in REPEATED)
    lines, left = result.text.split("\n"), dict.fromkeys(named)
    for number, line in enumerate(lines):
        own = [each for each in left if each.text and _same(each.text, line)]
        for each in own:
            del left[each]
        lines[number] = f"{line} [{', '.join(each.id for each in own)}]" if own else line
    return "\n".join(lines), left


def plain(text: str) -> str:
    """An answer without its citations."""
    return _MARK.sub("", text)


def unmarked(text: str) -> tuple[str, str]:
    """A text that goes on, without its citations, and the rest of it that may become one."""
    text = plain(text)
    begun = re.search(r"[ \t]?(?:\[(?:e[\d, e]*)?)?$", text)
    end = begun.start() if begun else len(text)
    return text[:end], text[end:]


def place(evidence: Evidence) -> str:
    """Where a piece of evidence lies, on one line: the file, the time, the box."""
    at = f" at {evidence.at:.2f} s" if evidence.at else ""
    box = f", box {' '.join(f'{edge:.2f}' for edge in evidence.box)}" if evidence.box else ""
    return f"{PurePath(evidence.source).name}{at}{box}"


def citations(text: str) -> tuple[str, ...]:
    """The ids that an answer cites, each once."""
    return tuple(dict.fromkeys(re.findall(r"e\d+", " ".join(_MARK.findall(text)))))


def unsupported(answer: str, known: Iterable[str]) -> tuple[str, ...]:
    """Numbers, quotations, addresses and names of an answer that stand in none of the texts."""
    texts = "\n".join(known)
    words = _letters(texts)
    numbers = {_digits(number) for shape in (_NUMBER, _PLAIN) for number in re.findall(shape, texts)}
    found = dict.fromkeys(_FACT.findall(plain(answer)))
    return tuple(fact for fact in found if not _known(fact, words, numbers))


def _known(fact: str, words: str, numbers: set[str]) -> bool:
    if re.fullmatch(_NUMBER, fact):
        return _digits(fact) in numbers
    return _letters(fact) in words


def _same(text: str, line: str) -> bool:
    """Whether a line tells what the evidence says, as a whole or as its main part."""
    return text.rstrip(".") in line and len(text) * 3 >= len(line)


def _told(evidence: Evidence) -> str:
    at = f" at {evidence.at:g} s" if evidence.at else ""
    return " ".join(evidence.text.split())[:200] + at


def _letters(text: str) -> str:
    """Letters and digits alone, for comparing."""
    return "".join(_runs(text.casefold()))


def _runs(text: str) -> Iterator[str]:
    return (run[0] for run in re.finditer(r"[^\W_]+", text))


def _digits(number: str) -> str:
    """A number for comparing: 1,000 and 1000 are the same, 2.0 and 2 too, 3.50 and 3.5."""
    number = re.sub(r"(?<=\d),(?=\d{3}\b)", "", number)
    return re.sub(r"\.0+$|(\.\d*[1-9])0+$", r"\1", number).lstrip("0") or "0"
