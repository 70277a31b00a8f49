"""Opens one regular file, tells its format and keeps every failure a MediaError."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assistant.errors import MediaError
from assistant.media.failures import one_error
from assistant.media.limits import Limits
from assistant.media.sniff import HEAD, Format, sniff
from assistant.safe_text import one_line

_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """An open file whose format is known."""

    source: str
    name: str
    """What messages call it: its last part, cleaned."""
    bytes: BinaryIO
    size: int
    format: Format


@contextmanager
def opened(source: str, limits: Limits) -> Iterator[MediaFile]:
    """The file at a path, read from its start; whatever goes wrong meanwhile is a MediaError."""
    name = one_line(Path(source).name, 80) or "the file"
    with one_error(name), os.fdopen(_descriptor(source, name), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        _check(size, name, limits)
        head = file.read(HEAD)
        file.seek(0)
        yield MediaFile(source, name, file, size, sniff(head, name))


def _descriptor(source: str, name: str) -> int:
    """An open regular file; devices and pipes are refused before they are opened, for opening may already act."""
    try:
        _regular(Path(source).stat().st_mode, name)
        descriptor = os.open(source, _FLAGS)
    except FileNotFoundError as error:
        raise MediaError(f"there is no file {name}", "Check the path.") from error
    except PermissionError as error:
        raise MediaError(f"{name} may not be read", "Check the file's permissions.") from error
    except (OSError, ValueError) as error:
        raise MediaError(f"{name} cannot be opened", "Check the path.") from error
    try:
        _regular(os.fstat(descriptor).st_mode, name)
    except MediaError:
        os.close(descriptor)
        raise
    return descriptor


def _regular(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise MediaError(f"{name} is a folder", "Give a file in it.")
    if not stat.S_ISREG(mode):
        raise MediaError(f"{name} is a device or a pipe, not a file", "Save what it holds to a file first.")


def _check(size: int, name: str, limits: Limits) -> None:
    if size == 0:
        raise MediaError(f"{name} is empty", "Check whether it was saved or copied completely.")
    if size > limits.bytes:
        raise MediaError(
            f"{name} has {size / 1e9:.1f} GB, the most is {limits.bytes / 1e9:.1f} GB", "Cut out the part you need."
        )
