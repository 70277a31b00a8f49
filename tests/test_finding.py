"""Finding moments in a video: on the screen, in what is said, in what moves, and through the model's eyes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import listening, wiring
from assistant.errors import MediaError
from assistant.mind import Host, Mind
from assistant.models.hearing_sphinx import SphinxHearing
from assistant.models.scripted import Scripted
from assistant.types import Abstained, Delta, Evidence, Frame, Profile, Sound, ToolCall, ToolResult, Utterance, Word
from assistant.wiring import HOME, Options
from tests import made

CLIP = str(HOME / "demo" / "clip.mp4")
SIZE = (480, 270)


class Eyes(Scripted):
    """A model that says yes where the picture is mostly blue, or that abstains."""

    blind = False

    def reply(self, messages: Any, tools: Any = (), schema: Any = None) -> Iterator[Any]:
        [frame] = [part for part in messages[-1].parts if isinstance(part, Frame)]
        red, _, blue = frame.pixels.reshape(-1, 3).mean(axis=0)
        yield Abstained("my eyes are closed") if self.blind else Delta("Yes." if blue > 1.5 * red else "No, it is not.")


class Ears(SphinxHearing):
    """Hears two words in whatever is spoken, the second three seconds later."""

    def transcribe(self, sound: Sound, phrases: Any = ()) -> Utterance:
        words = (Word("budget", sound.at + 0.1, sound.at + 0.4), Word("harbours", sound.at + 0.5, sound.at + 0.9))
        return Utterance("budget harbours", sound.at, sound.until, words=words)


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    return Eyes()


@pytest.fixture(scope="module")
def mind(tmp_path_factory: pytest.TempPathFactory, eyes: Eyes) -> Iterator[Mind]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIREO_HOME", str(tmp_path_factory.mktemp("home")))
        opened = wiring.open_mind(Options(log=False))
    opened._host.close()
    opened._host = Host(Profile("eyes", "eyes", "eyes", frames=8), eyes, Ears())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    """4 s of blue, 4 s of a red square that comes in from the left, 4 s of the sign HARBOUR CAFE; words at 2 s."""
    sign = np.asarray(made.scene().resize(SIZE))

    def frames() -> Iterator[tuple[float, made.Pixels]]:
        width, height = SIZE
        for n in range(12 * 10):
            at = n / 10
            if at < 4:
                yield at, made.square(width, height, -80, 0, 60, made.RED, made.BLUE)
            elif at < 8:
                yield at, made.square(width, height, -60 + (at - 4) * 110, 100, 60, made.RED, made.GREY)
            else:
                yield at, sign

    samples = np.zeros(12 * 48_000, np.float32)
    if made.can_speak():
        words = np.repeat(made.spoken("the budget of all the harbours"), 3)  # 16 kHz as 48 kHz
        samples[96_000 : 96_000 + len(words)] = words
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return str(made.clip(path, frames(), SIZE, rate=10, sound=samples))


def find(mind: Mind, source: str, what: str) -> ToolResult:
    call = ToolCall("", "find_in_video", {"source": source, "what": what})
    [result] = [event for event in mind.use(call) if isinstance(event, ToolResult)]
    assert not result.failed, result.text
    return result


def only(result: ToolResult, kind: str) -> Evidence:
    [evidence] = [each for each in result.evidence if each.kind == kind]
    return evidence


@pytest.mark.parametrize("what", ["harbour", "the text 'harbour cafe'", "when does the word Cafe appear?"])
def test_words_on_the_screen_are_found_with_time_and_box(mind: Mind, film: str, what: str) -> None:
    line = only(find(mind, film, what), "text")
    assert line.source == film and line.text == "HARBOUR CAFE" and line.at is not None and 8 <= line.at < 10.5
    assert line.box is not None and np.allclose(line.box, (0.33, 0.45, 0.71, 0.53), atol=0.03)


def test_what_comes_in_from_the_left_is_found_where_it_comes_in(mind: Mind, film: str) -> None:
    mover = only(find(mind, film, "something enters from the left"), "motion")
    assert mover.at == pytest.approx(4.3, abs=0.5) and mover.box is not None and mover.box[0] < 0.05
    assert "from the left" in mover.text


def test_what_moves_the_other_way_is_not_found(mind: Mind, film: str) -> None:
    assert find(mind, film, "moves to the left").evidence == ()
    assert find(mind, film, "enters from the right").evidence == ()


@pytest.mark.parametrize(
    ("what", "at"), [("moves to the right", 0.0), ("something moves up", 3.0), ("goes up or moves upwards", 3.0)]
)
def test_movements_are_found_by_their_way(mind: Mind, what: str, at: float) -> None:
    assert only(find(mind, CLIP, what), "motion").at == pytest.approx(at, abs=0.3)


def test_cuts_are_found(mind: Mind) -> None:
    assert only(find(mind, CLIP, "scene changes"), "shot").at == pytest.approx(3.0, abs=0.1)


@pytest.mark.skipif(not made.can_speak(), reason="nobody can speak here")
@pytest.mark.parametrize("what", ["says budget", "harbour is mentioned", "budget harbour"])
def test_spoken_words_are_found_with_the_time_of_the_word(mind: Mind, film: str, what: str) -> None:
    word = only(find(mind, film, what), "word")
    assert word.at == pytest.approx(2.5 if "harbour is" in what else 2.1, abs=0.4) and "budget" in word.text


def test_what_is_said_is_not_looked_for_on_the_screen(mind: Mind, film: str) -> None:
    assert {each.kind for each in find(mind, film, "somebody says harbour").evidence} <= {"word"}


def test_the_model_is_asked_about_what_must_be_understood(mind: Mind, film: str) -> None:
    seen = find(mind, film, "a calm lake")
    assert seen.evidence and all(each.kind == "seen" and each.at is not None and each.at < 4 for each in seen.evidence)


def test_what_could_be_searched_is_said_where_the_model_abstains(mind: Mind, film: str, eyes: Eyes) -> None:
    eyes.blind = True
    try:
        result = find(mind, film, "a calm lake")
    finally:
        eyes.blind = False
    assert result.evidence == () and "words on the screen" in result.text and "my eyes are closed" in result.text


def test_a_part_of_a_video_is_searched_alone(mind: Mind, film: str) -> None:
    assert find(mind, f"{film}#t=0,7", "the text harbour").evidence == ()
    assert only(find(mind, f"{film}#t=7,12", "the text harbour"), "text").at >= 8  # type: ignore[operator]


def test_words_that_name_nothing_are_left_to_the_model(mind: Mind, film: str) -> None:
    result = find(mind, film, "somebody")
    assert {each.kind for each in result.evidence} == {"seen"}


def test_sound_is_left_alone_where_it_is_not_searched(mind: Mind, film: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise MediaError("the sound is broken")

    monkeypatch.setattr(listening, "voices", broken)
    assert not find(mind, film, "cuts").failed


def test_a_second_search_reads_nothing_again(mind: Mind, film: str) -> None:
    find(mind, film, "the text harbour")
    senses = mind.senses
    mind.senses = replace(senses, readers=_NoText(senses.readers))  # type: ignore[arg-type]
    try:
        assert only(find(mind, film, "the text cafe"), "text")
    finally:
        mind.senses = senses


class _NoText:
    """Readers that cannot read text."""

    def __init__(self, readers: Any) -> None:
        self._readers = readers

    def text(self, frame: Frame, quick: bool = False) -> tuple[Evidence, ...]:
        raise AssertionError("read again")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._readers, name)


def test_a_picture_is_no_video(mind: Mind, tmp_path: Path) -> None:
    path = made.picture(tmp_path / "x.png")
    [result] = [e for e in mind.use(ToolCall("", "find_in_video", {"source": str(path), "what": "x"}))]
    assert isinstance(result, ToolResult) and result.failed and "not a video" in result.text
