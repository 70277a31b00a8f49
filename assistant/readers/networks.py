"""The two networks of PP-OCR that RapidOCR brings in its wheel (https://github.com/RapidAI/RapidOCR): find and read."""

from __future__ import annotations

import ctypes
import platform
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rapidocr import RapidOCR

from assistant.errors import ModelError

MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
}
LARGEST = 3000
"""Pixels of an edge; the engine would enlarge a thread of a picture to gigabytes."""
M_MMAP_THRESHOLD = -3
"""The name of the option in <malloc.h>."""

Pixels = NDArray[np.uint8]
Corners = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one crop says."""

    text: str
    score: float
    """0..1, of the mean letter."""
    places: tuple[float, ...] = ()
    """The middle of each letter that is no space, in fractions of the crop's width."""


class Networks:
    """Finds text and reads it; loaded when first needed, shared by all threads; raises ModelError when not there."""

    def __init__(self, threads: int = 1) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._engine: RapidOCR | None = None

    def find(self, picture: Pixels) -> list[Corners]:
        """The corners (4 x 2 pixels, clockwise from the upper left) of each run of letters in an RGB picture."""
        with self._lock:
            found = self._loaded()(_blue_first(picture), use_det=True, use_cls=False, use_rec=False)
            _return_memory()
        return [np.asarray(box, np.float64) for box in (() if found.boxes is None else found.boxes)]

    def read(self, crops: Sequence[Pixels]) -> list[Reading]:
        """What upright runs of letters say, one an RGB crop."""
        if not crops:
            return []
        with self._lock:
            said = self._loaded().recognize_txt([_blue_first(crop) for crop in crops])
            _return_memory()
        rows = zip(said.txts, said.scores, said.word_results, strict=True)
        return [Reading(text, float(score), _places(info)) for text, score, info in rows]

    def _loaded(self) -> RapidOCR:
        if self._engine is None:
            self._engine = _engine(self._threads)
        return self._engine


def _engine(threads: int) -> RapidOCR:
    """The networks by their paths, so that nothing is fetched; the classifier of turned lines misjudges them."""
    package = find_spec("rapidocr")
    folder = Path(next(iter(package.submodule_search_locations or ()), "") if package else "", "models")
    missing = [name for name in MODELS.values() if not (folder / name).is_file()]
    if missing:
        raise ModelError(f"The text reader lacks {missing[0]}.", hint="Reinstall rapidocr.")
    engine = "EngineConfig.onnxruntime"
    params: dict[str, object] = {f"{part}.model_path": str(folder / name) for part, name in MODELS.items()}
    params |= {f"{engine}.intra_op_num_threads": threads, f"{engine}.inter_op_num_threads": 1}
    params |= {"Global.log_level": "critical", "Global.max_side_len": LARGEST, "Global.return_word_box": True}
    params |= {"Det.limit_type": "max", "Det.limit_side_len": LARGEST}
    return RapidOCR(params=params)


def _return_memory() -> None:
    """What a page took goes back to the system: the C library would keep 300 MB of it."""
    if (library := _glibc()) is not None:
        library.mallopt(M_MMAP_THRESHOLD, 16_000_000)
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def _blue_first(picture: Pixels) -> Pixels:
    return np.ascontiguousarray(picture[:, :, ::-1])


def _places(info: object) -> tuple[float, ...]:
    columns = [column for word in getattr(info, "word_cols", ()) for column in word]
    across = getattr(info, "line_txt_len", 0.0)
    return tuple((column + 0.5) / across for column in columns) if across else ()
