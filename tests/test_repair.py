"""Calls of small models are mended: what they copy must stand in the talk."""

from typing import Any

import pytest

from assistant.models.amounts import numbers
from assistant.models.repair import mended, named
from assistant.types import Message, ToolCall


def tool(name: str, required: tuple[str, ...] = (), /, **kinds: Any) -> dict[str, Any]:
    properties = {each: kind if isinstance(kind, dict) else {"type": kind} for each, kind in kinds.items()}
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "function": {"name": name, "parameters": parameters}}


READ = tool("read_text", source="string")
TIMER = tool("set_timer", seconds="number", text="string")
NOTE = tool("save_note", ("text",), text="string", name="string")
COMPARE = tool("compare_images", ("first", "second"), first="string", second="string")
DESCRIBE = tool("describe_image", style={"type": "string", "enum": ["caption", "ad"]}, words="integer")


def one(schema: dict[str, Any], said: str, *attached: str, **arguments: Any) -> dict[str, Any]:
    """The arguments of a mended call."""
    lines = tuple(f"[attachment: {source} | picture 640x480]" for source in attached)
    call = ToolCall("1", schema["function"]["name"], arguments)
    [found] = mended([call], [Message("user", (*lines, said))], [schema])
    return dict(found.arguments)


def test_a_file_that_nobody_named_becomes_the_attached_one() -> None:
    assert one(READ, "what does it say", "scans/bill_7.png", source="scans/bil_1.png") == {"source": "scans/bill_7.png"}


def test_a_file_that_stands_in_the_request_is_kept() -> None:
    assert one(READ, "read /tmp/a b/c.png please", "x.png", source="/tmp/a b/c.png") == {"source": "/tmp/a b/c.png"}


def test_a_misspelt_file_becomes_the_nearest_that_was_named() -> None:
    assert one(READ, "read notes/door-41.jpg, not x.png", source="notes/dor-4.jpg") == {"source": "notes/door-41.jpg"}


def test_the_part_of_a_file_stays() -> None:
    assert one(READ, "at 6 seconds", "clip_9.mp4", source="clip_8.mp4#t=6") == {"source": "clip_9.mp4#t=6"}


def test_the_camera_needs_no_file() -> None:
    assert one(READ, "read what the camera sees", "x.png", source="camera:1") == {"source": "camera:1"}


def test_two_pictures_are_not_one_twice() -> None:
    assert one(COMPARE, "compare them", "a.png", "b.png", first="q.png", second="q.png") == {
        "first": "a.png", "second": "b.png",
    }  # fmt: skip


def test_what_a_tool_needs_is_taken_from_what_is_attached() -> None:
    assert one(COMPARE, "what changed", "a.png", "b.png", first="a.png") == {"first": "a.png", "second": "b.png"}


def test_words_become_those_that_were_said() -> None:
    assert one(NOTE, "note that the red Key is under the mat", text="the read key is under the mat") == {
        "text": "the red Key is under the mat"
    }


@pytest.mark.parametrize(
    ("said", "seconds", "right"),
    [
        ("wake me in 5 minutes", 300, 300),
        ("wake me in 5 minutes", 305, 300),
        ("wake me in twenty five seconds", 24, 25),
        ("a timer for half an hour", 1800, 1800),
        ("a timer for a quarter of an hour", 890, 900),
        ("a timer for 90 seconds", 95.0, 90),
        ("a timer for seventy seconds", 70, 70),
        ("1,500 seconds", 1500, 1500),
        ("1 hour 30 minutes", 5400, 5400),
        ("an hour and a half", 5300, 5400),
        ("two hundred and five seconds", 205, 205),
        ("two hundred seconds", 200, 200),
        ("eighty minutes", 4800, 4800),
        ("one thousand five hundred", 1500, 1500),
        ("1h 5m 3s", 3903, 3903),
        ("go to 2:45", 165, 165),
        ("go to 1:02:45", 3765, 3765),
        ("wake me in 5 minutes", 7000, 7000),
    ],
)
def test_numbers_become_those_that_were_said(said: str, seconds: float, right: float) -> None:
    assert one(TIMER, said, seconds=seconds) == {"seconds": right}


def test_a_number_that_nobody_said_goes() -> None:
    assert one(DESCRIBE, "describe it", words=40, style="ad") == {"style": "ad"}


def test_a_choice_that_there_is_not_goes() -> None:
    assert one(DESCRIBE, "describe it", style="poem") == {}


def test_arguments_and_tools_that_there_are_not_go() -> None:
    assert one(READ, "read it", "x.png", source="x.png", mood="good") == {"source": "x.png"}
    assert mended([ToolCall("1", "fly", {})], [Message("user", ("fly",))], [READ]) == []


@pytest.mark.parametrize("source", ["a", "the", "", "cat", "c.png"])
def test_a_word_of_the_talk_is_no_file_where_one_is_attached(source: str) -> None:
    assert one(READ, "what is a cat", "a.png", source=source) == {"source": "a.png"}


ODD: list[Any] = [
    {"name": "odd", "parameters": None},
    {"name": "odd"},
    {"name": "odd", "parameters": {"properties": {"a": True, "b": {"anyOf": [True, {"type": "null"}]}}}},
    {"name": "odd", "parameters": {"properties": {"a": {"type": "array", "items": True}}, "required": "a"}},
    {"name": "odd", "parameters": {"properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "object"}}}},
    {"name": "odd", "parameters": {"properties": {"a": {"const": 3}, 'q"\\': {"type": ["null", "integer"]}}}},
]


@pytest.mark.parametrize("function", ODD)
def test_odd_schemas_are_borne(function: dict[str, Any]) -> None:
    call = ToolCall("1", "odd", {"a": "x", "b": 2, 'q"\\': 4})
    assert len(mended([call], [Message("user", ("4 x",))], [{"type": "function", "function": function}])) == 1


def test_files_are_seen_in_words() -> None:
    assert named(["look at ~/a/b-1.png, then at c.mp4#t=3."]) == ["~/a/b-1.png", "c.mp4#t=3"]


def test_numbers_are_heard_in_words() -> None:
    assert {12.0, 720.0} <= set(numbers(["in twelve minutes"]))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("said", ["a" * 100_000, "9" * 5_000, "x.y/" * 30_000, "word " * 20_000, "1 " * 5_000])
def test_endless_words_do_not_take_forever(said: str) -> None:
    assert one(NOTE, said, text="nobody said this") is not None
    assert one(TIMER, said, seconds=7.0).get("seconds", 0) < 1e12
