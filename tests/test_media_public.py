"""The public media set: every file is what its manifest says."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits

PUBLIC = Path(os.environ.get("VIREO_MEDIA") or Path(__file__).parent.parent.parent / "shared" / "media")
DECODER = Decoder(Limits())
MANIFEST = PUBLIC / "manifest.jsonl"
public = pytest.mark.skipif(not MANIFEST.exists(), reason="needs the public media set")


def entries() -> dict[str, dict[str, Any]]:
    lines = MANIFEST.read_text("utf-8").splitlines() if MANIFEST.exists() else []
    return {entry["file"]: entry for entry in map(json.loads, lines)}


def check_public(name: str, facts: dict[str, Any], all_frames: bool) -> None:
    info = DECODER.info(str(PUBLIC / name))
    if "frames" in facts:
        seen = [frame.at for frame in DECODER.frames(str(PUBLIC / name), longest=64, until=1e9 if all_frames else 1.0)]
        assert seen[0] == pytest.approx(facts["first_pts_s"], abs=0.02)
        assert info.seconds == pytest.approx(facts["duration_s"], abs=0.1)
        assert info.fps == pytest.approx(facts["fps"], abs=0.1)
        assert len(info.audio) == len(facts["audio_streams"])
        if all_frames:
            assert len(seen) == facts["frames"] and seen[-1] == pytest.approx(facts["last_pts_s"], abs=0.01)
    elif "width" in facts:
        (frame,) = DECODER.frames(str(PUBLIC / name))
        assert (info.width, info.height) == (facts["width"], facts["height"])
        assert frame.pixels.shape == (facts["height"], facts["width"], 3)
    else:
        assert info.kind == "sound"
        assert DECODER.sound(str(PUBLIC / name)).until == pytest.approx(facts["duration_s"], abs=0.06)


FEW = ("photo_coins.png", "chart_bars.png", "doc_exif_rotated.jpg", "video_bikes_six_shots.mp4", "video_pancake.mkv")
FEW += ("speech_jfk.flac", "speech_one_two_three_8bit.wav", "speech_describe_what_you_see.mp3", "noise_dtmf5.wav")
UNREADABLE = ("malformed_header.wav", "malformed_truncated.jpg", "silence_zero_samples.wav", "speech_goforward.raw")


@public
@pytest.mark.parametrize("name", FEW)
def test_a_public_file_is_what_its_manifest_says(name: str) -> None:
    check_public(name, entries()[name]["facts"], all_frames=False)


@public
@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(entries()) - set(UNREADABLE) - {"malformed_video.mp4"}))
def test_every_public_file_is_what_its_manifest_says(name: str) -> None:
    check_public(name, entries()[name]["facts"], all_frames=True)


@public
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_broken_public_file_is_one_clear_error(name: str) -> None:
    with pytest.raises(MediaError, match=name.split(".", maxsplit=1)[0]):
        DECODER.info(str(PUBLIC / name))


@public
def test_a_broken_frame_of_a_public_video_costs_only_itself() -> None:
    times = [frame.at for frame in DECODER.frames(str(PUBLIC / "malformed_video.mp4"), longest=64)]
    assert len(times) == 49 and times[-1] == pytest.approx(4.9)


@public
def test_the_broken_stretch_of_a_public_video_is_found_and_no_other() -> None:
    for name, facts in ((name, entry["facts"]) for name, entry in entries().items() if name.startswith("video_")):
        spans = DECODER.damage(str(PUBLIC / name))
        if "corrupted_frames_s" in facts:
            assert spans == (tuple(pytest.approx(time, abs=0.05) for time in facts["corrupted_frames_s"]),)
        else:
            assert spans == ()


@public
def test_sound_without_a_header_has_the_length_that_is_known() -> None:
    path = str(PUBLIC / "speech_goforward.raw")
    facts = entries()["speech_goforward.raw"]["facts"]
    assert DECODER.sound(f"{path}#rate=16000").until == pytest.approx(facts["duration_s"], abs=0.01)


@public
def test_a_talker_a_channel_can_be_told_apart() -> None:
    path = str(PUBLIC / "speech_two_channels_two_talkers.wav")
    left, right = (DECODER.sound(f"{path}#channel={n}").samples for n in (1, 2))
    assert len(left) == len(right) and abs(np.corrcoef(left, right)[0, 1]) < 0.3


@public
def test_one_utterance_in_three_kinds_of_files_sounds_the_same() -> None:
    plain, *others = (
        DECODER.sound(str(PUBLIC / f"speech_one_two_three{kind}")).samples
        for kind in (".wav", "_8bit.wav", "_24bit_stereo.flac")
    )
    for other in others:
        assert len(other) == len(plain)
        assert abs(plain - other).max() < 0.02
