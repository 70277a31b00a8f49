"""All readers behind one door: text, codes, facts, shots and motion, without a model that understands."""

from __future__ import annotations

from assistant.protocols import Clip
from assistant.readers import alike, codes, differences, facts, languages, motion, shots, sounds, things
from assistant.readers.sounds import Speech
from assistant.readers.text import TextReader
from assistant.readings import PictureFacts, Shot, SoundFacts, Thing, Track
from assistant.types import ALWAYS, Evidence, Frame, Sound


class Reading:
    """Reads what can be read without a model; may be used from several threads at once."""

    def __init__(self, speech: Speech, text: TextReader | None = None) -> None:
        """`speech` gives the (since, until) of speech in a sound; `text` is made of this room's own when not given."""
        self._speech = speech
        self._text = text or TextReader()

    def text(self, frame: Frame, quick: bool = False) -> tuple[Evidence, ...]:
        """Lines in reading order, then paragraphs; raises ModelError when the networks are missing."""
        return self._text(frame, quick)

    def language(self, text: str) -> str:
        """The English name of its language; "" for too few words to tell."""
        return languages.language(text)

    def codes(self, frame: Frame) -> tuple[Evidence, ...]:
        """Verified QR and bar codes; `text` is the payload."""
        return codes.codes(frame)

    def differences(self, first: Frame, second: Frame) -> tuple[Evidence, ...]:
        """What appeared, is gone, changed or moved, with boxes in the second picture."""
        return differences.differences(first, second)

    def picture(self, frame: Frame) -> PictureFacts:
        return facts.facts(frame)

    def sound(self, sound: Sound) -> SoundFacts:
        return sounds.facts(sound, self._speech)

    def shots(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]:
        """The shots of a video between two times."""
        return shots.shots(clip, since, until)

    def motion(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Track, ...]:
        """What moved within one shot, before a fixed camera."""
        return motion.motion(clip, since, until)

    def things(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Thing, ...]:
        """What is put down or taken away within one shot, and what else looks like it."""
        return things.things(clip, since, until)

    def alike(self, frame: Frame) -> tuple[Evidence, ...]:
        """Like objects before an even ground; none when they cannot be told surely."""
        return alike.alike(frame)
