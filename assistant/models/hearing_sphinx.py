"""Ears that need no download: pocketsphinx, whose acoustic model comes with its wheel."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from pocketsphinx import Decoder

from assistant.models.silence import is_silent
from assistant.types import SAMPLE_RATE, Sound, Utterance, Word

_FRAME = 0.01
"""Seconds of one step of the recogniser."""
_STRETCH = 10 * SAMPLE_RATE
"""Samples that are recognised in one go: the recogniser does not let other threads run meanwhile."""
_HUSH = SAMPLE_RATE // 10
"""Samples over which loudness is compared to find a pause."""
_NO_WORD = re.compile(r"<.*>|\[.*\]|\+\+.*\+\+")
_VARIANT = re.compile(r"\(\d+\)$")


class SphinxHearing:
    """Dictation in US English, rough (28 % of the words wrong on read books), or exact choice among given phrases."""

    def __init__(self) -> None:
        self._decoder: Any = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
        self._dictation = str(self._decoder.current_search())
        self._grammars: dict[tuple[str, ...], str] = {}
        self._free = threading.Lock()

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        """The words with their times; with `phrases` one of them as it is written there, or no text at all."""
        if is_silent(sound.samples):
            return Utterance("", sound.at, sound.until)
        with self._free:
            sayable = self._sayable(phrases)
            self._decoder.activate_search(self._grammar(tuple(sayable)) if sayable else self._dictation)
            words = tuple(word for stretch in _stretches(sound) for word in self._words(stretch))
        text = " ".join(word.text for word in words)
        return Utterance(sayable.get(text, text), sound.at, sound.until, words=words)

    def label(self) -> str:
        return "pocketsphinx: rough, offline"

    def _words(self, sound: Sound) -> Iterator[Word]:
        self._decoder.start_utt()
        pcm = np.clip(sound.samples * 32767, -32768, 32767).astype(np.int16)
        self._decoder.process_raw(pcm.tobytes(), full_utt=True)
        self._decoder.end_utt()
        for part in self._decoder.seg() if self._decoder.hyp() else ():
            if not _NO_WORD.fullmatch(part.word):
                since, until = (sound.at + frame * _FRAME for frame in (part.start_frame, part.end_frame + 1))
                yield Word(_VARIANT.sub("", part.word), since, until)

    def _sayable(self, phrases: Sequence[str]) -> dict[str, str]:
        """The phrases as the recogniser spells them; one with a word that it does not know cannot be heard."""
        spelled = {_spelled(phrase): phrase for phrase in phrases}
        return {words: phrase for words, phrase in spelled.items() if words and self._knows(words)}

    def _knows(self, words: str) -> bool:
        return all(self._decoder.lookup_word(word) is not None for word in words.split())

    def _grammar(self, sentences: tuple[str, ...]) -> str:
        name = self._grammars.get(sentences)
        if name is None:
            name = self._grammars[sentences] = f"phrases{len(self._grammars)}"
            rule = " | ".join(sentences)
            self._decoder.add_jsgf_string(name, f"#JSGF V1.0;\ngrammar {name};\npublic <phrase> = {rule} ;\n")
        return name


def _stretches(sound: Sound) -> Iterator[Sound]:
    """The sound in pieces of at most `_STRETCH`, cut in the quietest moment of their second half."""
    rest = sound
    while len(rest.samples) > _STRETCH:
        second = rest.samples[_STRETCH // 2 : _STRETCH]
        loudness = (second[: len(second) // _HUSH * _HUSH].reshape(-1, _HUSH) ** 2).mean(axis=1)
        end = _STRETCH // 2 + int(loudness.argmin()) * _HUSH + _HUSH // 2
        yield Sound(rest.samples[:end], rest.at)
        rest = Sound(rest.samples[end:], rest.at + end / SAMPLE_RATE)
    yield rest


def _spelled(phrase: str) -> str:
    return " ".join(re.findall(r"[a-z']+", phrase.lower().replace("’", "'")))
