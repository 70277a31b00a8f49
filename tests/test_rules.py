"""The rules: which tool a plain request reaches, and which they leave alone."""

from typing import Any

import pytest

from assistant.models.scripted import Scripted
from assistant.types import Abstained, Delta, Evidence, Message, Reply, ToolCall, ToolResult

TOOLS = (
    *("look", "describe_image", "understand_video", "read_text", "scan_codes"),
    *("picture_facts", "sound_facts", "transcribe", "remember", "recall"),
    *("count_things", "find_motion", "find_in_video", "compare_images", "search_files"),
)
SCHEMAS = [{"function": {"name": name}} for name in TOOLS]
KINDS = {"P": "picture", "V": "video", "S": "sound"}

ROUTES = {
    ("P", "read_text"): (
        "What does the sign say?", "OCR this", "Is there any writing?", "Transcribe this page", "What is the total?",
        "Which numbers are on the board?", "How much did I pay?", "How much change was given?", "What does it cost?",
        "What is the error?", "Copy the error message", "What's on the screen?", "What's the licence plate?",
        "Scan this document", "Scan the page for text", "Read the source code in this screenshot", "Read the text",
        "What is the heading?", "What are the opening hours?", "What does the code line call?",
        "What did the user ask?",
        "What's the code for the door, written on the note?", "Which brand is it?", "What is written there?",
    ),
    ("P", "scan_codes"): (
        "What does the QR code say?", "What does the EAN say?", "What is the link?", "decode it", "Scan this",
        "Which product number is this?", "What number is under the barcode?", "Give me the URL", "Scan the code",
    ),
    ("P", "picture_facts"): (
        "What are the main colours?", "Is it out of focus?", "How many pixels is it?", "What size is it?",
        "Is it dark?",
        "What are the dimensions?", "Is it overexposed?", "Is it well lit?", "Is it black and white?", "Is it blurred?",
        "Which colour is dominant?", "How many colours are there?", "What is the resolution?", "Is the picture blank?",
    ),
    ("P", "read_text?"): (
        "What colours are the dogs?", "What symbol is above the text?",
        "Is the QR code on paper or on a display?",
        "In which country was this taken?", "Which light is lit?",
        "What is the traffic light showing?", "Is there a red light?", "Is the sky bright?",
        "What is the dress code?", "Which colour is the label?", "What color is the sign?", "Did anyone sign?",
        "Is the date palm tall?", "Who is on the phone?", "Describe this.",
        "What do you see?", "Is the light on?",
    ),
    ("V", "understand_video"): (
        "How many shots are there?", "When is the cut?", "How many seconds is it?",
        "How many times does the camera change?", "fps?", "What is the frame rate?", "How long is the video?",
        "Is the picture intact at 9 seconds?", "In which direction do they go in the second shot?",
        "What moves in this clip, and when is it cut?",
    ),
    ("V", "find_motion"): (
        "Which way do the cars drive?", "Do the cars go up or down?", "In which direction does it move?",
        "What moves?", "On which side do they leave?",
    ),
    ("V", "count_things"): (
        "How many cars pass?", "How many people are there at 20 s?",
        "How many are there at 20 seconds?", "Count the bottles",
        "When is the left one taken away?",
        "Is there ever more than one at once?", "Is there a car at 12 seconds?", "Is anyone there at 12 s?",
    ),
    ("V", "find_in_video"): ("Find the red car", "When does the dog appear?", "find where the dog comes in"),
    ("V", ""): (
        "What colour is the car?", "Who is it?", "What happens?", "Describe it", "Summarise it", "What is this?",
        "What vehicle is in the third shot?",
    ),
    ("P", "count_things"): ("How many coins are there?", "Count the bottles", "How many rows of coins?"),
    ("", "search_files"): (
        "Search my files for invoices", "find files about the harbour", "Which files mention the tax?",
    ),
    ("V", "transcribe"): (
        "What does the narrator say?", "What do they say?", "What are they talking about?", "Was anything said?",
        "Transcribe it", "What is said?",
    ),
    ("V", "sound_facts"): (
        "when does someone speak?", "how long do they speak?", "Does it have sound?", "Is it mute?",
        "Is anyone talking?", "Is there any sound?",
    ),
    ("V", "picture_facts"): ("What are the main colours?", "Is it dark?", "What's the resolution?"),
    ("V", "read_text"): ("What is written on the sign?", "Give me the subtitles", "What timecode is shown at 3 s?"),
    ("S", "transcribe"): (
        "What is said?", "Write it down", "Take this down", "type this out", "convert to text", "Read it",
        "What was the message?", "What are the lyrics?", "Write down what you hear", "Transcribe",
        "What should you ask, according to the speaker?",
    ),
    ("S", "sound_facts"): (
        "Is anyone speaking?", "Is someone talking?", "Is there a pause?", "What's the length?", "How many seconds?",
        "Is it clipping?", "How loud is what is said?", "Is there any speech?", "When is the first word said?",
    ),
    ("S", ""): ("Who is speaking?", "Which language is spoken?", "What is the sample rate?"),
    ("", "recall"): (
        "where did I put my bike?", "where is my bike?", "Where's my bike?", "Do you know where my bike is",
        "List my notes", "What notes do I have?", "Search for bike", "Remember when we met?",
        "Do you remember the code?",
    ),
    ("P", "recall"): ("where did I put my bike?", "What did I tell you about my bike?"),
    ("", "remember"): (
        "remember that my bike is at the station", "Note that I parked at B4", "Don't forget that it is red",
        "Can you remember that it is red", "a line that was piped in\n\nremember that it is red",
    ),
    ("", ""): ("Remind me to call mum tomorrow", "What is the capital of France?"),
}  # fmt: skip


def reply(text: str, *kinds: str) -> list[Reply]:
    lines = [f"[attachment: /x/{kind} {n}.bin | {KINDS[kind]} 3x2]" for n, kind in enumerate(kinds)]
    return list(Scripted().reply([Message("user", (*lines, text))], SCHEMAS))


def after(text: str, *results: ToolResult) -> list[Reply]:
    """What is said when the tools have answered a question about a picture."""
    question = Message("user", ("[attachment: /x/p.bin | picture 3x2]", text))
    return list(Scripted().reply([question, Message("tool", results)], SCHEMAS))


def read(*lines: str) -> ToolResult:
    evidence = tuple(Evidence("p", text=line, kind="line", id=f"e{n}") for n, line in enumerate(lines, 1))
    return ToolResult("1", "read_text", "It reads:\n" + "\n".join(lines), evidence)


def said(replies: list[Reply]) -> str:
    return "".join(item.text for item in replies if isinstance(item, Delta))


def calls(replies: list[Any]) -> list[ToolCall]:
    return [item for item in replies if isinstance(item, ToolCall)]


@pytest.mark.parametrize(
    ("kind", "tool", "text"), [(kind, tool, text) for (kind, tool), texts in ROUTES.items() for text in texts]
)
def test_a_request_reaches_the_tool_that_can_answer_it(kind: str, tool: str, text: str) -> None:
    replies = reply(text, *([kind] if kind else []))
    assert [call.name for call in calls(replies)] == ([tool.strip("?")] if tool else [])
    assert tool or any(isinstance(item, Abstained) for item in replies)
    if tool.endswith("?"):  # the text in the picture may hold it; else nobody knows
        assert any(isinstance(item, Abstained) for item in after(text, read("nothing", "of that")))


@pytest.mark.parametrize(
    ("text", "kinds", "meant"),
    [
        ("What does the second one say?", "PPP", ["picture 1"]),
        ("Read the first picture", "PP", ["picture 0"]),
        ("and what is written on the last photo?", "PVP", ["picture 2"]),
        ("What does the other one say?", "PP", ["picture 1"]),
        ("What is said in the second clip?", "PVV", ["video 2"]),
        ("What is written on the fifth one?", "PP", ["picture 0", "picture 1"]),
        ("Read the second line", "PP", ["picture 0", "picture 1"]),
        ("Read the first picture", "P", ["picture 0"]),
        ("Who is that in the second picture?", "PP", ["picture 1"]),
        ("Read the first picture and the third one", "PPP", ["picture 0", "picture 2"]),
        ("list the cuts of the 30 second clip", "VV", ["video 0", "video 1"]),
        ("list the cuts of the thirty second clip", "VV", ["video 0", "video 1"]),
    ],
)
def test_files_are_named_by_their_number(text: str, kinds: str, meant: list[str]) -> None:
    lines = [f"[attachment: {KINDS[kind]} {number} | {KINDS[kind]} 3x2]" for number, kind in enumerate(kinds)]
    found = calls(list(Scripted().reply([Message("user", (*lines, text))], SCHEMAS)))
    assert [call.arguments["source"] for call in found] == meant


def test_a_comparison_needs_both_whatever_is_named() -> None:
    [call] = calls(reply("What has changed in the second picture?", "P", "P"))
    assert call.name == "compare_images"


def test_what_is_remembered_is_what_was_said() -> None:
    [call] = calls(reply("Please remember that my bike is at the station."))
    assert call.arguments == {"text": "my bike is at the station."}


def test_each_attachment_gets_the_tool_of_its_kind() -> None:
    found = calls(reply("What does it say?", "S", "P", "P"))
    assert [(call.name, call.arguments["source"]) for call in found] == [
        ("transcribe", "/x/S 0.bin"),
        ("read_text", "/x/P 1.bin"),
        ("read_text", "/x/P 2.bin"),
    ]


def test_a_question_about_a_file_without_a_file_asks_for_one() -> None:
    [item] = [item for item in reply("What does the sign say?") if isinstance(item, Abstained)]
    assert "attach" in item.reason


def test_results_become_the_answer_and_failures_are_told() -> None:
    results = (ToolResult("1", "read_text", "I find no text."), ToolResult("2", "read_text", "torn", failed=True))
    assert said(after("What does it say?", *results)) == "I find no text.\nThat did not work: torn"


NO_EYES = ToolResult("1", "count_things", "I cannot tell: no eyes.", failed=True)


def test_where_no_tool_can_see_the_text_may_still_tell() -> None:
    assert [call.name for call in calls(after("How many people will get it?", NO_EYES))] == ["read_text"]
    told = said(after("How many people will get it?", NO_EYES, read("only ten people", "will get it", "SONY")))
    assert told == "only ten people / will get it [e1, e2]"


def test_what_no_tool_can_see_is_not_known() -> None:
    replies = after("How many dogs are there?", NO_EYES, read("SONY"))
    assert [item.reason for item in replies if isinstance(item, Abstained)] == ["no eyes"]


def test_a_question_is_answered_by_the_line_that_holds_it_with_its_id() -> None:
    assert said(after("What is the total?", read("Milk 1.20", "Total 7.40", "Thank you"))) == "7.40 [e2]"
    assert said(after("Which museum is it?", read("Town Hall", "Whaling Museum"))) == "Whaling Museum [e2]"
    assert said(after("Read all of it", read("Milk 1.20", "Total 7.40"))).count("[e") == 2


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("What timecode is shown at 3.52 s?", "/x/v.bin#t=3.52"),
        ("What is written at 12 seconds?", "/x/v.bin#t=12"),
        ("What text is on the last frame?", "/x/v.bin#t=15.96"),
        ("What text is on the first frame?", "/x/v.bin#t=0"),
        ("What is written on the sign?", "/x/v.bin"),
    ],
)
def test_a_time_in_the_question_is_the_moment_that_is_read(text: str, source: str) -> None:
    lines = ("[attachment: /x/v.bin | video 640x480, 15.96 s]", text)
    [call] = calls(list(Scripted().reply([Message("user", lines)], SCHEMAS)))
    assert call.name == "read_text" and call.arguments == {"source": source}


def test_it_greets() -> None:
    assert any(isinstance(item, Delta) and "Hello" in item.text for item in reply("Hello!", "P"))


def test_the_pages_of_a_document_are_told() -> None:
    lines = ("[attachment: /x/a.pdf | picture 1700x2200, 3 pages]", "How many pages does it have?")
    assert said(list(Scripted().reply([Message("user", lines)], SCHEMAS))) == "3 pages"


def test_eyes_are_not_greeted() -> None:
    replies = list(Scripted().reply([Message("user", ("hi",))]))
    assert [item for item in replies if isinstance(item, Delta)] == []


def test_a_question_may_begin_like_an_attachment() -> None:
    [call] = calls(reply("[urgent] What does the sign say?", "P"))
    assert call.name == "read_text"
