"""The model of a fresh clone: rules where they know the way, a small model where they do not."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.models.offline import Offline
from assistant.models.scripted import Scripted
from assistant.types import Abstained, Delta, Evidence, Frame, Message, Reply, ToolCall, ToolResult

NAMES = ("look", "read_text", "picture_facts", "set_lamp", "remember", "recall", "scan_codes", "understand_video")
TEXT = {"type": "string"}
TOOLS: list[dict[str, Any]] = [
    {"function": {"name": name, "parameters": {"properties": {"source": TEXT, "question": TEXT, "room": TEXT}}}}
    for name in NAMES
]
PICTURE = "[attachment: a.png | picture 64x64]"
FRAME = Frame(np.zeros((8, 8, 3), np.uint8), 0.0, "a.png")
SYSTEM = Message("system", ("You are Vireo.",))


class Small:
    """Replies what it was told to, and keeps what it was asked."""

    def __init__(self, *replies: Reply) -> None:
        self.asked: list[Sequence[Message]] = []
        self.offered: list[str] = []
        self._replies = replies

    def __call__(self, messages: Sequence[Message], tools: Sequence[Any]) -> Iterable[Reply]:
        self.asked.append(messages)
        self.offered = [tool["function"]["name"] for tool in tools]
        return self._replies


def ask(small: Small, *messages: Message, tools: list[dict[str, Any]] | None = None) -> list[Reply]:
    offline = Offline(Scripted(small), "pocket")
    every = list(offline.reply(messages, TOOLS if tools is None else tools))
    words = "".join(reply.text for reply in every if isinstance(reply, Delta))
    kept = [reply for reply in every if isinstance(reply, (ToolCall, Abstained))]
    return [*([Delta(words)] if words else []), *kept]


def user(*parts: Any) -> Message:
    return Message("user", parts)


def looked(text: str, failed: bool = False) -> tuple[Message, Message]:
    """A call of look, and its result."""
    evidence = () if failed else (Evidence("a.png", text=text, id="e1"),)
    result = ToolResult("1", "look", text, evidence, failed=failed)
    return Message("assistant", (ToolCall("1", "look", {"source": "a.png"}),)), Message("tool", (result,))


def test_where_a_rule_fits_nobody_else_is_asked() -> None:
    small = Small(ToolCall("1", "look", {}))
    [call] = ask(small, SYSTEM, user(PICTURE, "what does the sign say?"))
    assert isinstance(call, ToolCall) and call.name == "read_text" and not small.asked


def test_where_none_fits_the_small_model_chooses_and_its_call_is_mended() -> None:
    small = Small(ToolCall("1", "look", {"source": "b.png", "question": "where does the cat sit"}))
    [call] = ask(small, SYSTEM, user(PICTURE, "where does the cat sit"))
    assert call == ToolCall("1", "look", {"source": "a.png", "question": "where does the cat sit"})


def test_what_cannot_be_measured_is_for_the_eyes_alone() -> None:
    small = Small(Abstained("no"))
    ask(small, SYSTEM, user(PICTURE, "who is that?"))
    assert small.offered == ["look", "understand_video"]
    ask(small, SYSTEM, user(PICTURE, "where does the cat sit"))
    assert small.offered == list(NAMES)


def test_what_is_gone_is_told_before_anybody_is_asked() -> None:
    small = Small(ToolCall("1", "scan_codes", {"source": "stdin"}))
    [told] = ask(small, SYSTEM, user("[attached before, but gone: stdin]", "And the code?"))
    assert isinstance(told, Abstained) and "not there any more" in told.reason and not small.asked


def test_it_reads_the_talk_without_pictures_and_instructions() -> None:
    small = Small(Abstained("no"))
    ask(small, SYSTEM, user(PICTURE, FRAME, "where does the cat sit"))
    assert list(small.asked[0]) == [user(PICTURE, "where does the cat sit")]


def test_what_it_says_itself_is_said() -> None:
    assert ask(Small(Delta("You are welcome.")), user("cheers mate")) == [Delta("You are welcome.")]


def test_a_greeting_needs_no_model() -> None:
    small = Small(Delta("no"))
    [said] = ask(small, user("hello"))
    assert isinstance(said, Delta) and "Vireo" in said.text and not small.asked


def test_what_its_tools_found_is_told_with_its_evidence() -> None:
    small = Small(ToolCall("1", "look", {"source": "a.png"}))
    [said] = ask(small, user(PICTURE, "where does the cat sit"), *looked("The cat is at the top left."))
    assert isinstance(said, Delta) and said.text.startswith("The cat is at the top left.") and "[e1]" in said.text
    assert not small.asked, "what was called is known from the talk"


def test_where_its_eyes_fail_the_text_is_read_and_then_it_abstains() -> None:
    question, small = user(PICTURE, "where does the cat sit"), Small(Abstained("not sure"))
    failed = looked("I cannot tell: this is outside its world.", failed=True)
    [call] = ask(small, question, *failed)
    assert isinstance(call, ToolCall) and call.name == "read_text"
    read = ToolResult("2", "read_text", "I find no text.")
    [said] = ask(small, question, *failed, Message("assistant", (call,)), Message("tool", (read,)))
    assert said == Abstained("this is outside its world")


def test_where_it_abstains_the_rules_do_what_they_did() -> None:
    [call] = ask(Small(Abstained("not sure")), user(PICTURE, "where does the cat sit"))
    assert isinstance(call, ToolCall) and call.name == "read_text"
    assert isinstance(ask(Small(Abstained("not sure")), user("how far is the moon"))[0], Abstained)


def test_what_is_asked_of_its_eyes_goes_to_it() -> None:
    small = Small(Delta("The circle is red."))
    assert ask(small, SYSTEM, user("[0.0 s]", FRAME, "what colour is it"), tools=[]) == [Delta("The circle is red.")]
    assert list(small.asked[0]) == [user("[0.0 s]", FRAME, "what colour is it")]


class Broken(Scripted):
    """A model that cannot be loaded."""

    def reply(self, messages: Any, tools: Any = (), schema: Any = None) -> Any:
        raise ModelError("the weights are missing", "download them")


def test_where_it_fails_the_rules_still_answer() -> None:
    [call] = list(Offline(Broken(), "pocket").reply([user(PICTURE, "where does the cat sit")], TOOLS))[:1]
    assert isinstance(call, ToolCall) and call.name == "read_text"
    with pytest.raises(ModelError, match="weights are missing"):
        list(Offline(Broken(), "pocket").reply([user("[0.0 s]", FRAME, "what is it")]))


def test_half_a_call_is_not_said() -> None:
    [said] = ask(Small(Delta('<tool_call>{"name": "look", "argu')), user("how far is the moon"))
    assert isinstance(said, Abstained)


def test_pages_are_told_without_it() -> None:
    small = Small(Delta("no"))
    paper = "[attachment: a.pdf | picture 64x64, 12 pages]"
    assert ask(small, user(paper, "how many pages does it have?")) == [Delta("12 pages")] and not small.asked


def test_it_fills_no_schema() -> None:
    with pytest.raises(ModelError, match="cannot fill a schema"):
        Offline(Scripted(Small()), "pocket").reply([user("hi")], (), {"type": "object"})


def test_it_stops_and_tells_what_it_is() -> None:
    offline = Offline(Scripted(Small(Delta("a b c"))), "pocket: offline, small world")
    assert offline.label() == "pocket: offline, small world"
    reply = offline.reply([user("[0.0 s]", FRAME, "what")])
    next(iter(reply))
    offline.stop()
    assert list(reply) == []
