"""Single frames, packets and digests of videos."""

from __future__ import annotations

import random
import time
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from tests import made

DECODER = Decoder(Limits())
KINDS = [
    ("clip.mp4", dict(codec="libx264", bf="3", threads="1", key=50)),
    ("clip.mp4", dict(codec="mpeg4", key=12)),
    ("clip.mkv", dict(codec="libx264", bf="2", threads="1", key=500)),
    ("clip.mkv", dict(codec="libvpx-vp9", key=30, deadline="realtime")),
    ("clip.ts", dict(codec="libx264", bf="2", threads="1", key=30)),
    ("clip.avi", dict(codec="mpeg4", key=25)),
    ("clip.flv", dict(codec="flv", key=25)),
]


def striped(seconds: float = 8.0) -> list[tuple[float, made.Pixels]]:
    """Each picture tells its number: eight stripes, black or white, are its bits."""
    columns = np.arange(160) // 20
    return [
        (n / 25, np.broadcast_to((n >> columns & 1)[None, :, None] * 255, (96, 160, 3)).astype(np.uint8))
        for n in range(round(seconds * 25))
    ]


def number(pixels: made.Pixels) -> int:
    middles = pixels[pixels.shape[0] // 2, 10::20, 1]
    return sum(1 << bit for bit, level in enumerate(middles) if level > 127)


@pytest.mark.parametrize(("name", "how"), KINDS, ids=lambda value: value if isinstance(value, str) else value["codec"])
def test_each_moment_shows_the_frame_that_is_on_the_screen(tmp_path: Path, name: str, how: dict[str, object]) -> None:
    path = str(made.clip(tmp_path / name, striped(), (160, 96), **how))  # type: ignore[arg-type]
    chance = random.Random(7)
    times = [chance.uniform(0.0, 7.9) for _ in range(40)] + [0.0, 4.0, 4.0]
    frames = list(DECODER.moments(path, times))
    shown = [next(iter(DECODER.frames(path, at))) for at in sorted(times)]
    assert [frame.at for frame in frames] == [frame.at for frame in shown]
    assert [number(frame.pixels) for frame in frames] == [round(frame.at * 25) % 256 for frame in frames]


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    drawn = [0.0, 0.1, 0.15, 1.0, 1.05, 4.0, 4.5]
    pictures = ((at, made.square(320, 180, 60 * n, 60, 40, made.RED, made.GREY)) for n, at in enumerate(drawn))
    path = str(made.clip(tmp_path / "uneven.mkv", pictures))
    found = [frame.at for frame in DECODER.moments(path, [0.12, 0.9, 3.9, 4.49])]
    assert found == pytest.approx([0.1, 0.15, 1.05, 4.0], abs=1.5e-3)


def test_a_moment_in_broken_frames_is_the_one_before(tmp_path: Path) -> None:
    path = made.clip(tmp_path / "broken.mkv", striped(), (160, 96), codec="libx264", threads="1", key=50)
    body = bytearray(path.read_bytes())
    body[len(body) // 2 : len(body) // 2 + 300] = bytes(300)
    path.write_bytes(body)
    times = [n / 10 for n in range(79)]
    frames = list(DECODER.moments(str(path), times))
    assert len(frames) == len(times) and all(frame.at <= at + 1e-6 for frame, at in zip(frames, times, strict=True))


def test_a_moment_behind_the_end_is_an_error(tmp_path: Path) -> None:
    path = str(made.moving_clip(tmp_path / "clip.mp4", seconds=1.0))
    with pytest.raises(MediaError, match=r"ends before 9\.0 s"):
        list(DECODER.moments(path, [0.5, 9.0]))


@pytest.mark.long
def test_hundreds_of_moments_of_three_hours_are_quick(tmp_path: Path) -> None:
    grounds = (made.square(160, 96, n % 120, 20, 40, made.RED, made.GREY) for n in range(3 * 3600 * 5))
    frames = ((n / 5, ground) for n, ground in enumerate(grounds))
    path = str(made.clip(tmp_path / "long.mp4", frames, (160, 96), codec="libx264", preset="ultrafast", key=50, rate=5))
    times = [random.Random(n).uniform(0, 10_790) for n in range(300)]
    began = time.process_time()
    assert len(list(DECODER.moments(path, times, 96))) == 300
    assert time.process_time() - began < 10
    began = time.process_time()
    assert len(DECODER.packets(path).at) == 54_000
    assert time.process_time() - began < 1.8
    assert DECODER.info(path).seconds == pytest.approx(10_800, abs=1)


# Packets


def test_packets_tell_times_sizes_and_keys(tmp_path: Path) -> None:
    path = made.clip(
        tmp_path / "clip.mp4", made.moving(), codec="libx264", bf="3", threads="1", key=25, x264opts="scenecut=0"
    )
    packets = DECODER.packets(str(path))
    assert packets.at.tolist() == pytest.approx([n / 25 for n in range(100)], abs=1e-3)
    assert (packets.at.dtype, packets.size.dtype, packets.key.dtype) == (np.float64, np.int32, np.uint8)
    assert packets.at[packets.key == 1].tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=1e-3)
    assert packets.size.min() > 0 and packets.size.sum() < path.stat().st_size


def test_pictures_have_no_packets_and_sound_is_refused(tmp_path: Path) -> None:
    assert len(DECODER.packets(str(made.picture(tmp_path / "still.png"))).at) == 0
    with pytest.raises(MediaError, match="holds only sound"):
        DECODER.packets(str(made.tone(tmp_path / "tone.wav")))


# Digests


def test_equal_content_has_one_digest_whatever_its_name(tmp_path: Path) -> None:
    first, second = made.picture(tmp_path / "a.png"), made.picture(tmp_path / "b.doc", format="png")
    other = made.picture(tmp_path / "c.png", made.corners(61))
    assert DECODER.digest(str(first)) == DECODER.digest(str(second)) != DECODER.digest(str(other))


def test_a_part_has_a_digest_of_its_own(tmp_path: Path) -> None:
    path = str(made.moving_clip(tmp_path / "clip.mp4", seconds=1.0))
    assert len({DECODER.digest(path), DECODER.digest(f"{path}#t=0.5"), DECODER.digest(f"{path}#t=0,0.5")}) == 3


def test_the_digest_of_a_large_file_takes_samples(tmp_path: Path) -> None:
    path = made.tone(tmp_path / "large.wav", 0.1)
    body = path.read_bytes()
    with path.open("r+b") as file:
        file.truncate(3 << 30)
    began, before = time.process_time(), DECODER.digest(str(path))
    assert time.process_time() - began < 1.0
    with path.open("r+b") as file:
        file.seek(len(body) - 4)
        file.write(b"\1\2\3\4")
    assert DECODER.digest(str(path)) != before


def test_small_pictures_have_the_colours_of_large_ones(tmp_path: Path) -> None:
    for name, how in (("a.mp4", dict(codec="libx264", threads="1")), ("b.mkv", dict(codec="libvpx-vp9"))):
        path = str(made.clip(tmp_path / name, made.moving(seconds=0.4), **how))  # type: ignore[arg-type]
        (whole,), (small,) = (islice(DECODER.frames(path, longest=longest), 1) for longest in (0, 80))
        assert small.pixels.shape == (45, 80, 3)
        means = whole.pixels.astype(float).reshape(45, 4, 80, 4, 3).mean(axis=(1, 3))
        assert np.abs(means - small.pixels).mean() < 3.0
