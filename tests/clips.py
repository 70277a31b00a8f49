"""Made frames as a `Clip`."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np

from assistant.readings import Packets
from assistant.types import ALWAYS, Frame


class Shown:
    """A clip of frames that were never compressed: it knows nothing of packets."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = list(frames)

    def packets(self) -> Packets:
        return Packets(np.zeros(0), np.zeros(0, np.int32), np.zeros(0, np.uint8))

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        last = -ALWAYS
        for frame in self._frames:
            if since <= frame.at < until and frame.at - last >= every - 1e-6:
                last = frame.at
                yield frame

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        for time in sorted(times):
            yield from islice((frame for frame in reversed(self._frames) if frame.at <= time), 1)
