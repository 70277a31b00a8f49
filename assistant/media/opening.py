"""Opens one regular file, tells its format and keeps every failure a MediaError."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from assistant import files
from assistant.errors import MediaError
from assistant.media.failures import one_error
from assistant.media.limits import Limits
from assistant.media.sniff import HEAD, Format, sniff
from assistant.safe_text import one_line
from assistant.sources import Source

IN_PARTS = "Check the path, and its part: #t=3.5, #t=10,20, #page=2, #track=2, #channel=1."
"""What is wrong where a path with a # is none."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    """An open file whose format is known."""

    source: str
    part: Source
    """Where it lies, and what of it is meant."""
    name: str
    """What messages call it: its last part, cleaned."""
    bytes: BinaryIO
    size: int
    format: Format


@contextmanager
def opened(source: str, limits: Limits) -> Iterator[MediaFile]:
    """The file that a source names, read from its start; whatever goes wrong meanwhile is a MediaError."""
    part = files.named(source)
    name = one_line(Path(part.path).name, 80) or "the file"
    with one_error(name), os.fdopen(_descriptor(part.path, name), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        _check(size, name, limits)
        head = file.read(HEAD)
        file.seek(0)
        yield MediaFile(source, part, name, file, size, sniff(head, name, part.rate))


def _descriptor(source: str, name: str) -> int:
    """An open regular file at exactly this path, through no link."""
    try:
        return files.descriptor(source)
    except files.SpecialError as error:
        raise _special(error.folder, name) from error
    except files.LinkError as error:
        raise MediaError(f"{name} is a link, or lies behind one", "Give the path that it points at.") from error
    except FileNotFoundError as error:
        raise MediaError(f"there is no file {name}", IN_PARTS if "#" in name else "Check the path.") from error
    except PermissionError as error:
        raise MediaError(f"{name} may not be read", "Check the file's permissions.") from error
    except (OSError, ValueError) as error:
        raise MediaError(f"{name} cannot be opened", "Check the path.") from error


def _special(folder: bool, name: str) -> MediaError:
    if folder:
        return MediaError(f"{name} is a folder", "Give a file in it.")
    return MediaError(f"{name} is a device or a pipe, not a file", "Save what it holds to a file first.")


def _check(size: int, name: str, limits: Limits) -> None:
    if size == 0:
        raise MediaError(f"{name} is empty", "Check whether it was saved or copied completely.")
    if size > limits.bytes:
        raise MediaError(
            f"{name} has {size / 1e9:.1f} GB, the most is {limits.bytes / 1e9:.1f} GB", "Cut out the part you need."
        )
