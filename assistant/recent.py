"""What was seen and heard lately: a ring bounded in number, in bytes and in time."""

from collections import deque
from threading import Lock

from assistant.types import ALWAYS, Frame, Utterance


class Recent:
    """The last frames and utterances; safe to use from several threads.

    Each source has a clock of its own, so times are compared within one source; an empty source is the one that was
    seen last.

    Args:
        frames: how many frames, and how many utterances, are kept at the most
        size: bytes of pixels that are kept at the most; the newest frame stays even when it is larger
        seconds: how old what is kept may be, against the newest of its source
    """

    def __init__(self, frames: int = 600, size: int = 512 * 2**20, seconds: float = 600.0) -> None:
        self._count, self._size, self._seconds = frames, size, seconds
        self._frames: deque[Frame] = deque()
        self._utterances: deque[Utterance] = deque(maxlen=frames)
        self._bytes = 0
        self._changing = Lock()

    def see(self, frame: Frame) -> None:
        """Keep a frame; the oldest ones go when there is no room."""
        with self._changing:
            fresh = [kept for kept in self._frames if not self._is_stale(kept, frame)]
            self._frames = deque([*fresh, frame])
            self._bytes = sum(kept.pixels.nbytes for kept in self._frames)
            while len(self._frames) > 1 and (len(self._frames) > self._count or self._bytes > self._size):
                self._bytes -= self._frames.popleft().pixels.nbytes

    def hear(self, utterance: Utterance) -> None:
        """Keep an utterance; one that is not final gives way to the next."""
        with self._changing:
            if self._utterances and not self._utterances[-1].final:
                self._utterances.pop()
            while self._utterances and utterance.until - self._utterances[0].until > self._seconds:
                self._utterances.popleft()
            self._utterances.append(utterance)

    def heard(self, since: float = 0.0, until: float = ALWAYS) -> tuple[Utterance, ...]:
        """What was said in a span, even in part."""
        with self._changing:
            return tuple(said for said in self._utterances if said.until >= since and said.since <= until)

    def newest(self, source: str = "") -> Frame | None:
        """The frame of a source that came last."""
        return next(reversed(self._of(source)), None)

    def at(self, time: float, source: str = "") -> Frame | None:
        """The frame nearest to a time."""
        return min(self._of(source), key=lambda frame: abs(frame.at - time), default=None)

    def between(self, since: float, until: float, limit: int, source: str = "") -> tuple[Frame, ...]:
        """At most `limit` frames of a span, evenly chosen, in order of time; the newest is always among them."""
        span = sorted((f for f in self._of(source) if since <= f.at <= until), key=lambda frame: frame.at)
        if len(span) <= limit:
            return tuple(span)
        last, gaps = len(span) - 1, max(limit - 1, 1)
        return tuple(span[last - round(back * last / gaps)] for back in reversed(range(limit)))

    def _of(self, source: str) -> list[Frame]:
        """The frames of a source in the order they came."""
        with self._changing:
            wanted = source or (self._frames[-1].source if self._frames else "")
            return [frame for frame in self._frames if frame.source == wanted]

    def _is_stale(self, kept: Frame, newest: Frame) -> bool:
        return kept.source == newest.source and newest.at - kept.at > self._seconds
