"""The face of the plain commands: shows the events of a turn as text or as one JSON object, and asks for approvals."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from threading import Timer
from typing import Any, cast

from assistant.commands.output import dim, in_json, print_json, stopping, typed, write
from assistant.errors import AssistantError, ToolError
from assistant.evidence import place, plain, unmarked
from assistant.protocols import Assistant
from assistant.safe_text import clean, one_line
from assistant.types import Abstained, Asked, Delta, Done, Event, Evidence, Progress, ToolCall, ToolResult

SHOWN = 6
"""Pieces of evidence that are shown below an answer."""
LONGEST_CALL = 200
"""Letters of a call that is shown beside the answer; in an approval it is shown whole."""


@dataclass(slots=True)
class Outcome:
    """What a turn came to."""

    answer: str = ""
    abstained: str | None = None
    calls: dict[str, ToolCall] = field(default_factory=dict)
    results: list[ToolResult] = field(default_factory=list)
    done: Done | None = None
    stopped: bool = False
    timed_out: bool = False

    @property
    def code(self) -> int:
        """The exit code."""
        return 124 if self.timed_out else 130 if self.stopped else 0


@dataclass(slots=True)
class Face:
    """Shows what happens: the answer on standard output, all else on standard error.

    Args:
        quiet: nothing but the answer
        stream: show the answer as it comes
        usage: tell tokens and times at the end
        as_json: one JSON object in place of the text
        timeout: seconds after which the turn is stopped; None waits
    """

    quiet: bool = False
    stream: bool = True
    usage: bool = False
    as_json: bool = False
    timeout: float | None = None
    _given_up: Callable[[], bool] = lambda: False
    """Whether the turn was stopped."""
    _drawn: bool = False
    """A line of progress stands on the terminal."""
    _open: bool = False
    """The answer stands in the middle of a line."""
    _held: str = ""
    """The beginning of what may be a citation."""

    def show(self, assistant: Assistant, events: Iterator[Event]) -> Outcome:
        """Show the events of one turn; Ctrl-C stops it, a second one raises KeyboardInterrupt."""
        outcome = Outcome()
        try:
            with closing(cast(Any, events)), stopping(assistant) as stopped, self._timer(assistant, outcome):
                self._given_up = lambda: stopped.is_set() or outcome.timed_out
                for event in events:
                    self._take(assistant, event, outcome)
                    if self._given_up():
                        assistant.stop()  # the first one may have come before the turn had begun
                outcome.stopped = stopped.is_set() or bool(outcome.done and outcome.done.stopped)
        except AssistantError as error:
            self._end(outcome)
            if self.as_json:
                print_json(self.json(outcome) | {"error": str(error), "hint": error.hint})
                error.told = True
            raise
        self._end(outcome)
        if self.as_json:
            print_json(self.json(outcome))
        return outcome

    def json(self, outcome: Outcome) -> dict[str, Any]:
        """The turn as one JSON object."""
        results = {result.id: result for result in outcome.results}
        return {
            "answer": plain(outcome.answer).strip(),
            "abstained": outcome.abstained is not None,
            "reason": outcome.abstained,
            "evidence": [_evidence(evidence) for result in outcome.results for evidence in result.evidence],
            "calls": [_call(call, results.get(call.id)) for call in outcome.calls.values()],
            "usage": asdict(outcome.done.usage) if outcome.done else {},
            "times": outcome.done.times if outcome.done else {},
            "model": outcome.done.model if outcome.done else "",
            "cites": list(outcome.done.cites) if outcome.done else [],
            "unsupported": list(outcome.done.unsupported) if outcome.done else [],
            "stopped": outcome.stopped,
        }

    def _take(self, assistant: Assistant, event: Event, outcome: Outcome) -> None:
        match event:
            case Delta(text):
                outcome.answer += text
                self._stream(text)
            case ToolCall():
                outcome.calls[event.id] = event
                self._aside(f"{one_line(event.name)}({_arguments(event)})"[:LONGEST_CALL])
            case ToolResult():
                outcome.results.append(event)
                if event.failed and not self._given_up():  # then it is told that it was stopped
                    self._aside(f"{event.name} failed: {one_line(event.text)}")
            case Asked(call, reason):
                self._answer(assistant, call, reason)
            case Progress():
                self._progress(event)
            case Abstained(reason):
                outcome.abstained = reason
            case Done():
                outcome.done = event

    def _answer(self, assistant: Assistant, call: ToolCall, reason: str) -> None:
        digest = call.digest if self._approved(call, reason) else ""
        try:
            list(assistant.use(call, digest))
        except ToolError as error:  # it waited too long
            self._aside(error.sentence())

    def _stream(self, text: str) -> None:
        if self.stream and not self.as_json:
            self._clear()
            self._write(text)

    def _write(self, text: str) -> None:
        """The answer as it comes; a quiet face leaves the citations out, which may come in pieces."""
        if self.quiet:
            text, self._held = unmarked(self._held + text)
        if text:
            write(text)
            self._open = not text.endswith("\n")

    def _end(self, outcome: Outcome) -> None:
        self._clear()
        if self.as_json:
            return
        if not self.stream:
            self._write(outcome.answer)
        write(self._held)
        if outcome.answer and not outcome.answer.endswith("\n"):
            write("\n")
        self._open, self._held = False, ""
        self._prove(outcome)
        if outcome.stopped or outcome.timed_out:
            self._aside(f"Stopped after {self.timeout:g} s." if outcome.timed_out else "Stopped.")
        if self.usage and outcome.done:
            counts, times = outcome.done.usage, outcome.done.times
            spent = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items())
            tokens = f"tokens read {counts.read}, reused {counts.reused}, written {counts.decoded}"
            self._aside(f"{outcome.done.model}; {tokens}; {spent}")

    def _prove(self, outcome: Outcome) -> None:
        """What the answer rests on, and what it does not."""
        cites, unsupported = (outcome.done.cites, outcome.done.unsupported) if outcome.done else ((), ())
        held = {each.id: each for result in outcome.results for each in result.evidence}
        named = [held[name] for name in cites if name in held]
        for each in named[:SHOWN]:
            told = each.text in outcome.answer
            self._aside(f"[{each.id}] {place(each)}" + ("" if told else f": {each.text}"))
        if rest := named[SHOWN:]:
            files = dict.fromkeys(place(replace(each, at=None, box=None)) for each in rest)
            self._aside(f"[{', '.join(each.id for each in rest)}] {', '.join(files)}")
        if unsupported:
            self._aside(f"Not in the evidence: {', '.join(unsupported)}")

    def _approved(self, call: ToolCall, reason: str) -> bool:
        """Ask at the keyboard, with the exact arguments; without a keyboard the answer is no."""
        self._clear()
        try:
            question = f"{clean(reason)}\n  {one_line(call.name)}({_arguments(call)})\nRun it? [y/N] "
            return typed(question, self._given_up).strip().lower() in ("y", "yes")
        except OSError:
            self._aside(f"{call.name} needs approval at the keyboard, and there is none: it has not run")
            return False

    def _aside(self, text: str) -> None:
        """A line beside the answer."""
        if not self.quiet:
            self._clear()
            if self._open and sys.stdout.isatty():
                write("\n")
                self._open = False
            line = one_line(text, 400)
            print(dim(line), file=sys.stderr, flush=True)

    def _progress(self, progress: Progress) -> None:
        if not self.quiet and not self._open and sys.stderr.isatty():
            share = f" {progress.done:.0%}" if progress.done is not None else ""
            sys.stderr.write(f"\r\x1b[K{one_line(progress.text, 60)}{share}")
            sys.stderr.flush()
            self._drawn = True

    def _clear(self) -> None:
        """Take a line of progress away."""
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False

    @contextmanager
    def _timer(self, assistant: Assistant, outcome: Outcome) -> Iterator[None]:
        def expire() -> None:
            outcome.timed_out = True
            with suppress(AssistantError):  # it has gone, then it is stopped
                assistant.stop()

        timer = Timer(self.timeout or 0, expire)
        timer.daemon = True
        if self.timeout is not None:
            timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _call(call: ToolCall, result: ToolResult | None) -> dict[str, Any]:
    row = {"id": call.id, "name": call.name, "arguments": call.arguments}
    return row | ({"result": result.text, "data": result.data, "failed": result.failed} if result else {})


def _evidence(evidence: Evidence) -> dict[str, Any]:
    """Four digits are a tenth of a pixel and of a millisecond: more would only pretend."""
    box = [round(edge, 4) for edge in evidence.box] if evidence.box else None
    at, score = (None if number is None else round(number, 4) for number in (evidence.at, evidence.score))
    return asdict(evidence) | {"at": at, "box": box, "score": score}


def _arguments(call: ToolCall) -> str:
    """The exact arguments, with everything unprintable escaped."""
    return ", ".join(f"{in_json(name)[1:-1]}={in_json(value)}" for name, value in call.arguments.items())
