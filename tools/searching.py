"""Searching the user's files, by name and by the words in them."""

import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.files import descriptor
from assistant.protocols import Reporter, Scene
from assistant.types import Evidence, Finding

FILES, SECONDS = 20_000, 20.0
"""Files that are looked at, and for how long, at the most."""
LARGEST, ALL = 4 << 20, 256 << 20
"""Bytes that are read of one file, and of all."""
HEAD = 4096
"""Bytes that tell whether a file is text."""
LINES, SHOWN = 3, 20
"""Hits that are told of one file, and of all."""
LONGEST = 200
"""Letters of a line that are shown."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A file, or a line in it."""

    path: str
    line: int
    """From 1 on; 0 stands for the name of the file."""
    text: str
    score: float


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "read"})
def search_files(
    what: str,
    scene: Annotated[Scene, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    path: str = "",
) -> tuple[str, Finding]:
    """Search the files that may be read, by their names and by the words in text files.

    Args:
        what: words that must all be in the name or in the text, in any order
        scene: filled in by the assistant
        reporter: filled in by the assistant
        path: a folder to search; nothing for all that may be read
    """
    words = tuple(dict.fromkeys(re.findall(r"\w+", what.casefold())))
    if not words:
        raise ValueError("Say at least one word to look for.")
    search = Walk(words, reporter)
    hits = sorted((hit for file in search.files(scene.files(path)) for hit in file), key=_rank)
    told = hits[:SHOWN]
    lines = [f"{hit.path}:{hit.line}: {hit.text}" if hit.line else hit.path for hit in told]
    more = [f"And {len(hits) - SHOWN} more."] if len(hits) > SHOWN else []
    if not search.count:
        return f"There is no file that may be read{f' below {path}' if path else ''}.", Finding()
    head = f"{len(hits)} hits for {what!r}:" if hits else f"No file is named or says {what!r}."
    looked = f"({search.count} files looked at{search.end})"
    evidence = tuple(Evidence(hit.path, text=hit.text, kind="line" if hit.line else "file") for hit in told)
    data = {"hits": [asdict(hit) for hit in told], "files": search.count, "whole": not search.end}
    return "\n".join([head, *lines, *more, looked]), Finding(evidence, data)


class Walk:
    """One search through files; it ends when it has looked at enough."""

    def __init__(self, words: Sequence[str], reporter: Reporter) -> None:
        self.count, self.end = 0, ""
        self._words, self._reporter = words, reporter
        self._left, self._until = ALL, time.monotonic() + SECONDS

    def files(self, paths: Iterator[str]) -> Iterator[list[Hit]]:
        """What is found in each file."""
        for path in paths:
            if self.count >= FILES or time.monotonic() > self._until or self._left <= 0:
                self.end = ", there are more: name a folder to search"
                return
            if self.count % 100 == 0:
                self._reporter.report(f"searched {self.count} files")
            self.count += 1
            yield self._found(path)

    def _found(self, path: str) -> list[Hit]:
        name = PurePath(path).name
        named = _held(self._words, name)
        if len(named) == len(self._words):
            return [Hit(path, 0, name, 2.0 - len(name) / 1000)]
        lines = list(self._lines(path))
        everywhere = named.union(*(held for _, _, held in lines))
        if len(everywhere) < len(self._words):
            return []
        whole = [line for line in lines if len(line[2]) == len(self._words)]
        best = whole or sorted(lines, key=lambda line: -len(line[2]))
        return [Hit(path, number, text, len(held) / len(self._words)) for number, text, held in best[:LINES]]

    def _lines(self, path: str) -> Iterator[tuple[int, str, frozenset[str]]]:
        """The lines with some of the words: their numbers from 1 on, their text, and the words."""
        for number, line in enumerate(self._text(path).splitlines(), 1):
            if held := _held(self._words, line):
                yield number, _excerpt(line, held), held

    def _text(self, path: str) -> str:
        """The text of a file; nothing where it is binary, or cannot be read."""
        try:
            with os.fdopen(descriptor(path), "rb") as file:
                head = file.read(HEAD)
                if b"\0" in head:
                    return ""
                body = head + file.read(min(LARGEST, self._left))
        except (OSError, ValueError):
            return ""
        self._left -= len(body)
        return body.decode("utf-8", errors="replace")


def _held(words: Sequence[str], text: str) -> frozenset[str]:
    small = text.casefold()
    return frozenset(word for word in words if word in small)


def _excerpt(line: str, held: frozenset[str]) -> str:
    """The line, or the part of a long one around the first of the words."""
    text = " ".join(line.split())
    if len(text) <= LONGEST:
        return text
    small = text.casefold()
    begin = max(min(max(small.find(word), 0) for word in held) - LONGEST // 3, 0)
    return ("…" if begin else "") + text[begin : begin + LONGEST] + "…"


def _rank(hit: Hit) -> tuple[float, str, int]:
    return -hit.score, hit.path, hit.line
