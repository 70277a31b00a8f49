"""What the rooms promise each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

from assistant.readings import MediaInfo, Packets, PictureFacts, Shot, SoundFacts, Thing, Track
from assistant.types import (
    ALWAYS,
    Box,
    Event,
    Evidence,
    Frame,
    Message,
    Note,
    Part,
    Profile,
    Progress,
    Reply,
    Session,
    Sound,
    Status,
    ToolCall,
    Turn,
    Utterance,
)


@runtime_checkable
class Model(Protocol):
    """Continues a conversation that may hold pictures."""

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        """Continue the talk; with a JSON schema the text is one JSON value of it, and ModelError says who cannot."""

    def stop(self) -> None:
        """End the replies in progress as soon as possible."""

    def label(self) -> str:
        """What a person should know of it: name, place, limits."""


@runtime_checkable
class Live(Model, Protocol):
    """A model that reads a talk while it happens: what it has read is not read again when the question comes."""

    def begin(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> None:
        """Take up a talk as it is so far."""

    def read(self, parts: Sequence[Part], tail: Sequence[Part] = ()) -> int:
        """Read what belongs to the user's next message; the tail may still change. The number of new tokens."""

    def held(self) -> tuple[Part, ...]:
        """What the user's next message holds so far; what was forgotten is missing."""

    def talk(self) -> tuple[Message, ...]:
        """What was said before that message; what was forgotten is missing."""

    def idle(self) -> bool:
        """Use a time of rest to tidy up; false when there is nothing to do."""

    def fork(self) -> Live:
        """Another that has read the same, and goes its own way."""

    def decide(self, parts: Sequence[Part], labels: Sequence[str]) -> dict[str, float]:
        """How likely each label is as the answer to some parts, together 1; nothing of it is kept."""


@runtime_checkable
class Hearing(Protocol):
    """Turns sound into words."""

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        """The words of a sound; `phrases`, where given, are the only sentences that can be expected."""

    def label(self) -> str: ...


@runtime_checkable
class Media(Protocol):
    """The only reader of files from outside; a source is a name of `assistant.sources`; every failure a MediaError."""

    def info(self, source: str) -> MediaInfo: ...
    def frames(
        self, source: str, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        """Frames in order of time: at least `every` seconds apart, no edge over `longest` pixels (0: as it is)."""

    def moments(self, source: str, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        """The frame on the screen at each time, in order of time; no more is decoded than must be."""

    def packets(self, source: str) -> Packets:
        """What a video tells without being decoded."""

    def sound(self, source: str, since: float = 0.0, until: float = ALWAYS) -> Sound: ...
    def damage(self, source: str, since: float = 0.0, until: float = ALWAYS) -> tuple[tuple[float, float], ...]:
        """Where the picture of a video is broken: (since, until) of each stretch, in order; it is all decoded."""

    def digest(self, source: str) -> str:
        """What stands for the content: equal for equal bytes, whatever the file's name or time."""


@runtime_checkable
class Clip(Protocol):
    """One video, to be read in parts."""

    def packets(self) -> Packets: ...
    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]: ...
    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]: ...


@runtime_checkable
class Readers(Protocol):
    """Reads what can be read without a model."""

    def text(self, frame: Frame, quick: bool = False) -> tuple[Evidence, ...]:
        """Lines in reading order, then paragraphs; `quick` reads once and upright only: for one of many frames."""

    def language(self, text: str) -> str:
        """The English name of the language of some text; "" when it cannot be told."""

    def codes(self, frame: Frame) -> tuple[Evidence, ...]: ...
    def differences(self, first: Frame, second: Frame) -> tuple[Evidence, ...]:
        """What appeared, is gone, changed or moved (the kinds), with boxes in the second picture."""

    def picture(self, frame: Frame) -> PictureFacts: ...
    def sound(self, sound: Sound) -> SoundFacts: ...
    def shots(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]: ...
    def motion(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Track, ...]:
        """What moves within one shot."""

    def things(self, clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Thing, ...]:
        """What is put down or taken away within one shot, and what else looks like it."""

    def alike(self, frame: Frame) -> tuple[Evidence, ...]:
        """Like objects before an even ground, each with its box; none when they cannot be told surely."""


@runtime_checkable
class Scene(Protocol):
    """What a turn can point at: its attachments, what was seen lately, files within the roots."""

    def info(self, source: str = "") -> MediaInfo: ...
    def picture(self, source: str = "", at: float | None = None, box: Box | None = None) -> Frame:
        """One frame, cut to the box; an empty source is what the turn is about."""

    def frames(
        self, source: str = "", since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]: ...
    def clip(self, source: str = "") -> Clip: ...
    def sound(self, source: str = "", since: float = 0.0, until: float = ALWAYS) -> Sound: ...
    def damage(self, source: str = "", since: float = 0.0, until: float = ALWAYS) -> tuple[tuple[float, float], ...]:
        """Where the picture of a video is broken."""

    def digest(self, source: str = "") -> str:
        """What stands for the content of a file."""

    def files(self, folder: str = "") -> Iterator[str]:
        """The files that may be read, below a folder or below all of them."""


@runtime_checkable
class Shelf(Protocol):
    """Where long work keeps what it has read, by a key made of the content's digest: JSON values."""

    def kept(self, key: str) -> Any | None: ...
    def keep(self, key: str, value: Any) -> None: ...


@runtime_checkable
class Sight(Protocol):
    """The model's eyes, outside the talk."""

    def look(self, frames: Sequence[Frame], question: str, purpose: str = "look") -> str:
        """What the model says of the frames; ToolError when it cannot tell. `purpose` names the prompt it gets."""


@runtime_checkable
class Notes(Protocol):
    """What the user asked to keep."""

    def remember(self, text: str, picture: str = "") -> Note: ...
    def recall(self, what: str, since: float = 0.0, until: float = ALWAYS) -> tuple[Note, ...]: ...


@runtime_checkable
class Prompts(Protocol):
    """The texts that models are given, one a purpose."""

    def text(self, purpose: str, **values: str) -> str: ...


@runtime_checkable
class Reporter(Protocol):
    """Where a tool that takes long tells how far it is; raises StoppedError when the user stops."""

    def report(self, text: str, done: float | None = None) -> None: ...


@runtime_checkable
class Assistant(Protocol):
    """Sees, hears and answers; in this process or in another one."""

    def see(self, frame: Frame) -> None: ...
    def hear(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance: ...
    def ask(self, turn: Turn) -> Iterator[Event]: ...
    def use(self, call: ToolCall, approval: str | None = None) -> Iterator[Event]:
        """Run a tool, or answer an `Asked`: with the call's digest it may run, with "" it may not."""

    def stop(self) -> None: ...


@runtime_checkable
class Desk(Protocol):
    """What stands beside the talk."""

    def status(self) -> Status: ...
    def models(self) -> tuple[Profile, ...]: ...
    def load(self, model: str) -> Iterator[Progress]: ...
    def tools(self) -> tuple[dict[str, Any], ...]: ...
    def sessions(self) -> tuple[Session, ...]: ...
