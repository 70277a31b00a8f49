"""A video is watched in stretches that are kept, and told as if it had been watched at once."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from assistant.errors import StoppedError
from assistant.readings import MediaInfo, Packets, Shot, Track
from assistant.types import ALWAYS, Box, Evidence, Frame
from assistant.watching import STRETCH, Watch, clock

PIXELS = np.zeros((9, 16, 3), np.uint8)
LENGTH = 1000.0
CUTS = (250.0, STRETCH, 700.0)
PLACE: Box = (0.4, 0.4, 0.6, 0.6)


class Film:
    """A video of LENGTH seconds, a frame a second, as a scene and as a clip."""

    def info(self, source: str = "") -> MediaInfo:
        return MediaInfo(source, "sound" if source.endswith("wav") else "video", "mp4", 16, 9, LENGTH, 1.0)

    def clip(self, source: str = "") -> "Film":
        return self

    def digest(self, source: str = "") -> str:
        return "abc"

    def damage(self, source: str = "", since: float = 0.0, until: float = ALWAYS) -> tuple[tuple[float, float], ...]:
        broken = ((290.0, 310.0), (800.0, 801.0))
        return tuple((max(since, a), min(until, b)) for a, b in broken if a < until and b > since)

    def packets(self) -> Packets:
        return Packets(np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.uint8))

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        yield from (Frame(PIXELS, float(at)) for at in range(int(since), int(min(until, LENGTH))))

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        yield from (Frame(PIXELS, at) for at in times)


class Readings:
    """Readers that know the film by heart and remember what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, float, float]] = []

    def shots(self, clip: Film, since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]:
        self._read("shots", clip, since, until)
        edges = [since, *(cut for cut in CUTS if since < cut < until), min(until, LENGTH)]
        begins = ["start", *["cut"] * len(edges)]
        return tuple(Shot(a, b, (a + b) / 2, how) for a, b, how in zip(edges, edges[1:], begins, strict=False))  # type: ignore[arg-type]

    def motion(self, clip: Film, since: float = 0.0, until: float = ALWAYS) -> tuple[Track, ...]:
        """Something that stands in the middle from 550 to 650 s."""
        self._read("motion", clip, since, until)
        begin, end = max(since, 550.0), min(until, 650.0)
        path = tuple((at, PLACE) for at in np.arange(begin, end, 1.0).tolist())
        return (Track(begin, end, "right", path, "left" if begin == 550 else ""),) if path else ()

    def text(self, frame: Frame, quick: bool = False) -> tuple[Evidence, ...]:
        self.asked.append(("text", frame.at, frame.at))
        return (Evidence("", frame.at, PLACE, 0.9, "EXIT", "line"),)

    def _read(self, name: str, clip: Film, since: float, until: float) -> None:
        self.asked.append((name, since, until))
        for _ in clip.frames(since, until):
            pass


class Shelf:
    """Keeps values as JSON, as a store does."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def kept(self, key: str) -> Any | None:
        return json.loads(self._texts[key]) if key in self._texts else None

    def keep(self, key: str, value: Any) -> None:
        self._texts[key] = json.dumps(value)


class Report:
    """A reporter that stops after some reports."""

    def __init__(self, most: int = 1000) -> None:
        self.told: list[float | None] = []
        self._most = most

    def report(self, text: str, done: float | None = None) -> None:
        self.told.append(done)
        if len(self.told) > self._most:
            raise StoppedError("Stopped.")


def watch(readers: Readings, shelf: Shelf, report: Report | None = None, source: str = "f.mp4", **part: float) -> Watch:
    return Watch(Film(), readers, shelf, report or Report(), source, **part)  # type: ignore[arg-type]


def test_a_shot_over_the_edge_of_a_stretch_is_one_and_a_cut_at_the_edge_is_a_cut() -> None:
    shots = watch(Readings(), Shelf()).shots()
    assert [(shot.since, shot.until) for shot in shots] == [
        (0.0, 250.0),
        (250.0, 300.0),
        (300.0, 700.0),
        (700.0, 1000.0),
    ]
    assert all(shot.since <= shot.key < shot.until for shot in shots)


def test_what_moves_over_the_edge_of_a_stretch_is_one_track() -> None:
    (track,) = watch(Readings(), Shelf()).tracks()
    assert (track.since, track.until, track.enters) == (550.0, 650.0, "left")
    times = [at for at, _ in track.path]
    assert times == sorted(set(times)) and len(times) == 100


def test_what_was_read_is_not_read_again_in_another_call() -> None:
    shelf, first, second = Shelf(), Readings(), Readings()
    before = watch(first, shelf)
    found = before.shots(), before.tracks(), before.text(), before.broken()
    again = watch(second, shelf)
    assert first.asked and (again.shots(), again.tracks(), again.text(), again.broken()) == found
    assert second.asked == []


def test_what_was_read_before_a_stop_is_kept() -> None:
    shelf, second = Shelf(), Readings()
    with pytest.raises(StoppedError):
        watch(Readings(), shelf, Report(most=16)).shots()
    watch(second, shelf).shots()
    assert 0 < len(second.asked) < 4


def test_broken_pictures_over_the_edge_of_a_stretch_are_one_span() -> None:
    assert watch(Readings(), Shelf()).broken() == ((290.0, 310.0), (800.0, 801.0))


def test_text_is_told_once_with_the_first_time() -> None:
    (line,) = watch(Readings(), Shelf()).text()
    assert line.text == "EXIT" and line.box == PLACE and line.at is not None and line.at < 250


def test_a_part_of_a_file_is_watched_with_the_times_of_the_file() -> None:
    class Part(Film):
        def info(self, source: str = "") -> MediaInfo:
            return MediaInfo(source, "video", "mp4", 16, 9, 100.0, 1.0)

    part = Watch(Part(), Readings(), Shelf(), Report(), "f.mp4#t=600,700")  # type: ignore[arg-type]
    assert [(shot.since, shot.until) for shot in part.shots()] == [(600.0, 700.0)]
    assert [(track.since, track.until) for track in part.tracks()] == [(600.0, 650.0)]


def test_a_part_is_watched_under_the_name_of_the_whole_too() -> None:
    class Attached(Film):
        def info(self, source: str = "") -> MediaInfo:
            return MediaInfo("/x/f.mp4#t=600,700", "video", "mp4", 16, 9, 100.0, 1.0)

    for name in ("", "f.mp4"):
        part = Watch(Attached(), Readings(), Shelf(), Report(), name)  # type: ignore[arg-type]
        assert (part.since, part.until) == (600.0, 700.0)


def test_a_cut_where_an_earlier_watching_began_is_a_cut() -> None:
    shelf = Shelf()
    watch(Readings(), shelf, since=STRETCH, until=2 * STRETCH).shots()
    assert [shot.since for shot in watch(Readings(), shelf).shots()] == [0.0, *CUTS]


def test_times_bound_what_is_watched() -> None:
    part = watch(Readings(), Shelf(), since=240.0, until=260.0)
    assert [(shot.since, shot.until) for shot in part.shots()] == [(240.0, 250.0), (250.0, 260.0)]


@pytest.mark.parametrize(("source", "since"), [("f.wav", 0.0), ("f.mp4", 2000.0)])
def test_what_cannot_be_watched_is_an_answer_the_model_can_mend(source: str, since: float) -> None:
    with pytest.raises(ValueError, match=r"not a video|must be before"):
        watch(Readings(), Shelf(), source=source, since=since)


def test_progress_grows_from_nothing_to_all() -> None:
    report = Report()
    watch(Readings(), Shelf(), report).shots()
    told = [done for done in report.told if done is not None]
    assert told[0] == 0.0 and 0.9 < told[-1] <= 1.0 and len(told) > 10


def test_clocks_tell_hours_only_when_there_are_some() -> None:
    assert [clock(at) for at in (0, 62.9, 3723)] == ["0:00", "1:02", "1:02:03"]
