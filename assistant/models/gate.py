"""No speech, no words: a recogniser is asked only where somebody speaks."""

from collections.abc import Callable, Sequence

from assistant.protocols import Hearing
from assistant.types import Sound, Utterance

Speech = Callable[[Sound], Sequence[tuple[float, float]]]
"""Where somebody speaks, as (since, until) in seconds."""


class GatedHearing:
    """A `Hearing` that answers "" for sound without speech, in which recognisers like to invent some."""

    def __init__(self, hearing: Hearing, speech: Speech) -> None:
        self._hearing, self._speech = hearing, speech

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        if not self._speech(sound):
            return Utterance("", sound.at, sound.until)
        return self._hearing.transcribe(sound, phrases)

    def label(self) -> str:
        return self._hearing.label()
