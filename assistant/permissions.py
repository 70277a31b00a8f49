"""The gate before every tool: what may run unasked, and approvals bound to the exact call. It fails closed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Condition
from time import monotonic

from assistant.errors import ToolError
from assistant.safe_text import one_line
from assistant.types import Effect, ToolCall

FREE = frozenset({Effect.LOOK, Effect.READ})
WHY = {
    Effect.WRITE: "It writes to this machine.",
    Effect.NET: "It sends something over the network.",
    Effect.DEVICE: "It uses a camera, a microphone or another device.",
    Effect.SPEAK: "It speaks aloud.",
}


class Permissions:
    """Approvals: single use, bound to the digest of a call, only while the call waits.

    Args:
        effects: the effect of each tool; a tool that is not here may not run
        seconds: how long a call waits for its approval
        clock: seconds, for the tests
    """

    def __init__(
        self, effects: Mapping[str, Effect], seconds: float = 120.0, clock: Callable[[], float] = monotonic
    ) -> None:
        self._effects, self._seconds, self._clock = effects, seconds, clock
        self._answers: dict[str, bool | None] = {}
        self._waiting: dict[str, ToolCall] = {}
        self._changed = Condition()

    def needs_approval(self, call: ToolCall) -> str | None:
        """Why the call needs approval, or None when it may run; a call that needs it begins to wait.

        Raises:
            ToolError: there is no such tool
        """
        effect = self._effects.get(call.name)
        if effect is None:
            raise ToolError(f"There is no tool named {one_line(call.name)}.")
        if effect in FREE:
            return None
        with self._changed:
            self._waiting[call.id] = call
            self._answers[call.id] = None
        return WHY[effect]

    def answer(self, id: str, digest: str) -> bool:
        """Answer a waiting call: yes with its exact digest, no with anything else; False when no such call waits."""
        with self._changed:
            call = self._waiting.get(id)
            if call is None:
                return False
            if self._answers[id] is None:
                self._answers[id] = digest == call.digest
                self._changed.notify_all()
            return True

    def wait_for(self, call: ToolCall, given_up: Callable[[], bool]) -> bool:
        """Whether the call was approved; no answer in time, or the work being given up, is a no."""
        end = self._clock() + self._seconds
        with self._changed:
            while self._answers.get(call.id) is None and self._clock() < end and not given_up():
                self._changed.wait(0.05)
            asked = self._waiting.pop(call.id, None)
            answer = self._answers.pop(call.id, None)
        return answer is True and asked is not None and asked.digest == call.digest


class Roots:
    """The folders whose files a tool may name unasked; links are followed before they are judged."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder.expanduser().resolve() for folder in folders]

    def allows(self, path: Path) -> bool:
        try:
            real = path.expanduser().resolve(strict=True)
        except (OSError, RuntimeError, ValueError):
            return False
        return any(real.is_relative_to(folder) for folder in self._folders)
