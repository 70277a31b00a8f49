"""The turn loop, with scripted models and real tools."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from assistant.agent import Agent, Task
from assistant.errors import LostError, ToolError
from assistant.models.scripted import Scripted
from assistant.protocols import Reporter
from assistant.toolbox import Toolbox
from assistant.types import Abstained, Asked, Delta, Event, Message, Progress, Reply, ToolCall, ToolResult, Usage

TOOLS = '''
import threading
from typing import Annotated
from langchain_core.tools import InjectedToolArg, tool
from assistant.protocols import Reporter
from assistant.types import Evidence, Finding

MEETING = threading.Barrier(2)

@tool(extras={"effect": "look", "facts": ["picture"]})
def measure(source: str) -> str:
    """Measure."""
    return f"{source} is 3 wide"

@tool(extras={"effect": "look"})
def meet(name: str) -> str:
    """Waits for the other one."""
    MEETING.wait(5)
    return f"met {name}"

@tool(extras={"effect": "write"})
def write(text: str) -> str:
    """Write."""
    return f"wrote {text}"

@tool(extras={"effect": "look"})
def dirty() -> str:
    """Answers with escape sequences."""
    return "a\\x1b[31mb"

@tool(extras={"effect": "look"})
def leave() -> str:
    """Leaves."""
    raise SystemExit(3)

@tool(extras={"effect": "look"}, response_format="content_and_artifact")
def unsendable() -> tuple[str, Finding]:
    """Returns what is no JSON."""
    return "x", Finding(data={"s": {1, 2}})

@tool(extras={"effect": "look"}, response_format="content_and_artifact")
def nobody() -> tuple[str, Finding]:
    """Returns evidence of nothing."""
    return "x", Finding((Evidence(None),))

@tool(extras={"effect": "look"})
def slow(reporter: Annotated[Reporter, InjectedToolArg]) -> str:
    """Takes long."""
    while True:
        reporter.report("working", 0.5)
        threading.Event().wait(0.01)
'''


@pytest.fixture
def toolbox(tmp_path: Path) -> Toolbox:
    (tmp_path / "tools.py").write_text(TOOLS, encoding="utf-8")
    return Toolbox((tmp_path,), (Reporter,))


def plan(*steps: Sequence[Reply]) -> Scripted:
    """A model that replies one step after the other, and the last for ever."""
    left = list(steps)

    def script(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
        yield from left.pop(0) if len(left) > 1 else left[0]

    return Scripted(script)


def agent(toolbox: Toolbox, approve: Callable[[ToolCall], bool] = lambda call: False, **options: Any) -> Agent:
    def needs_approval(call: ToolCall) -> str | None:
        if call.name not in toolbox.effects:
            raise ToolError(f"There is no tool named {call.name}.")
        return "it writes" if call.name == "write" else None

    return Agent(toolbox, needs_approval, lambda call, stopped: approve(call), **options)


def task(model: Scripted, **options: Any) -> Task:
    return Task("t", model, [Message("user", ("go",))], {}, **options)


def of(kind: type, events: Sequence[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def said(events: Sequence[Event]) -> str:
    return "".join(event.text for event in of(Delta, events))


def test_a_plain_answer_is_streamed_and_remembered(toolbox: Toolbox) -> None:
    work = task(plan([Delta("It is red.")]))
    events = list(agent(toolbox).run(work))
    assert len(of(Delta, events)) == 3 and said(events) == "It is red."
    assert work.messages[-1] == Message("assistant", ("It is red.",))
    assert work.usage == Usage(decoded=3)


def test_a_tool_is_called_and_its_result_goes_back_to_the_model(toolbox: Toolbox) -> None:
    work = task(plan([ToolCall("x", "measure", {"source": "a"})], [Delta("3.")]))
    events = list(agent(toolbox).run(work))
    [call], [result] = of(ToolCall, events), of(ToolResult, events)
    assert result.id == call.id and result.text == "a is 3 wide"
    assert [message.role for message in work.messages] == ["user", "assistant", "tool", "assistant"]


def test_calls_of_one_reply_run_side_by_side_and_are_matched_by_id(toolbox: Toolbox) -> None:
    calls = [ToolCall("1", "meet", {"name": "a"}), ToolCall("1", "meet", {"name": "b"})]
    work = task(plan(calls, [Delta("done")]))
    events = list(agent(toolbox).run(work))
    names = {call.id: call.arguments["name"] for call in of(ToolCall, events)}
    assert len(names) == 2
    assert {result.text for result in of(ToolResult, events)} == {"met a", "met b"}
    assert all(result.text == f"met {names[result.id]}" for result in of(ToolResult, events))
    assert [part.text for part in work.messages[2].parts if isinstance(part, ToolResult)] == ["met a", "met b"]


def test_bad_arguments_go_back_to_the_model_which_can_mend_them(toolbox: Toolbox) -> None:
    work = task(plan([ToolCall("", "measure", {})], [ToolCall("", "measure", {"source": "b"})], [Delta("ok")]))
    results = of(ToolResult, list(agent(toolbox).run(work)))
    assert [result.failed for result in results] == [True, False]


def test_a_model_that_never_stops_calling_is_stopped_after_the_last_step(toolbox: Toolbox) -> None:
    work = task(plan([ToolCall("", "measure", {"source": "a"})]))
    events = list(agent(toolbox, steps=3).run(work))
    assert len(of(ToolResult, events)) == 3 and "too many steps" in said(events)


@pytest.mark.parametrize("allowed", [True, False])
def test_a_tool_with_effects_runs_only_after_approval(toolbox: Toolbox, allowed: bool) -> None:
    asked: list[ToolCall] = []
    work = task(plan([ToolCall("", "write", {"text": "x"})], [Delta("ok")]))
    events = list(agent(toolbox, lambda call: (asked.append(call), allowed)[1]).run(work))
    [question], [result] = of(Asked, events), of(ToolResult, events)
    assert question.call == asked[0]
    assert (result.text == "wrote x") is allowed and result.failed is not allowed


class Clerk(Scripted):
    """Fills a schema where one is given, and talks where none is."""

    def reply(self, messages: Any, tools: Any = (), schema: Any = None) -> Iterator[Reply]:
        yield from [Delta('{"n": 3}')] if schema else super().reply(messages, tools)


def test_with_a_schema_the_answer_is_its_json_and_tools_are_called_before(toolbox: Toolbox) -> None:
    clerk = Clerk(plan([ToolCall("", "measure", {"source": "a"})], [Delta("It is 3 wide.")])._script)
    work = task(clerk, schema={"type": "object"})
    events = list(agent(toolbox).run(work))
    assert said(events) == '{"n": 3}' and len(of(ToolResult, events)) == 1
    assert work.messages[-1] == Message("assistant", ('{"n": 3}',))


def test_an_unknown_tool_is_refused_and_the_model_hears_of_it(toolbox: Toolbox) -> None:
    events = list(agent(toolbox).run(task(plan([ToolCall("", "rm", {})], [Delta("ok")]))))
    assert [result.failed for result in of(ToolResult, events)] == [True] and not of(Asked, events)


def test_where_the_model_abstains_the_fact_tools_answer(toolbox: Toolbox) -> None:
    work = task(plan([Abstained("I have no eyes")]), media=(("a.png", "picture"), ("b.wav", "sound")))
    events = list(agent(toolbox).run(work))
    assert of(Abstained, events) == [Abstained("I have no eyes")]
    assert said(events) == "I cannot tell: I have no eyes.\na.png is 3 wide"


def test_nothing_a_model_or_tool_says_is_a_control_sequence(toolbox: Toolbox) -> None:
    work = task(plan([ToolCall("", "dirty", {})], [Delta("x\x1b]52;c;AA\x07y")]))
    events = list(agent(toolbox).run(work))
    assert of(ToolResult, events)[0].text == "ab" and said(events) == "xy"


def test_stopping_ends_a_tool_that_takes_long(toolbox: Toolbox) -> None:
    work = task(plan([ToolCall("", "slow", {})], [Delta("never")]))
    events: list[Event] = []
    for event in agent(toolbox).run(work):
        events.append(event)
        if isinstance(event, Progress):
            work.stopped.set()
    assert said(events) == "" and work.messages[-1].role == "tool"
    assert threading.active_count() < 20


def test_a_tool_that_takes_too_long_is_given_up(toolbox: Toolbox) -> None:
    work = task(plan([ToolCall("", "slow", {})], [Delta("ok")]))
    results = of(ToolResult, list(agent(toolbox, seconds=0.2).run(work)))
    assert results[0].failed and "longer than" in results[0].text


def test_a_turn_that_was_stopped_before_does_not_ask_the_model(toolbox: Toolbox) -> None:
    work = task(plan([Delta("never")]))
    work.stopped.set()
    assert list(agent(toolbox).run(work)) == []


@pytest.mark.parametrize("odd", ["leave", "unsendable", "nobody"])
def test_a_tool_that_leaves_or_returns_nonsense_is_a_failed_result_at_once(toolbox: Toolbox, odd: str) -> None:
    events = list(agent(toolbox).run(task(plan([ToolCall("", odd, {})], [Delta("ok")]))))
    assert of(ToolResult, events)[0].failed and said(events) == "ok"


def test_a_lost_model_leaves_the_words_it_said(toolbox: Toolbox) -> None:
    def script(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
        yield Delta("It is ")
        raise LostError("gone")

    work = task(Scripted(script))
    with pytest.raises(LostError):
        list(agent(toolbox).run(work))
    assert work.messages[-1] == Message("assistant", ("It is ",))
