"""Videos and sound files: true times, parts, turns, and what they hold."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.types import Frame
from tests import made

DECODER = Decoder(Limits())


def times(frames: Iterator[Frame]) -> list[float]:
    return [frame.at for frame in frames]


def centre_of_red(frame: Frame) -> float | None:
    """0..1 from left to right; None where nothing is red."""
    red, green, blue = np.moveaxis(frame.pixels.astype(int), 2, 0)
    columns = np.nonzero((red > 150) & (green < 90) & (blue < 90))[1]
    return float(columns.mean() / frame.pixels.shape[1]) if len(columns) else None


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(made.moving_clip(tmp_path_factory.mktemp("clip") / "moving.mp4", sound=made.sine(4.0, rate=48_000)))


def test_a_video_is_told_by_what_it_holds(clip: str) -> None:
    info = DECODER.info(clip)
    assert (info.kind, info.format, info.width, info.height, len(info.audio)) == ("video", "mp4", 320, 180, 1)
    assert info.seconds == pytest.approx(4.0, abs=0.05)
    assert info.fps == pytest.approx(25.0, abs=0.1)
    assert info.notes == ()


def test_all_frames_come_with_their_times(clip: str) -> None:
    assert times(DECODER.frames(clip)) == pytest.approx([n / 25 for n in range(100)], abs=1e-3)


def test_the_square_is_where_it_was_drawn(clip: str) -> None:
    seen = {round(frame.at, 2): centre_of_red(frame) for frame in DECODER.frames(clip, every=0.2)}
    assert seen[0.0] == pytest.approx(0.14, abs=0.02)
    assert seen[1.2] == pytest.approx(0.473, abs=0.03)
    assert seen[2.8] == pytest.approx(0.86, abs=0.02)
    assert seen[3.0] is None and seen[3.8] is None


def test_colours_are_those_that_were_drawn(clip: str) -> None:
    first = next(DECODER.frames(clip))
    assert np.abs(first.pixels[10, 10].astype(int) - made.GREY).max() <= 6
    last = list(DECODER.frames(clip, since=3.5))[-1]
    assert np.abs(last.pixels[90, 160].astype(int) - made.BLUE).max() <= 12


def test_a_part_begins_with_the_frame_on_the_screen_and_ends_before_until(clip: str) -> None:
    assert times(DECODER.frames(clip, since=2.95, until=3.1)) == pytest.approx([2.92, 2.96, 3.0, 3.04, 3.08], abs=1e-3)
    assert times(DECODER.frames(clip, since=2.0, until=2.0)) == pytest.approx([2.0], abs=1e-3)
    assert times(DECODER.frames(clip, since=3.99)) == pytest.approx([3.96], abs=1e-3)


def test_a_part_past_the_end_is_an_error(clip: str) -> None:
    assert times(DECODER.frames(clip, since=4.0)) == pytest.approx([3.96], abs=1e-3)
    with pytest.raises(MediaError, match=r"moving\.mp4 ends before 9\.0 s"):
        next(DECODER.frames(clip, since=9.0))


def test_frames_are_at_least_so_far_apart(clip: str) -> None:
    assert times(DECODER.frames(clip, every=1.0)) == pytest.approx([0.0, 1.0, 2.0, 3.0], abs=1e-3)
    assert times(DECODER.frames(clip, since=1.0, until=2.0, every=0.3)) == pytest.approx(
        [1.0, 1.32, 1.64, 1.96], abs=1e-3
    )


def test_frames_are_scaled_down_and_never_up(clip: str) -> None:
    assert next(DECODER.frames(clip, longest=160)).pixels.shape == (90, 160, 3)
    assert next(DECODER.frames(clip, longest=4000)).pixels.shape == (180, 320, 3)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "avi", "ts", "mov", "flv"])
def test_containers_agree(tmp_path: Path, ending: str) -> None:
    path = made.clip(tmp_path / f"clip.{ending}", made.moving(seconds=3.5), codec="flv" if ending == "flv" else "mpeg4")
    found = times(DECODER.frames(str(path)))
    assert len(found) == 88
    assert found == pytest.approx([n / 25 for n in range(88)], abs=2e-3)
    assert times(DECODER.frames(str(path), since=3.0, until=3.1)) == pytest.approx([3.0, 3.04, 3.08], abs=2e-3)
    info = DECODER.info(str(path))
    assert info.seconds == pytest.approx(3.52, abs=0.06) and info.fps == pytest.approx(25.0, abs=0.5)


def test_h264_with_frames_out_of_order_is_in_order(tmp_path: Path) -> None:
    path = made.clip(tmp_path / "h264.mp4", made.moving(), codec="libx264", bf="3", threads="1")
    assert times(DECODER.frames(str(path))) == pytest.approx([n / 25 for n in range(100)], abs=1e-3)
    assert times(DECODER.frames(str(path), since=2.5, until=2.6)) == pytest.approx([2.48, 2.52, 2.56], abs=1e-3)


def test_a_clock_that_does_not_begin_at_zero_is_set_back(tmp_path: Path) -> None:
    for name in ("late.ts", "late.mkv"):
        path = made.clip(tmp_path / name, made.moving(seconds=3.0), start=7.0)
        found = times(DECODER.frames(str(path)))
        assert found[0] == 0.0 and found[-1] == pytest.approx(2.96, abs=2e-3)
        assert times(DECODER.frames(str(path), since=2.5, until=2.54)) == pytest.approx([2.48, 2.52], abs=2e-3)
        assert DECODER.info(str(path)).seconds == pytest.approx(3.0, abs=0.06)
    assert any("clock begins at" in note for note in DECODER.info(str(tmp_path / "late.mkv")).notes)


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    drawn = [0.0, 0.1, 0.15, 1.0, 1.05, 4.0, 4.5]
    pictures = ((at, made.square(320, 180, 60 * n, 60, 40, made.RED, made.GREY)) for n, at in enumerate(drawn))
    path = str(made.clip(tmp_path / "uneven.mkv", pictures))
    assert times(DECODER.frames(path)) == pytest.approx(drawn, abs=1.5e-3)
    assert times(DECODER.frames(path, since=3.0, until=4.2)) == pytest.approx([1.05, 4.0], abs=1.5e-3)
    assert times(DECODER.frames(path, every=0.5)) == pytest.approx([0.0, 1.0, 4.0, 4.5], abs=1.5e-3)


@pytest.mark.parametrize(("degrees", "shape"), [(90, (320, 180, 3)), (180, (180, 320, 3)), (270, (320, 180, 3))])
def test_a_turned_video_is_set_upright(tmp_path: Path, degrees: int, shape: tuple[int, ...]) -> None:
    path = str(made.turned_clip(tmp_path / "turned.mp4", degrees))
    frame, info = next(DECODER.frames(path)), DECODER.info(path)
    assert frame.pixels.shape == shape
    assert (info.height, info.width) == shape[:2]
    red = np.argwhere((frame.pixels[..., 0] > 150) & (frame.pixels[..., 1] < 90)).mean(axis=0) / shape[:2]
    expected = {90: (0.14, 0.5), 180: (0.5, 0.86), 270: (0.86, 0.5)}[degrees]
    assert red == pytest.approx(expected, abs=0.03)
    assert "by a mark in the file" in info.notes[0]


def test_broken_frames_in_the_middle_are_skipped(tmp_path: Path) -> None:
    path = made.clip(tmp_path / "broken.mkv", made.moving(), codec="libx264", threads="1")
    body = bytearray(path.read_bytes())
    middle = len(body) // 2
    body[middle : middle + 400] = bytes(400)
    path.write_bytes(body)
    found = times(DECODER.frames(str(path)))
    assert found[0] == 0.0 and found[-1] > 3.5
    assert 50 < len(found) <= 100 and found == sorted(found)


def test_a_video_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    path = made.moving_clip(tmp_path / "cut.mkv")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    found = times(DECODER.frames(str(path)))
    assert 20 < len(found) < 80
    assert any("cut short" in note for note in DECODER.info(str(path)).notes)


def test_closing_the_frames_closes_the_file(clip: str) -> None:
    def open_here() -> int:
        return sum(1 for entry in Path("/proc/self/fd").iterdir() if entry.exists() and entry.samefile(clip))

    frames = DECODER.frames(clip)
    next(frames)
    assert open_here() == 1
    frames.close()
    assert open_here() == 0


def test_sound_has_no_frames(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds only sound"):
        next(DECODER.frames(str(made.tone(tmp_path / "tone.wav"))))


# Sound


def pitch(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples))


@pytest.mark.parametrize(
    ("name", "codec", "rate"),
    [
        ("tone.wav", "pcm_u8", 44_100),
        ("tone.wav", "pcm_s16le", 8_000),
        ("tone.wav", "pcm_s24le", 48_000),
        ("tone.wav", "pcm_f32le", 96_000),
        ("tone.flac", "flac", 44_100),
        ("tone.mp3", "libmp3lame", 24_000),
        ("tone.ogg", "libopus", 48_000),
        ("tone.m4a", "aac", 44_100),
        ("tone.aac", "aac", 44_100),
        ("tone.aiff", "pcm_s16be", 22_050),
    ],
)
def test_any_sound_is_mono_at_16_khz(tmp_path: Path, name: str, codec: str, rate: int) -> None:
    path = str(made.tone(tmp_path / name, 2.0, 440.0, 0.5, rate, codec=codec))
    sound, info = DECODER.sound(path), DECODER.info(path)
    assert sound.samples.dtype == np.float32 and sound.samples.ndim == 1 and sound.at == 0.0
    assert sound.until == pytest.approx(2.0, abs=0.1)
    assert (info.kind, len(info.audio)) == ("sound", 1) and info.seconds == pytest.approx(2.0, abs=0.1)
    middle = sound.samples[8000:24000]
    assert pitch(middle) == pytest.approx(440.0, abs=2.0)
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.03)


def test_channels_are_averaged_and_do_not_clip(tmp_path: Path) -> None:
    loud = made.sine(1.0, loudness=0.95, rate=44_100)
    both = DECODER.sound(str(made.wav(tmp_path / "both.wav", np.stack([loud, loud]), 44_100)))
    assert np.abs(both.samples).max() == pytest.approx(0.95, abs=0.02)
    one = DECODER.sound(str(made.wav(tmp_path / "one.wav", np.stack([loud, loud * 0]), 44_100)))
    assert np.abs(one.samples).max() == pytest.approx(0.475, abs=0.02)


def steps(seconds: int = 6) -> np.ndarray:
    """Each second twice as high as the one before, from 200 Hz."""
    return np.concatenate([made.sine(1.0, 200.0 * 2**n, 0.5, 48_000) for n in range(seconds)])


@pytest.mark.parametrize("name", ["steps.wav", "steps.flac", "steps.mp3", "steps.mkv"])
def test_a_part_of_the_sound_is_that_part(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("mkv"):
        made.moving_clip(path, seconds=6.0, sound=steps())
    else:
        made.wav(path, steps(), 48_000, {"wav": "pcm_s16le", "flac": "flac", "mp3": "libmp3lame"}[name[-4:].strip(".")])
    part = DECODER.sound(str(path), since=4.0, until=5.0)
    assert part.at == 4.0 and len(part.samples) == 16_000
    assert pitch(part.samples) == pytest.approx(3200.0, abs=3.0)
    edge = DECODER.sound(str(path), since=1.75, until=2.25).samples
    assert pitch(edge[:3200]) == pytest.approx(400.0, abs=5) and pitch(edge[-3200:]) == pytest.approx(800.0, abs=5)


def test_the_end_of_the_sound_ends_the_part(clip: str) -> None:
    sound = DECODER.sound(clip, since=3.5)
    assert sound.at == 3.5 and sound.until == pytest.approx(4.0, abs=0.05)


def test_sound_after_a_gap_keeps_its_time(tmp_path: Path) -> None:
    path, block = tmp_path / "gap.mkv", made.sine(1.0)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=16_000, layout="mono")
        for first in (0, 48_000):
            frame = av.AudioFrame.from_ndarray((block[None] * 32767).astype(np.int16), "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 16_000, first, Fraction(1, 16_000)
            out.mux(stream.encode(frame))
    samples = DECODER.sound(str(path)).samples
    loud = [float(np.abs(second).max()) for second in np.split(samples[:64_000], 4)]
    assert loud == pytest.approx([0.5, 0.0, 0.0, 0.5], abs=0.01)


def test_a_video_without_sound_says_so(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"mute\.mp4 has no sound: it holds no audio track"):
        DECODER.sound(str(made.moving_clip(tmp_path / "mute.mp4", seconds=0.4)))


def test_a_wav_without_samples_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "none.wav"
    with wave.open(str(path), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
    for read_it in (DECODER.info, DECODER.sound):
        with pytest.raises(MediaError, match="holds no sound"):
            read_it(str(path))


def test_sound_past_the_end_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"no sound at 5\.0 s: it ends before"):
        DECODER.sound(str(made.tone(tmp_path / "tone.wav")), since=5.0)


def test_too_much_sound_at_once_is_refused_and_a_part_is_not(tmp_path: Path) -> None:
    path, careful = str(made.tone(tmp_path / "long.wav", 10.0)), Decoder(Limits(sound_seconds=6.0))
    with pytest.raises(MediaError, match="over 6 s of sound") as failure:
        careful.sound(path)
    assert "since" in failure.value.hint
    assert careful.sound(path, since=2.0, until=7.0).until == 7.0


def test_a_file_that_lasts_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="lasts"):
        Decoder(Limits(seconds=5.0)).info(str(made.tone(tmp_path / "long.wav", 10.0)))
