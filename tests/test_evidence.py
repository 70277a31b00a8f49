"""Evidence has ids, answers cite them, and what nothing holds is found."""

from time import monotonic

import pytest

from assistant.evidence import citations, cited, highest, numbered, plain, unmarked, unsupported
from assistant.types import Evidence, Message, ToolResult

SIGN = ToolResult("1", "read_text", "It reads:\nHARBOUR CAFE\nopen 9-17", (Evidence("a.png", text="HARBOUR CAFE"),
                  Evidence("a.png", text="open 9-17"), Evidence("a.png", 2.5, text="language: English")))  # fmt: skip


def test_a_model_reads_the_ids_behind_the_lines_they_stand_for() -> None:
    assert cited(numbered(SIGN, 4)).split("\n") == [
        "It reads:", "HARBOUR CAFE [e4]", "open 9-17 [e5]", "[e6] language: English at 2.5 s",
    ]  # fmt: skip


def test_a_result_without_ids_is_read_as_it_is() -> None:
    assert cited(SIGN) == SIGN.text


def test_citations_are_found_and_taken_away() -> None:
    answer = "It says HARBOUR CAFE [e4], open [e5, e6] today. See [1] and [e4]."
    assert citations(answer) == ("e4", "e5", "e6")
    assert plain(answer) == "It says HARBOUR CAFE, open today. See [1] and."


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ("It opens at 9 [e5].", ()),
        ("It opens at 10.", ("10",)),
        ('The sign says "Harbour Cafe".', ()),
        ('The sign says "Grand Hotel".', ('"Grand Hotel"',)),
        ("It costs 1,000 or 2.0", ()),
        ("Write to a@b.org or see https://x.example/y.", ("a@b.org", "https://x.example/y")),
        ("This is the old Harbour Cafe.", ()),
        ("This is by Peter Foulger, they say.", ("Peter Foulger",)),
        ("Nothing.", ()),
    ],
)
def test_facts_that_nothing_holds_are_found(answer: str, missing: tuple[str, ...]) -> None:
    assert unsupported(answer, (SIGN.text, "1000 and 2")) == missing


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_a_text_that_comes_in_pieces_loses_its_citations_only(size: int) -> None:
    text, shown, held = "One [e1] two [e2, e13], [x] and [e", "", ""
    for start in range(0, len(text), size):
        piece, held = unmarked(held + text[start : start + size])
        shown += piece
    assert shown + held == "One two, [x] and [e"


def test_the_ids_of_a_talk_go_on() -> None:
    message = Message("tool", (numbered(SIGN, 7),))
    assert highest([message]) == 9 and highest([]) == 0


def test_a_number_is_the_same_with_fewer_or_more_noughts_behind_its_point() -> None:
    assert unsupported("At 3.50 s, and at 2 s.", ["at 3.5 s", "2.00 s"]) == ()
    assert unsupported("It costs 3.05.", ["3.5"]) == ("3.05",)


def test_a_long_answer_of_dots_is_judged_at_once() -> None:
    begun = monotonic()
    assert unsupported("a." * 20_000, []) == ()
    assert monotonic() - begun < 1.0
