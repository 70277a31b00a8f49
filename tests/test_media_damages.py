"""Broken stretches of videos are found and told."""

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
CHANCE = np.random.default_rng(3)
GROUND = CHANCE.integers(0, 255, (9, 16, 3)).astype(np.uint8).repeat(20, axis=0).repeat(20, axis=1)


def wandering(seconds: float = 6.0) -> list[tuple[float, made.Pixels]]:
    """A motley picture that moves on, so that each packet has something to lose."""
    return [(n / 25, np.roll(GROUND, n, axis=1)) for n in range(round(seconds * 25))]


def broken(path: Path, **how: object) -> str:
    """The data of pictures near 2.4 s overwritten."""
    made.clip(path, wandering(), key=25, **how)  # type: ignore[arg-type]
    with av.open(str(path)) as opened:
        start = (opened.start_time or 0) / av.time_base
        packet = next(packet for packet in opened.demux(video=0) if packet.time_base * (packet.pts or 0) > start + 2.4)
        first, size = packet.pos + packet.size // 4, max(packet.size // 2, 400)
    body = bytearray(path.read_bytes())
    body[first : first + size] = np.random.default_rng(1).bytes(size)
    path.write_bytes(body)
    return str(path)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("broken.mkv", dict(codec="libx264", threads="1")),
        ("broken.mp4", dict(codec="libx264", threads="1", bf="3")),
        ("broken.avi", dict(codec="mpeg4")),
        ("broken.ts", dict(codec="libx264", threads="1")),
    ],
)
def test_data_that_cannot_be_decoded_breaks_the_picture_up_to_the_next_key_frame(
    tmp_path: Path, name: str, how: dict[str, object]
) -> None:
    source = broken(tmp_path / name, **how)
    ((since, until),) = DECODER.damage(source)
    assert since == pytest.approx(2.4, abs=0.2) and until == pytest.approx(3.0, abs=0.01)
    assert f"the picture is broken from {since:.1f} to {until:.1f} s" in DECODER.info(source).notes
    assert DECODER.damage(source, since=until) == () == DECODER.damage(source, until=since)


def smeared(picture: made.Pixels) -> made.Pixels:
    """From a third of the height on, each row like the one above."""
    smear = picture.copy()
    smear[60:] = CHANCE.integers(0, 255, (1, 160, 3)).astype(np.uint8).repeat(2, axis=1)
    return smear


def test_a_smear_that_was_recorded_with_the_video_is_found(tmp_path: Path) -> None:
    frames = wandering()
    frames[50:75] = [(at, smeared(frames[50][1]) if at == 2.0 else picture) for at, picture in frames[50:75]]
    frames[51:75] = [(at, frames[50][1]) for at, _ in frames[51:75]]
    source = str(made.clip(tmp_path / "smear.mp4", frames, bits=4_000_000))
    assert DECODER.damage(source) == ((pytest.approx(2.0), pytest.approx(3.0)),)


def test_whole_videos_have_no_damage(tmp_path: Path) -> None:
    stripes = [(at, smeared(GROUND)) if at >= 3 else (at, picture) for at, picture in wandering()]
    bars = [(at, stripes[-1][1]) if at >= 3 else (at, picture) for at, picture in stripes]
    for name, frames in (("moving.mp4", wandering()), ("bars.mp4", bars), ("cuts.mp4", list(made.moving()))):
        assert DECODER.damage(str(made.clip(tmp_path / name, frames, bits=4_000_000))) == ()


def test_pictures_have_no_damage_and_sound_is_refused(tmp_path: Path) -> None:
    assert DECODER.damage(str(made.picture(tmp_path / "still.png"))) == ()
    with pytest.raises(MediaError, match="holds only sound"):
        DECODER.damage(str(made.tone(tmp_path / "tone.wav")))
