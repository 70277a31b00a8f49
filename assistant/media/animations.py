"""Reads animated GIF, WebP and PNG with Pillow as videos, one frame at a time."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, islice, pairwise
from typing import BinaryIO

from PIL import Image

from assistant.errors import MediaError
from assistant.media import pictures
from assistant.media.limits import Limits
from assistant.media.opening import MediaFile
from assistant.media.pictures import Pixels
from assistant.readings import MediaInfo

MOST = 100_000
"""Frames of one animation."""
SHORTEST = 0.01
"""Seconds: what is not shown longer than this is shown for `USUAL`, as browsers do."""
USUAL = 0.1
_FIRST_ONLY = "holds several pictures: only the first is read"


def times(media: MediaFile) -> list[float]:
    """When each frame begins, and when the last one ends; [] where it is a still picture.

    Only the heads of blocks and chunks are read. The times are those of the file; a browser's least time is kept.
    """
    shown = _SHOWN.get(media.format.name)
    if shown is None:
        return []
    media.bytes.seek(0)
    try:
        durations = list(islice(shown(media.bytes), MOST + 1))
    finally:
        media.bytes.seek(0)
    if len(durations) > MOST:
        raise MediaError(f"{media.name} has over {MOST} pictures", "Cut out the part you need.")
    kept = (seconds if seconds > SHORTEST else USUAL for seconds in durations)
    return [0.0, *accumulate(kept)] if len(durations) > 1 else []


def info(media: MediaFile, limits: Limits, begins: list[float]) -> MediaInfo:
    """As of a video; MediaError when it lasts too long."""
    if begins[-1] > limits.seconds:
        raise MediaError(f"{media.name} lasts {begins[-1] / 3600:.1f} hours", "Cut out the part you need.")
    still = pictures.info(media, limits)
    notes = tuple(note for note in still.notes if note != _FIRST_ONLY)
    fps = (len(begins) - 1) / begins[-1]
    return replace(still, kind="video", seconds=begins[-1], fps=fps, notes=notes)


def timed(media: MediaFile, limits: Limits, begins: list[float], longest: int) -> Iterator[tuple[float, Pixels]]:
    """Its frames in order, up to where they can no longer be read."""
    with pictures.picture(media, limits) as animation:
        aside = int(animation.info.get("default_image", False))  # the still that stands for an APNG
        for number, (at, _) in enumerate(pairwise(begins)):
            shown = _read(animation, number + aside, longest) if number else pictures.pixels(animation, longest)
            if shown is None:
                return
            yield at, shown


def _read(animation: Image.Image, number: int, longest: int) -> Pixels | None:
    """A further frame; None where it is missing or broken."""
    try:
        animation.seek(number)
        return pictures.pixels(animation, longest)
    except (EOFError, OSError, SyntaxError, ValueError):
        return None


def _gif(file: BinaryIO) -> Iterator[float]:
    """The seconds of each frame, by the blocks of GIF89a."""
    flags = file.read(13)[10:11]
    file.seek(_palette(flags), 1)
    seconds = 0.0
    while (block := file.read(1)) not in (b"", b";"):
        if block == b",":
            file.seek(_palette(file.read(9)[8:9]) + 1, 1)
            yield seconds
            seconds = 0.0
        elif block == b"!" and file.read(1) == b"\xf9":
            body = file.read(5)
            seconds = int.from_bytes(body[2:4], "little") / 100
        _skip_blocks(file)


def _palette(flags: bytes) -> int:
    """Bytes of the colour table that the flags announce."""
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _skip_blocks(file: BinaryIO) -> None:
    while size := file.read(1).rjust(1, b"\0")[0]:
        file.seek(size, 1)


def _webp(file: BinaryIO) -> Iterator[float]:
    """The seconds of each frame, by the ANMF chunks of the RIFF container."""
    file.seek(12)
    while len(head := file.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        size += size & 1
        if head[:4] == b"ANMF":
            yield int.from_bytes(file.read(16)[12:15], "little") / 1000
            size -= 16
        file.seek(max(size, 0), 1)


def _png(file: BinaryIO) -> Iterator[float]:
    """The seconds of each frame, by the fcTL chunks of APNG, which begin with an acTL before the first IDAT."""
    file.seek(8)
    animated = False
    while len(head := file.read(8)) == 8:
        size, name = struct.unpack(">I4s", head)
        animated = animated or name == b"acTL"
        if name == b"IDAT" and not animated:
            return
        if name == b"fcTL" and size == 26:
            control = file.read(26).ljust(26, b"\0")
            over, under = struct.unpack(">20x2H2x", control)
            yield over / (under or 100)
            size = 0
        file.seek(size + 4, 1)


_SHOWN = {"gif": _gif, "webp": _webp, "png": _png}
