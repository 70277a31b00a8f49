"""Damaged files and files that are too much: one clear error, in bounded time and memory, from a decoder that lives."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.remote import RemoteMedia
from assistant.wiring import child
from tests import bombs, damage, made
from tests.assault import Assault, Toll, assail, processes

ROOT = Path(__file__).parent.parent
DECODER = Decoder(Limits())
MOST = 512
"""MiB of the decoder, of the drawer of documents, and of the process that asks them."""


def unharmed(toll: Toll, parent: int = MOST) -> None:
    assert (toll.deaths, toll.slow, toll.unclear) == ([], [], [])
    assert 30 < toll.child < MOST and 30 < toll.parent < parent


# Damage


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_five_hundred_damaged_files_are_read_or_are_one_clear_error(tmp_path: Path) -> None:
    """Of 17 formats, in 7 ways: the decoder lives, is quick and stays small."""
    toll = assail(tmp_path, 500)
    unharmed(toll, parent=4096)  # what the other tests of this process have used is not meant
    assert toll.files == 500 and 1500 < toll.refused < toll.requests


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_five_thousand_damaged_files_are_read_or_are_one_clear_error(tmp_path: Path) -> None:
    """And 100,000: python -m tests.assault --count 100000"""
    command = [sys.executable, "-m", "tests.assault", "--count", "5000", "--first", "1000000"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=3000, check=False)
    unharmed(Toll(**json.loads(ended.stdout)))


def test_the_same_seed_does_the_same_damage() -> None:
    body = bytes(range(256)) * 8
    assert [damage.mutated(body, seed) for seed in range(70)] == [damage.mutated(body, seed) for seed in range(70)]
    assert len({damage.mutated(body, seed) for seed in range(70)} - {body}) > 60


def tries(path: Path) -> int:
    """Reads a file in every way; how many ways gave a MediaError. Anything else comes through."""
    failed = 0
    for read in (DECODER.info, lambda source: sum(1 for _ in DECODER.frames(source, longest=64)), DECODER.sound):
        try:
            read(str(path))
        except MediaError:
            failed += 1
    return failed


def test_garbage_behind_each_magic_is_one_clear_error(tmp_path: Path) -> None:
    heads = [path.read_bytes()[:16] for path in damage.seeds(tmp_path)]
    heads += [b"OggS", b"FLV\x01", b"\0\0\x01\xba", b"caff\0", b".snd", b"#!AMR\n", b"II\x2a\0", b"%PDF-1.7\n"]
    heads += [bytes.fromhex("3026b2758e66cf11")]
    for seed, head in enumerate(heads):
        damage.garbage(tmp_path / "garbage", seed=seed)
        (tmp_path / "garbage").write_bytes(head + (tmp_path / "garbage").read_bytes())
        assert tries(tmp_path / "garbage") >= 1, head


# Bombs


def drop(folder: Path, made: Iterator[tuple[str, bytes]]) -> Toll:
    """All into one decoder."""
    with closing(child("decoder", "decoder")) as decoder:
        assault = Assault(decoder)
        for name, body in made:
            (folder / "bomb").write_bytes(body)
            assault.read(folder / "bomb", name)
    return assault.toll


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_no_bomb_kills_the_decoder_or_keeps_it_busy(tmp_path: Path) -> None:
    toll = drop(tmp_path, bombs.quick_bombs(tmp_path))
    unharmed(toll, parent=4096)
    assert toll.files > 100 and toll.refused > 500


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_slower_bombs_do_not_either(tmp_path: Path) -> None:
    unharmed(drop(tmp_path, (bomb for bomb in bombs.all_bombs(tmp_path) if bomb[0] in bombs.SLOWER)), parent=4096)


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_document_that_never_ends_costs_its_drawer_and_not_the_decoder(tmp_path: Path) -> None:
    unharmed(drop(tmp_path, bombs.heavy_bombs()), parent=4096)


def test_what_is_too_much_says_so(tmp_path: Path) -> None:
    said = {}
    wanted = ("png of 900 million pixels", "jpeg of many passes", "wav of one sample a second", "tiff that is its own")
    for name, body in bombs.all_bombs(tmp_path):
        if name.startswith(wanted):
            (tmp_path / "bomb").write_bytes(body)
            try:
                said[name[:4]] = DECODER.info(str(tmp_path / "bomb"))
            except MediaError as error:
                said[name[:4]] = str(error)
    assert said["png "] == "bomb has too many pixels"
    assert said["jpeg"] == "bomb is drawn in over 100 passes"
    assert said["wav "] == "bomb lasts 12.0 hours, the most is 12.0"
    assert said["tiff"].kind == "picture"


# The process that decodes


def test_a_killed_decoder_answers_again_within_a_second(tmp_path: Path) -> None:
    """The best of three, for the machine may be busy."""
    picture, took = str(made.picture(tmp_path / "a.png")), []
    with closing(child("decoder", "decoder")) as decoder:
        media = RemoteMedia(decoder)
        for _ in range(3):
            media.info(picture)
            os.kill(decoder.pid or 0, signal.SIGKILL)
            began = time.monotonic()
            while True:
                try:
                    media.info(picture)
                    break
                except MediaError:  # it was asked before its death was seen
                    continue
            took.append(time.monotonic() - began)
    assert min(took) < 1.0


def test_a_dead_drawer_of_documents_is_one_clear_error_and_the_decoder_lives(tmp_path: Path) -> None:
    document, picture = str(made.picture(tmp_path / "a.pdf")), str(made.picture(tmp_path / "a.png"))
    said: list[str] = []
    with closing(child("decoder", "decoder")) as decoder, ThreadPoolExecutor(1) as pool:
        media = RemoteMedia(decoder)
        shown, before = next(media.frames(document)).pixels, decoder.pid
        for waits in (0.1, 0.5, 1.0, 2.0, 4.0, 8.0):  # until the page was asked of it before it died
            [drawer] = processes(decoder.pid or 0)[1:]
            os.kill(drawer, signal.SIGSTOP)
            answer = pool.submit(next, media.frames(document))
            time.sleep(waits)
            os.kill(drawer, signal.SIGKILL)
            try:
                assert (answer.result().pixels == shown).all()
            except MediaError as error:
                said.append(str(error))
                break
        assert re.search(r"a\.pdf cannot be decoded", said[0])
        assert media.info(picture).kind == "picture"
        assert (next(media.frames(document)).pixels == shown).all()
        assert decoder.pid == before


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
    large = made.png_bomb(tmp_path / "large.png", 7_200, 7_200)
    film = made.clip(tmp_path / "film.mp4", ((0.0, np.zeros((6000, 8000, 3), np.uint8)),), (8000, 6000))
    peak, (first, second, third, fourth) = bounded(100, small, large, clip, film)
    assert (first, third) == ([640, 960, 3], [180, 320, 3])
    assert second == "large.png needs more memory than a file may use"
    assert fourth == "film.mp4 needs more memory than a file may use"
    assert peak < 200


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the limit")
@pytest.mark.parametrize("name", ["large.jpg", "large.png", "large.tif", "large.bmp"])
def test_the_largest_picture_fits_in_the_memory_of_the_defaults(tmp_path: Path, name: str) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (72, 72, 3), np.uint8)
    picture = made.picture(tmp_path / name, Image.fromarray(colours).resize((7_200, 7_200), Image.Resampling.NEAREST))
    peak, (shape,) = bounded(Limits().memory, picture)
    assert shape == [7_200, 7_200, 3]
    assert peak < MOST


@pytest.mark.long
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_large_frames_fit_in_the_memory_of_both_processes_however_slowly_they_are_taken(tmp_path: Path) -> None:
    frames = ((n / 25, np.full((2160, 3840, 3), 9 * n, np.uint8)) for n in range(24))
    made.clip(tmp_path / "4k.mp4", frames, (3840, 2160), codec="libx264", preset="ultrafast")
    code = (
        "import sys, time; from assistant.remote import RemoteMedia; from assistant.wiring import child\n"
        "from tests.assault import peak, processes\n"
        "decoder = child('decoder', 'decoder'); count = 0\n"
        "for frame in RemoteMedia(decoder).frames(sys.argv[1]): count += 1; time.sleep(0.05)\n"
        "print(count, peak(processes(decoder.pid)[0]), peak('self'))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "4k.mp4")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=200, cwd=ROOT, check=True)
    count, decoder, reader = map(int, ended.stdout.split())
    assert count == 24 and decoder < MOST and reader < 256
