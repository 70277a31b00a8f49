"""Pictures: every format, turn and depth becomes upright RGB."""

from __future__ import annotations

import struct
import time
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


def read(path: Path, longest: int = 0) -> Frame:
    (frame,) = DECODER.frames(str(path), longest=longest)
    return frame


def quarters(frame: Frame) -> list[tuple[int, ...]]:
    """The colours of the quarters: top left, top right, bottom left, bottom right."""
    height, width = frame.pixels.shape[:2]
    rows, columns = (height // 4, height * 3 // 4), (width // 4, width * 3 // 4)
    return [tuple(frame.pixels[y, x].tolist()) for y in rows for x in columns]


def alike(left: list[tuple[int, ...]], right: list[tuple[int, ...]], most: int = 12) -> bool:
    return bool(np.abs(np.array(left, int) - np.array(right, int)).max() <= most)


UPRIGHT = [made.RED, made.GREEN, made.BLUE, made.WHITE]


@pytest.mark.parametrize("ending", ["png", "jpg", "gif", "webp", "bmp", "tif", "ppm", "avif"])
def test_every_format_is_read_whatever_the_file_is_called(tmp_path: Path, ending: str) -> None:
    path = made.picture(tmp_path / f"quarters.{ending}").rename(tmp_path / "holiday.doc")
    info, frame = DECODER.info(str(path)), read(path)
    assert info.kind == "picture"
    assert (info.width, info.height) == (60, 40)
    assert frame.pixels.shape == (40, 60, 3) and frame.pixels.dtype == np.uint8
    assert frame.at == 0.0 and frame.source == str(path)
    assert alike(quarters(frame), UPRIGHT, 30)


TO_STORED = {
    1: lambda p: p,
    2: lambda p: p.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda p: p.transpose(Image.Transpose.ROTATE_180),
    4: lambda p: p.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda p: p.transpose(Image.Transpose.TRANSPOSE),
    6: lambda p: p.transpose(Image.Transpose.ROTATE_90),
    7: lambda p: p.transpose(Image.Transpose.TRANSVERSE),
    8: lambda p: p.transpose(Image.Transpose.ROTATE_270),
}


@pytest.mark.parametrize("turn", range(1, 9))
def test_every_exif_turn_is_undone(tmp_path: Path, turn: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = turn
    path = made.picture(tmp_path / "turned.png", TO_STORED[turn](made.corners()), exif=exif)
    info = DECODER.info(str(path))
    assert (info.width, info.height) == (60, 40)
    assert quarters(read(path)) == UPRIGHT
    assert quarters(read(path, longest=30)) == UPRIGHT
    assert (info.notes == ()) == (turn == 1)


def test_the_note_says_how_far_a_picture_was_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3
    path = made.picture(tmp_path / "turned.jpg", exif=exif)
    assert DECODER.info(str(path)).notes == ("turned 180 degrees by EXIF",)


def test_damaged_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    path = made.picture(tmp_path / "odd.jpg", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xff" + bytes(range(64)))
    assert alike(quarters(read(path)), UPRIGHT, 30)


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    seen_through = made.corners().convert("RGBA")
    seen_through.putalpha(Image.new("L", seen_through.size, 128))
    path = made.picture(tmp_path / "half.png", seen_through)
    assert alike(quarters(read(path))[:1], [(238, 142, 142)], 3)
    assert "has transparency, shown on white" in DECODER.info(str(path)).notes


def test_a_palette_with_a_transparent_colour_is_on_white(tmp_path: Path) -> None:
    palette = made.corners().quantize(4)
    red = palette.getpixel((1, 1))
    path = made.picture(tmp_path / "palette.png", palette, transparency=red)
    assert alike(quarters(read(path)), [made.WHITE, made.GREEN, made.BLUE, made.WHITE], 4)


def test_sixteen_bits_become_eight(tmp_path: Path) -> None:
    grey = Image.fromarray(np.linspace(0, 65535, 256, dtype=np.uint16)[None].repeat(8, axis=0))
    for name in ("deep.png", "deep.tif"):
        frame = read(made.picture(tmp_path / name, grey))
        assert np.abs(frame.pixels[0, :, 1].astype(int) - np.arange(256)).max() <= 1
        assert (frame.pixels[..., 0] == frame.pixels[..., 2]).all()


def test_floating_point_grey_is_shown(tmp_path: Path) -> None:
    grey = Image.fromarray(np.linspace(0, 1, 256, dtype=np.float32)[None].repeat(8, axis=0))
    frame = read(made.picture(tmp_path / "float.tif", grey))
    assert np.abs(frame.pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1


def test_grey_one_bit_and_cmyk_become_rgb(tmp_path: Path) -> None:
    grey = read(made.picture(tmp_path / "grey.png", Image.new("L", (20, 10), 77)))
    assert (grey.pixels == 77).all() and grey.pixels.shape == (10, 20, 3)
    bit = read(made.picture(tmp_path / "bit.png", Image.new("1", (20, 10), 1)))
    assert (bit.pixels == 255).all()
    cmyk = made.picture(tmp_path / "cmyk.jpg", Image.new("CMYK", (20, 10), (0, 255, 255, 0)), quality=95)
    assert alike([tuple(read(cmyk).pixels[5, 5].tolist())], [(255, 0, 0)], 6)
    assert "CMYK colours are shown as RGB" in DECODER.info(str(cmyk)).notes


def test_of_a_still_with_an_ending_for_animations_there_is_one_picture(tmp_path: Path) -> None:
    for name in ("still.gif", "still.webp", "still.png"):
        path = made.picture(tmp_path / name)
        assert DECODER.info(str(path)).kind == "picture" and alike(quarters(read(path)), UPRIGHT, 30)


def test_the_longest_edge_is_scaled_down_and_never_up(tmp_path: Path) -> None:
    path = made.scene_picture(tmp_path / "scene.jpg")
    assert read(path, longest=480).pixels.shape == (320, 480, 3)
    assert read(path, longest=5000).pixels.shape == (640, 960, 3)
    clear = made.picture(tmp_path / "clear.png", made.scene().convert("RGBA"))
    assert np.abs(read(clear, longest=240).pixels.astype(int) - read(path, longest=240).pixels).mean() < 2
    narrow = made.picture(tmp_path / "line.png", Image.new("RGB", (2000, 2)))
    assert read(narrow, longest=100).pixels.shape == (1, 100, 3)


def test_a_picture_of_many_strips_is_whole(tmp_path: Path) -> None:
    tall = np.arange(700, dtype=np.uint16)[:, None].repeat(4, axis=1)
    expected = np.dstack([tall % 256, tall // 256, tall * 0]).astype(np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 8
    assert (read(made.picture(tmp_path / "tall.png", Image.fromarray(expected))).pixels == expected).all()
    turned = read(made.picture(tmp_path / "wide.png", Image.fromarray(expected), exif=exif))
    assert (turned.pixels == np.rot90(expected)).all()


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = made.png_bomb(tmp_path / "bomb.png", 10_000, 10_000)
    began = time.process_time()
    for read_it in (DECODER.info, lambda source: list(DECODER.frames(source))):
        with pytest.raises(MediaError, match=r"10000 x 10000 pixels, the most is \d+ million"):
            read_it(str(path))
    with pytest.raises(MediaError, match="too many pixels"):
        DECODER.info(str(made.png_bomb(tmp_path / "larger.png")))
    assert time.process_time() - began < 1.0


def test_a_header_that_claims_a_huge_size_is_refused(tmp_path: Path) -> None:
    body = bytearray(made.picture(tmp_path / "small.bmp").read_bytes())
    body[18:26] = struct.pack("<ii", 60_000, 60_000)
    (tmp_path / "huge.bmp").write_bytes(body)
    with pytest.raises(MediaError, match="pixels"):
        read(tmp_path / "huge.bmp")


def test_a_truncated_picture_is_one_clear_error(tmp_path: Path) -> None:
    for name in ("scene.png", "scene.jpg"):
        path = made.scene_picture(tmp_path / name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(MediaError, match=f"{name} cannot be decoded") as failure:
            read(path)
        assert failure.value.hint and str(tmp_path) not in str(failure.value)
        assert "\n" not in str(failure.value)


def test_a_picture_has_no_sound(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="is a picture: it has no sound"):
        DECODER.sound(str(made.picture(tmp_path / "quarters.png")))
