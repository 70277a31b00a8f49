"""Turns whatever a decoder raises into one MediaError of one clean line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import av
from PIL import Image, UnidentifiedImageError

from assistant.errors import AssistantError, MediaError
from assistant.safe_text import one_line

BROKEN = "It may be damaged or only partly saved; open it elsewhere, or save it again."
TOO_LARGE = "Ask for less: a smaller size, or a shorter part."
_PLACE = re.compile(r"<[^>]*>|'[^']*'|\S*[/\\]\S*")
"""What a library's message may hold besides the cause: objects, quoted names, paths."""


@contextmanager
def one_error(name: str) -> Iterator[None]:
    """Every exception of the body as a MediaError that names the file `name` and no path."""
    try:
        yield
    except AssistantError:
        raise
    except Image.DecompressionBombError as error:
        raise MediaError(f"{name} has too many pixels", "Scale it down first.") from error
    except MemoryError as error:
        raise MediaError(f"{name} needs more memory than a file may use", TOO_LARGE) from error
    except Exception as error:
        raise MediaError(f"{name} cannot be decoded: {_cause(error)}", BROKEN) from error


def _cause(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "its header is not that of a readable picture"
    said = error.strerror if isinstance(error, av.FFmpegError) else str(error)
    cause = one_line(_PLACE.sub("", said or ""), 120).strip(" :")
    return cause or type(error).__name__
