"""Animated pictures are videos: their frames, times and limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.types import Frame
from tests import made

DECODER = Decoder(Limits())
COLOURS = (made.RED, made.GREEN, made.BLUE, made.YELLOW)
DURATIONS = (100, 300, 50, 200)
BEGINS = [0.0, 0.1, 0.4, 0.45]


def moving(path: Path, **save: object) -> str:
    """Four plain colours, shown for 0.1, 0.3, 0.05 and 0.2 s."""
    first, *others = (Image.new("RGB", (40, 30), colour) for colour in COLOURS)
    first.save(path, save_all=True, append_images=others, duration=DURATIONS, **save)  # type: ignore[arg-type]
    return str(path)


def colour(frame: Frame) -> tuple[int, ...]:
    return tuple(frame.pixels[15, 20].tolist())


def near(found: list[tuple[int, ...]], drawn: list[made.Colour]) -> bool:
    return bool(np.abs(np.array(found, int) - np.array(drawn, int)).max() < 16)


@pytest.fixture(params=["moves.gif", "moves.webp", "moves.png"])
def animation(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return moving(tmp_path / request.param)


def test_an_animation_is_told_as_a_video(animation: str) -> None:
    info = DECODER.info(animation)
    assert (info.kind, info.width, info.height, info.audio, info.notes) == ("video", 40, 30, (), ())
    assert info.seconds == pytest.approx(0.65) and info.fps == pytest.approx(4 / 0.65)


def test_its_frames_come_with_their_times(animation: str) -> None:
    frames = list(DECODER.frames(animation))
    assert [frame.at for frame in frames] == pytest.approx(BEGINS)
    assert near([colour(frame) for frame in frames], list(COLOURS))
    assert [frame.at for frame in DECODER.frames(animation, since=0.3, until=0.45)] == pytest.approx([0.1, 0.4])
    assert [frame.at for frame in DECODER.frames(animation, every=0.3)] == pytest.approx([0.0, 0.4])
    assert next(DECODER.frames(animation, longest=20)).pixels.shape == (15, 20, 3)


def test_its_moments_show_what_is_on_the_screen(animation: str) -> None:
    frames = list(DECODER.moments(animation, [0.42, 0.0, 0.39]))
    assert near([colour(frame) for frame in frames], [made.RED, made.GREEN, made.BLUE])
    (still,) = DECODER.frames(f"{animation}#t=0.5")
    assert still.at == pytest.approx(0.45) and DECODER.info(f"{animation}#t=0.5").kind == "picture"


def test_a_time_behind_its_end_is_an_error(animation: str) -> None:
    for read in (lambda: DECODER.frames(animation, 9.0), lambda: DECODER.moments(animation, [0.1, 9.0])):
        with pytest.raises(MediaError, match=r"ends before 9\.0 s"):
            list(read())


def test_it_has_no_packets_and_no_sound(animation: str) -> None:
    assert len(DECODER.packets(animation).at) == 0
    with pytest.raises(MediaError, match="it has no sound"):
        DECODER.sound(animation)


def test_a_frame_without_a_time_is_shown_as_browsers_do(tmp_path: Path) -> None:
    path = tmp_path / "fast.gif"
    first, second = (Image.new("RGB", (8, 8), colour) for colour in COLOURS[:2])
    first.save(path, save_all=True, append_images=[second], duration=0)
    assert [frame.at for frame in DECODER.frames(str(path))] == pytest.approx([0.0, 0.1])


def test_frames_that_change_only_a_part_are_whole(tmp_path: Path) -> None:
    first, second = Image.new("RGB", (40, 30), made.BLUE), Image.new("RGB", (40, 30), made.BLUE)
    second.paste(made.YELLOW, (0, 0, 10, 10))
    for name in ("part.gif", "part.webp", "part.png"):
        first.save(tmp_path / name, save_all=True, append_images=[second], duration=100)
        last = list(DECODER.frames(str(tmp_path / name)))[-1]
        corners = [tuple(last.pixels[y, x].tolist()) for y, x in ((4, 4), (25, 35))]
        assert near(corners, [made.YELLOW, made.BLUE])


def test_an_animation_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    for name in ("cut.gif", "cut.png"):
        path = Path(moving(tmp_path / name))
        path.write_bytes(path.read_bytes()[:-60])
        frames = list(DECODER.frames(str(path)))
        assert 1 <= len(frames) <= 4 and near([colour(frames[0])], [made.RED])


def test_an_animation_that_lasts_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="lasts"):
        Decoder(Limits(seconds=0.5)).info(moving(tmp_path / "long.gif"))
