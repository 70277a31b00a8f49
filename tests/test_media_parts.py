"""Parts of files: moments, stretches, tracks, channels and sound without a header."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from tests import made

DECODER = Decoder(Limits())


def pitch(samples: np.ndarray) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * 16_000 / len(samples))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(made.moving_clip(tmp_path_factory.mktemp("clip") / "moving.mp4", sound=made.sine(4.0, rate=48_000)))


# Times


def test_a_moment_of_a_video_is_a_picture(clip: str) -> None:
    source = f"{clip}#t=2.97"
    info, (frame,) = DECODER.info(source), DECODER.frames(source)
    assert (info.kind, info.seconds, info.fps, info.audio) == ("picture", 0.0, 0.0, ())
    assert info.notes == ("the frame at 2.97 s of a video of 4.0 s",)
    assert frame.at == pytest.approx(2.96, abs=1e-3) and frame.source == source
    assert [frame.at for frame in DECODER.moments(source, [0.0, 9.0])] == pytest.approx([2.96, 2.96], abs=1e-3)
    assert len(DECODER.packets(source).at) == 0 and DECODER.damage(source) == ()
    with pytest.raises(MediaError, match="it has no sound"):
        DECODER.sound(source)


def test_a_stretch_keeps_the_times_of_the_file(clip: str) -> None:
    source = f"{clip}#t=1,2"
    info = DECODER.info(source)
    assert (info.kind, info.seconds) == ("video", pytest.approx(1.0))
    assert info.notes == ("the part from 1 to 2 s of 4.0 s",)
    at = [frame.at for frame in DECODER.frames(source)]
    assert at == pytest.approx([1 + n / 25 for n in range(25)], abs=1e-3)
    assert [frame.at for frame in DECODER.frames(source, since=1.9, until=9.0)] == pytest.approx(
        [1.88, 1.92, 1.96], abs=1e-3
    )
    assert [frame.at for frame in DECODER.moments(source, [0.0, 1.5])] == pytest.approx([1.0, 1.48], abs=1e-3)
    packets = DECODER.packets(source)
    assert len(packets.at) == 25 and packets.at[0] == pytest.approx(1.0, abs=1e-3)
    sound = DECODER.sound(source)
    assert (sound.at, sound.until) == (1.0, 2.0)


def test_times_outside_the_part_are_errors(clip: str) -> None:
    with pytest.raises(MediaError, match=r"that part of moving\.mp4 ends before 3\.0 s"):
        next(DECODER.frames(f"{clip}#t=1,2", since=3.0))
    for read in (DECODER.info, lambda source: next(DECODER.frames(source)), lambda source: DECODER.damage(source)):
        with pytest.raises(MediaError, match="ends before it begins"):
            read(f"{clip}#t=2,1")
    for read in (DECODER.info, lambda source: next(DECODER.frames(source))):
        with pytest.raises(MediaError, match=r"moving\.mp4 ends before 9\.0 s"):
            read(f"{clip}#t=9")


def test_a_file_that_is_called_like_a_part_is_that_file(tmp_path: Path) -> None:
    path = made.picture(tmp_path / "odd.png").rename(tmp_path / "odd.png#page=2")
    info = DECODER.info(str(path))
    assert info.kind == "picture" and info.source == str(path)
    with pytest.raises(MediaError, match=r"there is no file odd\.png$"):
        DECODER.info(str(tmp_path / "odd.png#page=3"))


# Tracks and channels


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two audio tracks: 300 Hz in English, 900 Hz in German."""
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    with av.open(str(path), "w") as out:
        streams = [out.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(2)]
        for stream, language in zip(streams, ("eng", "ger"), strict=True):
            stream.metadata["language"] = language
        for stream, hertz in zip(streams, (300.0, 900.0), strict=True):
            made._mux_sound(out, stream, made.sine(2.0, hertz))
    return str(path)


def test_each_track_can_be_heard(film: str) -> None:
    assert pitch(DECODER.sound(film).samples) == pytest.approx(300, abs=2)
    assert pitch(DECODER.sound(f"{film}#track=2").samples) == pytest.approx(900, abs=2)
    assert [(track.number, track.language) for track in DECODER.info(film).audio] == [(1, "eng"), (2, "ger")]


def test_the_tracks_are_named(film: str) -> None:
    assert DECODER.info(film).notes == (
        "2 audio tracks: 1 (pcm_s16le eng), 2 (pcm_s16le ger); 1 is heard, a part such as #track=2 names another",
    )
    assert "2 is heard" in DECODER.info(f"{film}#track=2").notes[0]
    for read in (DECODER.info, DECODER.sound):
        with pytest.raises(MediaError, match=r"film\.mkv has no audio track 3") as failure:
            read(f"{film}#track=3")
        assert failure.value.hint == "It has 1 (pcm_s16le eng), 2 (pcm_s16le ger)."


def test_each_channel_can_be_heard_alone(tmp_path: Path) -> None:
    both = np.stack([made.sine(1.0, 300.0, 0.5), made.sine(1.0, 900.0, 0.25)])
    path = str(made.wav(tmp_path / "both.wav", both))
    left, right = (DECODER.sound(f"{path}#channel={n}").samples for n in (1, 2))
    assert (pitch(left), pitch(right)) == (pytest.approx(300, abs=2), pytest.approx(900, abs=2))
    assert (np.abs(left).max(), np.abs(right).max()) == (pytest.approx(0.5, abs=0.01), pytest.approx(0.25, abs=0.01))
    for read in (DECODER.info, DECODER.sound):
        with pytest.raises(MediaError, match=r"both\.wav has no channel 3") as failure:
            read(f"{path}#channel=3")
        assert failure.value.hint.startswith("It has 2 channels")


def test_digital_silence_is_a_track_all_the_same(tmp_path: Path) -> None:
    path = str(made.wav(tmp_path / "silence.wav", np.zeros(16_000, np.float32)))
    assert len(DECODER.info(path).audio) == 1
    assert not DECODER.sound(path).samples.any() and DECODER.sound(path).until == pytest.approx(1.0)


# Sound without a header


def raw(path: Path, hertz: float = 440.0) -> str:
    path.write_bytes((made.sine(2.0, hertz) * 32767).astype("<i2").tobytes())
    return str(path)


def test_sound_without_a_header_is_read_at_the_rate_that_is_given(tmp_path: Path) -> None:
    source = raw(tmp_path / "talk.raw")
    sound, info = DECODER.sound(f"{source}#rate=16000"), DECODER.info(f"{source}#rate=16000")
    assert pitch(sound.samples) == pytest.approx(440, abs=1) and sound.until == pytest.approx(2.0)
    assert (info.kind, info.format, info.seconds) == ("sound", "raw", pytest.approx(2.0))
    assert DECODER.sound(f"{source}#rate=8000").until == pytest.approx(4.0, abs=0.01)
    part = DECODER.sound(f"{source}#rate=16000&t=1,1.5")
    assert (part.at, part.until) == (1.0, 1.5)


def test_without_a_rate_the_error_says_how(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no picture, video or sound of a known format") as failure:
        DECODER.info(raw(tmp_path / "talk.raw"))
    assert "--raw 16000, or talk.raw#rate=16000" in failure.value.hint


def test_a_rate_that_no_sound_has_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="5 samples a second is no rate of sound"):
        DECODER.info(raw(tmp_path / "talk.raw") + "#rate=5")


def test_a_rate_changes_nothing_of_a_file_with_a_header(tmp_path: Path) -> None:
    path = str(made.tone(tmp_path / "tone.wav", rate=44_100))
    assert DECODER.info(f"{path}#rate=8000").format == "wav" and DECODER.sound(f"{path}#rate=8000").until == 1.0


def test_samples_that_begin_like_mp3_or_aac_are_samples(tmp_path: Path) -> None:
    samples = (made.sine(1.0) * 3000).astype("<i2")
    samples[:2] = np.frombuffer(b"\xff\xf1\xff\xf1", "<i2")
    (tmp_path / "talk.raw").write_bytes(samples.tobytes())
    assert DECODER.sound(f"{tmp_path / 'talk.raw'}#rate=16000").until == pytest.approx(1.0)
