"""What the user attaches, as sources: files, standard input, web addresses, the screen and the clipboard."""

import argparse
import re
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic

from assistant.commands.output import aside
from assistant.errors import AssistantError
from assistant.sources import Source
from assistant.wiring import child, settings

WHAT = "a picture, video, sound or document; a web address; screen; clipboard; - is standard input"
GRABBED = ("screen", "clipboard")
LARGEST = 2 << 30
"""Bytes of what is piped in."""
PIECE = 1 << 20
SAID_EVERY = 2.0
"""Seconds between words about how far a download is."""
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://.*", re.DOTALL)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of every command that takes attachments."""
    parser.add_argument("-a", "--attach", action="append", default=[], metavar="SOURCE", help=WHAT)
    raw(parser)


def raw(parser: argparse.ArgumentParser) -> None:
    what = "read what has no header as 16-bit mono sound of so many samples a second, such as 16000"
    parser.add_argument("--raw", type=rate, default=0, metavar="RATE", help=what)


def rate(word: str) -> int:
    """Samples a second; ValueError for what no sound has."""
    value = int(word)
    if not 1000 <= value <= 384_000:
        raise ValueError(word)
    return value


class Attachments:
    """Makes sources of what was given.

    Args:
        folder: where that is kept which is no file yet
        rate: samples a second of sound without a header; 0: there is none
    """

    def __init__(self, folder: Path, rate: int = 0) -> None:
        self._folder, self._rate = folder, rate
        self.names: dict[str, str] = {}
        """What to call the files in the folder, by their paths."""

    def sources(self, given: str) -> tuple[str, ...]:
        """The sources of one attachment: one, but for several files in the clipboard; it may not be there."""
        if given in GRABBED:
            return self._called(given, self._grabbed(given))
        if given == "-":
            return self._called("stdin", (self._marked(_absolute(self._piped())),))
        if _URL.fullmatch(given):
            return self._called(Source.of(given).path, (self._marked(self._fetched(given)),))
        return (self._marked(_absolute(given)),)

    def _called(self, name: str, sources: tuple[str, ...]) -> tuple[str, ...]:
        self.names |= {Source.of(source).path: name for source in sources}
        return sources

    def _piped(self) -> str:
        if not sys.stdin:
            raise AssistantError("Standard input cannot be read here.", "Name a file.")
        kept, left = self._folder / "stdin", LARGEST
        with kept.open("wb") as file:
            while piece := sys.stdin.buffer.read(PIECE):
                file.write(piece)
                left -= len(piece)
                if left < 0:
                    raise AssistantError(f"Standard input has over {LARGEST / 1e9:.1f} GB.", "Name a file.")
        return str(kept)

    def _grabbed(self, what: str) -> tuple[str, ...]:
        """Read in a child of its own, for it asks other programs."""
        with closing(child("grabber", f"reader of the {what}")) as there:
            return tuple(there.call("grab", what, str(self._folder)))

    def _fetched(self, url: str) -> str:
        """The file at an address; what part of it is meant stays."""
        from assistant.web.fetching import Web

        named = Source.of(url)
        path = Web(settings()[0].private_hosts).fetch(named.path, self._folder, report=_Told(named.path))
        return str(replace(named, path=str(path)))

    def _marked(self, source: str) -> str:
        named = Source.of(source)
        return source if named.rate or not self._rate else str(replace(named, rate=self._rate))


class _Told:
    """Says on standard error how far a download is, where it takes long."""

    def __init__(self, url: str) -> None:
        self._url, self._said = url, monotonic()

    def __call__(self, here: int, all: int) -> None:
        if monotonic() - self._said > SAID_EVERY:
            self._said = monotonic()
            aside(f"fetching {self._url}: {here / 1e6:.0f} MB" + (f" of {all / 1e6:.0f} MB" if all else ""))


def _absolute(given: str) -> str:
    return str(Path(given).expanduser().absolute())


def present(source: str) -> bool:
    """Whether a source is a file that is there."""
    try:
        return Path(source).is_file() or Path(Source.of(source).path).is_file()
    except (OSError, ValueError):
        return False
