"""What a model writes, read letter by letter: text, calls in three markups, thinking, and what is broken."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from assistant.models.markup import Reading, markup_of
from assistant.types import Delta, Progress, Reply, ToolCall

JSON, XML, GEMMA = markup_of("<tool_call>"), markup_of("<tool_call><function="), markup_of("<|tool_call>call:")
ZOOM = {"type": "function", "function": {"name": "zoom", "parameters": {"type": "object", "properties": {
    "at": {"type": "number"}, "what": {"type": "string"}}}}}  # fmt: skip
CALLS = [
    (JSON, '<tool_call>\n{"name": "zoom", "arguments": {"at": 2.5, "what": "a <b>"}}\n</tool_call>'),
    (XML, "<tool_call>\n<function=zoom>\n<parameter=at>\n2.5\n</parameter>\n<parameter=what>\na <b>\n</parameter>\n"
          "</function>\n</tool_call>"),
    (GEMMA, '<|tool_call>call:zoom{at:2.5,what:<|"|>a <b><|"|>}<tool_call|>'),
]  # fmt: skip
MARKUPS = pytest.mark.parametrize(("markup", "call"), CALLS, ids=["json", "xml", "gemma"])


def read(markup: object, text: str, step: int = 0, opening: str = "") -> list[Reply]:
    reading = Reading(markup, opening, [ZOOM])  # type: ignore[arg-type]
    parts = [text] if not step else [text[at : at + step] for at in range(0, len(text), step)]
    return [reply for part in parts for reply in reading.feed(part)] + list(reading.end())


def told(replies: Sequence[Reply]) -> list[object]:
    """Text joined, calls without their ids."""
    shown: list[object] = []
    for reply in replies:
        match reply:
            case Delta(text) if shown and isinstance(shown[-1], str):
                shown[-1] += text
            case Delta(text):
                shown.append(text)
            case ToolCall(_, name, arguments):
                shown.append((name, arguments))
            case Progress(text):
                shown.append(reply)
    return shown


@MARKUPS
@pytest.mark.parametrize("step", [1, 2, 7, 0])
def test_calls_are_read_however_the_text_is_cut(markup: object, call: str, step: int) -> None:
    zoom = ("zoom", {"at": 2.5, "what": "a <b>"})
    assert told(read(markup, f"I will zoom.\n{call}\n{call}", step))[-2:] == [zoom, zoom]
    assert told(read(markup, f"1 < 2 is <i>true</i>{call}", step)) == ["1 < 2 is <i>true</i>", zoom]


@MARKUPS
def test_a_call_that_is_cut_off_is_given_whole_as_text(markup: object, call: str) -> None:
    for end in range(len(call) // 4, len(call) - 14):
        shown = told(read(markup, "So " + call[:end]))
        calls = [part for part in shown if isinstance(part, tuple)]
        assert calls or shown == ["So " + call[:end]]


@pytest.mark.parametrize(
    "inside",
    ["", "null", "[]", "7", "{}", '{"name": 3, "arguments": {}}', '{"name": "zoom", "arguments": 3}', "{", "zoom()"],
)
def test_a_malformed_call_is_given_as_text_and_reading_goes_on(inside: str) -> None:
    text = f"a<tool_call>{inside}</tool_call>b"
    assert told(read(JSON, text + CALLS[0][1])) == [text, ("zoom", {"at": 2.5, "what": "a <b>"})]


def test_a_call_may_have_no_arguments() -> None:
    assert told(read(JSON, '<tool_call>{"name": "zoom"}</tool_call>')) == [("zoom", {})]


def test_thinking_that_the_template_opened_is_not_shown() -> None:
    assert told(read(JSON, "hm, hm</think>\n\nYes.", opening="<|im_start|>assistant\n<think>\n")) == ["Yes."]
    assert told(read(JSON, "Yes.", opening="<|im_start|>assistant\n<think>\n\n</think>\n\n")) == ["Yes."]
    assert told(read(GEMMA, "<|channel>thought\nhm<channel|>Yes.")) == [Progress("thinking"), "Yes."]


def test_plain_text_comes_at_once() -> None:
    reading = Reading(JSON, "")
    assert list(reading.feed("Hello")) == [Delta("Hello")]
    assert list(reading.feed(" <tool")) == []
    assert list(reading.feed("box>")) == [Delta(" <toolbox>")]


def test_a_template_of_the_tokenizer_itself_is_taken() -> None:
    own = {"start_anchor": "A:", "fields": {"content": {"content": "text"}}}
    assert markup_of("<tool_call>", own) is own
    assert json.dumps(JSON)
