"""QR codes, bar codes and their kin, believed only when they are verified.

ZXing decodes (https://github.com/zxing-cpp/zxing-cpp). A matrix code carries error correction: one reading is enough. A
bar code has at best one check digit, which a wrong reading passes one time in ten: the picture is read in several
sizes, and a payload counts when enough readings agree and no other has as many at the same place. OpenCV's detector
straightens QR codes that ZXing does not find.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from assistant.types import Box, Evidence, Frame

CHECKED = ("EAN", "UPC", "ISBN", "Code 128", "Code 93", "DataBar")
"""Bar codes with a check digit; others must be read alike in one more view."""
MATRIX = ("QR", "Micro QR", "rMQR", "Aztec", "Data Matrix", "PDF417", "Compact PDF417", "MicroPDF417", "MaxiCode")
"""Kinds with error correction."""
LARGEST = 2400
"""Pixels of the longest edge of an enlarged view."""

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one decoder read in one view."""

    text: str
    kind: str
    box: Box

    @property
    def matrix(self) -> bool:
        return self.kind.startswith(MATRIX)

    @property
    def needed(self) -> int:
        """Views that must agree."""
        if self.matrix:
            return 1
        return 2 if self.kind.startswith(CHECKED) else 3


def codes(frame: Frame) -> tuple[Evidence, ...]:
    """The verified codes from top to bottom: `text` is the payload, `kind` the format, such as "QR Code" or "EAN-13".

    `score` is the share of views that agree, 1 for codes that correct their errors.
    """
    luma = cv2.cvtColor(frame.pixels, cv2.COLOR_RGB2GRAY)
    views = list(_views(luma))
    readings = [_read(view) for view in views]
    if not any(reading.kind.startswith("QR") for found in readings for reading in found):
        readings.append(_straightened(luma))
    chosen = sorted(_verified(readings), key=lambda pair: (pair[0].box[1], pair[0].box[0]))
    return tuple(
        Evidence(frame.source, frame.at, reading.box, _score(reading, votes / len(views)), reading.text, reading.kind)
        for reading, votes in chosen
    )


def _score(reading: Reading, share: float) -> float:
    return 1.0 if reading.matrix else share


def _views(luma: Pixels) -> Iterator[Pixels]:
    """The picture as it is, softened against the pattern of pixels, and enlarged in two ways."""
    yield luma
    yield _enlarged(luma, 1.5, 1.2)
    yield _enlarged(luma, 2.0, 0.0)
    yield _enlarged(luma, 3.0, 3.0)


def _enlarged(luma: Pixels, factor: float, softness: float) -> Pixels:
    factor = max(1.0, min(factor, LARGEST / max(luma.shape)))
    view = cv2.resize(luma, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.GaussianBlur(view, (0, 0), softness) if softness else view, np.uint8)


def _read(view: Pixels) -> set[Reading]:
    """What ZXing reads in one view, each payload once a place."""
    height, width = view.shape[:2]
    found = zxingcpp.read_barcodes(np.ascontiguousarray(view), text_mode=zxingcpp.TextMode.Plain)
    return {Reading(*_payload(code), _box(code.position, width, height)) for code in found if code.text}


def _payload(code: zxingcpp.Barcode) -> tuple[str, str]:
    """The text and the format; an EAN-13 that begins with 0 is the twelve digits of a UPC-A."""
    text, kind = str(code.text), str(code.format)
    return (text[1:], "UPC-A") if kind == "EAN-13" and text.startswith("0") else (text, kind)


def _box(place: zxingcpp.Position, width: int, height: int) -> Box:
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    across, down = [corner.x / width for corner in corners], [corner.y / height for corner in corners]
    return _within((min(across), min(down), max(across), max(down)))


def _within(box: Box) -> Box:
    left, top, right, bottom = (round(min(1.0, max(0.0, edge)), 4) for edge in box)
    return left, top, right, bottom


def _straightened(luma: Pixels) -> set[Reading]:
    """QR codes that OpenCV has found, straightened and read, and that ZXing reads alike in the straightened picture."""
    _, texts, places, straight = cv2.QRCodeDetector().detectAndDecodeMulti(luma)
    found = zip(texts, () if places is None else places, straight, strict=False)
    return {
        Reading(text, "QR Code", _around(corners, luma))
        for text, corners, modules in found
        if text and text in {reading.text for reading in _read(_printed(modules))}
    }


def _around(corners: NDArray[np.float32], luma: Pixels) -> Box:
    (left, top), (right, bottom) = corners.min(0), corners.max(0)
    height, width = luma.shape[:2]
    return _within((float(left) / width, float(top) / height, float(right) / width, float(bottom) / height))


def _printed(modules: Pixels) -> Pixels:
    """A QR code of one pixel a module, as a clean print with its quiet zone."""
    quiet = cv2.copyMakeBorder(modules, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=255)
    return np.asarray(cv2.resize(quiet, None, fx=6, fy=6, interpolation=cv2.INTER_NEAREST), np.uint8)


def _verified(readings: list[set[Reading]]) -> list[tuple[Reading, int]]:
    """At each place the payload that most views agree on, if they are enough and no other has as many."""
    places: list[list[Reading]] = []
    for reading in (reading for found in readings for reading in found):
        place = next((place for place in places if _overlap(place[0].box, reading.box)), None)
        if place is None:
            places.append([reading])
        else:
            place.append(reading)
    chosen = (_elected(place) for place in places)
    return [winner for winner in chosen if winner is not None]


def _elected(place: list[Reading]) -> tuple[Reading, int] | None:
    votes: dict[tuple[str, str], list[Reading]] = {}
    for reading in place:
        votes.setdefault((reading.text, reading.kind), []).append(reading)
    ranked = sorted(votes.values(), key=len, reverse=True)
    tied = len(ranked) > 1 and len(ranked[1]) == len(ranked[0])
    winner = ranked[0][0]
    return None if tied or len(ranked[0]) < winner.needed else (winner, len(ranked[0]))


def _overlap(one: Box, other: Box) -> bool:
    """True when the middle of one lies in the other (boxes of bar codes can be flat lines)."""
    return _holds(one, other) or _holds(other, one)


def _holds(box: Box, other: Box) -> bool:
    across, down = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] - 0.01 <= across <= box[2] + 0.01 and box[1] - 0.02 <= down <= box[3] + 0.02
