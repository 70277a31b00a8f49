"""The gate before every tool: what may run unasked, and approvals bound to the exact call. It fails closed."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition
from time import monotonic

from assistant.errors import ToolError
from assistant.files import listed
from assistant.safe_text import one_line
from assistant.types import Effect, ToolCall

MOST = 20_000
"""Entries of folders that are looked at when files are listed."""
FREE = frozenset({Effect.LOOK, Effect.READ})
WHY = {
    Effect.WRITE: "It writes to this machine.",
    Effect.NET: "It sends something over the network.",
    Effect.DEVICE: "It uses a camera, a microphone or another device.",
    Effect.SPEAK: "It speaks aloud.",
}


@dataclass(slots=True)
class _Waiting:
    """A call as it was when its approval was asked for."""

    digest: str
    until: float
    approved: bool | None = None


class Permissions:
    """Approvals: single use, bound to the digest of a call, for a short time.

    Args:
        effects: the effect of each tool; a tool that is not here may not run
        seconds: how long an approval is waited for, and how long it holds, both since it was asked for
        clock: seconds, for the tests
    """

    def __init__(
        self, effects: Mapping[str, Effect], seconds: float = 120.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._effects, self._seconds, self._clock = effects, seconds, clock
        self._waiting: dict[str, _Waiting] = {}
        self._changed = Condition()

    def needs_approval(self, call: ToolCall) -> str | None:
        """Why the call needs approval, or None when it may run; a call that needs it begins to wait.

        Raises:
            ToolError: there is no such tool, or no approval can be bound to the call
        """
        effect = self._effects.get(call.name)
        if effect is None:
            raise ToolError(f"There is no tool named {one_line(call.name)}.")
        if effect in FREE:
            return None
        waiting = _Waiting(_digest(call), self._clock() + self._seconds)
        with self._changed:
            self._forget_expired()
            if call.id in self._waiting:
                raise ToolError("Another call of the same id waits for approval.")
            self._waiting[call.id] = waiting
        return WHY.get(effect, "What it does is not known.")

    def answer(self, id: str, digest: str) -> bool:
        """Answer a waiting call, once: yes with its exact digest, no with anything else; False when none waits."""
        with self._changed:
            self._forget_expired()
            waiting = self._waiting.get(id)
            if waiting is None:
                return False
            if waiting.approved is None:
                waiting.approved = digest == waiting.digest
                self._changed.notify_all()
            return True

    def wait_for(self, call: ToolCall, given_up: Callable[[], bool]) -> bool:
        """Whether the call was approved as it is now; no answer in time, or the work being given up, is a no."""
        with self._changed:
            waiting = self._waiting.get(call.id)
            if waiting is None:
                return False
            try:
                while waiting.approved is None and self._clock() < waiting.until and not given_up():
                    self._changed.wait(0.05)
                in_time = self._clock() < waiting.until and not given_up()
            finally:
                self._waiting.pop(call.id, None)
        return in_time and waiting.approved is True and waiting.digest == _digest(call)

    def _forget_expired(self) -> None:
        now = self._clock()
        for id in [id for id, waiting in self._waiting.items() if waiting.until <= now]:
            del self._waiting[id]


class Roots:
    """The folders whose files a tool may name unasked; links are followed before they are judged."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._named: set[Path] = set()

    def allow(self, path: Path) -> None:
        """Let tools read a file outside the folders, because the user named it."""
        self._named.add(path.resolve())

    def files(self, folder: str = "") -> Iterator[str]:
        """The files below a folder that may be read, or below all of them, the nearest first; read as they are taken.

        Hidden ones and links are left out, and so is what lies beyond `MOST` entries.
        """
        waiting = deque(self._tops(folder))
        left = MOST
        while waiting and left > 0:
            place = waiting.popleft()
            try:
                files, folders = listed(str(place), left)
            except OSError:
                continue
            left -= len(files) + len(folders)
            yield from (str(place / name) for name in files if not name.startswith("."))
            waiting.extend(place / name for name in folders if not name.startswith("."))

    def _tops(self, folder: str) -> list[Path]:
        if not folder:
            return self._folders
        with suppress(OSError, RuntimeError, ValueError):
            top = Path(folder).resolve()
            return [top] if self._holds(top) else []
        return []

    def allows(self, path: Path) -> bool:
        """Whether a file that is there may be read."""
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return False
        return real in self._named or self._holds(real)

    def _holds(self, real: Path) -> bool:
        return any(real.is_relative_to(folder) for folder in self._folders)


def _digest(call: ToolCall) -> str:
    try:
        return call.digest
    except (TypeError, ValueError, RecursionError) as error:
        raise ToolError(f"The arguments of {one_line(call.name)} cannot be shown for approval.") from error
