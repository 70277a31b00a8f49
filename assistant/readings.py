"""What is measured in media without understanding it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from assistant.types import Box


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
    audio: int = 0
    """Number of audio streams."""
    notes: tuple[str, ...] = ()
    """What a reader should know: turned by EXIF, broken frames skipped, ..."""


@dataclass(frozen=True, slots=True)
class Shot:
    """A stretch of video between two cuts."""

    since: float
    until: float
    key: float
    """The time of the frame that stands for it."""


@dataclass(frozen=True, slots=True)
class Track:
    """Something that moved through the picture."""

    since: float
    until: float
    direction: str
    """left, right, up, down, or "in place"."""
    path: tuple[tuple[float, Box], ...]


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
