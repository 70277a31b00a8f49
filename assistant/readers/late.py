"""Readers that are loaded when something is first read: OCR alone takes half a second to import."""

from collections.abc import Callable, Iterable
from threading import Lock

from assistant.errors import ToolError
from assistant.protocols import Readers
from assistant.readings import PictureFacts, Shot, SoundFacts, Track
from assistant.types import Evidence, Frame, Sound

LIBRARIES = "OpenCV wants libraries of the system; on Debian: apt-get install libgl1 libglib2.0-0"


class LateReaders:
    """The `Readers` that `load` makes, once."""

    def __init__(self, load: Callable[[], Readers]) -> None:
        self._load = load
        self._loaded: Readers | None = None
        self._loading = Lock()

    def text(self, frame: Frame) -> tuple[Evidence, ...]:
        return self._readers().text(frame)

    def codes(self, frame: Frame) -> tuple[Evidence, ...]:
        return self._readers().codes(frame)

    def picture(self, frame: Frame) -> PictureFacts:
        return self._readers().picture(frame)

    def sound(self, sound: Sound) -> SoundFacts:
        return self._readers().sound(sound)

    def shots(self, frames: Iterable[Frame]) -> tuple[Shot, ...]:
        return self._readers().shots(frames)

    def motion(self, frames: Iterable[Frame]) -> tuple[Track, ...]:
        return self._readers().motion(frames)

    def _readers(self) -> Readers:
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = self._load()
                except ImportError as error:
                    raise ToolError(f"The readers cannot be loaded: {error}.", LIBRARIES) from error
            return self._loaded
