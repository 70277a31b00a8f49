"""All readers behind one door: text, codes, facts, shots and motion, without a model that understands."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.readers import codes, facts, motion, shots, sounds
from assistant.readers.sounds import Speech
from assistant.readers.text import TextReader
from assistant.readings import PictureFacts, Shot, SoundFacts, Track
from assistant.types import Evidence, Frame, Sound


class Reading:
    """Reads what can be read without a model; may be used from several threads at once."""

    def __init__(self, speech: Speech, text: TextReader | None = None) -> None:
        """`speech` gives the (since, until) of speech in a sound; `text` is made of this room's own when not given."""
        self._speech = speech
        self._text = text or TextReader()

    def text(self, frame: Frame) -> tuple[Evidence, ...]:
        """Lines in reading order; raises ModelError when the networks are missing."""
        return self._text(frame)

    def codes(self, frame: Frame) -> tuple[Evidence, ...]:
        """Verified QR and bar codes; `text` is the payload."""
        return codes.codes(frame)

    def picture(self, frame: Frame) -> PictureFacts:
        return facts.facts(frame)

    def sound(self, sound: Sound) -> SoundFacts:
        return sounds.facts(sound, self._speech)

    def shots(self, frames: Iterable[Frame]) -> tuple[Shot, ...]:
        """The shots of every frame of a video, no edge over 320 pixels."""
        return shots.shots(frames)

    def motion(self, frames: Iterable[Frame]) -> tuple[Track, ...]:
        """What moved, in frames about 0.1 s apart, no edge over 320 pixels."""
        return motion.motion(frames)
