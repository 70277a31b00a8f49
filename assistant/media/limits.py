"""How much a file may cost: pixels, seconds, bytes, memory and processor time."""

from __future__ import annotations

import sys
from dataclasses import dataclass

if sys.platform != "win32":
    import resource

MEBIBYTE = 1 << 20
LIBRARIES = 1024
"""MiB of address space for code, thread stacks and reserved arenas, which are mapped and mostly never touched."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused, and what the process that decodes may use."""

    pixels: int = 64_000_000
    """Of one picture or video frame."""
    seconds: float = 12 * 3600.0
    """Of a whole video or sound file."""
    sound_seconds: float = 3600.0
    """Of the sound that one call returns."""
    bytes: int = 8 << 30
    """Of a file."""
    memory: int = 640
    """MiB the process may write to, numpy, Pillow and PyAV (65 MiB) included."""
    cpu: int = 900
    """Seconds of processor time from one `apply` to the next."""


def apply(limits: Limits) -> None:
    """Bound this process, and with each further call renew its processor time; without effect on Windows.

    Over the memory an allocation fails, which becomes a MediaError; over the time the kernel ends the process.
    """
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_DATA, limits.memory * MEBIBYTE)
    _lower(resource.RLIMIT_AS, (limits.memory + LIBRARIES) * MEBIBYTE)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + limits.cpu)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, hard))
