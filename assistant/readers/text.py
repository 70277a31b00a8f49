"""Text in pictures: found and read as it stands, turned where it lies on its side, and read twice to be sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from assistant.readers.crops import cut, evened, softened, spaced
from assistant.readers.lines import Line, Piece, in_order
from assistant.readers.networks import Corners, Networks, Pixels, Reading
from assistant.readers.paragraphs import paragraphs
from assistant.types import Box, Evidence, Frame

LONGEST = 2800
"""Pixels of the longest edge in which text is searched; screenshots need them."""
AREA = 1_500_000
"""Pixels that are searched at the most: a million takes 0.6 s and 150 MB."""
SHORTEST = 736
"""Pixels that the shortest edge should have: letters ten pixels high are misread."""
ENLARGED = 4.0
"""The most that a small picture is enlarged."""
LEAST = 8
"""Pixels of an edge under which there can be no text."""
DARK = 110
"""Mean luma under which a picture is read once more with its light evened."""
DOUBTFUL = 0.8
"""Mean score under which a picture is tried turned."""
SURE = 0.9
"""Score of lines that one attempt may take over from another."""
ALONE = 0.85
"""Score that one of two readings needs when the other one differs and is unsure."""
LONE = 0.95
"""Score that a picture's only letter needs."""
TWOFOLD = 0.5
"""Score of a line of which two readings differ, both sure."""
TALL = 1.5
"""Height over width of a run of letters that may lie on its side."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was read on one version of a picture: turned by quarters, its light evened or not."""

    pieces: tuple[Piece, ...]
    width: int
    height: int
    quarters: int = 0

    @property
    def mean(self) -> float:
        """The score of the mean letter."""
        letters = sum(len(piece.text) for piece in self.pieces)
        return sum(piece.score * len(piece.text) for piece in self.pieces) / letters if letters else 0.0

    @property
    def certain(self) -> float:
        """Letters, those that are sure counting more; lying text counts less than upright text."""
        return sum(len(piece.text) * piece.score**4 * (1.0 if _upright(piece) else 0.9) for piece in self.firm)

    @property
    def firm(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if not piece.doubted)

    @property
    def lying(self) -> bool:
        """True when most letters stand on their side."""
        upright = sum(len(piece.text) * (1 if _upright(piece) else -1) for piece in self.pieces)
        return upright < 0

    def lines(self) -> list[Line]:
        """In reading order, on the picture before it was turned."""
        return [line.turned(self.quarters) for line in in_order(self.firm, self.width, self.height)]


class TextReader:
    """Reads text; the networks are loaded when they are first needed and shared by all threads."""

    def __init__(self, threads: int = 1) -> None:
        self._networks = Networks(threads)

    def __call__(self, frame: Frame, quick: bool = False) -> tuple[Evidence, ...]:
        """The lines of a frame in reading order, then its paragraphs; raises ModelError when the networks are missing.

        A line (kind "line") that can be read in two ways is followed by the other one (kind "variant") on the same
        box. `quick` reads once and as the picture stands, in its own size: for one of many frames.
        """
        if min(frame.pixels.shape[:2]) < LEAST:
            return ()
        attempts = [self._read(frame.pixels, quick=True)] if quick else self._attempts(frame.pixels)
        best, *others = sorted(attempts, key=lambda attempt: -attempt.certain)
        lines = _in_company(_completed(best.lines(), [line for other in others for line in other.lines()]))
        return (*_told(frame, lines), *(_evidence(frame, block, "paragraph") for block in paragraphs(lines)))

    def _attempts(self, pixels: Pixels) -> list[Attempt]:
        """The picture as it is; turned, when its text is doubtful or lies on its side; evened, when it is dark."""
        attempts = [self._read(pixels)]
        if attempts[0].lying:
            attempts += [self._read(pixels, 1), self._read(pixels, 3)]
        elif attempts[0].pieces and attempts[0].mean < DOUBTFUL:
            attempts += [self._read(pixels, 2), self._read(pixels, 3)]
        if pixels.mean() < DARK and attempts[0].mean < SURE:
            attempts.append(self._read(pixels, evenly=True))
        return attempts

    def _read(self, pixels: Pixels, quarters: int = 0, quick: bool = False, evenly: bool = False) -> Attempt:
        picture = np.ascontiguousarray(np.rot90(pixels, quarters))
        searched = _sized(picture, 1.0 if quick else ENLARGED)
        scale = searched.shape[1] / picture.shape[1], searched.shape[0] / picture.shape[0]
        sharpest = picture if searched.size < picture.size else searched
        larger = sharpest.shape[1] / picture.shape[1]
        boxes = self._networks.find(evened(searched) if evenly else searched)
        found = [corners / scale * larger for corners in boxes]
        crops = [cut(sharpest, corners) for corners in found]
        pieces = self._said(crops, found, quick)
        height, width = sharpest.shape[:2]
        letters = (piece for piece in pieces if _credible(piece) and not _thing(piece, width * height))
        return Attempt(tuple(letters), width, height, quarters)

    def _said(self, crops: Sequence[Pixels], found: Sequence[Corners], quick: bool) -> list[Piece]:
        """What each crop says; but for quick ones only what it says again when its grain is gone."""
        crops = [np.rot90(crop) if crop.shape[0] >= TALL * crop.shape[1] else crop for crop in crops]
        plain = self._networks.read(crops)
        again = [] if quick else self._networks.read([softened(crop) for crop in crops])
        plain, again = ([_spaced(*pair) for pair in zip(said, crops, strict=False)] for said in (plain, again))
        return [_agreed(*row) for row in zip(plain, again or plain, found, strict=True)]


def _spaced(reading: Reading, crop: Pixels) -> Reading:
    return Reading(spaced(reading.text, reading.places, crop), reading.score)


def _agreed(plain: Reading, soft: Reading, corners: Corners) -> Piece:
    """The better of two readings, with the other one where it is as sure; texture is read anew each time."""
    best, other = (plain, soft) if plain.score >= min(soft.score, SURE) else (soft, plain)
    differ = _bare(best.text) != _bare(other.text)
    also = other.text if differ and other.score >= SURE else ""
    return Piece(best.text, best.score, corners, also, doubted=differ and best.score < ALONE)


def _bare(text: str) -> str:
    """What matters of a text when two readings are compared: its letters and digits."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _told(frame: Frame, lines: Sequence[Line]) -> list[Evidence]:
    told: list[Evidence] = []
    for line in lines:
        told.append(_evidence(frame, line, "line"))
        if line.other:
            told.append(_evidence(frame, line, "variant"))
    return told


def _evidence(frame: Frame, line: Line, kind: str) -> Evidence:
    score = min(line.score, TWOFOLD) if line.other else line.score
    text = line.other if kind == "variant" else line.text
    return Evidence(frame.source, frame.at, line.box, round(score, 3), text, kind)


def _sized(pixels: Pixels, enlarged: float = ENLARGED) -> Pixels:
    """Large pictures made smaller, small ones larger, so many times at the most."""
    shortest, longest = sorted(pixels.shape[:2])
    most = (AREA / (shortest * longest)) ** 0.5
    scale = min(max(1.0, SHORTEST / shortest), LONGEST / longest, most, enlarged)
    if scale == 1.0:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _completed(lines: list[Line], others: Sequence[Line]) -> list[Line]:
    """The lines with what other attempts have read surely where these are unsure or have nothing."""
    sure = [line for line in lines if line.score >= SURE]
    found: list[Line] = []
    for line in others:
        if line.score >= SURE and not any(_meet(line.box, known.box) for known in (*sure, *found)):
            found.append(line)
    return [line for line in lines if not any(_meet(line.box, other.box) for other in found)] + found


def _in_company(lines: list[Line]) -> list[Line]:
    """Without the lone shapes that may be things (a wheel is an 0, a row of buttons 0000), unless there is text too."""
    if any(line.score >= SURE and not _one_shape(line.text) for line in lines):
        return lines
    return [line for line in lines if line.score >= LONE or not _one_shape(line.text)]


def _one_shape(text: str) -> bool:
    return len(set(_bare(text))) < 2


def _meet(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 0 and down > 0


def _credible(piece: Piece) -> bool:
    """Texture is read as a letter or two now and then."""
    return bool(piece.text.strip()) and piece.score >= (0.6 if len(piece.text) > 2 else 0.8)


def _thing(piece: Piece, area: int) -> bool:
    """A cup on its saucer is no 8, however sure the network is: a letter does not fill a picture."""
    return len(piece.text) < 3 and piece.width * piece.height > 0.3 * area


def _upright(piece: Piece) -> bool:
    across, down = np.ptp(piece.corners, axis=0)
    return bool(across * 1.5 >= down)
