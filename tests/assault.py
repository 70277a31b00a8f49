"""Feeds damaged files to a decoder child and tells what it cost: ``python -m tests.assault --count 100000``."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from assistant.errors import LostError, MediaError
from assistant.remote import Child, RemoteMedia
from assistant.safe_text import one_line
from assistant.wiring import child
from tests import damage

FRAMES = 20
SLOW = 2.0
"""Seconds of the decoder's processor time that a request for a damaged file may take."""
MUTE = 20.0
"""Seconds that it may take on a busy machine."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Toll:
    """What an assault came to."""

    files: int = 0
    requests: int = 0
    refused: int = 0
    deaths: list[str] = field(default_factory=list)
    """The names of what killed the decoder, each "format-seed: request"."""
    slow: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    """What is neither a result nor one clear MediaError."""
    longest: float = 0.0
    """Seconds of processor time of one request."""
    child: int = 0
    """MiB that the decoder had at most."""
    parent: int = 0


class Assault:
    """Reads files in every way through a decoder child, and counts."""

    def __init__(self, decoder: Child) -> None:
        self.toll = Toll()
        self._decoder, self._media = decoder, RemoteMedia(decoder)

    def read(self, path: Path, name: str = "") -> None:
        self.toll.files += 1
        for what, request in self._requests(str(path)):
            self._try(f"{name or path.name}: {what}", request, str(path.parent))
        self.toll.child = max(self.toll.child, *map(peak, processes(self._decoder.pid or 0)))
        self.toll.parent = peak(os.getpid())

    def _requests(self, path: str) -> Iterator[tuple[str, Callable[[], object]]]:
        """A long video or sound may take long: of frames so many are taken, of sound the first minute."""
        media = self._media
        yield "info", lambda: media.info(path)
        yield "frames", lambda: sum(1 for _ in islice(media.frames(path, longest=64), FRAMES))
        yield "whole frame", lambda: next(iter(media.frames(path)), None)
        yield "moments", lambda: sum(1 for _ in media.moments(path, (0.0, 0.1, 5.0), 64))
        yield "sound", lambda: media.sound(path, 0.0, 60.0)
        yield "packets", lambda: media.packets(path)
        yield "damage", lambda: media.damage(path, 0.0, 60.0)
        yield "digest", lambda: media.digest(path)
        yield "page", lambda: sum(1 for _ in islice(media.frames(f"{path}#page=2", longest=64), 1))

    def _try(self, name: str, request: Callable[[], object], folder: str) -> None:
        self.toll.requests += 1
        began, spent = time.monotonic(), used(self._decoder.pid)
        try:
            request()
        except MediaError as error:
            self.toll.refused += 1
            self._judge(name, error, folder)
        except Exception as error:  # noqa: BLE001  whatever else it is, it is what is looked for
            self.toll.unclear.append(f"{name}: {error!r}")
        took = max(used(self._decoder.pid) - spent, 0.0)
        self.toll.longest = max(self.toll.longest, took)
        if took > SLOW or time.monotonic() - began > MUTE:
            self.toll.slow.append(f"{name}: {took:.1f} s")

    def _judge(self, name: str, error: MediaError, folder: str) -> None:
        said = str(error)
        if isinstance(error.__cause__, LostError):
            self.toll.deaths.append(name)
        if not said or said != one_line(said, 400) or folder in said or not error.hint:
            self.toll.unclear.append(f"{name}: {said!r}")


def processes(pid: int) -> list[int]:
    """A process and its children."""
    try:
        below = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it ends just now
        below = []
    return [pid, *(int(child) for children in below for child in children)]


def peak(pid: int | str) -> int:
    """MiB that a process had resident at most; 0 when it is gone."""
    try:
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(found[1]) // 1024 if found else 0


def used(pid: int | None) -> float:
    """Seconds of processor time of a process so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


def assail(folder: Path, count: int, first: int = 0, told: Callable[[Toll], None] = lambda toll: None) -> Toll:
    """Feeds so many damaged files to a decoder of its own."""
    good = [(path.suffix, path.read_bytes()) for path in damage.seeds(folder)]
    path = folder / "damaged.bin"
    with closing(child("decoder", "decoder")) as decoder:
        assault = Assault(decoder)
        for seed in range(first, first + count):
            suffix, body = good[seed // len(damage.MUTATORS) % len(good)]
            path.write_bytes(damage.mutated(body, seed))
            assault.read(path, f"{suffix[1:]}-{seed}")
            told(assault.toll)
    return assault.toll


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000, help="how many files (default: 5000)")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    arguments = parser.parse_args()
    began = said = time.monotonic()

    def tell(toll: Toll) -> None:
        nonlocal said
        if time.monotonic() - said > 10.0:
            said = time.monotonic()
            bad = Counter(deaths=len(toll.deaths), slow=len(toll.slow), unclear=len(toll.unclear))
            print(f"{toll.files} of {arguments.count} files, {said - began:.0f} s: {dict(bad)}", file=sys.stderr)

    with tempfile.TemporaryDirectory(prefix="vireo-assault-") as folder:
        os.environ["VIREO_HOME"] = folder
        toll = assail(Path(folder), arguments.count, arguments.first, tell)
    print(json.dumps(asdict(toll), indent=2))
    return 1 if toll.deaths or toll.slow or toll.unclear or max(toll.child, toll.parent) >= 512 else 0


if __name__ == "__main__":
    sys.exit(main())
