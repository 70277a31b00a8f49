"""What was seen and heard lately: a ring bounded in number, in bytes and in time."""

from collections import deque
from threading import Lock

from assistant.types import Frame, Utterance


class Recent:
    """The last frames and utterances; safe to use from several threads.

    Args:
        frames: how many frames are kept at the most
        size: bytes of pixels that are kept at the most
        seconds: how old the oldest frame may be, against the newest of its source
    """

    def __init__(self, frames: int = 600, size: int = 512 * 2**20, seconds: float = 600.0) -> None:
        self._count, self._size, self._seconds = frames, size, seconds
        self._frames: deque[Frame] = deque()
        self._utterances: deque[Utterance] = deque(maxlen=frames)
        self._bytes = 0
        self._changing = Lock()

    def see(self, frame: Frame) -> None:
        """Keep a frame; the oldest ones go when there is no room. The newest one always stays."""
        with self._changing:
            self._frames.append(frame)
            self._bytes += frame.pixels.nbytes
            while len(self._frames) > 1 and self._is_over(frame):
                self._bytes -= self._frames.popleft().pixels.nbytes

    def hear(self, utterance: Utterance) -> None:
        with self._changing:
            self._utterances.append(utterance)

    def heard(self, since: float = 0.0) -> tuple[Utterance, ...]:
        """What was said since a time."""
        with self._changing:
            return tuple(utterance for utterance in self._utterances if utterance.until >= since)

    def newest(self, source: str = "") -> Frame | None:
        """The newest frame of a source, or of any."""
        return next(reversed(self._of(source)), None)

    def at(self, time: float, source: str = "") -> Frame | None:
        """The frame nearest to a time."""
        return min(self._of(source), key=lambda frame: abs(frame.at - time), default=None)

    def between(self, since: float, until: float, limit: int) -> tuple[Frame, ...]:
        """At most `limit` frames of a span, evenly spaced, in order of time; the newest is among them."""
        seen = [frame for frame in self._of("") if since <= frame.at <= until]
        step = -(-len(seen) // limit) or 1
        return tuple(seen[::-1][::step][::-1])

    def _of(self, source: str) -> list[Frame]:
        with self._changing:
            return [frame for frame in self._frames if source in ("", frame.source)]

    def _is_over(self, newest: Frame) -> bool:
        oldest = self._frames[0]
        late = oldest.source == newest.source and newest.at - oldest.at > self._seconds
        return late or len(self._frames) > self._count or self._bytes > self._size
