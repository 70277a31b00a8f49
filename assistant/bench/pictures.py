"""The speed and the truth of reading text and codes, on pictures that are made here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from time import process_time
from typing import Any

import numpy as np
import zxingcpp
from PIL import Image, ImageDraw, ImageFont

from assistant.bench.agreement import f1
from assistant.bench.damage import DAMAGES, Pixels
from assistant.bench.machine import facts
from assistant.readers.codes import codes
from assistant.readers.text import TextReader
from assistant.types import Evidence, Frame

PAGES = (
    "The ferry leaves the harbour at seven.\nTickets are sold on board for 12.50.\nDogs travel free of charge.",
    "INVOICE 2041\nTwo chairs 89.00\nOne table 240.00\nTotal due 329.00 within 30 days",
    "Please close the gate behind you.\nThe path is steep and slippery.\nCall 555 0142 in an emergency.",
)
CODES = (
    ("QRCode", "https://example.org/harbour?gate=7"),
    ("EAN13", "4006381333931"),
    ("Code128", "VIREO-2041-B"),
    ("DataMatrix", "batch 17, tray 4"),
    ("PDF417", "Flight 802 seat 14C"),
)
PACKAGES = {"text": ("rapidocr", "onnxruntime", "opencv-python"), "codes": ("zxing-cpp", "opencv-python")}

Read = Callable[[Frame], Sequence[Evidence]]


@dataclass(frozen=True, slots=True)
class Known:
    """A picture, and the words or codes in it."""

    pixels: Pixels
    holds: tuple[str, ...]


def report(work: str, quick: bool, rounds: int, tell: Callable[[str], None]) -> dict[str, Any]:
    """All figures of "text" or "codes", a row for each way in which the pictures are damaged."""
    read: Read = TextReader() if work == "text" else codes
    split = _words if work == "text" else _whole
    made = [page(text) for text in PAGES[: 1 if quick else None]] if work == "text" else [code(*each) for each in CODES]
    rows = []
    for damage in DAMAGES[: 3 if quick else None]:
        tell(f"reading {work}: {damage.__name__}")
        pictures = [Known(damage(known.pixels), known.holds) for known in made]
        rows.append({"pictures": damage.__name__, **_row(read, split, pictures, rounds)})
    whole = {"bench": work, "machine": facts(*PACKAGES[work]), "rounds": rounds, "pictures": rows}
    sums = [sum(row[key] for row in rows) for key in ("hits", "found", "known")]
    return whole | {"total": {"F1": f1(*sums), "wrong": sums[1] - sums[0]}}


def _row(read: Read, split: Callable[[str], list[str]], pictures: Sequence[Known], rounds: int) -> dict[str, Any]:
    """Times of one kind of picture; "equal" says that each reading of a picture gave the same."""
    times, answers = list[float](), list[list[Counter[str]]]()
    for _ in range(rounds):
        begun = process_time()
        answers.append([_found(read, split, known) for known in pictures])
        times.append(process_time() - begun)
    right = sum((found & Counter(known.holds)).total() for found, known in zip(answers[-1], pictures, strict=True))
    found, holds = sum(each.total() for each in answers[-1]), sum(len(known.holds) for known in pictures)
    size = sum(known.pixels.shape[0] * known.pixels.shape[1] for known in pictures) / 1e6
    return {
        "seconds a picture": round(median(times) / len(pictures), 4),
        "seconds a megapixel": round(median(times) / size, 3),
        "spread": round((max(times) - min(times)) / median(times), 3),
        "hits": right,
        "found": found,
        "known": holds,
        "F1": f1(right, found, holds),
        "equal": all(answer == answers[0] for answer in answers),
    }


def _found(read: Read, split: Callable[[str], list[str]], known: Known) -> Counter[str]:
    """What was read; a paragraph only says its lines again."""
    evidence = (each for each in read(Frame(known.pixels)) if each.kind != "paragraph")
    return Counter(word for each in evidence for word in split(each.text))


def _words(text: str) -> list[str]:
    return [word.strip(".,:;").lower() for word in text.split()]


def _whole(text: str) -> list[str]:
    return [text]


def page(text: str) -> Known:
    """Some lines of print."""
    picture = Image.new("RGB", (900, 80 + 70 * (text.count("\n") + 1)), "white")
    ImageDraw.Draw(picture).multiline_text((40, 40), text, fill="black", font=ImageFont.load_default(36), spacing=24)
    return Known(np.asarray(picture), tuple(_words(text)))


def code(kind: str, text: str) -> Known:
    """One code in a field of white."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind))
    drawn = Image.fromarray(np.array(made.to_image(scale=4))).convert("RGB")
    picture = Image.new("RGB", (drawn.width + 160, drawn.height + 160), "white")
    picture.paste(drawn, (80, 80))
    return Known(np.asarray(picture), (text,))
