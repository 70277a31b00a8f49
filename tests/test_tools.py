"""Each tool that ships, alone, on real files: what it says, and evidence that points to the right place."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from assistant.mind import Mind
from assistant.wiring import HOME
from tests import made
from tests.minds import Eyes, mind_in, use

SCENE, CLIP, QUESTION = (str(HOME / "demo" / name) for name in ("scene.png", "clip.mp4", "question.wav"))


@pytest.fixture(scope="module")
def mind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mind]:
    with mind_in(tmp_path_factory.mktemp("home"), Eyes()) as opened:
        yield opened


def test_read_text_points_to_the_line(mind: Mind) -> None:
    result = use(mind, "read_text", source=SCENE)
    [line] = result.evidence
    assert line.text == "HARBOUR CAFE" and line.source == SCENE and line.score is not None and line.score > 0.9
    assert line.box is not None and np.allclose(line.box, (0.33, 0.45, 0.71, 0.53), atol=0.02)


def test_read_text_in_a_region_points_into_the_whole_picture(mind: Mind) -> None:
    [line] = use(mind, "read_text", source=SCENE, box=[0.3, 0.4, 0.8, 0.6]).evidence
    assert line.box is not None and np.allclose(line.box, (0.33, 0.45, 0.71, 0.53), atol=0.02)
    assert use(mind, "read_text", source=SCENE, box=[0.0, 0.0, 0.3, 0.3]).text == "I find no text."


@pytest.mark.parametrize("box", [[0.5, 0, 0.5, 1], [0, 0, 2, 1], [-1, 0, 1, 1], [1, 2, 3]])
def test_a_box_that_is_none_is_an_answer_the_model_can_mend(mind: Mind, box: list[float]) -> None:
    result = use(mind, "read_text", source=SCENE, box=box)
    assert result.failed and "box" in result.text


def test_scan_codes_reads_and_points(mind: Mind) -> None:
    result = use(mind, "scan_codes", source=SCENE)
    assert result.text == "The code says: https://example.org/harbour"
    [code] = result.evidence
    assert code.box is not None and np.allclose(code.box, (0.81, 0.62, 0.92, 0.78), atol=0.02)


def test_picture_facts_measures(mind: Mind) -> None:
    result = use(mind, "picture_facts", source=SCENE)
    assert result.data is not None and (result.data["width"], result.data["height"]) == (960, 640)
    assert result.data["colours"][0][0] == "blue" and "sharp" in result.text


def test_a_blurred_picture_is_blurred_and_a_dark_sharp_one_is_not(mind: Mind, tmp_path: Path) -> None:
    scene = made.scene()
    scene.resize((60, 40)).resize((960, 640)).save(tmp_path / "blurred.png")
    scene.point(lambda value: value // 6).save(tmp_path / "dark.png")
    assert "blurred" in use(mind, "picture_facts", source=str(tmp_path / "blurred.png")).text
    assert "dark and sharp" in use(mind, "picture_facts", source=str(tmp_path / "dark.png")).text


def test_sound_facts_finds_where_somebody_speaks(mind: Mind) -> None:
    result = use(mind, "sound_facts", source=QUESTION)
    assert "somebody speaks" in result.text and result.evidence[0].at is not None and result.evidence[0].at < 1


def test_a_video_without_sound_has_none(mind: Mind) -> None:
    assert use(mind, "sound_facts", source=CLIP).text == "It has no sound track."


def test_silence_is_said(mind: Mind, tmp_path: Path) -> None:
    path = made.wav(tmp_path / "silence.wav", np.zeros(16_000, np.float32))
    assert "Nothing can be heard" in use(mind, "sound_facts", source=str(path)).text
    assert use(mind, "transcribe", source=str(path)).text == "I hear no words."


@pytest.mark.parametrize(
    ("format", "head", "arrow"),
    [("text", "It says (pocketsphinx", None), ("srt", "1\n00:00:0", ","), ("vtt", "WEBVTT\n\n00:00:0", ".")],
)
def test_transcribe_writes_words_with_times(mind: Mind, format: str, head: str, arrow: str | None) -> None:
    result = use(mind, "transcribe", source=QUESTION, format=format)
    assert result.text.startswith(head) and result.evidence and result.evidence[0].at is not None
    assert arrow is None or f"{arrow}" in result.text.split(" --> ")[1]


def test_understand_video_finds_cuts_and_ways_with_times(mind: Mind) -> None:
    result = use(mind, "understand_video", source=CLIP)
    assert result.data is not None and [round(shot["since"], 1) for shot in result.data["shots"]] == [0.0, 3.0]
    assert [track["direction"] for track in result.data["tracks"]] == ["right", "up"]
    assert {round(e.at or 0) < 3 for e in result.evidence} == {True, False}
    assert all(e.source == CLIP for e in result.evidence)


def test_a_model_is_shown_the_key_frames_when_something_is_asked(mind: Mind) -> None:
    result = use(mind, "understand_video", source=CLIP, labels=["sport", "news"])
    assert "2 pictures" in result.text and "sport, news" in result.text


def test_look_shows_the_part_and_the_time_that_are_asked_for(mind: Mind) -> None:
    result = use(mind, "look", question="What?", source=SCENE, box=[0.0, 0.0, 0.5, 1.0])
    assert result.text == "1 pictures, 480 wide: What?" and result.evidence[0].box == (0.0, 0.0, 0.5, 1.0)
    assert use(mind, "look", question="What?", source=CLIP, at=4.0).evidence[0].at == pytest.approx(4.0, abs=0.1)
    assert use(mind, "look", question="What?", source=CLIP, at=99.0).failed


def test_describe_image_asks_for_the_style_the_language_and_the_length(mind: Mind) -> None:
    text = use(mind, "describe_image", source=SCENE, style="alt", language="German", words=9).text
    assert all(word in text for word in ("alt", "German", "9 words"))
    assert use(mind, "describe_image", source=SCENE, style="poem").failed


def test_recall_finds_what_the_notes_hold(mind: Mind) -> None:
    mind._store.remember("the key hangs behind the door")
    assert "behind the door" in use(mind, "recall", what="key").text
    assert use(mind, "recall", what="elephant").text == "I remember nothing of that."
    assert use(mind, "recall", what="key", until=1.0).text == "I remember nothing of that."


@pytest.mark.parametrize("box", [[0.9, 0, 0.1, 1], [0.5, 0, 0.5, 1]])
def test_a_box_that_is_none_is_refused_in_a_video_too(mind: Mind, box: list[float]) -> None:
    result = use(mind, "read_text", source=CLIP, box=box)
    assert result.failed and "box" in result.text
