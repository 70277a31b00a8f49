"""How much a file may cost: pixels, seconds, bytes, memory and processor time."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

if sys.platform != "win32":
    import resource

MEBIBYTE = 1 << 20
RESERVED = 1024
"""MiB of address space beside the memory, for thread stacks and arenas, which are mapped and mostly never touched."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused, and what the process that decodes may use."""

    pixels: int = 52_000_000
    """Of one picture or video frame: decoded and as RGB, it just fits in the memory."""
    seconds: float = 12 * 3600.0
    """Of a whole video or sound file."""
    sound_seconds: float = 3600.0
    """Of the sound that one call returns."""
    bytes: int = 8 << 30
    """Of a file."""
    memory: int = 416
    """MiB the process may take beside what it starts with (65 MiB with numpy, Pillow and PyAV), so under 512 in all."""
    cpu: int = 900
    """Seconds of processor time from one `apply` to the next."""


def apply(limits: Limits) -> None:
    """Bound this process, and with each further call renew its processor time; without effect on Windows.

    Over the memory an allocation fails, which becomes a MediaError; over the time the kernel ends the process.
    """
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    size, written = _mapped()
    _bound(resource.RLIMIT_DATA, written + limits.memory * MEBIBYTE)
    _bound(resource.RLIMIT_AS, size + (limits.memory + RESERVED) * MEBIBYTE)
    _lower(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + limits.cpu)
    _lower(resource.RLIMIT_CORE, 0)


def _mapped() -> tuple[int, int]:
    """Bytes of address space, and of those that may be written to, stacks of threads included: see proc(5), statm."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    except OSError:  # elsewhere than on Linux these limits are hardly enforced
        return 512 * MEBIBYTE, 128 * MEBIBYTE
    return int(pages[0]) * resource.getpagesize(), int(pages[5]) * resource.getpagesize()


def _bound(kind: int, value: int) -> None:
    """Lower a limit, unless that was done before: what is mapped later is what the files cost."""
    if resource.getrlimit(kind)[0] == resource.RLIM_INFINITY:
        _lower(kind, value)


def _lower(kind: int, value: int) -> None:
    hard = resource.getrlimit(kind)[1]
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, hard))
