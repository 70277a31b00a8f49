"""The name of a source: a path, or a part of what lies there behind a ``#``.

The parts follow W3C's Media Fragments (https://www.w3.org/TR/media-frags/): ``clip.mp4#t=3.5`` is the picture at 3.5 s,
``clip.mp4#t=10,20`` ten seconds of the clip, ``film.mkv#track=2`` its second audio track; ``page`` is RFC 8118's for
PDF. ``channel`` (1 is the left one) and ``rate`` (samples a second of 16-bit mono sound without a header) are our own.
"""

import re
from dataclasses import dataclass, fields
from pathlib import PurePath

_PART = r"(?:t=\d+(?:\.\d+)?(?:,\d+(?:\.\d+)?)?|(?:track|channel|page|rate)=0*[1-9]\d{0,5})"
_PARTS = re.compile(rf"(?P<path>.+?)#(?P<parts>{_PART}(?:&{_PART})*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Source:
    """A path, and which part of it is meant; 0 and None stand for all of it, or the first."""

    path: str
    since: float | None = None
    until: float | None = None
    """Seconds; None with `since`: the moment alone, a picture."""
    track: int = 0
    channel: int = 0
    page: int = 0
    rate: int = 0
    """Samples a second of a file without a header."""

    @classmethod
    def of(cls, name: str) -> "Source":
        """Read a name; what does not look like parts belongs to the path."""
        match = _PARTS.fullmatch(name)
        if match is None:
            return cls(name)
        parts = dict(part.split("=", 1) for part in match["parts"].split("&"))
        since, _, until = parts.pop("t", "").partition(",")
        times = {name: float(time) for name, time in (("since", since), ("until", until)) if time}
        return cls(match["path"], **times, **{name: int(number) for name, number in parts.items()})  # type: ignore[arg-type]

    @property
    def name(self) -> str:
        """Its last part, for people."""
        return PurePath(self.path).name

    @property
    def moment(self) -> bool:
        return self.since is not None and self.until is None

    def __str__(self) -> str:
        times = (
            ""
            if self.since is None
            else f"t={_plain(self.since)}" + ("" if self.until is None else f",{_plain(self.until)}")
        )
        numbers = ((field.name, getattr(self, field.name)) for field in fields(self)[3:])
        parts = [times, *(f"{name}={number}" for name, number in numbers if number)]
        behind = "&".join(filter(None, parts))
        return f"{self.path}#{behind}" if behind else self.path


def _plain(seconds: float) -> str:
    """A time to the microsecond: in a long film rounder ones are other pictures."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")
