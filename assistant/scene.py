"""What a turn can point at: its attachments, what was seen lately, and files within the roots."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from assistant import files
from assistant.errors import MediaError, ToolError
from assistant.protocols import Clip, Media, Model, Prompts
from assistant.readings import MediaInfo, Packets
from assistant.safe_text import one_line
from assistant.sources import Source
from assistant.types import ALWAYS, Abstained, Box, Delta, Frame, Message, Part, Sound

LIVE = "camera"
"""Sources of this name, or with a number behind a colon, are devices."""


class Seen(Protocol):
    """What was seen lately."""

    def newest(self, source: str = "") -> Frame | None: ...
    def at(self, time: float, source: str = "") -> Frame | None: ...
    def between(self, since: float, until: float, limit: int, source: str = "") -> Sequence[Frame]: ...


class TurnScene:
    """The `Scene` of one turn.

    Args:
        media: reads files
        seen: holds what cameras saw lately
        attachments: what an empty source stands for, the first that fits
        region: the part of the picture the user points at, unless a tool names its own
        allows: whether a path may be read
        files: what may be read below a folder, or below all of them
    """

    def __init__(
        self,
        media: Media,
        seen: Seen,
        attachments: Sequence[str] = (),
        region: Box | None = None,
        allows: Callable[[Path], bool] = lambda path: False,
        files: Callable[[str], Iterator[str]] = lambda folder: iter(()),
    ) -> None:
        self.attachments = tuple(attachments)
        self._media, self._seen, self._region = media, seen, region
        self._allows, self._files = allows, files

    def info(self, source: str = "") -> MediaInfo:
        if self._is_live(source):
            frame = self._live(source)
            height, width, _ = frame.pixels.shape
            return MediaInfo(frame.source or LIVE, "picture", "camera", width, height)
        return self._media.info(self._resolve(source))

    def picture(self, source: str = "", at: float | None = None, box: Box | None = None) -> Frame:
        if self._is_live(source):
            frame = self._live(source) if at is None else self._seen.at(at, source) or self._live(source)
        else:
            frame = self._still(self._resolve(source), at or 0.0)
        return frame.part(box or self._region)

    def frames(
        self, source: str = "", since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        if self._is_live(source):
            return iter(self._seen.between(since, until, 64, source))
        return self._media.frames(self._resolve(source), since, until, every, longest)

    def sound(self, source: str = "", since: float = 0.0, until: float = ALWAYS) -> Sound:
        return self._media.sound(self._resolve(source), since, until)

    def clip(self, source: str = "") -> Clip:
        if self._is_live(source):
            raise MediaError("A camera is no clip.", "Record one first, or name a video file.")
        return FileClip(self._media, self._resolve(source))

    def damage(self, source: str = "", since: float = 0.0, until: float = ALWAYS) -> tuple[tuple[float, float], ...]:
        return () if self._is_live(source) else self._media.damage(self._resolve(source), since, until)

    def digest(self, source: str = "") -> str:
        return self._media.digest(self._resolve(source))

    def files(self, folder: str = "") -> Iterator[str]:
        return self._files(folder)

    def _still(self, path: str, at: float) -> Frame:
        frames = self._media.frames(path, since=at)
        for frame in frames:
            return frame
        raise MediaError(f"{Path(path).name} has no picture at {at:g} s.", "Ask for an earlier time.")

    def _is_live(self, source: str) -> bool:
        if source:
            return source.split(":")[0] == LIVE
        return not self.attachments

    def _live(self, source: str) -> Frame:
        frame = self._seen.newest(source)
        if frame is None:
            raise MediaError("There is no picture to look at.", "Attach one: vireo ask -a FILE QUESTION")
        return frame

    def _resolve(self, source: str) -> str:
        """The path behind a source: an attachment by its path or its name, or a file that may be read."""
        if not source:
            if not self.attachments:
                raise MediaError("There is nothing to read.", "Attach a file: vireo ask -a FILE QUESTION")
            return str(files.real(self.attachments[0]))
        asked = Source.of(source)
        for attachment in self.attachments:
            whole = files.named(attachment)
            names = (whole.path, whole.name, one_line(whole.path, 4096))
            if source in (attachment, one_line(attachment, 4096)) or (source in names and asked.path != source):
                return str(files.real(attachment))
            if asked.path in names:
                return str(files.real(str(_part(asked, whole))))
        real = files.real(source)
        if self._allows(Path(real.path)):
            return str(real)
        raise MediaError(f"{asked.name} is neither attached nor in a folder that may be read.", "Attach it with -a.")


class ModelSight:
    """The `Sight` of one turn: the model is asked in messages of their own, and the talk does not hear of it."""

    def __init__(self, model: Model, prompts: Prompts) -> None:
        self._model, self._prompts = model, prompts

    def look(self, frames: Sequence[Frame], question: str, purpose: str = "look") -> str:
        system = Message("system", (self._prompts.text(purpose),))
        parts: list[Part] = [part for frame in frames for part in (f"[{frame.at:.1f} s]", frame)]
        words = ""
        for item in self._model.reply((system, Message("user", (*parts, question)))):
            if isinstance(item, Abstained):
                raise ToolError(f"I cannot tell: {item.reason}.")
            words += item.text if isinstance(item, Delta) else ""
        return words.strip()


class FileClip:
    """A `Clip` of one file."""

    def __init__(self, media: Media, source: str) -> None:
        self._media, self._source = media, source

    def packets(self) -> Packets:
        return self._media.packets(self._source)

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        return self._media.frames(self._source, since, until, every, longest)

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        return self._media.moments(self._source, times, longest)


def _part(asked: Source, whole: Source) -> Source:
    """The part that is asked for of an attachment; what is not asked for is as it was attached."""
    given = {name: value for name in Source.__dataclass_fields__ if (value := getattr(asked, name))}
    if asked.since is not None:
        given |= {"since": asked.since, "until": asked.until}
    return replace(whole, **given | {"path": whole.path})
