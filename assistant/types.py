"""The values of a talk, from the frame and the spoken word to the answer.

Times are seconds: on ``time.monotonic()`` for devices, media time for files. Pictures are RGB, sound is mono at 16 kHz.
A box is (left, top, right, bottom), each a fraction 0..1 of the frame.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Samples in a second of ``Sound``."""

Box = tuple[float, float, float, float]
ALWAYS = float("inf")


class Effect(StrEnum):
    """What a tool does to the world outside; every tool declares one."""

    LOOK = "look"
    """Reads the media of the turn."""
    READ = "read"
    """Reads the user's notes and files within the roots."""
    WRITE = "write"
    NET = "net"
    DEVICE = "device"
    SPEAK = "speak"


# What is seen and heard


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture at one time."""

    pixels: NDArray[np.uint8]
    """Height x width x 3, RGB."""
    at: float = 0.0
    source: str = ""

    def part(self, box: Box | None) -> Frame:
        """What lies inside a box, at least a pixel; the whole for None. ValueError when the box is none."""
        if box is None:
            return self
        height, width, _ = self.pixels.shape
        left, top, right, bottom = box
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError(
                "A box is [left, top, right, bottom], fractions between 0 and 1, left < right, top < bottom."
            )
        rows = slice(int(top * height), max(int(bottom * height), int(top * height) + 1))
        columns = slice(int(left * width), max(int(right * width), int(left * width) + 1))
        return Frame(self.pixels[rows, columns], self.at, self.source)


@dataclass(frozen=True, slots=True, eq=False)
class Sound:
    """A stretch of sound."""

    samples: NDArray[np.float32]
    """Mono, -1..1, at SAMPLE_RATE."""
    at: float = 0.0
    """When it begins."""

    @property
    def until(self) -> float:
        return self.at + len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word."""

    text: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words somebody said."""

    text: str
    since: float
    until: float
    final: bool = True
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a statement comes from."""

    source: str
    at: float | None = None
    box: Box | None = None
    score: float | None = None
    """0..1, how sure the reader is."""
    text: str = ""
    kind: str = ""
    """What it is: line, paragraph, a format of code, shot, track, word, ..."""
    id: str = ""
    """What an answer cites it by: e1, e2, ... within a turn."""


# A conversation


@dataclass(frozen=True, slots=True)
class Turn:
    """What the user asks in one go, and the time and region they point at."""

    text: str
    attachments: tuple[str, ...] = ()
    """Sources: paths of files."""
    region: Box | None = None
    since: float = 0.0
    until: float = ALWAYS
    schema: dict[str, Any] | None = None
    """A JSON schema that the answer must have."""
    names: dict[str, str] = field(default_factory=dict)
    """What evidence calls a file that is kept for this turn only: the address it came from, or "stdin"."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model, or the user, asks for a tool."""

    id: str
    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What an approval is bound to: sha256 of the name and the canonical arguments."""
        exact = json.dumps([self.name, self.arguments], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(exact.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a tool hands over beside its text (its LangChain artifact)."""

    evidence: tuple[Evidence, ...] = ()
    data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered to the call of the same id."""

    id: str
    name: str
    text: str
    evidence: tuple[Evidence, ...] = ()
    data: dict[str, Any] | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Delta:
    """A few more letters of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A call waits for the user's approval."""

    call: ToolCall
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Long work tells how far it is."""

    text: str
    done: float | None = None
    """0..1, or None when it cannot be known."""


@dataclass(frozen=True, slots=True)
class Abstained:
    """The model says that it cannot know; what follows was measured by tools."""

    reason: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a model."""

    read: int = 0
    reused: int = 0
    decoded: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.read + other.read, self.reused + other.reused, self.decoded + other.decoded)


@dataclass(frozen=True, slots=True)
class Done:
    """The turn is over."""

    usage: Usage = Usage()
    times: dict[str, float] = field(default_factory=dict)
    """Seconds since the question: "first" word, "total"."""
    model: str = ""
    stopped: bool = False
    cites: tuple[str, ...] = ()
    """The ids of the evidence that the answer names."""
    unsupported: tuple[str, ...] = ()
    """Numbers, names and quotations of the answer that neither the evidence nor the question holds."""


Reply = Delta | ToolCall | Abstained | Usage | Progress
Event = Delta | ToolCall | Asked | ToolResult | Progress | Abstained | Done
Part = str | Frame | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One step of a conversation, as a model reads it."""

    role: Literal["system", "user", "assistant", "tool"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What serves just now."""

    model: str
    label: str
    """What a person should know of the model: where it runs and what it cannot do."""
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """One model that can be chosen."""

    name: str
    id: str
    """Folder, hub id, or the name of a built-in."""
    label: str
    frames: int = 0
    """How many frames of a video it reads at once; 0: it has no eyes."""
    keeps: Literal["memory", "window"] = "memory"
    """What a live talk holds of what is seen: as many frames as there is room for, or the last `frames` alone."""
    least_memory: float = 0.0
    """GiB that must be free."""
    licence: str = ""
    present: bool = False
    """True when it can be used without a download."""


@dataclass(frozen=True, slots=True)
class Session:
    """A stored conversation."""

    id: str
    title: str
    turns: int
    updated: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something remembered: a note, or words of an earlier conversation."""

    text: str
    at: float
    """Unix time."""
    source: str = ""
