"""The hand-written request phrases: data files in a folder, read into values.

A line of a file is a phrase with slots such as ``{file}``; behind ``=>`` stand arguments of its own. Lines that begin
with ``@`` tell what holds for the phrases below: ``@tool`` (several times for several calls) and the ``@arguments`` of
the tool before, ``@with`` the kinds of attachment, ``@asks`` what of a result is asked for, ``@reply`` the answer where
no tool is called, ``@after`` the tools that a follow-up may follow on, ``@family`` of made-up tools.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Literal, TypeVar

from assistant.training.offers import Tool

FOLDER = Path(__file__).parent / "phrases"
Split = Literal["train", "test"]
HELD_OUT = 0.18
"""Share of the phrases of each intent, and of the families of made-up tools, that is never trained on."""
SLOT = re.compile(r"\{([a-z_]+\d?)\}")
_MADE_UP = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\): (?P<description>.+)")
T = TypeVar("T")
_LISTS = ("vocabulary", "tools", "invented")


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that a phrase asks for: a tool, and the patterns of its arguments."""

    tool: str
    arguments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to ask for something."""

    intent: str
    text: str
    wishes: tuple[Wish, ...] = ()
    media: tuple[str, ...] = ("none",)
    """Kinds of attachment that it can be said with."""
    asks: str = "all"
    reply: str = ""
    after: tuple[str, ...] = ()

    @property
    def slots(self) -> tuple[str, ...]:
        return tuple(SLOT.findall(self.text))

    @property
    def names_files(self) -> bool:
        """True when the files are named in the words, and so are not attached."""
        return not {"file", "first", "second"}.isdisjoint(self.slots)


@dataclass(frozen=True, slots=True)
class Family:
    """Made-up tools of one purpose, and phrases that fit each of them."""

    name: str
    tools: tuple[Tool, ...]
    wishes: tuple[Wish, ...]
    """Of each tool, in the same order."""
    phrases: tuple[Phrase, ...]


@dataclass(slots=True)
class _Head:
    """What the lines with @ have told so far."""

    wishes: list[Wish] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)
    open: bool = False

    def tell(self, line: str) -> None:
        key, _, value = line[1:].partition(" ")
        if key == "tool":
            self.wishes = [*(self.wishes if self.open else []), Wish(value)]
        elif key == "arguments" and self.wishes:
            self.wishes[-1] = Wish(self.wishes[-1].tool, _pairs(value))
        else:
            self.told[key] = value
        if key == "after":
            self.wishes = []
        self.open = self.open or key == "tool"

    def phrase(self, intent: str, line: str) -> Phrase:
        self.open = False
        text, _, own = line.partition(" => ")
        wishes = tuple(self.wishes)
        if own:
            wishes = (Wish(wishes[0].tool, _pairs(own)), *wishes[1:])
        elif not wishes and "arguments" in self.told:
            wishes = (Wish("", _pairs(self.told["arguments"])),)
        media, after = (tuple(self.told.get(key, "").split()) for key in ("with", "after"))
        return Phrase(
            intent, text, wishes, media or ("none",), self.told.get("asks", "all"), self.told.get("reply", ""), after
        )


class Phrasebook:
    """All phrases of a folder, each in its split.

    Args:
        folder: where the data files lie
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.tools = {tool.name: tool for line in _lines(folder / "tools.txt") if (tool := Tool.of(line))}
        self.lists = _vocabulary(folder / "vocabulary.txt")
        paths = sorted(path for path in folder.glob("*.txt") if path.stem not in _LISTS)
        self._phrases = {path.stem: tuple(_phrases(path)) for path in paths}
        self._families = tuple(_families(folder / "invented.txt"))
        self._test = {
            phrase
            for group in (*self._phrases.values(), *(family.phrases for family in self._families))
            for phrase in _held_out(group, [phrase.text for phrase in group])
        }
        self._apart = set(_held_out(self._families, [family.name for family in self._families]))

    @property
    def intents(self) -> tuple[str, ...]:
        return tuple(self._phrases)

    def phrases(self, intent: str, split: Split | None = None) -> tuple[Phrase, ...]:
        """The phrases of an intent; without a split all of them."""
        return tuple(p for p in self._phrases[intent] if split in (None, self.split(p)))

    def split(self, phrase: Phrase) -> Split:
        return "test" if phrase in self._test else "train"

    def families(self, split: Split | None = None) -> tuple[Family, ...]:
        """The made-up tools that are trained on, or those that never are."""
        return tuple(f for f in self._families if split in (None, "test" if f in self._apart else "train"))


def _held_out(items: Sequence[T], names: Sequence[str]) -> list[T]:
    """The share that the hash of its name puts first: the same whatever the order."""
    ranked = sorted(zip(names, items, strict=True), key=lambda pair: sha256(pair[0].encode()).digest())
    return [item for _, item in ranked[: round(HELD_OUT * len(items))]]


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    parts = (part.partition("=") for part in text.split("; ") if part.strip())
    return tuple((name.strip(), value.strip()) for name, _, value in parts)


def _phrases(path: Path) -> Iterator[Phrase]:
    head = _Head()
    for line in _lines(path):
        if line.startswith("@"):
            head.tell(line)
        else:
            yield head.phrase(path.stem, line)


def _vocabulary(path: Path) -> Mapping[str, tuple[str, ...]]:
    lists: dict[str, tuple[str, ...]] = {}
    name = ""
    for line in _lines(path):
        if line.startswith("@"):
            name = line[1:]
            lists[name] = ()
        else:
            lists[name] += tuple(item.strip() for item in line.split(" | "))
    return lists


def _families(path: Path) -> Iterator[Family]:
    text = path.read_text("utf-8")
    for part in text.split("@family ")[1:]:
        name, *lines = part.strip().splitlines()
        made_up = [match for line in lines if (match := _MADE_UP.fullmatch(line))]
        tools = tuple(_tool(match) for match in made_up)
        wishes = tuple(Wish(match["name"], _pairs(match["arguments"].replace(", ", "; "))) for match in made_up)
        phrases = tuple(Phrase(f"invented {name}", line) for line in lines if not _MADE_UP.fullmatch(line))
        yield Family(name, tools, wishes, phrases)


def _tool(match: re.Match[str]) -> Tool:
    names = [(name, value) for name, value in _pairs(match["arguments"].replace(", ", "; "))]
    types = {name: "integer" if value == "{count}" else "string" for name, value in names}
    return Tool(match["name"], match["description"], types, frozenset(types))
