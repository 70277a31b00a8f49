"""Shots of compressed videos are found to the frame with little decoding, however the video is encoded."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.bench.films import ENCODINGS, Film, film
from assistant.bench.reel import Reel
from assistant.readers.shots import shots, shots_of
from assistant.readings import Packets, Shot
from assistant.types import ALWAYS, Frame
from tests import made

SHOTS, SIZE = 5, (192, 108)


class Counted:
    """A clip that counts the frames it was asked for."""

    def __init__(self, clip: Reel) -> None:
        self.count, self._clip = 0, clip

    def packets(self) -> Packets:
        return self._clip.packets()

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        raise AssertionError("all frames were asked for")

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        self.count += len(times)
        return self._clip.moments(times, longest)


class Blind(Reel):
    """A clip that knows nothing of its packets."""

    def packets(self) -> Packets:
        return replace(super().packets(), at=np.zeros(0), size=np.zeros(0, np.int32), key=np.zeros(0, np.uint8))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


def _film(name: str, folder: Path) -> Film:
    return film(name, SHOTS, SIZE, folder)


def _begins(found: Sequence[Shot]) -> list[float]:
    return [shot.since for shot in found[1:]]


def _cuts(found: Sequence[Shot]) -> list[float]:
    return [shot.since for shot in found if shot.begins == "cut"]


@pytest.mark.parametrize("name", ENCODINGS)
def test_cuts_are_found_to_the_frame(name: str, folder: Path) -> None:
    known = _film(name, folder)
    found = shots(Reel(str(known.path)))
    assert all(shot.since <= shot.key < shot.until for shot in found)
    times = _begins(found)
    for change in known.changes:
        near = [at for at in times if change.since - 0.001 <= at <= change.until + 0.001]
        assert len(near) == 1, change
    assert len(times) == len(known.changes)


@pytest.mark.parametrize("name", ["x264", "x264-fixed-2s", "mpeg4", "mjpeg"])
def test_most_frames_are_not_looked_at(name: str, folder: Path) -> None:
    clip = Counted(Reel(str(_film(name, folder).path)))
    shots(clip)
    assert clip.count < len(clip.packets().at) / 2


@pytest.mark.parametrize("name", ["x264", "mpeg4"])
def test_packets_change_nothing_but_the_work(name: str, folder: Path) -> None:
    path = str(_film(name, folder).path)
    assert _begins(shots(Reel(path))) == pytest.approx(_begins(shots(Blind(path))), abs=0.001)


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("name", ["x264", "x264-fixed-2s", "mjpeg"])
def test_several_readers_find_the_same_cuts_as_one(name: str, count: int, folder: Path) -> None:
    path = str(_film(name, folder).path)
    assert _cuts(shots_of([Reel(path) for _ in range(count)])) == _cuts(shots(Reel(path)))


def test_a_part_of_the_time_has_the_shots_that_lie_in_it(folder: Path) -> None:
    known = _film("x264", folder)
    first, second, third = (change.since for change in known.changes[:3])
    found = shots(Reel(str(known.path)), first + 0.5, third - 0.5)
    assert _begins(found) == pytest.approx([second], abs=0.001)
    assert found[0].since == pytest.approx(first + 0.5, abs=0.041)
    assert found[-1].until == pytest.approx(third - 0.5, abs=0.041)


def test_frames_that_come_at_odd_times_are_cut_at_theirs(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    times = np.cumsum(random.uniform(0.02, 0.12, 120)).round(3)
    scenes = [random.integers(0, 255, (9, 16, 3)).astype(np.uint8).repeat(20, 0).repeat(20, 1) for _ in range(3)]
    frames = ((float(at), scenes[number // 40]) for number, at in enumerate(times))
    path = made.clip(tmp_path / "odd.mp4", frames, (320, 180), codec="libx264", bits=0, key=250)
    found = _begins(shots(Reel(str(path))))
    assert found == pytest.approx([float(times[40] - times[0]), float(times[80] - times[0])], abs=0.06)
