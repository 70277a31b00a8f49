"""Ears that remember what they have heard of files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from assistant.protocols import Hearing, Shelf
from assistant.types import Sound, Utterance, Word


class KeptHearing:
    """A `Hearing` whose words are kept by the samples they were heard in: work that was stopped goes on there."""

    def __init__(self, hearing: Hearing, shelf: Shelf) -> None:
        self._hearing, self._shelf = hearing, shelf

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        key = self._key(sound, phrases)
        with suppress(KeyError, TypeError):  # what another hand has written there
            return _later(_read(self._shelf.kept(key)), sound.at)
        said = self._hearing.transcribe(sound, phrases)
        self._shelf.keep(key, asdict(_later(said, -sound.at)))
        return said

    def label(self) -> str:
        return self._hearing.label()

    def _key(self, sound: Sound, phrases: Sequence[str]) -> str:
        digest = hashlib.blake2b(sound.samples.tobytes(), digest_size=32)
        digest.update(repr((self._hearing.label(), tuple(phrases))).encode())
        return f"heard {digest.hexdigest()}"


def _read(row: Any) -> Utterance:
    if not isinstance(row, Mapping):
        raise TypeError("no utterance")
    return Utterance(**{**row, "words": tuple(Word(**word) for word in row["words"])})


def _later(said: Utterance, seconds: float) -> Utterance:
    """The same words, some seconds later."""
    words = tuple(Word(word.text, word.since + seconds, word.until + seconds) for word in said.words)
    return Utterance(said.text, said.since + seconds, said.until + seconds, said.final, words)
