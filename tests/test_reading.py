"""The tools that read pictures, documents and videos over time, and compare: what they say, and where it points."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from assistant import wiring
from assistant.mind import Mind
from assistant.types import ToolCall, ToolResult
from assistant.wiring import Options
from tests import made
from tests.public_media import known, public


@pytest.fixture(scope="module")
def mind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mind]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIREO_HOME", str(tmp_path_factory.mktemp("home")))
        opened = wiring.open_mind(Options(log=False))
    yield opened
    opened.close()


def use(mind: Mind, name: str, **arguments: Any) -> ToolResult:
    [result] = [e for e in mind.use(ToolCall("", name, arguments)) if isinstance(e, ToolResult)]
    assert not result.failed, result.text
    return result


def page(*lines: str, size: tuple[int, int] = (640, 360)) -> Image.Image:
    picture = Image.new("RGB", size, "white")
    for row, line in enumerate(lines):
        ImageDraw.Draw(picture).text((40, 40 + 70 * row), line, "black", ImageFont.load_default(40))
    return picture


@pytest.fixture(scope="module")
def titles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds: nothing, a title from 2 to 4 s, another title in the last quarter of a second."""
    shown = {0: page(), 2: page("Chapter one"), 4: page(), 5.75: page("The end")}
    frames = [(at / 8, np.asarray(shown[max(t for t in shown if t <= at / 8)])) for at in range(48)]
    return made.clip(tmp_path_factory.mktemp("titles") / "titles.mp4", frames, (640, 360), rate=8, bits=2_000_000)


def test_text_in_a_video_is_told_once_with_the_time_it_stands_there(mind: Mind, titles: Path) -> None:
    result = use(mind, "read_text", source=str(titles))
    assert result.data is not None
    [one, end] = result.data["texts"]
    assert (one["text"], end["text"]) == ("Chapter one", "The end")
    assert one["since"] == pytest.approx(2.0, abs=0.4) and one["until"] == pytest.approx(4.0, abs=0.4)
    assert end["since"] >= 5.75
    assert result.evidence[0].at == one["since"] and result.evidence[0].source == str(titles)


def test_a_part_of_a_video_is_read_with_the_times_of_the_file(mind: Mind, titles: Path) -> None:
    result = use(mind, "read_text", source=f"{titles}#t=3,5")
    assert [line.text for line in result.evidence] == ["Chapter one"]
    assert 3.0 <= (result.evidence[0].at or 0) <= 3.4


def test_a_moment_of_a_video_is_read_like_a_picture(mind: Mind) -> None:
    result = use(mind, "read_text", source=f"{public('video_timecode.mp4')}#t=3.52")
    assert "00:00:03:13" in result.text.splitlines()
    assert {round(line.at or 0, 2) for line in result.evidence} == {3.52}


def test_a_document_is_read_page_by_page(mind: Mind, tmp_path: Path) -> None:
    first, second = page("Field report"), page("Total 17.50", "paid")
    first.save(tmp_path / "report.pdf", save_all=True, append_images=[second])
    result = use(mind, "read_text", source=str(tmp_path / "report.pdf"))
    lines = {line.text: line.source for line in result.evidence if line.kind == "line"}
    assert lines["Field report"].endswith("report.pdf#page=1") and lines["Total 17.50"].endswith("report.pdf#page=2")
    assert result.text.splitlines()[1:] == ["Field report", "Page 2:", "Total 17.50", "paid"]


def test_the_language_is_told_where_it_is_sure(mind: Mind, tmp_path: Path) -> None:
    page("Bitte die Türen schließen,", "der Zug fährt gleich ab").save(tmp_path / "doors.png")
    result = use(mind, "read_text", source=str(tmp_path / "doors.png"))
    assert result.data == {"language": "German"} and result.text.endswith("The language is German.")
    assert [each.text for each in result.evidence if each.kind == "language"] == ["German"]


def test_a_bar_code_is_told_with_its_kind(mind: Mind) -> None:
    result = use(mind, "scan_codes", source=str(public("barcode_can.png")))
    assert result.text == f"The code says: {known('barcode_can.png')['payload']} (EAN-13)"
    assert result.data == {"codes": [{"kind": "EAN-13", "text": "8413000065504"}]}


def test_a_code_in_a_video_is_told_with_its_time(mind: Mind, tmp_path: Path) -> None:
    empty, shown = page(), page()
    shown.paste(made.code(), (200, 60))
    frames = [(at / 8, np.asarray(shown if 16 <= at < 24 else empty)) for at in range(32)]
    clip = made.clip(tmp_path / "code.mp4", frames, (640, 360), rate=8, bits=2_000_000)
    [code] = use(mind, "scan_codes", source=str(clip)).evidence
    assert code.text == made.CODE and code.at == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("photo_coins.png", "in grey-scale"),
        ("photo_umbrella.jpg", "in colour"),
        ("screen_camera_error.jpg", "looks like a screenshot"),
        ("photo_traffic_light.jpg", "Most yellow is at the middle right"),
    ],
)
def test_a_picture_is_measured(mind: Mind, file: str, words: str) -> None:
    assert words in use(mind, "picture_facts", source=str(public(file))).text


def _save(path: Path, image: Image.Image) -> str:
    image.save(path)
    return str(path)


def test_two_copies_of_a_picture_do_not_differ(mind: Mind, tmp_path: Path) -> None:
    first = _save(tmp_path / "first.png", made.scene())
    made.scene().save(tmp_path / "second.jpg", quality=60)
    result = use(mind, "compare_images", first=first, second=str(tmp_path / "second.jpg"))
    assert result.text == "I find no difference between the two pictures." and result.data == {"same": True}


def test_what_came_and_what_is_written_anew_is_told(mind: Mind, tmp_path: Path) -> None:
    scene = made.scene("HARBOUR CLUB")
    ImageDraw.Draw(scene).ellipse((780, 60, 900, 180), fill="black")
    first, second = _save(tmp_path / "first.png", made.scene()), _save(tmp_path / "second.png", scene)
    result = use(mind, "compare_images", first=first, second=second)
    assert "Something black appeared at the top right." in result.text
    assert 'The text "HARBOUR CAFE" is gone.' in result.text
    assert 'The text "HARBOUR CLUB" appeared.' in result.text
    [black] = [each for each in result.evidence if "black" in each.text]
    assert black.source == second and black.box == pytest.approx((0.81, 0.09, 0.94, 0.28), abs=0.02)


def test_a_darker_picture_is_darker_and_nothing_more(mind: Mind, tmp_path: Path) -> None:
    scene = np.asarray(made.scene())
    darker = Image.fromarray(cv2.convertScaleAbs(scene, alpha=0.5))
    first, second = _save(tmp_path / "first.png", made.scene()), _save(tmp_path / "second.png", darker)
    lines = use(mind, "compare_images", first=first, second=second).text.splitlines()
    assert "The second is darker." in lines and not [line for line in lines if line.startswith("Something")]


def test_two_moments_of_a_video_are_compared_and_what_was_measured_stands_without_eyes(mind: Mind) -> None:
    clip = public("video_bottles.mp4")
    result = use(mind, "compare_images", first=f"{clip}#t=3", second=f"{clip}#t=9", question="What is missing?")
    assert "is gone from the middle left" in result.text and "I cannot tell" in result.text
