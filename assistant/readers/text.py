"""Text in pictures: RapidOCR's PP-OCR networks (https://github.com/RapidAI/RapidOCR), run from its own wheel."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR

from assistant.errors import ModelError
from assistant.readers.lines import Line, Piece, in_order
from assistant.types import Box, Evidence, Frame

LONGEST = 2800
"""Pixels of the longest edge that is read; screenshots need them."""
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
MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}

Pixels = NDArray[np.uint8]


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
        return sum(len(piece.text) * piece.score**4 * (1.0 if _upright(piece) else 0.9) for piece in self.pieces)

    @property
    def lying(self) -> bool:
        """True when most letters stand on their side."""
        upright = sum(len(piece.text) * (1 if _upright(piece) else -1) for piece in self.pieces)
        return upright < 0

    def lines(self) -> list[Line]:
        """In reading order, on the picture before it was turned."""
        return [line.turned(self.quarters) for line in in_order(self.pieces, self.width, self.height)]


class TextReader:
    """Reads text; the networks are loaded when they are first needed and shared by all threads."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._engine: RapidOCR | None = None

    def __call__(self, frame: Frame) -> tuple[Evidence, ...]:
        """The lines of a frame in reading order; raises ModelError when the networks are missing."""
        if min(frame.pixels.shape[:2]) < LEAST:
            return ()
        best, *others = sorted(self._attempts(_sized(frame.pixels)), key=lambda attempt: -attempt.certain)
        lines = _completed(best.lines(), [line for other in others for line in other.lines()])
        return tuple(Evidence(frame.source, frame.at, line.box, round(line.score, 3), line.text) for line in lines)

    def _attempts(self, pixels: Pixels) -> list[Attempt]:
        """The picture as it is; turned, when its text is doubtful or lies on its side; evened, when it is dark."""
        attempts = [self._read(pixels)]
        if attempts[0].lying:
            attempts += [self._read(pixels, 1), self._read(pixels, 3)]
        elif attempts[0].pieces and attempts[0].mean < DOUBTFUL:
            attempts += [self._read(pixels, 2), self._read(pixels, 3)]
        if pixels.mean() < DARK and attempts[0].mean < SURE:
            attempts.append(self._read(_evened(pixels)))
        return attempts

    def _read(self, pixels: Pixels, quarters: int = 0) -> Attempt:
        picture = np.ascontiguousarray(np.rot90(pixels, quarters)[:, :, ::-1])
        height, width = picture.shape[:2]
        with self._lock:
            found = self._loaded()(picture)
        rows = zip(found.txts or (), found.scores or (), found.boxes if found.txts else (), strict=True)
        pieces = [Piece(text, float(score), np.asarray(box, np.float64)) for text, score, box in rows]
        return Attempt(tuple(filter(_credible, pieces)), width, height, quarters)

    def _loaded(self) -> RapidOCR:
        if self._engine is None:
            self._engine = _engine(self._threads)
        return self._engine


def _engine(threads: int) -> RapidOCR:
    """The networks of the wheel, by path so that nothing is fetched; the classifier of turned lines misjudges them."""
    package = find_spec("rapidocr")
    folder = Path(next(iter(package.submodule_search_locations or ()), "") if package else "", "models")
    missing = [name for name in MODELS.values() if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"The text reader lacks {missing[0]}.", hint="Reinstall rapidocr.")
    engine = "EngineConfig.onnxruntime"
    params: dict[str, object] = {f"{part}.model_path": str(folder / name) for part, name in MODELS.items()}
    params |= {f"{engine}.intra_op_num_threads": threads, f"{engine}.inter_op_num_threads": 1}
    params |= {"Global.log_level": "critical", "Global.use_cls": False, "Global.max_side_len": LONGEST}
    params |= {"Det.limit_type": "max", "Det.limit_side_len": LONGEST}
    return RapidOCR(params=params)


def _sized(pixels: Pixels) -> Pixels:
    """Large pictures made smaller, small ones larger."""
    shortest, longest = sorted(pixels.shape[:2])
    scale = min(max(1.0, SHORTEST / shortest), LONGEST / longest, ENLARGED)
    if scale == 1.0:
        return pixels
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(pixels, size, interpolation=how), np.uint8)


def _evened(pixels: Pixels) -> Pixels:
    """Contrast brought out in every part of a dark picture (CLAHE on lightness)."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(3.0, (8, 8)).apply(lab[:, :, 0])
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), np.uint8)


def _completed(lines: list[Line], others: Sequence[Line]) -> list[Line]:
    """The lines with what other attempts have read surely where these are unsure or have nothing."""
    sure = [line for line in lines if line.score >= SURE]
    found: list[Line] = []
    for line in others:
        if line.score >= SURE and not any(_meet(line.box, known.box) for known in (*sure, *found)):
            found.append(line)
    return [line for line in lines if not any(_meet(line.box, other.box) for other in found)] + found


def _meet(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 0 and down > 0


def _credible(piece: Piece) -> bool:
    """Texture is read as a letter or two now and then."""
    return piece.score >= (0.6 if len(piece.text) > 2 else 0.8)


def _upright(piece: Piece) -> bool:
    across, down = np.ptp(piece.corners, axis=0)
    return bool(across * 1.5 >= down)
