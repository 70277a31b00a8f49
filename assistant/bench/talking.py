"""B2: what is left to compute when a spoken question is over, beside reading all then, and beside a draft that is begun
anew when a word was revised, as livekit does it.

The clock is virtual: what happens in a question has its time, and the model's work is added as the seconds it took; in
the silence a draft is given as much time as passes. The frames are read before the words; only who reads all afterwards
looks at them then. Random weights, in float32 so that all sides must say the same, answer a revised word with another
answer more often than trained ones: drafts are worth the least here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean
from time import perf_counter, process_time
from typing import Any, Protocol

import torch

from assistant.bench import giants, lexicon, spoken
from assistant.bench.machine import facts
from assistant.models.draft import Draft
from assistant.models.live import LiveTalk
from assistant.models.vision import Vision
from assistant.types import Delta, Frame, Message, Reply

ANSWER = 16
"""Tokens of an answer."""
SYSTEM = Message("system", (" ".join(map(lexicon.word, giants.words(20, 1).ids)),))


class Side(Protocol):
    """One who hears a question and answers it."""

    draft: Draft | None
    """The answer that is begun in the silence."""

    def begin(self, seen: Sequence[Frame]) -> None:
        """See what the next question is about."""

    def hear(self, words: str) -> None:
        """Hear all words so far."""

    def pause(self, words: str) -> None:
        """The question may be over, or a word was revised since then."""

    def answer(self, words: str) -> Iterator[Reply]:
        """The question is over."""


class Live:
    """Reads words as they are heard, drafts in the silence, and keeps what holds of a draft."""

    def __init__(self, vision: Vision) -> None:
        self._live = LiveTalk(vision)
        self.draft: Draft | None = None

    def begin(self, seen: Sequence[Frame]) -> None:
        self._live.begin([SYSTEM])
        self._live.read(seen)

    def hear(self, words: str) -> None:
        self._live.read((), (words,))

    def pause(self, words: str) -> None:
        self.draft = self._live.draft(_asked(self._live.held(), words))

    def answer(self, words: str) -> Iterator[Reply]:
        return self._live.reply(_asked(self._live.held(), words))


class Restart:
    """Drafts in the silence, and begins anew when a word was revised."""

    def __init__(self, vision: Vision) -> None:
        self._vision, self._seen = vision, tuple[Frame, ...]()
        self.draft: Draft | None = None
        self._words = ""

    def begin(self, seen: Sequence[Frame]) -> None:
        self._seen, self.draft = tuple(seen), None
        self._vision.read([SYSTEM, Message("user", self._seen)])

    def hear(self, words: str) -> None:
        """The words are read when they are all there."""

    def pause(self, words: str) -> None:
        if self.draft is not None:
            self._vision.stop()
            self.draft.wait()
        asked, self._words = _asked(self._seen, words), words
        self.draft = Draft(asked, lambda ids: self._vision.reply(asked, noted=ids))

    def answer(self, words: str) -> Iterator[Reply]:
        if self.draft is None or self._words != words:
            self.pause(words)
        return self.draft.taken() if self.draft else iter(())


class Cascade:
    """Looks, reads and answers when the question is over."""

    def __init__(self, vision: Vision) -> None:
        self._vision, self._seen = vision, tuple[Frame, ...]()
        self.draft: Draft | None = None

    def begin(self, seen: Sequence[Frame]) -> None:
        self._seen = tuple(seen)
        self._vision.forget()

    def hear(self, words: str) -> None:
        """Nothing is done yet."""

    def pause(self, words: str) -> None:
        """Nothing is done yet."""

    def answer(self, words: str) -> Iterator[Reply]:
        return self._vision.reply(_asked(self._seen, words))


class Clock:
    """Virtual time, to which work adds what it took.

    Args:
        read: a clock that runs while the model works
    """

    def __init__(self, read: Callable[[], float]) -> None:
        self._read, self.now = read, 0.0

    def until(self, at: float, draft: Draft | None) -> None:
        """Let time pass, in which a draft goes on."""
        begun = self._read()
        while draft is not None and self._read() - begun < at - self.now and not draft.wait(0.001):
            pass
        self.now = max(self.now, at)

    @contextmanager
    def spent(self) -> Iterator[None]:
        """The work inside takes its time."""
        begun = self._read()
        try:
            yield
        finally:
            self.now += self._read() - begun


@dataclass(slots=True)
class Left:
    """What was left to compute when a question was over."""

    first: float = 0.0
    """Seconds to the first word of the answer."""
    whole: float = 0.0
    """Seconds to its end."""
    tokens: int = 0
    """Tokens that the model went through for it; one is a step of decoding."""
    text: str = ""


@dataclass(slots=True)
class Counter:
    """Counts the tokens that a model goes through."""

    tokens: int = 0

    def __call__(self, module: Any, given: Any, named: dict[str, Any]) -> None:
        self.tokens += int(named["input_ids"].shape[1])


@dataclass(slots=True)
class Played:
    """What one side had left, question by question."""

    side: Side
    left: list[Left] = field(default_factory=list)

    def play(self, question: spoken.Spoken, seen: Sequence[Frame], clock: Clock, counter: Counter) -> None:
        self.side.begin(seen)
        self.side.draft = None
        over = question.silent + spoken.WINDOW
        for at, deed, words in _deeds(self.side, question):
            clock.until(at, self.side.draft)
            with clock.spent():
                deed(words)
        clock.until(over, self.side.draft)
        counter.tokens, left = 0, Left()
        for text in _timed(self.side.answer(question.heard[-1].words), clock):
            left.first, left.text = left.first or clock.now - over, left.text + text
        left.whole, left.tokens = clock.now - over, counter.tokens
        self.left.append(left)

    @property
    def seconds(self) -> float:
        """What was left, on the mean."""
        return mean(left.whole for left in self.left)

    @property
    def ready(self) -> float:
        """The share of questions after which no more than a step of decoding was left."""
        return round(sum(left.tokens <= 1 for left in self.left) / len(self.left), 3)


def report(quick: bool, rounds: int, tell: Callable[[str], None], device: str = "cpu") -> dict[str, Any]:
    """All figures: a row for each family; a round is two questions, or six."""
    size, threads = "small" if device == "cpu" else "2b", torch.get_num_threads()
    torch.set_num_threads(1)  # CPU time is then the time that passes
    try:
        rows = [
            _row(name, size, rounds * (2 if quick else 6), 4 if quick else 8, tell, device)
            for name in (giants.FAMILIES[:1] if quick else ("smolvlm", "qwen3_vl"))
        ]
    finally:
        torch.set_num_threads(threads)
    whole = {"bench": "talking", "machine": facts("torch", "transformers"), "rounds": rounds, "talks": rows}
    return whole | {
        "total": {
            "at most a step left": min(row["at most a step left"] for row in rows),
            "x cascade": min(row["x cascade"] for row in rows),
            "x restart": min(row["x restart"] for row in rows),
        }
    }


def _row(family: str, size: str, number: int, frames: int, tell: Callable[[str], None], device: str) -> dict[str, Any]:
    tell(f"{family}, {size}: {number} spoken questions")
    model = giants.model(family, giants.SIZES[size], torch.float32, device)
    processor, counter, read = lexicon.Lexicon(family), Counter(), process_time if device == "cpu" else perf_counter
    model.register_forward_pre_hook(counter, with_kwargs=True)
    sides = [Played(kind(Vision(model, processor, family, ANSWER))) for kind in (Live, Restart, Cascade)]
    asked = list(spoken.questions(number))
    for n, question in enumerate(asked):
        seen = [lexicon.frame(n * frames + each) for each in range(frames)]
        for played in sides if n % 2 == 0 else reversed(sides):
            played.play(question, seen, Clock(read), counter)
        _check(n, [played.left[-1].text for played in sides])
    return {"family": family, "size": size, "questions": number, **_figures(asked, *sides)}


def _figures(asked: Sequence[spoken.Spoken], ours: Played, restart: Played, cascade: Played) -> dict[str, Any]:
    return {
        "revised in the silence": round(sum(each.is_revised_late for each in asked) / len(asked), 3),
        "at most a step left": ours.ready, "of restart": restart.ready,
        "ours ms": round(ours.seconds * 1e3, 1),
        "to the first word ms": round(mean(each.first for each in ours.left) * 1e3, 2),
        "x restart": round(restart.seconds / ours.seconds, 1), "x cascade": round(cascade.seconds / ours.seconds, 1),
    }  # fmt: skip


def _deeds(side: Side, question: spoken.Spoken) -> list[tuple[float, Callable[[str], None], str]]:
    """What a side does, and when, until the question is over."""
    pause = question.silent + spoken.PAUSE
    early = [heard for heard in question.heard if heard.at <= pause]
    heard = [(each.at, side.hear if each.at <= pause else side.pause, each.words) for each in question.heard]
    return sorted([*heard, (pause, side.pause, early[-1].words)], key=lambda deed: deed[0])


def _timed(replies: Iterator[Reply], clock: Clock) -> Iterator[str]:
    """The words of an answer, as they come."""
    while True:
        with clock.spent():
            item = next(replies, None)
        if item is None:
            return
        if isinstance(item, Delta):
            yield item.text


def _check(number: int, texts: Sequence[str]) -> None:
    """The same answer, or the figures are worth nothing."""
    if len(set(texts)) > 1 or not texts[0]:
        raise ValueError(f"question {number}: the sides say different things: {', '.join(map(repr, texts))}")


def _asked(seen: Sequence[Any], words: str) -> list[Message]:
    return [SYSTEM, Message("user", (*seen, words))]
