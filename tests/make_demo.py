"""Draws, films and speaks the files of `assistant/demo`; run as `python -m tests.make_demo`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from tests import made

DEMO = Path(__file__).parent.parent / "assistant" / "demo"
QUESTION = "what does the sign say"
PHRASES = (
    QUESTION,
    "what do you see",
    "describe the picture",
    "read the text",
    "scan the code",
    "how many people are there",
    "what colour is the house",
    "what is in the video",
    "what moves in the video",
    "when does the scene change",
    "what did i say",
    "remember this picture",
)
SECONDS, CUT, FPS, SIZE, FINE = 6.0, 3.0, 15, (320, 180), 3


def film() -> Iterator[tuple[float, made.Pixels]]:
    """A red ball goes from left to right; after the cut a yellow balloon rises over a field."""
    for n in range(round(SECONDS * FPS)):
        at = n / FPS
        yield at, np.asarray(_ball(at / CUT) if at < CUT else _balloon((at - CUT) / (SECONDS - CUT)))


def _canvas(ground: made.Colour, floor: made.Colour) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (SIZE[0] * FINE, SIZE[1] * FINE), ground)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 130 * FINE, SIZE[0] * FINE, SIZE[1] * FINE), fill=floor)
    return picture, draw


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: int, colour: made.Colour) -> None:
    draw.ellipse([FINE * value for value in (x - radius, y - radius, x + radius, y + radius)], fill=colour)


def _ball(share: float) -> Image.Image:
    picture, draw = _canvas((205, 205, 210), (120, 90, 65))
    _disc(draw, 30 + share * 260, 106, 24, made.RED)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def _balloon(share: float) -> Image.Image:
    picture, draw = _canvas(made.SKY, made.GREEN)
    x, y = 160, 150 - share * 120
    draw.line([FINE * value for value in (x, y, x, y + 45)], fill=made.BLACK, width=FINE)
    _disc(draw, x, y, 22, made.YELLOW)
    return picture.resize(SIZE, Image.Resampling.LANCZOS)


def main() -> None:
    DEMO.mkdir(exist_ok=True)
    made.scene().save(DEMO / "scene.png", optimize=True)
    options = {"crf": "24", "preset": "veryslow", "threads": "1"}
    made.clip(DEMO / "clip.mp4", film(), SIZE, codec="libx264", bits=0, key=45, rate=FPS, **options)
    made.speech(DEMO / "question.wav", QUESTION)
    (DEMO / "phrases.txt").write_text("\n".join(PHRASES) + "\n", "utf-8")
    for path in sorted(DEMO.iterdir()):
        print(f"{path.stat().st_size:8,} {path.name}")


if __name__ == "__main__":
    main()
