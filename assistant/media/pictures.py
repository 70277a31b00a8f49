"""Reads pictures with Pillow: turned upright, eight bits a channel, on white where they are transparent."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from assistant.errors import MediaError
from assistant.media import passes
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.readings import MediaInfo
from assistant.types import Frame

try:
    from pillow_heif import HeifImageFile
except ImportError:
    HeifImageFile: Any = None  # type: ignore[no-redef]

Pixels = NDArray[np.uint8]

ROWS = 256
"""Rows converted at a time, so that no second copy of a large picture is needed."""
ORIENTATION = 0x0112
"""The EXIF tag."""
_TURNED = {
    2: "mirrored by EXIF",
    3: "turned 180 degrees by EXIF",
    4: "turned upside down and mirrored by EXIF",
    5: "turned 90 degrees to the right and mirrored by EXIF",
    6: "turned 90 degrees to the right by EXIF",
    7: "turned 90 degrees to the left and mirrored by EXIF",
    8: "turned 90 degrees to the left by EXIF",
}
_AS_STORED: dict[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda upright: np.rot90(upright, 2),
    4: np.flipud,
    5: lambda upright: upright.swapaxes(0, 1),
    6: np.rot90,
    7: lambda upright: np.rot90(upright, 2).swapaxes(0, 1),
    8: lambda upright: np.rot90(upright, -1),
}
"""Views of the upright pixels in the order in which the file stores them."""


def info(media: MediaFile, limits: Limits) -> MediaInfo:
    """Size and peculiarities, from the header alone."""
    with picture(media, limits) as opened:
        turn = _orientation(opened)
        width, height = opened.size if turn < 5 else opened.size[::-1]
        notes, pages = _notes(opened, turn), _pages(opened)
    return MediaInfo(media.source, "picture", media.format.name, width, height, pages=pages, notes=notes)


def frame(media: MediaFile, limits: Limits, longest: int = 0) -> Frame:
    """The picture (the first one of several, or the page) with no edge over `longest`, where that is not 0."""
    with picture(media, limits) as opened:
        return Frame(pixels(opened, longest), 0.0, media.source)


@contextmanager
def picture(media: MediaFile, limits: Limits) -> Iterator[Image.Image]:
    """The picture with only its header read; the libraries' warnings are not for the screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        passes.check(media)
        with _opened(media) as opened:
            _turn_to(opened, media)
            check(media.name, opened.size, limits)
            yield opened


def check(name: str, size: tuple[int, int], limits: Limits) -> None:
    """MediaError for a picture of too many pixels."""
    width, height = size
    if width * height > limits.pixels:
        raise MediaError(
            f"{name} has {width} x {height} pixels, the most is {limits.pixels / 1e6:.0f} million",
            "Scale it down first.",
        )


def pixels(picture: Image.Image, longest: int = 0) -> Pixels:
    """Upright RGB, with no edge over `longest`, where that is not 0."""
    turn = _orientation(picture)
    if longest:
        picture.draft("RGB", _fitting(picture.size, longest))
    picture.load()
    if longest and picture.mode in ("RGB", "L"):
        picture = picture.resize(_fitting(picture.size, longest), Image.Resampling.BOX)
    upright = _upright(picture, turn)
    return _shrunk(upright, longest) if longest else upright


def no_page(name: str, page: int, pages: int) -> MediaError:
    """The error for a page that there is not."""
    return MediaError(f"{name} has no page {page}", f"It has {pages} page{'s' * (pages > 1)}: #page=1 is the first.")


def _opened(media: MediaFile) -> Image.Image:
    if media.format.reader != "HEIF":
        return Image.open(media.bytes, formats=[media.format.reader])
    if HeifImageFile is None:
        raise MediaError(
            f"{media.name} is a HEIF picture, which cannot be read yet",
            "Add its reader with pip install 'vireo[heic]', or save it as JPEG.",
        )
    return cast(Image.Image, HeifImageFile(media.bytes))


def _turn_to(picture: Image.Image, media: MediaFile) -> None:
    """Only TIFF has pages."""
    page, pages = media.part.page, max(_pages(picture), 1)
    if page > pages:
        raise no_page(media.name, page, pages)
    if page > 1:
        picture.seek(page - 1)


def _pages(picture: Image.Image) -> int:
    return getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 0


def _orientation(picture: Image.Image) -> int:
    """EXIF's 1..8; 1 where there is none or the tag cannot be read, for the picture itself may be sound."""
    try:
        turn = picture.getexif().get(ORIENTATION, 1)
    except (OSError, ValueError, TypeError, LookupError, SyntaxError, AttributeError, struct.error):
        return 1
    return turn if turn in _TURNED else 1


def _notes(picture: Image.Image, turn: int) -> tuple[str, ...]:
    pages = _pages(picture)
    said = {
        _TURNED.get(turn, ""): turn != 1,
        f"has {pages} pages: a part such as #page=2 names one": pages > 1,
        "holds several pictures: only the first is read": pages < 2 and getattr(picture, "is_animated", False),
        "has transparency, shown on white": picture.has_transparency_data,
        "CMYK colours are shown as RGB": picture.mode == "CMYK",
        "more than 8 bits a channel are shown as 8": picture.mode[0] in "IF",
    }
    return tuple(note for note, true in said.items() if true)


def _fitting(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """The size with no edge over `longest`, never larger than it is."""
    scale = min(1.0, longest / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _upright(picture: Image.Image, turn: int) -> Pixels:
    width, height = picture.size
    upright: Pixels = np.empty((height, width, 3) if turn < 5 else (width, height, 3), np.uint8)
    stored = _AS_STORED.get(turn, np.asarray)(upright)
    convert = _conversion(picture)
    for top in range(0, height, ROWS):
        strip = picture.crop((0, top, width, min(top + ROWS, height)))
        stored[top : top + ROWS] = convert(strip)
    return upright


def _conversion(picture: Image.Image) -> Callable[[Image.Image], Pixels]:
    """How a strip of the picture becomes RGB."""
    if picture.mode[0] in "IF":
        return _Levels(picture)
    return _on_white if picture.has_transparency_data else _rgb


def _rgb(strip: Image.Image) -> Pixels:
    return np.asarray(strip.convert("RGB"))


def _on_white(strip: Image.Image) -> Pixels:
    see_through = strip.convert("RGBA")
    white = Image.new("RGBA", strip.size, "white")
    return np.asarray(Image.alpha_composite(white, see_through).convert("RGB"))


class _Levels:
    """Grey with more than 8 bits: 16-bit values by their upper half, other ranges stretched."""

    def __init__(self, picture: Image.Image) -> None:
        self._low, self._high = self._range(picture)

    @staticmethod
    def _range(picture: Image.Image) -> tuple[float, float]:
        if picture.mode.startswith("I;16"):
            return 0.0, 65535.0
        low, high = (float(value) for value in picture.getextrema())  # type: ignore[arg-type]
        for most in (1.0 if picture.mode == "F" else 255.0, 255.0, 65535.0):
            if low >= 0.0 and high <= most:
                return 0.0, most
        return low, high

    def __call__(self, strip: Image.Image) -> Pixels:
        values = np.asarray(strip).astype(np.float32)
        shares = np.nan_to_num((values - self._low) / max(self._high - self._low, 1e-9))
        grey = (np.clip(shares, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)


def _shrunk(pixels: Pixels, longest: int) -> Pixels:
    height, width = pixels.shape[:2]
    if max(height, width) <= longest:
        return pixels
    near = _means(pixels, max(height, width) // longest)
    small = Image.fromarray(near).resize(_fitting((width, height), longest), Image.Resampling.BOX)
    return np.array(small)


def _means(pixels: Pixels, side: int) -> Pixels:
    """The mean of each square of so many pixels; what remains at the edges is left out."""
    rows, columns = (max(length // side, 1) for length in pixels.shape[:2])
    if side < 2 or rows * side > len(pixels) or columns * side > pixels.shape[1]:
        return pixels
    means: Pixels = np.empty((rows, columns, 3), np.uint8)
    for row in range(rows):
        strip = pixels[row * side : (row + 1) * side, : columns * side]
        means[row] = strip.reshape(side, columns, side, 3).mean(axis=(0, 2))
    return means
