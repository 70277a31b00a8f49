"""Short answers are taken out of what was read, and nothing else is said."""

import pytest

from assistant.models.answers import pointed, short, whole
from assistant.types import Evidence


def page(*lines: str) -> list[Evidence]:
    """Lines one below the other; `|` parts a row into pieces."""
    found = []
    for row, line in enumerate(lines):
        for column, text in enumerate(line.split("|")):
            left, top = 0.1 + 0.5 * column, 0.05 + 0.08 * row
            box = (left, top, left + 0.012 * len(text), top + 0.05)
            found.append(Evidence("p.png", 0.0, box, 0.99, text.strip(), "line", f"e{len(found) + 1}"))
    return found


RECEIPT = page("CORNER SHOP", "Milk|1.20", "SUB TOTAL|9.40", "DISCOUNT|2.00", "TOTAL|7.40", "CASH|10.00", "CHANGE|2.60")
BOARD = page("City Gym, open 7:00 - 22:30", "Tel. 027-88852022", "Fax 027-88859022", "mail info@gym.example", "20% off")
TALK = page("> change hello to goodbye", "I edit hello.py now.", "Applied edit to hello.py", "Commit 672ae42 done")


@pytest.mark.parametrize(
    ("lines", "question", "answer"),
    [
        (RECEIPT, "What is the total?", "7.40"),
        (RECEIPT, "How much was the discount?", "2.00"),
        (RECEIPT, "How much change was given?", "2.60"),
        (page("Jumlah|174,600", "Kembali|25,400"), "How much change was given?", "25,400"),
        (BOARD, "Which phone numbers are there?", "027-88852022, 027-88859022"),
        (BOARD, "What is the second phone number?", "027-88859022"),
        (BOARD, "What is the fax number?", "027-88859022"),
        (BOARD, "What is the e-mail address?", "info@gym.example"),
        (BOARD, "What are the opening hours?", "7:00 - 22:30"),
        (BOARD, "What percentage is it off?", "20%"),
        (TALK, "What did the user ask for?", "> change hello to goodbye"),
        (TALK, "Which file was edited?", "hello.py"),
        (TALK, "What is the commit hash?", "672ae42"),
        (page("the #90 dog"), "What number follows the # sign?", "90"),
        (page("per 100g"), "Per how many grams?", "100 g"),
        (page("5:40 England", "6:02 Fiji"), "At what time does England play?", "5:40"),
        (page("USA|33", "KENYA|5"), "What is the score of Kenya?", "5"),
        (page("A heading here", "and then a text", "of some lines"), "What is the heading?", "A heading here"),
        (page("00:00:03:13", "25 fps"), "Which timecode is it?", "00:00:03:13"),
        (page("00:00:03:13", "25 fps"), "What is the frame rate?", "25 fps"),
        (
            page("markers = np.zeros_like(coins)", "Words."),
            "What does the code line do?",
            "markers = np.zeros_like(coins)",
        ),
    ],
)
def test_the_value_that_is_asked_for_is_found(lines: list[Evidence], question: str, answer: str) -> None:
    found = short(question, lines)
    assert found is not None and found.text == answer
    assert any(answer.split(",")[0].replace("100 g", "100g") in line.text for line in lines if line.id in found.ids)


@pytest.mark.parametrize(
    ("lines", "question"),
    [
        (RECEIPT, "What is the phone number?"),
        (BOARD, "What is the commit hash?"),
        (page("12:00", "13:00", "14:00"), "At what time does England play?"),
        ([], "What is the total?"),
        ([], "What is the heading?"),
    ],
)
def test_a_value_that_is_not_there_is_not_made_up(lines: list[Evidence], question: str) -> None:
    assert short(question, lines) is None


def test_a_place_in_the_question_chooses_the_lines() -> None:
    corners = [
        Evidence("p", 0.0, (0.1, 0.1, 0.2, 0.15), 0.9, "HOSPITAL", "line", "e1"),
        Evidence("p", 0.0, (0.1, 0.8, 0.2, 0.85), 0.9, "DO NOT ENTER", "line", "e2"),
        Evidence("p", 0.0, (0.8, 0.8, 0.9, 0.85), 0.9, "POLICE", "line", "e3"),
    ]
    found = whole("What does the sign at the lower left say?", corners)
    assert found is not None and str(found) == "DO NOT ENTER [e2]"


def test_long_text_gives_the_lines_with_the_words_of_the_question() -> None:
    lines = page(
        *(f"line number {n} with some words of no use" for n in range(9)), "the two extreme parts of the", "histogram"
    )
    found = whole("At which parts of the histogram are they?", lines)
    assert found is not None and found.text == "the two extreme parts of the histogram"


def test_lines_of_a_block_flow_and_others_stand_apart() -> None:
    lines = page("ON", "RED")
    found = whole("What does it say?", lines)
    assert found is not None and found.text == "ON RED"


def test_a_question_about_something_else_is_left_alone() -> None:
    assert pointed("Is the dog asleep?", BOARD) is None
    assert pointed("What is the fax number?", BOARD) is not None


def test_what_can_be_read_in_two_ways_is_told_in_both() -> None:
    box = (0.6, 0.1, 0.7, 0.2)
    lines = [
        Evidence("p", 0.0, (0.1, 0.1, 0.3, 0.2), 0.9, "CHANGE", "line", "e1"),
        Evidence("p", 0.0, box, 0.5, "28,400", "line", "e2"),
        Evidence("p", 0.0, box, 0.9, "25,400", "variant", "e3"),
    ]
    found = short("How much change was given?", lines)
    assert found is not None and str(found) == "28,400 (or 25,400) [e1, e2, e3]"


def test_the_language_is_a_reading_like_others() -> None:
    found = short("Which language is it?", [*BOARD, Evidence("p", text="English", kind="language", id="e9")])
    assert found is not None and str(found) == "English [e9]"
