"""Text is read, in the order in which a person would read it."""

import logging
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from assistant.readers import crops
from assistant.readers.lines import Line, Piece, in_order
from assistant.readers.paragraphs import paragraphs
from assistant.readers.reading import Reading
from assistant.readers.text import TextReader
from assistant.types import Evidence, Frame
from tests.public_media import public_picture

TOP = Path(__file__).parent.parent
LINES = ["Field report 17", "Total 3,482.50", "Approve by Friday"]


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def _page(ink: int = 20, paper: int = 245) -> np.ndarray:
    page = np.full((300, 700, 3), paper, np.uint8)
    for row, line in enumerate(LINES):
        cv2.putText(page, line, (40, 70 + 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (ink,) * 3, 2, cv2.LINE_AA)
    return page


def _lines(reader: TextReader, frame: Frame) -> list[Evidence]:
    return [found for found in reader(frame) if found.kind == "line"]


def _read(reader: TextReader, pixels: np.ndarray) -> list[str]:
    return [line.text for line in _lines(reader, Frame(pixels))]


def test_a_page_is_read_line_by_line_with_places(reader: TextReader) -> None:
    lines = _lines(reader, Frame(_page(), 1.5, "page"))
    assert [line.text for line in lines] == LINES
    assert {(line.source, line.at) for line in lines} == {("page", 1.5)}
    assert all((line.score or 0) > 0.9 for line in lines)
    left, top, right, bottom = lines[1].box or (0, 0, 0, 0)
    assert (left, top, bottom) == pytest.approx((40 / 700, 125 / 300, 155 / 300), abs=0.04)
    assert left < right < 0.65


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_read_as_if_upright(reader: TextReader, quarters: int) -> None:
    lines = _lines(reader, Frame(np.rot90(_page(), quarters)))
    assert [line.text for line in lines] == LINES
    left, _, right, bottom = lines[0].box or (0, 0, 0, 0)
    nearest = {1: left, 2: 1 - bottom, 3: 1 - right}[quarters]
    assert nearest == pytest.approx(0.14, abs=0.04)


def test_dark_and_small_pages_are_read(reader: TextReader) -> None:
    assert _read(reader, _page(ink=18, paper=45)) == LINES
    assert _read(reader, cv2.resize(_page(), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)) == LINES


def test_lines_of_a_block_are_one_paragraph_too(reader: TextReader) -> None:
    [paragraph] = [found for found in reader(Frame(_page())) if found.kind == "paragraph"]
    assert paragraph.text == " ".join(LINES)
    assert paragraph.box is not None and paragraph.box[1] < 0.2 and paragraph.box[3] > 0.7


def test_a_quick_pass_reads_the_same_plain_page(reader: TextReader) -> None:
    assert [found.text for found in reader(Frame(_page()), quick=True) if found.kind == "line"] == LINES


def test_an_empty_page_has_no_text(reader: TextReader) -> None:
    assert reader(Frame(np.full((200, 300, 3), 200, np.uint8))) == ()
    assert reader(Frame(np.zeros((200, 300, 3), np.uint8))) == ()


@pytest.mark.parametrize("shape", [(1, 500), (500, 1), (8, 3000), (3000, 12)])
def test_a_thread_of_a_picture_costs_little(reader: TextReader, shape: tuple[int, int]) -> None:
    """Scaled by its short edge it would take gigabytes."""
    assert reader(Frame(np.full((*shape, 3), 200, np.uint8))) == ()


def test_threads_share_one_reader(reader: TextReader) -> None:
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(lambda _: _read(reader, _page()), range(3))) == [LINES] * 3


def test_reading_is_silent_and_fetches_nothing(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    with caplog.at_level(logging.DEBUG):
        assert Reading(lambda sound: []).text(Frame(_page()))
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if "rapid" in record.name.lower()] == []


def _piece(text: str, left: float, top: float, width: float, height: float = 20) -> Piece:
    corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
    return Piece(text, 0.9, np.array(corners, float))


def _order(*pieces: Piece) -> list[str]:
    return [line.text for line in in_order(pieces, 1000, 1000)]


def test_a_table_is_read_row_by_row() -> None:
    names = [_piece(f"name {i}", 100, 100 * i, 200) for i in range(1, 4)]
    prices = [_piece(f"{i},00", 800, 100 * i + 4, 60) for i in range(1, 4)]
    assert _order(*prices, *names) == ["name 1", "1,00", "name 2", "2,00", "name 3", "3,00"]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    left = [_piece(f"left {i}", 50, 100 * i, 400) for i in range(1, 4)]
    right = [_piece(f"right {i}", 550, 100 * i, 400) for i in range(1, 4)]
    assert _order(*left, *right) == ["left 1", "left 2", "left 3", "right 1", "right 2", "right 3"]


def test_pieces_a_space_apart_are_one_line() -> None:
    assert _order(_piece("file.py", 310, 101, 100), _piece("edit the", 100, 100, 200)) == ["edit the file.py"]


@pytest.mark.parametrize(
    ("gap", "spaced"), [(0, "togoodbye"), (16, "togoodbye"), (70, "to goodbye")], ids=["none", "narrow", "wide"]
)
def test_a_space_that_was_lost_is_put_back_where_the_letters_stand_apart(gap: int, spaced: str) -> None:
    crop = np.full((100, 900, 3), 255, np.uint8)
    edges = [20 + 80 * number + (gap if number >= 2 else 0) for number in range(9)]
    for edge in edges:
        crop[20:80, edge : edge + 66] = 0
    places = tuple((edge + 33) / 900 for edge in edges)
    assert crops.spaced("togoodbye", places, crop) == spaced


def test_prices_under_each_other_are_no_paragraph_and_sentences_are() -> None:
    def line(text: str, left: float, row: int) -> Line:
        return Line(text, 0.9, (left, 0.1 * row, left + 0.2, 0.1 * row + 0.06), height=0.06)

    table = [line("milk", 0.1, 1), line("1.20", 0.7, 1), line("bread", 0.1, 3), line("2.30", 0.7, 2)]
    assert paragraphs(table) == []
    [one] = paragraphs([line("Do not", 0.1, 1), line("PRICES", 0.7, 1), line("enter", 0.1, 2)])
    assert one.text == "Do not enter" and one.box == pytest.approx((0.1, 0.1, 0.3, 0.26))


def test_a_slanting_page_is_read_in_order() -> None:
    turn = np.array([[np.cos(0.15), np.sin(0.15)], [-np.sin(0.15), np.cos(0.15)]])
    pieces = [
        _piece(f"{row}{side}", 100 + 400 * side, 100 + 40 * row, 300 - 240 * side)
        for row in range(4)
        for side in range(2)
    ]
    slanting = [Piece(piece.text, 0.9, piece.corners @ turn) for piece in pieces]
    assert _order(*reversed(slanting)) == [piece.text for piece in pieces]


@pytest.mark.parametrize(
    ("file", "texts"),
    [
        ("doc_page_photo.png", ["Region-based segmentation", "the two extreme parts", "zeros_like(coins)"]),
        ("doc_exif_rotated.jpg", ["我是中国人"]),
        ("sign_phone_numbers.jpg", ["027-88852022", "027-88859022"]),
        ("receipt_dark_crumpled.png", ["ICE BLACKCOFFE", "194,000", "19,400", "174,600"]),
        ("doc_european_text.jpg", ["$43,456.78", "aspammer@website.com", "12.5%", "#90"]),
        ("chart_bars.png", ["How fast do you want to go today?", "Dick", "Performance"]),
        ("qr_sony_ad.png", ["SONY", "ONLY TEN PEOPLE", "WILL GET IT"]),
        ("photo_traffic_light.jpg", ["ON RED"]),
        ("sign_paris.jpg", ["Palais du LOUVRE", "ARTS DÉCORATIFS", "Théâtre du PALAIS-ROYAL"]),
        ("photo_scoreboard.jpg", ["KENYA", "USA", "33", "5:40 England", "6:02 Fiji"]),
    ],
)
def test_real_pictures_are_read(reader: TextReader, file: str, texts: list[str]) -> None:
    read = "\n".join(line.text for line in reader(public_picture(file)))
    assert [text for text in texts if text not in read] == []


def test_a_large_screenshot_is_read_with_its_spaces(reader: TextReader) -> None:
    read = "\n".join(line.text for line in reader(public_picture("screen_terminal_aider.png")))
    assert "672ae42" in read and "change hello to goodbye" in read


def test_a_figure_that_can_be_read_in_two_ways_is_marked_and_both_are_told(reader: TextReader) -> None:
    found = reader(public_picture("receipt_dark_crumpled.png"))
    [variant] = [each for each in found if each.kind == "variant" and each.text == "25,400"]
    [line] = [each for each in found if each.kind == "line" and each.box == variant.box]
    assert line.text == "28,400" and line.score is not None and line.score < 0.8


@pytest.mark.parametrize("file", ["photo_coffee.png", "photo_cameraman.png", "photo_coins.png", "photo_rocket.jpg"])
def test_things_are_not_taken_for_figures(reader: TextReader, file: str) -> None:
    """A cup on its saucer is no 8, and a row of buttons no 0000."""
    assert reader(public_picture(file)) == ()


@pytest.mark.skipif(sys.platform != "linux", reason="measured by /proc")
def test_a_page_takes_little_memory_and_gives_it_back(reader: TextReader) -> None:
    """In a process of its own, so that nothing else is counted."""
    code = (
        "import numpy as np\n"
        "from assistant.readers.text import TextReader\n"
        "from assistant.types import Frame\n"
        "reader = TextReader()\n"
        "reader(Frame(np.full((1400, 2700, 3), 240, np.uint8)))\n"
        "told = dict(line.split()[:2] for line in open('/proc/self/status') if line.startswith('Vm'))\n"
        "print(int(told['VmHWM:']) // 1024, int(told['VmRSS:']) // 1024)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TOP)
    peak, kept = map(int, ended.stdout.split())
    assert peak < 600 and kept < 250
