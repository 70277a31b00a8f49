"""Single frames of a video, looked at once: the colours of each, and how sharp it is."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.protocols import Clip
from assistant.readers.changes import EDGE, Pixels, hsv
from assistant.readings import Packets

_BINS = (12, 4, 6)
"""Of hue, saturation and value."""


class Looks:
    """What was seen of some frames of a video."""

    def __init__(self, clip: Clip, packets: Packets) -> None:
        self._clip, self._packets = clip, packets
        self._colours: dict[int, NDArray[np.float32]] = {}
        self._sharp: dict[int, float] = {}

    def at(self, numbers: Sequence[int]) -> None:
        """Look at frames that were not looked at yet."""
        new = sorted(set(numbers) - self._colours.keys())
        frames = self._clip.moments(self._packets.at[new].tolist(), EDGE) if new else ()
        for number, frame in zip(new, frames, strict=False):
            self.keep(number, frame.pixels)
            self._sharp[number] = sharpness(frame.pixels)

    def keep(self, number: int, picture: Pixels) -> None:
        """Take the colours of a frame that was decoded for another reason."""
        self._colours[number] = colours(picture)

    def numbers(self) -> list[int]:
        """The frames whose colours are known, in order."""
        return sorted(self._colours)

    def step(self, one: int, other: int) -> float:
        """The share of the colours in which two frames differ; all of them where one cannot be seen."""
        if one not in self._colours or other not in self._colours:
            return 1.0
        return float(np.abs(self._colours[one] - self._colours[other]).sum()) / 2

    def sharp(self) -> tuple[tuple[float, float], ...]:
        """Time and sharpness of each, in order of time."""
        return tuple((float(self._packets.at[number]), sharp) for number, sharp in sorted(self._sharp.items()))


def colours(picture: Pixels) -> NDArray[np.float32]:
    """The share of each colour; motion within a scene hardly changes them."""
    counts = cv2.calcHist([hsv(picture)], [0, 1, 2], None, _BINS, [0, 180, 0, 256, 0, 256]).ravel()
    return np.asarray(counts / counts.sum(), np.float32)


def sharpness(picture: Pixels) -> float:
    """Variance of the Laplacian."""
    return float(cv2.Laplacian(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())
