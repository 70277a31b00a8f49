"""Damages good files by seeded chance, for tests that feed broken ones."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from pathlib import Path

from tests import made


def cut_short(path: Path, share: float = 0.5) -> Path:
    """The same file without its end."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    return path


def garbage(path: Path, size: int = 4096, seed: int = 0) -> Path:
    path.write_bytes(random.Random(seed).randbytes(size))
    return path


def elsewhere(path: Path, whole: Path) -> Path:
    """A movie without samples of its own: its header says that they lie in the file `whole`."""
    body = bytearray(whole.read_bytes())
    place = str(whole).encode()
    place += bytes(len(place) % 2)
    record = bytes(150) + struct.pack(">hh", 2, len(place)) + place + struct.pack(">hh", -1, 0)
    alias = struct.pack(">I4sI", 12 + len(record), b"alis", 0) + record
    entry = body.index(b"url \x00\x00\x00\x01") - 4
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = body.rindex(box, 0, entry) - 4
        size = int.from_bytes(body[start : start + 4], "big") + len(alias) - 12
        body[start : start + 4] = size.to_bytes(4, "big")
    body[entry : entry + 12] = alias
    path.write_bytes(body)
    return path


def _flip(body: bytearray, chance: random.Random) -> None:
    for _ in range(chance.randint(1, 16)):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)


def _truncate(body: bytearray, chance: random.Random) -> None:
    del body[chance.randrange(1, len(body)) :]


def _splice(body: bytearray, chance: random.Random) -> None:
    first, second, size = chance.randrange(len(body)), chance.randrange(len(body)), chance.randint(1, 256)
    body[first : first + size] = body[second : second + size]


def _zero(body: bytearray, chance: random.Random) -> None:
    first = chance.randrange(len(body))
    size = min(chance.randint(1, 512), len(body) - first)
    body[first : first + size] = bytes(size)


def _grow(body: bytearray, chance: random.Random) -> None:
    """Large numbers in the header, where sizes stand."""
    first = chance.randrange(min(len(body), 256))
    body[first : first + 4] = chance.choice(
        [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x01\x00\x00"]
    )


def _drop(body: bytearray, chance: random.Random) -> None:
    first = chance.randrange(len(body))
    del body[first : first + chance.randint(1, 64)]


def _repeat(body: bytearray, chance: random.Random) -> None:
    first = chance.randrange(len(body))
    body[first:first] = body[first : first + chance.randint(1, 256)] * chance.randint(1, 8)


MUTATORS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _truncate,
    _splice,
    _zero,
    _grow,
    _drop,
    _repeat,
)


def mutated(body: bytes, seed: int) -> bytes:
    """A file with one seeded kind of damage."""
    chance = random.Random(seed)
    broken = bytearray(body)
    MUTATORS[seed % len(MUTATORS)](broken, chance)
    return bytes(broken)


def seeds(folder: Path) -> tuple[Path, ...]:
    """Small good files of seventeen formats, to be damaged."""
    beep = made.sine(0.3, rate=48_000)
    small = dict(seconds=0.4, size=(64, 48), since=0.0, until=0.3, cut=0.3)
    moving = [made.corners(40, 30), made.corners(40, 30).rotate(90), made.corners(40, 30).rotate(180)]
    animated = dict(save_all=True, append_images=moving[1:], duration=100, loop=0)
    return (
        made.picture(folder / "seed.png"),
        made.picture(folder / "seed.jpg"),
        made.picture(folder / "seed.gif", moving[0], **animated),
        made.picture(folder / "seed.webp", moving[0], **animated),
        made.picture(folder / "seed.apng", moving[0], format="PNG", **animated),
        made.picture(folder / "seed.tif", compression="tiff_lzw"),
        made.picture(folder / "seed.bmp"),
        made.picture(folder / "seed.avif"),
        made.picture(folder / "seed.pdf", moving[0], save_all=True, append_images=moving[1:]),
        made.moving_clip(folder / "seed.mp4", sound=beep, **small),
        made.clip(folder / "seed.mkv", made.moving(**small), (64, 48), sound=beep, codec="libx264"),
        made.moving_clip(folder / "seed.avi", **small),
        made.moving_clip(folder / "seed.ts", sound=beep, **small),
        made.tone(folder / "seed.wav", 0.3),
        made.tone(folder / "seed.flac", 0.3, codec="flac"),
        made.tone(folder / "seed.mp3", 0.3, codec="libmp3lame", rate=24_000),
        made.tone(folder / "seed.ogg", 0.3, codec="libopus", rate=48_000),
    )
