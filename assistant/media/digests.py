"""Names the content of a file."""

from __future__ import annotations

import hashlib

from assistant.media.opening import MediaFile

WHOLE = 64 << 20
"""Bytes up to which all of a file is read."""
BLOCK = 1 << 20
BLOCKS = 64
"""Evenly spread over a longer file, its head and tail among them."""


def digested(media: MediaFile) -> str:
    """BLAKE2b of all bytes and of the part; of a long file of its size and of blocks: a change between may be missed.

    Equal for equal content, whatever the file's name or time.
    """
    digest = hashlib.blake2b(digest_size=32)
    media.bytes.seek(0)
    if media.size <= WHOLE:
        while block := media.bytes.read(BLOCK):
            digest.update(block)
    else:
        digest.update(str(media.size).encode())
        for number in range(BLOCKS):
            media.bytes.seek((media.size - BLOCK) * number // (BLOCKS - 1))
            digest.update(media.bytes.read(BLOCK))
    part = str(media.part)[len(media.part.path) :]
    return digest.hexdigest() + part
