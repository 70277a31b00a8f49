"""What is measured in media without understanding it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.types import Box


@dataclass(frozen=True, slots=True)
class AudioTrack:
    """One audio stream of a file."""

    number: int
    """1 is the first."""
    codec: str
    rate: int
    """Samples a second, as stored."""
    channels: int
    language: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """What a file holds, measured and not believed from its name."""

    source: str
    kind: Literal["picture", "video", "sound"]
    format: str
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    fps: float = 0.0
    """Mean frames a second."""
    audio: tuple[AudioTrack, ...] = ()
    pages: int = 0
    """Of a document; a source names one with ``#page=2``."""
    notes: tuple[str, ...] = ()
    """What a reader should know: turned by EXIF, broken frames skipped, ..."""


@dataclass(frozen=True, slots=True, eq=False)
class Packets:
    """The compressed frames of a video in order of their times, n of each: what can be told without decoding."""

    at: NDArray[np.float64]
    """Seconds."""
    size: NDArray[np.int32]
    """Bytes."""
    key: NDArray[np.uint8]
    """1 where decoding can begin."""
    order: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """The place of each in the order of decoding: a frame may lean on later ones; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch of video between two cuts."""

    since: float
    until: float
    key: float
    """The time of the frame that stands for it."""
    begins: Literal["start", "cut", "dissolve", "fade"] = "start"
    """How it follows on the one before."""


@dataclass(frozen=True, slots=True)
class Track:
    """Something that moved through the picture."""

    since: float
    until: float
    direction: str
    """left, right, up, down, or "in place"."""
    path: tuple[tuple[float, Box], ...]
    enters: str = ""
    """The edge over which it came: left, right, top, bottom; "" when it was or came up inside."""
    leaves: str = ""
    """The same of the edge over which it went."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that was put into the picture of a fixed camera, or taken out of it, or stood there all the time."""

    since: float
    """When it was put there, or when the clip begins."""
    until: float
    """When it was taken away, or when the clip ends."""
    box: Box
    put: bool = False
    taken: bool = False
    like: int = 0
    """The same number for things that look alike."""


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What can be measured in a picture without understanding it."""

    width: int
    height: int
    colours: tuple[tuple[str, float], ...]
    """Named colours with their share of the area, largest first."""
    brightness: float
    """Mean luma, 0..1."""
    contrast: float
    """Standard deviation of luma, 0..1."""
    sharpness: float
    """Variance of the Laplacian of luma in 0..255; it falls with the contrast as well as with the focus."""
    blank: bool
    places: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    """The colours of each ninth of the picture, by its name such as "top left"."""
    look: str = ""
    """photo, screenshot, drawing or document, as far as pixels tell; "" where they do not."""
    orientation: str = ""
    """landscape, portrait or square."""


@dataclass(frozen=True, slots=True)
class SoundFacts:
    """What can be measured in sound without understanding it."""

    seconds: float
    loudness: float
    """RMS in dBFS; -inf for digital silence."""
    peak: float
    """dBFS."""
    silent: bool
    """True when nothing can be heard at all."""
    speech: tuple[tuple[float, float], ...]
    """Where somebody speaks: (since, until)."""
    spans: tuple[tuple[float, float, str], ...] = ()
    """The whole sound in order: (since, until, what), of speech, music, tone, noise or silence."""
    clipped: float = 0.0
    """Share of the samples that were cut off at full scale, 0..1."""
