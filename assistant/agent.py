"""The turn loop: ask the model, call its tools, ask again."""

import json
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue
from threading import Event as Flag
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

from assistant.errors import AssistantError, StoppedError
from assistant.evidence import marked, numbered
from assistant.protocols import Model, Reporter
from assistant.safe_text import clean
from assistant.sources import Source
from assistant.toolbox import Gifts, Toolbox
from assistant.types import (
    Abstained,
    Asked,
    Delta,
    Event,
    Message,
    Part,
    Progress,
    ToolCall,
    ToolResult,
    Usage,
)

FORM = "Give the answer as one JSON value of this schema, and nothing else: {schema}"

P = TypeVar("P", ToolCall, ToolResult)

Approve = Callable[[ToolCall], str | None]
"""Why a call needs the user's approval, or None when it may run."""
Wait = Callable[[ToolCall, Callable[[], bool]], bool]
"""Waits for the user's answer to an `Asked`; the second argument tells when to give up."""


@dataclass(slots=True)
class Task:
    """One turn in progress."""

    name: str
    """Unique; the ids of its calls begin with it."""
    model: Model
    messages: list[Message]
    """What the model reads; the turn's own messages are appended."""
    gifts: Gifts
    media: tuple[tuple[str, str], ...] = ()
    """(source, kind) of what is attached."""
    schema: dict[str, Any] | None = None
    """The JSON schema of the answer."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What evidence calls some files, by their paths."""
    first: int = 0
    """Where the turn's own messages begin."""
    stopped: Flag = field(default_factory=Flag)
    usage: Usage = field(default_factory=Usage)
    calls: int = 0
    pieces: int = 0
    """Of evidence so far."""

    def parts(self, kind: type[P]) -> list[P]:
        """The parts of one kind in the turn's own messages."""
        return [part for message in self.messages[self.first :] for part in message.parts if isinstance(part, kind)]

    def number(self, call: ToolCall) -> ToolCall:
        """The call under an id of its own."""
        self.calls += 1
        return replace(call, id=f"{self.name}-{self.calls}")

    def admit(self, result: ToolResult) -> ToolResult:
        """The result with ids of the turn's own for its evidence, and with the names of its sources."""
        result = numbered(result, self.pieces + 1)
        if self.names:
            named = (replace(each, source=self._named(each.source)) for each in result.evidence)
            result = replace(result, evidence=tuple(named))
        self.pieces += len(result.evidence)
        return result

    def _named(self, source: str) -> str:
        path = Source.of(source).path
        return self.names[path] + source.removeprefix(path) if path in self.names else source


class Agent:
    """Runs turns over a toolbox, behind the gate of permissions.

    Args:
        toolbox: the tools
        needs_approval: the gate: why a call may not run unasked
        wait: how an approval is waited for
        steps: how often a model may call tools before it must answer
        seconds: how long a tool may take
    """

    def __init__(
        self, toolbox: Toolbox, needs_approval: Approve, wait: Wait, steps: int = 8, seconds: float = 600.0
    ) -> None:
        self.toolbox = toolbox
        self._needs_approval, self._wait = needs_approval, wait
        self._steps, self._seconds = steps, seconds

    def run(self, task: Task) -> Iterator[Event]:
        """The events of a turn; its messages and its usage are left in the task."""
        if task.schema is None:
            yield from self._talk(task)
            return
        yield from (event for event in self._talk(task) if not isinstance(event, Delta))  # words are no answer here
        if not task.stopped.is_set():
            task.messages.append(Message("user", (FORM.format(schema=json.dumps(task.schema)),)))
            yield from self._reply(task, (), task.schema)

    def _talk(self, task: Task) -> Iterator[Event]:
        schemas = self.toolbox.schemas
        for step in range(self._steps + 1):
            if task.stopped.is_set():
                return
            offered = schemas if step < self._steps else ()
            calls, abstained = yield from self._reply(task, offered)
            if abstained is not None:
                yield from self._measure(task, abstained)
                return
            if not calls:
                return
            if not offered:
                yield from self._say(task, "I stopped here: too many steps for one answer.")
                return
            results = yield from self.use(task, calls)
            task.messages.append(Message("tool", tuple(results)))

    def use(self, task: Task, calls: Sequence[ToolCall]) -> Generator[Event, None, list[ToolResult]]:
        """Run calls side by side, those that need it after approval; returns the results in the order of the calls."""
        allowed: list[ToolCall] = []
        results: dict[str, ToolResult] = {}
        for call in calls:
            refusal = yield from self._gate(task, call)
            if refusal is None:
                allowed.append(call)
            else:
                results[call.id] = refusal
                yield refusal
        for event in self._parallel(task, allowed):
            if isinstance(event, ToolResult):
                event = results[event.id] = task.admit(event)
            yield event
        return [results.get(call.id) or _refused(call, "Stopped.") for call in calls]

    def _reply(
        self, task: Task, schemas: Sequence[dict[str, Any]], schema: dict[str, Any] | None = None
    ) -> Generator[Event, None, tuple[list[ToolCall], Abstained | None]]:
        """Stream one reply, remember it even when it is cut short; returns its calls, or why the model abstains."""
        words: list[str] = []
        calls: list[ToolCall] = []
        abstained: Abstained | None = None
        try:
            for item in task.model.reply(tuple(task.messages), schemas, schema):
                match item:
                    case Usage():
                        task.usage += item
                        continue
                    case Delta():
                        item = Delta(clean(item.text))
                        words.append(item.text)
                    case ToolCall():
                        item = task.number(item)
                        calls.append(item)
                        if not schemas:  # none was offered: it is not run, and nobody need hear of it
                            continue
                    case Abstained():
                        abstained = item = Abstained(clean(item.reason))
                yield item
                if task.stopped.is_set():
                    break
        except StoppedError:
            pass
        finally:
            said: list[Part] = ["".join(words)] if words else []
            said += calls if schemas else []
            if said:
                task.messages.append(Message("assistant", tuple(said)))
        return calls, abstained

    def _measure(self, task: Task, abstained: Abstained) -> Iterator[Event]:
        """What the tools can measure where the model cannot know."""
        wanted = [(name, source) for source, kind in task.media for name in self.toolbox.facts(kind)]
        calls = [task.number(ToolCall("", name, {"source": source})) for name, source in wanted]
        calls = [call for call in calls if not any(call.digest == had.digest for had in task.parts(ToolCall))]
        if calls:
            task.messages.append(Message("assistant", tuple(calls)))
            yield from calls
            found = yield from self.use(task, calls)
            task.messages.append(Message("tool", tuple(found)))
        if task.stopped.is_set():  # what was not measured is not what cannot be known
            return
        results = task.parts(ToolResult)
        lines = [f"I cannot tell: {abstained.reason}.", *(marked(result) for result in results if not result.failed)]
        yield from self._say(task, "\n".join(lines))

    def _say(self, task: Task, text: str) -> Iterator[Event]:
        text = clean(text)
        task.messages.append(Message("assistant", (text,)))
        yield Delta(text)

    def _gate(self, task: Task, call: ToolCall) -> Generator[Event, None, ToolResult | None]:
        """Ask for approval where it is needed; returns the refusal, or None when the call may run."""
        try:
            self.toolbox.check(call)
            reason = self._needs_approval(call)
        except AssistantError as error:
            return _refused(call, clean(error.sentence()))
        if reason is None:
            return None
        yield Asked(call, reason)
        if self._wait(call, task.stopped.is_set):
            return None
        return _refused(call, "The user did not approve this call; it has not run.")

    def _parallel(self, task: Task, calls: Sequence[ToolCall]) -> Iterator[Event]:
        events: SimpleQueue[Event] = SimpleQueue()
        late = Flag()
        for call in calls:
            reporter = _Reporter(events, task.stopped, late)
            Thread(target=self._run, args=(task, call, reporter), daemon=True, name=call.name).start()
        try:
            yield from self._wait_for(events, {call.id: call for call in calls}, task.stopped)
        finally:
            late.set()

    def _wait_for(self, events: "SimpleQueue[Event]", waiting: dict[str, ToolCall], stopped: Flag) -> Iterator[Event]:
        """What running calls tell, until all are done, the turn is stopped, or they take too long."""
        end = monotonic() + self._seconds
        while waiting and not stopped.is_set() and monotonic() < end:
            with suppress(Empty):
                event = events.get(timeout=0.05)
                if isinstance(event, ToolResult):
                    del waiting[event.id]
                yield event
        if not stopped.is_set():
            for call in waiting.values():
                yield _refused(call, f"It took longer than {self._seconds:g} s.")

    def _run(self, task: Task, call: ToolCall, reporter: "_Reporter") -> None:
        try:
            result = self.toolbox.call(call, {**task.gifts, Reporter: reporter})
        except StoppedError:
            result = _refused(call, "Stopped.")
        reporter.events.put(result)


def _refused(call: ToolCall, why: str) -> ToolResult:
    return ToolResult(call.id, call.name, why, failed=True)


class _Reporter:
    """Progress of a tool, as events; when one of the flags is set the tool is told to end."""

    def __init__(self, events: "SimpleQueue[Event]", *ends: Flag) -> None:
        self.events, self._ends = events, ends

    def report(self, text: str, done: float | None = None) -> None:
        if any(end.is_set() for end in self._ends):
            raise StoppedError("Stopped.")
        self.events.put(Progress(clean(text), done))
