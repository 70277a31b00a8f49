"""A small model is held to the talk: which replies the grammar lets through."""

import json
from pathlib import Path
from typing import Any

import llguidance.hf
import pytest
from llguidance import LLMatcher
from small_pocket import folder
from transformers import AutoTokenizer

from assistant.errors import ModelError
from assistant.models.catalog import SENTENCES
from assistant.models.guide import Guide
from assistant.types import Message

SAID = Message(
    "user", ("[attachment: scans/bill 7.png | picture 640x480]", "What is the total, and set a timer of 5 minutes")
)


def tool(name: str, required: tuple[str, ...] = (), /, **kinds: Any) -> dict[str, Any]:
    return {"function": {"name": name, "parameters": {"properties": kinds, "required": list(required)}}}


TEXT, NUMBER = {"type": "string"}, {"anyOf": [{"type": "number"}, {"type": "null"}]}
TOOLS = [
    tool("look", ("question",), question=TEXT, source=TEXT, at=NUMBER),
    tool("set_timer", seconds=NUMBER, text=TEXT),
    tool("describe_image", source=TEXT, style={"type": "string", "enum": ["caption", "ad"]}),
    tool("understand_video", ("source",), source=TEXT, labels={"type": "array", "items": TEXT}),
    tool("stop_watch"),
]


def allows(reply: str, *messages: Message, tools: list[dict[str, Any]] = TOOLS) -> bool:
    grammar = Guide(("Hello.", "I have no tool for that.")).grammar(messages or (SAID,), tools)
    assert grammar is not None
    words = AutoTokenizer.from_pretrained(folder())
    matcher = LLMatcher(
        llguidance.hf.from_tokenizer(words, n_vocab=len(words), eos_token=words.eos_token_id),
        LLMatcher.grammar_from_lark(grammar),
    )
    assert not matcher.get_error()
    ids = words.encode(reply)
    return bool(matcher.validate_tokens(ids) == len(ids) and matcher.consume_tokens(ids) and matcher.is_accepting())


def call(name: str, arguments: str = "") -> str:
    return f'<tool_call>{{"name": "{name}", "arguments": {{{arguments}}}}}</tool_call>'


@pytest.mark.parametrize(
    "reply",
    [
        "Hello.",
        call("look", '"question": "What is the total", "source": "scans/bill 7.png"'),
        call("look", '"question": "the total", "source": "scans/bill 7.png#t=6.5", "at": 5'),
        call("set_timer", '"seconds": 300'),
        call("set_timer") + call("stop_watch"),
        call("describe_image", '"source": "camera:1", "style": "ad"').replace("camera:1", "scans/bill 7.png"),
        call("understand_video", '"source": "scans/bill 7.png", "labels": ["total", "timer"]'),
    ],
)
def test_what_stands_in_the_talk_may_be_replied(reply: str) -> None:
    assert allows(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "Hello there.",
        "",
        call("fly"),
        call("look"),
        call("look", '"question": "the sum"'),
        call("look", '"question": "total", "source": "scans/bill.png"'),
        call("set_timer", '"seconds": 301'),
        call("set_timer", '"text": "timer", "seconds": 300'),
        call("describe_image", '"style": "poem"'),
        call("stop_watch") * 4,
    ],
)
def test_what_does_not_may_not(reply: str) -> None:
    assert not allows(reply)


def test_words_of_any_talk_before_and_of_any_script_may_be_copied() -> None:
    talk = (Message("user", ("read it",)), Message("assistant", ("It reads: x",)))
    assert allows(call("look", '"question": "Where is Bob"'), *talk, Message("user", ("Where is Bob",)))
    assert not allows(call("look", '"question": "nWhere is Bob"'), *talk, Message("user", ("Where is Bob",)))
    said = Message("user", ("[attachment: фото é.png | picture 3x2]", 'найди "слово" café тут'))
    assert allows(call("look", '"question": "слово", "source": "фото é.png"'), said)
    assert allows(call("look", '"question": "café тут"'), said)


@pytest.mark.parametrize("text", ['say "it" now', "a \\ b", "one\ntwo", 'it"'])
def test_no_copy_breaks_the_call(text: str) -> None:
    for broken in ('it\\"', "a \\", "\\", "one\n", '" now"'):
        assert not allows(call("look", f'"question": "{broken}'), Message("user", (text,)))


def test_schemas_of_other_people_make_a_grammar() -> None:
    odd = [
        {"function": {"name": "bare"}},
        {"function": {"name": "odd", "parameters": {"properties": {"a": True, "b": {"type": ["null", "integer"]}}}}},
        {"function": {"name": "ref", "parameters": {
            "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "object"}}}}},
    ]  # fmt: skip
    assert allows(call("odd", '"b": 5'), tools=odd) and not allows(call("odd", '"b": 5.5'), tools=odd)
    assert allows(call("ref", '"a": {"x": 1}'), tools=odd) and allows(call("bare"), tools=odd)


def test_what_was_answered_before_may_be_said_again() -> None:
    talk = (Message("user", ("hi",)), Message("assistant", ('It says "12" [e1].',)), Message("user", ("again?",)))
    assert allows('It says "12" [e1].', *talk)


def test_nothing_attached_leaves_the_camera_and_what_was_said() -> None:
    said = Message("user", ("look at the photo with the webcam",))
    assert allows(call("describe_image", '"source": "camera"'), said)
    assert not allows(call("describe_image", '"source": "a.png"'), said)


def test_any_letters_of_a_talk_make_a_grammar() -> None:
    for text in ('"quoted" \\ back', "новый 文 🙂", "{} [] <tool_call> | * \x00 \x1b[31m", "", "a" * 5000):
        assert allows("Hello.", Message("user", ("[attachment: we ird\"'\\.png | picture]", text)))


def test_results_are_answered_freely() -> None:
    guide = Guide(("Hello.",))
    assert guide.grammar([SAID, Message("tool", ())], TOOLS) is None
    assert guide.grammar([SAID], []) is None


def test_a_checkpoint_without_sentences_has_no_guide(tmp_path: Path) -> None:
    assert Guide.beside(tmp_path) is None
    (tmp_path / SENTENCES).write_text(json.dumps(["Hello."]))
    assert Guide.beside(tmp_path) == Guide(("Hello.",))
    (tmp_path / SENTENCES).write_text("{")
    with pytest.raises(ModelError, match=r"sentences\.json cannot be read"):
        Guide.beside(tmp_path)
