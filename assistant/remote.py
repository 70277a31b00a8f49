"""An assistant, a model host or a decoder in a process of its own, or on another machine."""

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Queue
from threading import Lock, Thread
from typing import Any, cast

from assistant.errors import LostError, MediaError
from assistant.readings import MediaInfo, Packets
from assistant.safe_text import one_line
from assistant.types import (
    ALWAYS,
    Event,
    Frame,
    Message,
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
from assistant.wire.link import Link

DECODING = 30.0
"""Seconds the decoder may take for the facts of a file or for one frame."""
DRAWING = 10.0
"""Seconds a page of a document may take."""
RESAMPLING = 300.0
"""Seconds the decoder may take for a stretch of sound."""
LOG_SIZE = 4 * 2**20


class Child:
    """A process at the other end of a pipe: started when it is first needed, and again after it died.

    Args:
        command: what to run; ``ssh host`` may stand before it
        name: what people call it, for messages
        log: the file its standard error goes to
    """

    def __init__(self, command: Sequence[str], name: str, log: Path | None = None) -> None:
        self.name = name
        self._command, self._log = command, log
        self._process: subprocess.Popen[bytes] | None = None
        self._link: Link | None = None
        self._starting = Lock()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def request(self, verb: str, *arguments: Any, deadline: float | None = None) -> Iterator[Any]:
        """As `Link.request`; a child that is lost or too slow is killed, and the next request starts a new one."""
        link = self._open()
        try:
            yield from link.request(verb, *arguments, deadline=deadline)
        finally:
            if link.closed.is_set():
                self.kill(link)

    def call(self, verb: str, *arguments: Any, deadline: float = DECODING) -> Any:
        """The one value the child answers."""
        for value in self.request(verb, *arguments, deadline=deadline):
            return value
        return None

    def stop(self) -> None:
        """End what waits for the child with a StoppedError, and tell it to stop; one that does not run is left so."""
        link = self._link
        if link is not None and not link.closed.is_set():
            link.interrupt()
            link.tell("stop")

    def kill(self, link: Link | None = None) -> None:
        """End the process at once; with a link, only if that link is still the present one."""
        with self._starting:
            if self._process is not None and link in (None, self._link):
                self._process.kill()
                self._link = None

    def tell(self, verb: str) -> None:
        """Have a quick verb run in the child, if there is one."""
        link = self._link
        if link is not None:
            link.tell(verb)

    def close(self) -> None:
        """Let the child go: it ends when its input ends, or is killed."""
        with self._starting:
            process, link = self._process, self._link
            self._process = self._link = None
        if link is not None:
            link.close()
        if process is not None:
            with suppress(subprocess.TimeoutExpired):
                process.wait(2)
            process.kill()
            process.wait()

    def _open(self) -> Link:
        with self._starting:
            if self._link is None or self._link.closed.is_set():
                self._process = process = self._start()
                self._link = Link(cast(Any, process.stdout), cast(Any, process.stdin), {}, self.name)
            return self._link

    def _start(self) -> subprocess.Popen[bytes]:
        started: Queue[subprocess.Popen[bytes] | OSError] = Queue()
        Thread(target=self._keep, args=(started,), daemon=True, name=f"keeper of the {self.name}").start()
        process = started.get()
        if isinstance(process, OSError):
            raise LostError(f"The {self.name} cannot be started: {process}.") from process
        return process

    def _keep(self, started: "Queue[subprocess.Popen[bytes] | OSError]") -> None:
        """Start the process, and stay: the kernel kills a child when the thread that started it ends."""
        try:
            with self._errors() as errors:
                process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,  # Ctrl-C at the terminal is the face's alone
                )
        except OSError as error:
            started.put(error)
            return
        started.put(process)
        process.wait()

    def _errors(self) -> Any:
        if self._log is None:
            return Path("/dev/null").open("wb")
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            fresh = not self._log.exists() or self._log.stat().st_size > LOG_SIZE
            return self._log.open("wb" if fresh else "ab")
        except OSError:  # without a log is better than without an answer
            return Path("/dev/null").open("wb")


class RemoteModel:
    """A `Model` in a child."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def reply(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
        schema: Mapping[str, Any] | None = None,
    ) -> Iterator[Reply]:
        return self._child.request("reply", tuple(messages), tuple(tools), schema)

    def load(self) -> Iterator[Progress]:
        """Make the model ready ahead of its first reply."""
        return self._child.request("load")

    def stop(self) -> None:
        self._child.stop()

    def label(self) -> str:
        return str(self._child.call("label"))


class RemoteHearing:
    """A `Hearing` in a child."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def transcribe(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        [utterance] = self._child.request("transcribe", sound, tuple(phrases))
        return cast(Utterance, utterance)

    def label(self) -> str:
        return str(self._child.call("hearing_label"))


class RemoteMedia:
    """A `Media` in a child under limits: whatever a file does to the decoder is one MediaError.

    Args:
        child: the decoder
        deadline: seconds it may take for the facts of a file or for one frame
    """

    def __init__(self, child: Child, deadline: float = DECODING) -> None:
        self._child, self._deadline = child, deadline

    def info(self, source: str) -> MediaInfo:
        [info] = self._decode(source, "info", source)
        return cast(MediaInfo, info)

    def frames(
        self, source: str, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        return self._decode(source, "frames", source, since, until, every, longest)

    def moments(self, source: str, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        return self._decode(source, "moments", source, tuple(times), longest)

    def packets(self, source: str) -> Packets:
        [packets] = self._decode(source, "packets", source, deadline=RESAMPLING)
        return cast(Packets, packets)

    def damage(self, source: str, since: float = 0.0, until: float = ALWAYS) -> tuple[tuple[float, float], ...]:
        [spans] = self._decode(source, "damage", source, since, until, deadline=RESAMPLING)
        return tuple((begin, end) for begin, end in spans)

    def digest(self, source: str) -> str:
        [digest] = self._decode(source, "digest", source, deadline=RESAMPLING)
        return str(digest)

    def sound(self, source: str, since: float = 0.0, until: float = ALWAYS) -> Sound:
        [sound] = self._decode(source, "sound", source, since, until, deadline=RESAMPLING)
        return cast(Sound, sound)

    def _decode(self, source: str, verb: str, *arguments: Any, deadline: float = 0.0) -> Iterator[Any]:
        try:
            yield from self._child.request(verb, *arguments, deadline=deadline or self._deadline)
        except LostError as error:
            name = one_line(Path(source).name)
            raise MediaError(f"{name} cannot be decoded: {error}", "The file is broken, or over the limits.") from error


class Remote:
    """An `Assistant` with its `Desk` in a child."""

    def __init__(self, child: Child) -> None:
        self._child = child

    def see(self, frame: Frame) -> None:
        self._child.call("see", frame)

    def hear(self, sound: Sound, phrases: Sequence[str] = ()) -> Utterance:
        [utterance] = self._child.request("hear", sound, tuple(phrases))
        return cast(Utterance, utterance)

    def ask(self, turn: Turn) -> Iterator[Event]:
        return self._child.request("ask", turn)

    def use(self, call: ToolCall, approval: str | None = None) -> Iterator[Event]:
        return self._child.request("use", call, approval)

    def stop(self) -> None:
        self._child.tell("stop")

    def status(self) -> Status:
        return cast(Status, self._child.call("status"))

    def models(self) -> tuple[Profile, ...]:
        return tuple(self._child.call("models"))

    def load(self, model: str) -> Iterator[Progress]:
        return self._child.request("load", model)

    def tools(self) -> tuple[dict[str, Any], ...]:
        return tuple(self._child.call("tools"))

    def sessions(self) -> tuple[Session, ...]:
        return tuple(self._child.call("sessions"))

    def close(self) -> None:
        self._child.close()
