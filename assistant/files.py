"""Names and opens files so that what was judged is what is read."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path

from assistant.sources import Source

_READ = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_HERE = getattr(os, "O_NOFOLLOW", 0)
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0) | _HERE
WALKS = os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd


class LinkError(OSError):
    """The path is a link, or leads through one."""


class SpecialError(OSError):
    """What lies there is a folder (`folder`), a device, a pipe or a socket."""

    def __init__(self, folder: bool) -> None:
        super().__init__("not a regular file")
        self.folder = folder


def named(source: str) -> Source:
    """What a source names; a file whose own name ends like a part is that file."""
    with suppress(OSError, ValueError):
        if Path(source).exists():
            return Source(source)
    return Source.of(source)


def real(source: str) -> Source:
    """What a source names, with the links of its path followed: to be judged, then to be opened just so."""
    found = named(source)
    with suppress(OSError, RuntimeError, ValueError):
        return replace(found, path=str(Path(found.path).resolve()))
    return found


def descriptor(path: str) -> int:
    """A descriptor for reading the regular file at a path; whoever wants to follow links resolves the path before.

    From the top each folder is opened in the one before it without following links, so that a link that takes a
    folder's place meanwhile leads nowhere. Devices and pipes are not even opened, for opening may already act.

    Raises:
        LinkError: a part of the path is a link
        SpecialError: it is no regular file
        OSError, ValueError: it cannot be opened
    """
    whole = os.path.abspath(path)  # noqa: PTH100  Path.absolute() would leave ".." to be walked
    try:
        return _walked(Path(whole)) if WALKS else _compared(whole)
    except OSError as error:
        if not isinstance(error, SpecialError | LinkError) and os.path.realpath(whole) != whole:
            raise LinkError(f"{whole} is a link") from error
        raise


def listed(folder: str, most: int) -> tuple[list[str], list[str]]:
    """The names of the files and of the folders in a folder, each in order, links and special files left out.

    Of a folder with over `most` entries only so many are looked at. OSError where a part of its path is a link.
    """
    with _scanned(Path(folder)) as entries:
        here = sorted(islice(entries, most), key=lambda entry: entry.name)
        files = [entry.name for entry in here if entry.is_file(follow_symlinks=False)]
        return files, [entry.name for entry in here if entry.is_dir(follow_symlinks=False)]


@contextmanager
def _scanned(folder: Path) -> Iterator[Iterator[os.DirEntry[str]]]:
    if os.scandir not in os.supports_fd or not WALKS:
        with os.scandir(folder) as entries:
            yield entries
        return
    with _folder(folder.parent if folder.name else folder) as place:
        opened = os.open(folder.name or ".", os.O_RDONLY | _HERE | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=place)
        try:
            with os.scandir(opened) as entries:
                yield entries
        finally:
            os.close(opened)


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    """A descriptor of a folder, reached from the top without following a link."""
    place = os.open(path.anchor, _FOLDER)
    try:
        for folder in path.parts[1:]:
            below = os.open(folder, _FOLDER, dir_fd=place)
            os.close(place)
            place = below
        yield place
    finally:
        os.close(place)


def _walked(path: Path) -> int:
    name = path.name or "."
    with _folder(path.parent) as place:
        _regular(os.stat(name, dir_fd=place, follow_symlinks=False))
        return _checked(os.open(name, _READ | _HERE, dir_fd=place))


def _compared(path: str) -> int:
    """Where folders cannot be walked by descriptor, as on Windows: a link is seen, unless it comes meanwhile."""
    if os.path.normcase(os.path.realpath(path)) != os.path.normcase(path):
        raise LinkError(f"{path} is a link")
    _regular(Path(path).stat())
    return _checked(os.open(path, _READ))


def _checked(opened: int) -> int:
    try:
        _regular(os.fstat(opened))
    except SpecialError:
        os.close(opened)
        raise
    return opened


def _regular(found: os.stat_result) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise LinkError("it is a link")
    if not stat.S_ISREG(found.st_mode):
        raise SpecialError(stat.S_ISDIR(found.st_mode))
