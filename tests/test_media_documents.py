"""Pages of documents and of TIFF are pictures; HEIF where its reader is there."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from tests import made

ROOT = Path(__file__).parent.parent
DECODER = Decoder(Limits())
LOCKED = b"""%PDF-1.4
1 0 obj <</Type /Catalog /Pages 2 0 R>> endobj
2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj
3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 72 72]>> endobj
4 0 obj <</Filter /Standard /V 1 /R 2 /P -4 /O <OWNER> /U <USER>>> endobj
trailer <</Root 1 0 R /Encrypt 4 0 R /ID [<00><00>]>>
""".replace(b"OWNER", b"41" * 32).replace(b"USER", b"42" * 32)
PAGES = (made.RED, made.GREEN, made.BLUE)


def pages(path: Path, size: tuple[int, int] = (300, 400)) -> str:
    """Three pages of a plain colour, 3 x 4 inches."""
    first, *others = (Image.new("RGB", size, colour) for colour in PAGES)
    first.save(path, save_all=True, append_images=others, resolution=100)
    return str(path)


def middle(source: str) -> np.ndarray:
    (frame,) = DECODER.frames(source)
    height, width, _ = frame.pixels.shape
    return frame.pixels[height // 2, width // 2].astype(int)


@pytest.mark.parametrize("name", ["pages.pdf", "pages.tif"])
def test_each_page_is_a_picture(tmp_path: Path, name: str) -> None:
    source = pages(tmp_path / name)
    info = DECODER.info(source)
    assert (info.kind, info.pages) == ("picture", 3)
    assert info.notes == ("has 3 pages: a part such as #page=2 names one",)
    for number, colour in enumerate(PAGES, 1):
        assert np.abs(middle(f"{source}#page={number}") - colour).max() < 8
    assert np.abs(middle(source) - made.RED).max() < 8


@pytest.mark.parametrize("name", ["pages.pdf", "pages.tif"])
def test_a_page_that_there_is_not_is_an_error(tmp_path: Path, name: str) -> None:
    for read in (DECODER.info, lambda source: list(DECODER.frames(source))):
        with pytest.raises(MediaError, match="has no page 4") as failure:
            read(pages(tmp_path / name) + "#page=4")
        assert failure.value.hint == "It has 3 pages: #page=1 is the first."


def test_a_page_has_200_pixels_an_inch_and_what_is_told_is_what_is_read(tmp_path: Path) -> None:
    source = pages(tmp_path / "pages.pdf")
    info, (frame,) = DECODER.info(source), DECODER.frames(source)
    assert (info.width, info.height) == (600, 800) and frame.pixels.shape == (800, 600, 3)
    (small,) = DECODER.frames(source, longest=200)
    assert small.pixels.shape == (200, 150, 3)


def test_a_huge_page_is_scaled_down_to_the_limit(tmp_path: Path) -> None:
    document = pypdfium2.PdfDocument.new()
    document.new_page(14_400, 14_400).gen_content()
    document.save(tmp_path / "wall.pdf")
    (frame,) = Decoder(Limits(pixels=1_000_000)).frames(str(tmp_path / "wall.pdf"))
    assert frame.pixels.shape == (1000, 1000, 3) and (frame.pixels == 255).all()


def test_a_document_that_is_broken_or_locked_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n" + bytes(range(256)))
    for read in (DECODER.info, lambda source: list(DECODER.frames(source))):
        with pytest.raises(MediaError, match=r"broken\.pdf is no PDF that can be read"):
            read(str(tmp_path / "broken.pdf"))
    (tmp_path / "locked.pdf").write_bytes(LOCKED)
    with pytest.raises(MediaError, match=r"locked\.pdf is locked with a password"):
        DECODER.info(str(tmp_path / "locked.pdf"))


def test_a_page_has_no_sound_and_no_times(tmp_path: Path) -> None:
    source = pages(tmp_path / "pages.pdf")
    with pytest.raises(MediaError, match="it has no sound"):
        DECODER.sound(source)
    for read in (
        DECODER.info,
        lambda timed: list(DECODER.frames(timed)),
        lambda timed: list(DECODER.moments(timed, [0])),
    ):
        with pytest.raises(MediaError, match="is a picture: it has no times"):
            read(f"{source}#t=3")


@pytest.mark.skipif(importlib.util.find_spec("pillow_heif") is None, reason="needs pillow-heif")
def test_heif_is_read_where_its_reader_is_there(tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.from_pillow(made.scene()).save(tmp_path / "phone.jpg", quality=90)
    info, (frame,) = DECODER.info(str(tmp_path / "phone.jpg")), DECODER.frames(str(tmp_path / "phone.jpg"))
    assert (info.kind, info.format, info.width, info.height) == ("picture", "heif", 960, 640)
    assert np.abs(frame.pixels.astype(int) - np.asarray(made.scene())).mean() < 4


WITHOUT = """
import sys
sys.modules["pillow_heif"] = None
from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
try:
    Decoder(Limits()).info(sys.argv[1])
except MediaError as error:
    print(error.sentence())
"""


def test_heif_without_its_reader_says_how_to_get_it(tmp_path: Path) -> None:
    (tmp_path / "phone.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    command = [sys.executable, "-c", WITHOUT, str(tmp_path / "phone.jpg")]
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT, check=True).stdout
    assert said.startswith("phone.jpg is a HEIF picture, which cannot be read yet.")
    assert "pip install 'vireo[heic]'" in said
