"""What the tools say of videos: shots, movements, words on the screen and in the air, counts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from assistant.evidence import numbered, unsupported
from assistant.mind import Mind
from assistant.models.replies import reply
from assistant.models.scripted import Scripted
from assistant.types import ToolCall, ToolResult
from assistant.wiring import HOME
from tests import made
from tests.minds import Eyes, host, mind_in, use
from tests.public_media import known, public
from tests.test_readers_alike import table
from tests.test_readers_things import carried

CLIP = str(HOME / "demo" / "clip.mp4")


@pytest.fixture(scope="module")
def mind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mind]:
    with mind_in(tmp_path_factory.mktemp("home"), Scripted()) as opened:
        yield opened


@pytest.fixture
def seeing(mind: Mind) -> Iterator[Mind]:
    """The same with a model that has eyes."""
    blind, mind._host = mind._host, host(Eyes())
    yield mind
    mind._host = blind


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three boxes on a table; an arm takes the middle one away at about 4 s."""
    frames = ((n / 10, carried(n / 10, 140, 3, puts=False, others=((40, 100), (240, 96)))) for n in range(90))
    return str(made.clip(tmp_path_factory.mktemp("boxes") / "boxes.mp4", frames, bits=3_000_000, rate=10))


def test_what_passes_is_not_counted_for_what_does_not_move(mind: Mind, boxes: str) -> None:
    part = f"{boxes}#t=0,5"  # the arm comes in, and is still there at the end
    assert use(mind, "count_things", what="How many windows are there?", source=part).failed
    assert "1 in all move" in use(mind, "count_things", what="what comes in", source=part).text


def test_the_end_of_a_part_is_not_the_end_of_the_file(mind: Mind, boxes: str) -> None:
    told = use(mind, "count_things", what="boxes at the start", source=f"{boxes}#t=2,9")
    assert told.text.startswith("3 at 2 s.") and {each.source for each in told.evidence} == {f"{boxes}#t=2,9"}
    assert use(mind, "count_things", what="boxes at the end", source=f"{boxes}#t=2,9").text.startswith("2 at 8.8 s.")


def test_find_motion_points_to_the_mover_where_it_is(mind: Mind) -> None:
    result = use(mind, "find_motion", source=CLIP, until=3.0)
    [ball] = result.evidence
    assert ball.kind == "track" and "moves right" in ball.text and ball.at is not None and ball.box is not None
    middle = (30 + ball.at / 3 * 260) / 320
    assert (ball.box[0] + ball.box[2]) / 2 == pytest.approx(middle, abs=0.03)
    assert result.data is not None and result.data["at_once"] == 1 and result.data["tracks"][0]["path"]


def test_times_bound_what_is_told_of_motion(mind: Mind) -> None:
    assert "up" in use(mind, "find_motion", source=CLIP, since=3.0).text
    assert use(mind, "find_motion", source=CLIP, since=99.0).failed
    assert use(mind, "find_motion", source=str(HOME / "demo" / "scene.png")).failed


def test_text_on_the_screen_is_told_with_its_time(mind: Mind, tmp_path: Path) -> None:
    def frame(at: float) -> np.ndarray:
        picture = Image.new("RGB", (320, 180), made.GREEN if at < 3 else made.WHITE)
        if at >= 3:
            ImageDraw.Draw(picture).text((160, 90), "PLATFORM 42", made.BLACK, ImageFont.load_default(32), "mm")
        return np.asarray(picture)

    path = made.clip(tmp_path / "sign.mp4", ((n / 10, frame(n / 10)) for n in range(60)), rate=10)
    result = use(mind, "understand_video", source=str(path))
    [text] = [each for each in result.evidence if each.kind == "text" and each.text == "PLATFORM 42"]
    assert text.at is not None and 3 <= text.at < 6 and text.box == pytest.approx((0.16, 0.38, 0.84, 0.62), abs=0.06)
    assert f"On the screen at {text.at:.1f} s: PLATFORM 42" in result.text


def test_what_there_was_no_time_to_read_is_read_when_it_is_asked_again(
    mind: Mind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def frame(at: float) -> np.ndarray:
        picture = Image.new("RGB", (320, 180), made.WHITE)
        if 2.2 <= at < 2.8:
            ImageDraw.Draw(picture).text((160, 90), "PLATFORM 42", made.BLACK, ImageFont.load_default(32), "mm")
        return np.asarray(picture)

    path = str(made.clip(tmp_path / "brief.mp4", ((n / 10, frame(n / 10)) for n in range(60)), rate=10))
    tool: Any = mind._agent.toolbox._tools["read_text"]
    with monkeypatch.context() as patch:
        patch.setitem(tool.func.__globals__, "SECONDS", -1.0)
        assert use(mind, "read_text", source=path).text == "I find no text."
    assert "PLATFORM 42" in use(mind, "read_text", source=path).text


@pytest.mark.skipif(not made.can_speak(), reason="espeak-ng is not installed")
def test_spoken_words_are_told_with_their_time(mind: Mind, tmp_path: Path) -> None:
    said = np.concatenate(
        [np.zeros(32_000, np.float32), made.spoken("good morning everybody"), np.zeros(8_000, np.float32)]
    )
    path = made.moving_clip(tmp_path / "spoken.mp4", seconds=4.0, sound=np.repeat(said, 3))  # to 48 kHz
    result = use(mind, "understand_video", source=str(path))
    words = [each for each in result.evidence if each.kind == "word"]
    assert words and words[0].at == pytest.approx(2.1, abs=0.4) and words[0].source == str(path)
    assert f"Somebody says at {words[0].at:.1f} s: " in result.text


def test_the_time_of_a_cut_is_held_by_the_shot_that_is_cited(mind: Mind, tmp_path: Path) -> None:
    frames = ((n / 16, np.asarray(Image.new("RGB", (64, 48), made.RED if n < 55 else made.GREEN))) for n in range(96))
    path = made.clip(tmp_path / "cut.mp4", frames, rate=16)
    result = numbered(use(mind, "understand_video", source=str(path)), 1)
    [shot] = [each for each in result.evidence if each.kind == "shot" and (each.at or 0.0) > 3.4]
    said = reply("At what time is the cut?", [result])
    assert said == f"at 3.44 s [e1, {shot.id}]" and unsupported(said, [each.text for each in result.evidence]) == ()


def test_a_broken_picture_is_told(mind: Mind) -> None:
    result = use(mind, "understand_video", source=str(public("video_arm_wrestling_glitch.mp4")))
    assert "The picture is broken from 8.2 to 9.6 s." in result.text
    assert [each.at for each in result.evidence if each.kind == "damage"] == pytest.approx([8.2], abs=0.1)


def test_a_model_chooses_among_labels(seeing: Mind) -> None:
    assert "sport, news" in use(seeing, "understand_video", source=CLIP, labels=["sport", "news"]).text


def test_without_eyes_what_was_measured_stands(mind: Mind) -> None:
    text = use(mind, "understand_video", source=CLIP, labels=["sport", "news"]).text
    assert "moves right" in text and "I cannot tell" in text


def test_a_second_question_about_a_video_reads_it_no_second_time(mind: Mind) -> None:
    reports = [e for e in mind.use(ToolCall("", "find_motion", {"source": CLIP})) if not isinstance(e, ToolResult)]
    again = [e for e in mind.use(ToolCall("", "find_motion", {"source": CLIP})) if not isinstance(e, ToolResult)]
    assert again == [] or len(again) < len(reports)


def test_things_are_counted_at_a_time_at_the_start_and_at_the_end(mind: Mind, boxes: str) -> None:
    assert use(mind, "count_things", what="How many boxes are there at the start?", source=boxes).text.startswith(
        "3 at"
    )
    assert use(mind, "count_things", what="boxes at 7 s", source=boxes).text.startswith("2 at 7 s")
    result = use(mind, "count_things", what="boxes", source=f"{boxes}#t=8")
    assert result.text.startswith("2 at 8 s") and "One in the middle is taken away at 4." in result.text
    assert {each.kind for each in result.evidence} == {"count"} and len(result.evidence) == 3
    assert all(each.source == boxes and each.box for each in result.evidence)


def test_like_objects_in_a_picture_are_counted(mind: Mind, tmp_path: Path) -> None:
    Image.fromarray(table(12).pixels).save(tmp_path / "table.png")
    result = use(mind, "count_things", what="discs", source=str(tmp_path / "table.png"))
    assert result.text.startswith("12 ") and len(result.evidence) == 12


def test_what_cannot_be_told_apart_is_left_to_the_model_which_may_abstain(mind: Mind, seeing: Mind) -> None:
    picture = str(HOME / "demo" / "scene.png")
    told = use(seeing, "count_things", what="windows", source=picture).text
    assert told.startswith("1 pictures, 960 wide: How many windows")


def test_without_eyes_nothing_is_guessed(mind: Mind) -> None:
    result = use(mind, "count_things", what="windows", source=str(HOME / "demo" / "scene.png"))
    assert result.failed and result.text.startswith("I cannot tell: ")


@pytest.mark.long
def test_cars_bottles_and_people_are_counted(mind: Mind) -> None:
    cars, people, bottles = (str(public(f"video_{name}.mp4")) for name in ("cars", "people_one_by_one", "bottles"))
    assert use(mind, "count_things", what="How many cars pass?", source=cars).text.startswith("4 in all")
    assert "At most 2 at once" in use(mind, "count_things", what="cars at once", source=cars).text
    assert use(mind, "count_things", what="cars at 12 s", source=cars).text.startswith("0 at 12 s")
    assert use(mind, "count_things", what="people", source=people).text.startswith("6 in all")
    assert "Never more than 1" in use(mind, "count_things", what="people", source=people).text
    for since, until, count in known("video_bottles.mp4")["count_over_time"]:
        told = use(mind, "count_things", what=f"bottles at {(since + until) / 2} s", source=bottles).text
        assert told.startswith(f"{count} at"), told
