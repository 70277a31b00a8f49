"""Refuses progressive pictures of so many passes that decoding them takes minutes."""

from __future__ import annotations

from assistant.errors import MediaError
from assistant.media.opening import MediaFile

MOST = 100
"""Passes over the whole picture; cameras and browsers' pictures have 10 or so."""
SEARCHED = 64 << 20
"""Bytes of a file that are searched."""
PIECE = 1 << 20
SCAN = b"\xff\xda"
"""JPEG's start of scan; within a scan these bytes cannot stand together (ITU-T T.81, B.1.1.5)."""


def check(media: MediaFile) -> None:
    """MediaError for a JPEG of over `MOST` passes; the file is left at its start."""
    if media.format.reader != "JPEG":
        return
    media.bytes.seek(0)
    passes = read = 0
    while (piece := media.bytes.read(PIECE)) and read < SEARCHED:
        passes, read = passes + piece.count(SCAN), read + len(piece)
    media.bytes.seek(0)
    if passes > MOST:
        raise MediaError(f"{media.name} is drawn in over {MOST} passes", "Save it again in an ordinary way.")
