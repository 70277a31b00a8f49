"""Readers that are loaded when something is first read: OCR alone takes half a second to import."""

from collections.abc import Callable
from threading import Lock

from assistant.errors import ToolError
from assistant.protocols import Clip, Readers
from assistant.readings import PictureFacts, Shot, SoundFacts, Thing, Track
from assistant.types import ALWAYS, Evidence, Frame, Sound

LIBRARIES = "OpenCV wants libraries of the system; on Debian: apt-get install libgl1 libglib2.0-0"


class LateReaders:
    """The `Readers` that `load` makes, once."""

    def __init__(self, load: Callable[[], Readers]) -> None:
        self._load = load
        self._loaded: Readers | None = None
        self._loading = Lock()

    def text(self, frame: Frame, quick: bool = False) -> tuple[Evidence, ...]:
        return self._readers().text(frame, quick)

    def language(self, text: str) -> str:
        return self._readers().language(text)

    def codes(self, frame: Frame) -> tuple[Evidence, ...]:
        return self._readers().codes(frame)

    def differences(self, first: Frame, second: Frame) -> tuple[Evidence, ...]:
        return self._readers().differences(first, second)

    def picture(self, frame: Frame) -> PictureFacts:
        return self._readers().picture(frame)

    def sound(self, sound: Sound) -> SoundFacts:
        return self._readers().sound(sound)

    def shots(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]:
        return self._readers().shots(clip, since, until)

    def motion(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Track, ...]:
        return self._readers().motion(clip, since, until)

    def things(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Thing, ...]:
        return self._readers().things(clip, since, until)

    def alike(self, frame: Frame) -> tuple[Evidence, ...]:
        return self._readers().alike(frame)

    def _readers(self) -> Readers:
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = self._load()
                except ImportError as error:
                    raise ToolError(f"The readers cannot be loaded: {error}.", LIBRARIES) from error
            return self._loaded
