"""The door of the room: what is opened, what is refused, and the demo's own files."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import av
import numpy as np
import pytest
import zxingcpp

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from tests import damage, made

ROOT = Path(__file__).parent.parent
DECODER = Decoder(Limits())


def refusal(path: Path, decoder: Decoder = DECODER) -> MediaError:
    """The one error that all three ways of reading give."""
    errors = []
    for read in (decoder.info, lambda source: list(decoder.frames(source)), decoder.sound):
        with pytest.raises(MediaError) as failure:
            read(str(path))
        errors.append(failure.value)
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].hint
    return errors[0]


# Which files are opened


def test_what_is_not_a_regular_file_has_a_clear_line(tmp_path: Path) -> None:
    assert str(refusal(tmp_path / "gone.png")) == "there is no file gone.png"
    assert str(refusal(tmp_path)) == f"{tmp_path.name} is a folder"
    (tmp_path / "empty.png").touch()
    assert str(refusal(tmp_path / "empty.png")) == "empty.png is empty"
    assert "cannot be opened" in str(refusal(tmp_path / "nul\0.png"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_and_devices_are_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    assert "is a device or a pipe" in str(refusal(tmp_path / "pipe.mp4"))
    assert "is a device or a pipe" in str(refusal(Path("/dev/zero")))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    made.picture(tmp_path / "secret.png").chmod(0)
    assert "may not be read" in str(refusal(tmp_path / "secret.png"))


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.mp4").open("wb") as sparse:
        sparse.truncate(9 << 30)
    assert "9.7 GB, the most is 8.6 GB" in str(refusal(tmp_path / "huge.mp4"))


def test_errors_name_the_file_without_its_place_or_control_characters(tmp_path: Path) -> None:
    path = damage.garbage(tmp_path / "a\x1b]0;pwned\x07\nb.png")
    message = str(refusal(path))
    assert message.startswith("a b.png is no picture")
    assert str(tmp_path) not in message


# Which formats are read


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("list.mp4", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"),
        ("list.m3u8", "\ufeff\n#EXTM3U\nhttp://127.0.0.1/x.ts\n"),
        ("list.wav", "ffconcat version 1.0\nfile /etc/passwd\n"),
        ("list.txt", "file '/etc/passwd'\n"),
        ("list.pls", "[playlist]\nFile1=/etc/passwd\n"),
        ("list.mpd", "<MPD type='static'></MPD>"),
        ("list.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\n"),
        ("list.asx", "<ASX version='3.0'><entry/></ASX>"),
        ("list.ram", "rtsp://127.0.0.1/x\n"),
    ],
)
def test_files_that_point_at_others_are_refused(tmp_path: Path, name: str, body: str) -> None:
    (tmp_path / name).write_text(body, "utf-8")
    assert f"{name} is a playlist: it only points at other files" in str(refusal(tmp_path / name))


@pytest.mark.parametrize("body", ["<?xml version='1.0'?><svg/>", "<svg/>", "%!PS-Adobe", "<!DOCTYPE html>"])
def test_documents_are_refused(tmp_path: Path, body: str) -> None:
    (tmp_path / "drawing.png").write_text(body)
    assert "is a document, not a picture of pixels" in str(refusal(tmp_path / "drawing.png"))


def test_unknown_bytes_are_refused_and_the_hint_says_what_is_known(tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("Buy milk")
    error = refusal(tmp_path / "notes.jpg")
    assert str(error) == "notes.jpg is no picture, video or sound of a known format"
    assert "PNG" in error.hint and "WAV" in error.hint


def test_a_sound_behind_a_tag_is_told_by_what_follows_it(tmp_path: Path) -> None:
    tag = b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(10)
    for name, codec in (("tone.mp3", "libmp3lame"), ("tone.aac", "aac"), ("tone.flac", "flac")):
        path = made.tone(tmp_path / name, 1.0, rate=44_100, codec=codec)
        body = path.read_bytes()
        path.write_bytes(body if body.startswith(b"ID3") else tag + body)
        assert DECODER.info(str(path)).format == name[5:]
        assert DECODER.sound(str(path)).until == pytest.approx(1.0, abs=0.1)


def test_a_movie_whose_samples_lie_in_another_file_does_not_open_it(tmp_path: Path) -> None:
    whole = made.moving_clip(tmp_path / "whole.mp4", seconds=0.4)
    pointer = damage.elsewhere(tmp_path / "pointer.mov", whole)
    assert str(whole).encode() in pointer.read_bytes()
    with av.open(str(pointer), options={"enable_drefs": "1", "use_absolute_path": "1"}) as careless:
        assert len(list(careless.decode(video=0))) == 10
    with pytest.raises(MediaError, match="holds no frame that can be decoded"):
        next(DECODER.frames(str(pointer)))


# The demo

DEMO = ROOT / "assistant" / "demo"


def test_the_demo_is_small_and_can_be_read() -> None:
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 200_000
    picture, clip, question = (DECODER.info(str(DEMO / name)) for name in ("scene.png", "clip.mp4", "question.wav"))
    assert (picture.width, picture.height) == (960, 640)
    assert clip.seconds == pytest.approx(6.0, abs=0.1) and clip.notes == ()
    assert question.seconds == pytest.approx(2.1, abs=0.3)
    (frame,) = DECODER.frames(str(DEMO / "scene.png"))
    assert [code.text for code in zxingcpp.read_barcodes(frame.pixels)] == [made.CODE]


def test_the_clip_of_the_demo_has_one_cut_at_three_seconds() -> None:
    frames = list(DECODER.frames(str(DEMO / "clip.mp4")))
    changes = [abs(new.pixels.astype(int) - old.pixels).mean() for old, new in itertools.pairwise(frames)]
    assert frames[1 + int(np.argmax(changes))].at == pytest.approx(3.0, abs=0.01)
    assert sorted(changes)[-2] < max(changes) / 4


def test_the_question_of_the_demo_is_among_its_phrases() -> None:
    phrases = (DEMO / "phrases.txt").read_text("utf-8").splitlines()
    assert "what does the sign say" in phrases and len(phrases) == len(set(phrases)) >= 10
