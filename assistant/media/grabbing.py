"""Takes pictures of the screen, and takes out what the clipboard holds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from PIL import Image, ImageGrab

from assistant.errors import MediaError

SECONDS = 20.0
"""That another program may take."""
LARGEST = 1 << 16
"""Bytes of the clipboard's text that are looked at for paths."""
SHOTS = (("grim",), ("gnome-screenshot", "-f"), ("spectacle", "-b", "-n", "-o"))
"""Programs that take a picture where programs may not see the screen, as under Wayland; the path comes last."""
CLIPBOARDS = (
    (("wl-paste", "--list-types"), ("wl-paste", "--no-newline", "--type")),
    (("xclip", "-selection", "clipboard", "-o", "-t", "TARGETS"), ("xclip", "-selection", "clipboard", "-o", "-t")),
)
"""How the kinds of the clipboard's content are listed, and how one is taken; the kind comes last."""
PICTURES = ("image/png", "image/jpeg", "image/webp", "image/bmp", "image/tiff", "image/gif")
TEXTS = ("text/uri-list", "text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING")
NO_SCREEN = "It needs a desktop: X11, or Wayland with grim, gnome-screenshot or spectacle; over ssh there is none."
NO_CLIPBOARD = "It needs a desktop, and on Linux wl-paste (wl-clipboard) or xclip."


def grab(what: str, folder: str) -> tuple[str, ...]:
    """The paths of files: a picture of the "screen" kept in the folder, or what the "clipboard" holds or names.

    Raises:
        MediaError: the platform does not allow it, or there is nothing that can be read
    """
    if what == "screen":
        return (_screen(Path(folder) / "screen.png"),)
    if sys.platform in ("darwin", "win32"):
        return _given(ImageGrab.grabclipboard(), Path(folder) / "clipboard.png")
    return _pasted(Path(folder) / "clipboard")


def _screen(path: Path) -> str:
    try:
        picture = _shot(path) or ImageGrab.grab()
    except (OSError, subprocess.SubprocessError) as error:
        raise MediaError("the screen cannot be pictured here", NO_SCREEN) from error
    if picture.convert("RGB").getbbox() is None:
        raise MediaError("the picture of the screen is black", NO_SCREEN)
    picture.save(path)
    return str(path)


def _shot(path: Path) -> Image.Image | None:
    """By the first program that is there and succeeds."""
    for command in SHOTS if sys.platform not in ("darwin", "win32") else ():
        if shutil.which(command[0]) and _run((*command, str(path))) is not None and path.exists():
            return Image.open(path, formats=["PNG"])
    return None


def _pasted(path: Path) -> tuple[str, ...]:
    for listing, taking in CLIPBOARDS:
        kinds = _run(listing)
        if kinds is None:
            continue
        there = kinds.decode(errors="replace").split("\n")
        kind = next((kind for kind in (*PICTURES, *TEXTS) if kind in there), "")
        content = _run((*taking, kind)) if kind else None
        if not content:
            raise MediaError("the clipboard holds nothing that can be read", "Copy a picture or a file first.")
        return _kept(content, path) if kind in PICTURES else _named(content)
    raise MediaError("the clipboard cannot be read here, or is empty", NO_CLIPBOARD)


def _run(command: Sequence[str]) -> bytes | None:
    """What a program says; None when it is not there or fails."""
    if shutil.which(command[0]) is None:
        return None
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False)
    return done.stdout if done.returncode == 0 else None


def _kept(content: bytes, path: Path) -> tuple[str, ...]:
    """The picture as it is: only the decoder looks into it."""
    path.write_bytes(content)
    return (str(path),)


def _given(content: Image.Image | list[str] | None, path: Path) -> tuple[str, ...]:
    if isinstance(content, Image.Image):
        content.save(path)
        return (str(path),)
    if not content:
        raise MediaError("the clipboard holds no picture and no file", "Copy one first.")
    return tuple(content)


def _named(content: bytes) -> tuple[str, ...]:
    """The files that a text names, one a line, all of which must be there."""
    lines = content[:LARGEST].decode(errors="replace").splitlines()
    paths = [_path(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    if not paths or not all(path.is_absolute() and path.is_file() for path in paths):
        raise MediaError("the clipboard holds text, not a picture or a file", "Paste it into the question.")
    return tuple(map(str, paths))


def _path(line: str) -> Path:
    return Path(unquote(urlsplit(line).path)) if line.startswith("file:///") else Path(line)
