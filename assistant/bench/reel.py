"""A video file as a clip that is decoded in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.media.decoder import Decoder
from assistant.media.limits import Limits
from assistant.readings import Packets
from assistant.types import ALWAYS, Frame


class Reel:
    """A `Clip` of one file."""

    def __init__(self, path: str) -> None:
        self._media, self._path = Decoder(Limits()), path

    def packets(self) -> Packets:
        return self._media.packets(self._path)

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        return self._media.frames(self._path, since, until, every, longest)

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        return self._media.moments(self._path, times, longest)
