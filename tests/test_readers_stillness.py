"""What stands still is not decoded, and nothing that moves is lost by it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.readers.motion import motion
from assistant.readers.stillness import spans
from assistant.readings import Packets
from assistant.scene import FileClip
from assistant.types import ALWAYS, Frame
from tests.long_video import CROSSING, Mover, Plan, build


class Counting(FileClip):
    """A clip of a file that counts the frames it gives."""

    given = 0

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        for frame in super().frames(since, until, every, longest):
            self.given += 1
            yield frame


def packets(sizes: list[int], key: int = 50, each: float = 0.1) -> Packets:
    """Packets with a key frame of 6,000 bytes every `key`."""
    keys = np.arange(len(sizes)) % key == 0
    return Packets(np.arange(len(sizes)) * each, np.where(keys, 6000, sizes).astype(np.int32), keys.astype(np.uint8))


def test_tiny_packets_are_left_out_from_where_it_pays() -> None:
    sizes = [14] * 600
    sizes[300:350] = [90] * 50
    edges = [edge for span in spans(packets(sizes), 0.0, 60.0) for edge in span]
    assert edges == pytest.approx([0.0, 0.6, 25.0, 35.6, 55.0, 60.0], abs=0.2)


@pytest.mark.parametrize(
    "sizes",
    [[14, 90] * 300, [400] * 600, [60] * 600, [14] * 20],
    ids=["always something", "a camera in motion", "always something small", "too short"],
)
def test_where_packets_do_not_tell_stillness_all_is_read(sizes: list[int]) -> None:
    assert spans(packets(sizes), 0.0, 60.0) == [(0.0, 60.0)]


def test_frames_that_do_not_lean_on_each_other_are_all_read() -> None:
    assert spans(packets([10] * 200, key=1), 0.0, 20.0) == [(0.0, 20.0)]
    assert spans(Packets(np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.uint8)), 0.0, ALWAYS) == [(0.0, ALWAYS)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A noisy scene, and from 5 s on a still one that is crossed at 40 and at 80 s."""
    movers = (Mover(40.0, "right"), Mover(80.0, "up"))
    return build(tmp_path_factory.mktemp("still") / "film.mp4", Plan(120.0, (5.0,), movers))


def test_what_crosses_a_still_scene_is_found_without_decoding_the_rest(film: Path) -> None:
    clip = Counting(Decoder(Limits()), str(film))
    tracks = motion(clip, 5.0, 120.0)
    assert [track.direction for track in tracks] == ["right", "up"]
    assert [track.since for track in tracks] == pytest.approx([40.0, 80.0], abs=0.5)
    assert [track.until for track in tracks] == pytest.approx([40.0 + CROSSING, 80.0 + CROSSING], abs=0.5)
    assert [(track.enters, track.leaves) for track in tracks] == [("left", "right"), ("bottom", "top")]
    assert clip.given < 0.6 * 115 * 8
