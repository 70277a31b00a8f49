"""Spoken questions as a recogniser hears them: word by word, with words that it takes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from assistant.bench.lexicon import word

PACE = 0.3
"""Seconds a word."""
PAUSE = 0.064
"""Seconds of silence behind which a question may be over (Hugging Face's speech-to-speech begins to answer then)."""
WINDOW = 0.5
"""Seconds of silence behind which it is over."""
DOUBTED = 0.3
"""How often the last words that were heard are wrong ones, while one speaks and when the silence begins."""


@dataclass(frozen=True, slots=True)
class Heard:
    """All words of a question that were heard by some time."""

    at: float
    """Seconds."""
    words: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """One question."""

    heard: tuple[Heard, ...]
    silent: float
    """When the silence begins."""

    @property
    def is_revised_late(self) -> bool:
        """Whether words are revised when the question seemed to be over."""
        return self.heard[-1].at > self.silent + PAUSE


def questions(number: int, seed: int = 0) -> Iterator[Spoken]:
    """Questions of 6 to 14 words.

    What was heard wrong is revised with the next word; the last words at any time of the silence, by a second thought.
    """
    random = Random(seed)
    for _ in range(number):
        words = [word(random.randrange(10, 30_000)) for _ in range(random.randint(6, 14))]
        heard = [Heard(PACE * (n + 1), _doubted(words[: n + 1], random)) for n in range(len(words))]
        if heard[-1].words != " ".join(words):
            heard.append(Heard(heard[-1].at + random.uniform(0, WINDOW), " ".join(words)))
        yield Spoken(tuple(heard), PACE * len(words))


def _doubted(words: list[str], random: Random) -> str:
    """Some words, the last one or two of them wrong now and then."""
    if random.random() >= DOUBTED:
        return " ".join(words)
    wrong = random.randint(1, 2)
    return " ".join([*words[:-wrong], *(word(random.randrange(10, 30_000)) for _ in words[-wrong:])])
