"""Makes upright RGB of a fitting size of the frames of a video."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class Scaler:
    """For the frames of one stream, no edge over `longest` where that is not 0.

    swscale is slow to be set up, and to scale and convert colours at once: both are done apart, by two that are kept.
    """

    def __init__(self, stream: Any, longest: int = 0) -> None:
        self._stream, self._longest = stream, longest
        self._scaling, self._colouring = VideoReformatter(), VideoReformatter()

    def upright(self, picture: Any) -> Pixels:
        """RGB, turned as the file says."""
        turn = turns(picture)
        return np.ascontiguousarray(np.rot90(self._converted(picture, "rgb24"), turn))

    def grey(self, picture: Any) -> Pixels:
        """Luma, as stored."""
        return self._converted(picture, "gray")

    def _converted(self, picture: Any, form: str) -> Pixels:
        width, height = size(self._stream, picture, self._longest)
        if width < picture.width and picture.format.name.startswith("yuv"):
            picture = self._scaling.reformat(picture, width, height, interpolation="AREA", threads=1)
        converted = self._colouring.reformat(picture, width, height, form, interpolation="AREA", threads=1)
        return np.asarray(converted.to_ndarray(), np.uint8)


def turns(picture: Any) -> int:
    """Quarter turns to the left that set a frame upright, 0 to 3."""
    return int(round(picture.rotation / 90) % 4)


def size(stream: Any, picture: Any, longest: int = 0) -> tuple[int, int]:
    """Width and height with square pixels, before turning, no edge over `longest` where that is not 0."""
    width, height = picture.width * _aspect(stream), picture.height
    scale = min(1.0, longest / max(width, height)) if longest else 1.0
    return max(1, round(width * scale)), max(1, round(height * scale))


def _aspect(stream: Any) -> float:
    """Width of a pixel over its height; what no camera makes is taken for 1."""
    ratio = stream.sample_aspect_ratio or Fraction(1)
    return float(ratio) if 0.25 <= ratio <= 4 else 1.0
