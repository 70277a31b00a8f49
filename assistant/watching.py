"""How a video is watched: in stretches, each of which is kept, so that what was stopped goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar

from assistant.protocols import Clip, Readers, Reporter, Scene, Shelf
from assistant.readings import MediaInfo, Packets, Shot, Thing, Track
from assistant.sources import Source
from assistant.types import ALWAYS, Box, Evidence, Frame

STRETCH = 300.0
"""Seconds of video that are kept as one reading."""
LEAD = 5.0
"""Seconds before a stretch that are read with it, so that what moves over its edge is known."""
OVER = 1.0
"""Seconds around a stretch that are read to find the cuts at its edges."""
READ = 960
"""Pixels of the longest edge of the frames whose text is read."""
TEXTS = 12
"""Frames whose text is read."""
SURE = 0.8
"""Score from which on a line is told: in many frames there is always something that looks like a letter."""
VERSION = 1
"""Of the readings that are kept."""

Value = TypeVar("Value")


class Watch:
    """One video as it is watched for one call of a tool; each reading is made once and kept on the shelf.

    Args:
        source: the video, or a part of it
        since, until: seconds of the file between which it is watched
    """

    def __init__(
        self,
        scene: Scene,
        readers: Readers,
        shelf: Shelf,
        reporter: Reporter,
        source: str,
        since: float = 0.0,
        until: float | None = None,
    ) -> None:
        self.info = scene.info(source)
        if self.info.kind != "video":
            raise ValueError(f"{source or self.info.source} is a {self.info.kind}, not a video.")
        begin = Source.of(self.info.source).since or 0.0
        self.since = max(since, begin)
        self.until = min(ALWAYS if until is None else until, begin + (self.info.seconds or ALWAYS))
        if not self.since < self.until:
            raise ValueError(f"The video ends at {begin + self.info.seconds:.1f} s: `since` must be before `until`.")
        self._clip = Told(scene.clip(source), self.info, reporter)
        self._damage = partial(scene.damage, source)
        self._readers, self._shelf, self._digest = readers, shelf, scene.digest(source)

    def shots(self) -> tuple[Shot, ...]:
        """The shots in order of time."""
        found: list[Shot] = []
        for since, until in self.stretches():
            around = max(self.since, since - OVER), min(self.until, until + OVER)
            read = [_within(shot, since, until) for shot in self._kept("shots", *around, _shot, self._cuts)]
            shots = [shot for shot in read if shot.since < shot.until - 1e-3]
            if found and shots and shots[0].begins == "start":
                found[-1] = _longer(found[-1], shots.pop(0))
            found += shots
        return tuple(found)

    def tracks(self) -> tuple[Track, ...]:
        """What moves, shot by shot, for at a cut everything moves."""
        return tuple(track for shot in self.shots() for track in self._moved(shot))

    def things(self) -> tuple[Thing, ...]:
        """What is put down or taken away, shot by shot."""
        return tuple(
            thing
            for shot in self.shots()
            for thing in self._kept("things", shot.since, shot.until, _thing, self._stood)
        )

    def text(self) -> tuple[Evidence, ...]:
        """What stands on the screen in the frames that stand for the shots, each text once, with its first time."""
        found: dict[str, Evidence] = {}
        for at in self._moments():
            for line in self._kept("text", at, at, _line, self._read):
                if (line.score or 0.0) >= SURE and len(line.text) > 1:
                    found.setdefault(line.text, line)
        return tuple(found.values())

    def stretches(self, length: float = STRETCH) -> list[tuple[float, float]]:
        """All of the time that is watched, in order."""
        return _stretches(self.since, self.until, length)

    def broken(self) -> tuple[tuple[float, float], ...]:
        """Where the picture is broken: (since, until), in order."""
        spans: list[tuple[float, float]] = []
        for since, until in self.stretches():
            rows = self.keep("damage", since, until, partial(self._damage, since, until))
            for begin, end in rows:
                if spans and begin <= spans[-1][1] + 0.1:
                    begin, _ = spans.pop()
                spans.append((begin, end))
        return tuple(spans)

    def frames(self, times: Sequence[float]) -> list[Frame]:
        """The frames at some times, whole."""
        return list(self._clip.moments(times))

    def keep(self, name: str, since: float, until: float, read: Callable[[], Any]) -> Any:
        """The JSON value that was kept under a name, or else what `read` gives."""
        key = f"{self._digest} {name} {VERSION} {since:.3f}-{until:.3f}"
        value = self._shelf.kept(key)
        if value is None:
            value = read()
            self._shelf.keep(key, value)
        return value

    def _kept(
        self,
        name: str,
        since: float,
        until: float,
        form: Callable[[dict[str, Any]], Value],
        read: Callable[[float, float], Sequence[Any]],
    ) -> list[Value]:
        return [form(row) for row in self.keep(name, since, until, lambda: [asdict(v) for v in read(since, until)])]

    def _cuts(self, since: float, until: float) -> Sequence[Shot]:
        return self._readers.shots(self._clip, since, until)

    def _moved(self, shot: Shot) -> list[Track]:
        found: list[Track] = []
        for since, until in _stretches(shot.since, shot.until):
            lead = max(shot.since, since - LEAD)
            tracks = self._kept("motion", lead, until, _track, lambda a, b: self._readers.motion(self._clip, a, b))
            found = _followed(found, tracks, since)
        return found

    def _stood(self, since: float, until: float) -> Sequence[Thing]:
        return self._readers.things(self._clip, since, until)

    def _read(self, at: float, _: float) -> list[Evidence]:
        lines = [line for frame in self._clip.moments([at], READ) for line in self._readers.text(frame, quick=True)]
        return [replace(line, at=at) for line in lines if line.kind == "line"]

    def _moments(self) -> list[float]:
        """The key frames of the longest shots, or of a few shots some times more."""
        shots = sorted(self.shots(), key=lambda shot: shot.since - shot.until)[:TEXTS]
        times = {shot.key for shot in shots}
        if len(times) < 4:
            length = min(self.until, shots[0].until if shots else self.until) - self.since
            times |= {round(self.since + length * part, 2) for part in (0.05, 0.35, 0.65, 0.95)}
        return sorted(times)


class Told:
    """A `Clip` that tells how far it has been read, and ends when the user stops; its packets are read once."""

    def __init__(self, clip: Clip, info: MediaInfo, reporter: Reporter) -> None:
        self._clip, self._seconds, self._reporter = clip, info.seconds, reporter
        self._packets: Packets | None = None

    def packets(self) -> Packets:
        self._packets = self._packets or self._clip.packets()
        return self._packets

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        return self._told(self._clip.frames(since, until, every, longest))

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        return self._told(self._clip.moments(times, longest))

    def _told(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for number, frame in enumerate(frames):
            if number % 50 == 0:
                done = min(frame.at / self._seconds, 1.0) if self._seconds else None
                self._reporter.report(f"watching {clock(frame.at)} of {clock(self._seconds)}", done)
            yield frame


def clock(seconds: float) -> str:
    """1:02:03, or 2:03 within the first hour."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def _stretches(since: float, until: float, length: float = STRETCH) -> list[tuple[float, float]]:
    """Stretches whose edges do not depend on where the watching begins, but for the first and the last."""
    inner = (number * length for number in range(int(since // length) + 1, 1 + int(until // length)))
    return list(pairwise([since, *(edge for edge in inner if edge < until), until]))


def _within(shot: Shot, since: float, until: float) -> Shot:
    """The part of a shot in a stretch; it begins with "start" unless there is a cut at the very edge."""
    begin, end = max(shot.since, since), min(shot.until, until)
    key = shot.key if begin <= shot.key < end else (begin + end) / 2
    return Shot(begin, end, key, shot.begins if shot.since >= since - 1e-3 else "start")


def _longer(shot: Shot, rest: Shot) -> Shot:
    """A shot and the part of it in the next stretch."""
    longer = max((shot, rest), key=lambda part: part.until - part.since)
    return replace(shot, until=rest.until, key=longer.key)


def _followed(before: list[Track], after: Sequence[Track], edge: float) -> list[Track]:
    """The tracks before an edge, with what goes on behind it, and what begins there."""
    found = list(before)
    for track in after:
        if track.until <= edge:
            continue
        same = next((i for i, old in enumerate(found) if old.until >= edge - OVER and _met(old, track)), None)
        if same is None:
            found.append(track)
        else:
            found[same] = _joined(found[same], track)
    return found


def _met(one: Track, other: Track) -> bool:
    """True when two tracks are in one place at one time."""
    at = min(one.until, other.until)
    return other.since <= one.until and _touch(_nearest(one, at), _nearest(other, at))


def _nearest(track: Track, at: float) -> Box:
    return min(track.path, key=lambda step: abs(step[0] - at))[1]


def _touch(one: Box, other: Box) -> bool:
    return min(one[2], other[2]) > max(one[0], other[0]) and min(one[3], other[3]) > max(one[1], other[1])


def _joined(one: Track, other: Track) -> Track:
    path = one.path + tuple(step for step in other.path if step[0] > one.path[-1][0])
    direction = other.direction if one.direction == "in place" else one.direction
    return Track(one.since, max(one.until, other.until), direction, path, one.enters, other.leaves)


def _shot(row: dict[str, Any]) -> Shot:
    return Shot(**row)


def _track(row: dict[str, Any]) -> Track:
    return Track(**row | {"path": tuple((at, tuple(box)) for at, box in row["path"])})


def _thing(row: dict[str, Any]) -> Thing:
    return Thing(**row | {"box": tuple(row["box"])})


def _line(row: dict[str, Any]) -> Evidence:
    return Evidence(**row | {"box": tuple(row["box"]) if row["box"] else None})
