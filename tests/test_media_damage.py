"""Damaged files and files that are too much: one clear error, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from tests import damage, made

ROOT = Path(__file__).parent.parent
DECODER = Decoder(Limits())


def tries(path: Path, decoder: Decoder = DECODER) -> int:
    """Reads a file in every way; how many ways gave a MediaError. Anything else comes through."""
    failed = 0
    for read in (decoder.info, lambda source: sum(1 for _ in decoder.frames(source, longest=64)), decoder.sound):
        try:
            read(str(path))
        except MediaError as error:
            failed += 1
            message = str(error)
            assert message and "\n" not in message and str(path.parent) not in message
    return failed


def assail(folder: Path, count: int, first: int = 0, but: str = "") -> tuple[int, float]:
    """Feeds damaged files; how many readings failed, and the longest processor time that one file took."""
    good = [path.read_bytes() for path in damage.seeds(folder) if path.suffix != but]
    path, failed, slowest = folder / "damaged.bin", 0, 0.0
    for seed in range(first, first + count):
        path.write_bytes(damage.mutated(good[seed // len(damage.MUTATORS) % len(good)], seed))
        began = time.process_time()
        failed += tries(path)
        slowest = max(slowest, time.process_time() - began)
    return failed, slowest


def test_damaged_files_are_read_or_are_one_clear_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Without TIFF, whose library in Pillow writes to the stderr of its process."""
    failed, slowest = assail(tmp_path, 350, but=".tif")
    assert failed > 300
    assert slowest < 2.0
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_ten_thousand_damaged_files_are_read_or_are_one_clear_error(tmp_path: Path) -> None:
    assert assail(tmp_path, 10_000, first=1000)[1] < 2.0


def test_garbage_behind_each_magic_is_one_clear_error(tmp_path: Path) -> None:
    heads = [path.read_bytes()[:16] for path in damage.seeds(tmp_path)]
    heads += [
        b"OggS",
        b"FLV\x01",
        b"\0\0\x01\xba",
        b"caff\0",
        b".snd",
        b"#!AMR\n",
        bytes.fromhex("3026b2758e66cf11"),
        b"II\x2a\0",
    ]
    for seed, head in enumerate(heads):
        damage.garbage(tmp_path / "garbage", seed=seed)
        (tmp_path / "garbage").write_bytes(head + (tmp_path / "garbage").read_bytes())
        assert tries(tmp_path / "garbage") >= 1, head


# The process that decodes

BOUNDED = """
import json, re, sys
from pathlib import Path
from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits, apply
limits = Limits(memory=int(sys.argv[1]))
apply(limits)
apply(limits)
said = []
for source in sys.argv[2:]:
    try:
        said.append([list(frame.pixels.shape) for frame in Decoder(limits).frames(source)][-1])
    except MediaError as error:
        said.append(str(error))
peak = re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())
print(json.dumps([int(peak[1]) // 1024, said]))
"""


def bounded(memory: int, *sources: Path) -> Any:
    """[peak MiB, what came of each source] of a process under limits."""
    command = [sys.executable, "-c", BOUNDED, str(memory), *map(str, sources)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT, check=True)
    assert ended.stderr == ""
    return json.loads(ended.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
def test_memory_is_bounded_and_running_out_of_it_is_an_error(tmp_path: Path) -> None:
    small = made.scene_picture(tmp_path / "scene.png")
    clip = made.moving_clip(tmp_path / "clip.mp4", seconds=0.4)
    large = made.png_bomb(tmp_path / "large.png", 7_900, 7_900)
    film = made.clip(tmp_path / "film.mp4", ((0.0, np.zeros((6000, 8000, 3), np.uint8)),), (8000, 6000))
    peak, (first, second, third, fourth) = bounded(192, small, large, clip, film)
    assert (first, third) == ([640, 960, 3], [180, 320, 3])
    assert second == "large.png needs more memory than a file may use"
    assert fourth == "film.mp4 needs more memory than a file may use"
    assert peak < 256


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
def test_the_largest_picture_fits_in_the_memory_of_the_defaults(tmp_path: Path) -> None:
    picture = made.picture(tmp_path / "large.jpg", Image.new("RGB", (8_000, 8_000), made.BLUE))
    peak, (shape,) = bounded(Limits().memory, picture)
    assert shape == [8_000, 8_000, 3]
    assert peak < Limits().memory
