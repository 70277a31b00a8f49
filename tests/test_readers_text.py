"""Text is read, in the order in which a person would read it."""

import logging
import socket
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from assistant.readers.lines import Piece, in_order
from assistant.readers.reading import Reading
from assistant.readers.text import TextReader
from assistant.types import Frame
from tests.public_media import public_picture

LINES = ["Field report 17", "Total 3,482.50", "Approve by Friday"]


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def _page(ink: int = 20, paper: int = 245) -> np.ndarray:
    page = np.full((300, 700, 3), paper, np.uint8)
    for row, line in enumerate(LINES):
        cv2.putText(page, line, (40, 70 + 80 * row), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (ink,) * 3, 2, cv2.LINE_AA)
    return page


def _read(reader: TextReader, pixels: np.ndarray) -> list[str]:
    return [line.text for line in reader(Frame(pixels))]


def test_a_page_is_read_line_by_line_with_places(reader: TextReader) -> None:
    lines = reader(Frame(_page(), 1.5, "page"))
    assert [line.text for line in lines] == LINES
    assert {(line.source, line.at) for line in lines} == {("page", 1.5)}
    assert all((line.score or 0) > 0.9 for line in lines)
    left, top, right, bottom = lines[1].box or (0, 0, 0, 0)
    assert (left, top, bottom) == pytest.approx((40 / 700, 125 / 300, 155 / 300), abs=0.04)
    assert left < right < 0.65


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_turned_page_is_read_as_if_upright(reader: TextReader, quarters: int) -> None:
    lines = reader(Frame(np.rot90(_page(), quarters)))
    assert [line.text for line in lines] == LINES
    left, _, right, bottom = lines[0].box or (0, 0, 0, 0)
    nearest = {1: left, 2: 1 - bottom, 3: 1 - right}[quarters]
    assert nearest == pytest.approx(0.14, abs=0.04)


def test_dark_and_small_pages_are_read(reader: TextReader) -> None:
    assert _read(reader, _page(ink=18, paper=45)) == LINES
    assert _read(reader, cv2.resize(_page(), None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)) == LINES


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
        ("qr_sony_ad.png", ["SONY"]),
    ],
)
def test_real_pictures_are_read(reader: TextReader, file: str, texts: list[str]) -> None:
    read = "\n".join(line.text for line in reader(public_picture(file)))
    assert [text for text in texts if text not in read] == []


@pytest.mark.long
def test_a_large_screenshot_is_read(reader: TextReader) -> None:
    read = "\n".join(line.text for line in reader(public_picture("screen_terminal_aider.png")))
    assert "672ae42" in read and "hello.py" in read
