"""The decoder in a child answers as the one in this process does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from assistant.errors import MediaError
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.remote import Child, RemoteMedia
from assistant.types import Frame
from tests import made

HERE = Decoder(Limits())
TOP = Path(__file__).parent.parent
SERVICE = f"""
import sys
sys.path.insert(0, {str(TOP)!r})
from assistant.media.decoder import Decoder
from assistant.media.limits import Limits, apply
from assistant.server import decoder_verbs, serve
limits = Limits()
serve(decoder_verbs(Decoder(limits), lambda: apply(limits)), "decoder")
"""


@pytest.fixture(scope="module")
def there() -> Iterator[RemoteMedia]:
    child = Child([sys.executable, "-c", SERVICE], "decoder")
    yield RemoteMedia(child)
    child.close()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("clip")
    return str(made.moving_clip(folder / "moving.mp4", sound=made.sine(4.0, rate=48_000)))


def same(one: Iterator[Frame], other: Iterator[Frame]) -> bool:
    pairs = list(zip(one, other, strict=True))
    return bool(pairs) and all(a.at == b.at and (a.pixels == b.pixels).all() for a, b in pairs)


def test_every_verb_answers_alike(there: RemoteMedia, clip: str) -> None:
    for source in (clip, f"{clip}#t=1,2", f"{clip}#t=2"):
        assert there.info(source) == HERE.info(source)
        assert there.digest(source) == HERE.digest(source)
        assert there.damage(source) == HERE.damage(source) == ()
        assert same(there.frames(source, longest=80), HERE.frames(source, longest=80))
        assert same(there.moments(source, [1.0, 1.9]), HERE.moments(source, [1.0, 1.9]))
        assert (there.packets(source).size == HERE.packets(source).size).all()
    assert (there.sound(f"{clip}#t=1,2").samples == HERE.sound(f"{clip}#t=1,2").samples).all()


def test_pages_and_animations_come_through_the_pipe(there: RemoteMedia, tmp_path: Path) -> None:
    red, blue = (Image.new("RGB", (60, 40), colour) for colour in (made.RED, made.BLUE))
    for name in ("pages.pdf", "moves.gif"):
        red.save(tmp_path / name, save_all=True, append_images=[blue])
    (page,) = there.frames(f"{tmp_path / 'pages.pdf'}#page=2")
    assert np.abs(page.pixels[10, 10].astype(int) - made.BLUE).max() < 8
    assert there.info(str(tmp_path / "moves.gif")).kind == "video"
    assert len(list(there.frames(str(tmp_path / "moves.gif")))) == 2


def test_errors_come_through_the_pipe_with_their_hints(there: RemoteMedia, clip: str) -> None:
    with pytest.raises(MediaError, match="has no audio track 2") as failure:
        there.sound(f"{clip}#track=2")
    assert failure.value.hint == "It has 1 (aac)."
