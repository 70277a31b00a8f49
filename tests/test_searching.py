"""Searching files: by name and content, ranked, bounded, and nothing outside what may be read."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant import wiring
from assistant.mind import Mind
from assistant.types import ToolCall, ToolResult
from assistant.wiring import Options


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that may be read."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def mind(folder: Path) -> Iterator[Mind]:
    opened = wiring.open_mind(Options(log=False))
    yield opened
    opened.close()


def search(mind: Mind, what: str, **more: str) -> ToolResult:
    call = ToolCall("", "search_files", {"what": what, **more})
    [result] = [event for event in mind.use(call) if isinstance(event, ToolResult)]
    return result


def hits(result: ToolResult) -> list[tuple[str, int]]:
    assert result.data is not None
    return [(Path(hit["path"]).name, hit["line"]) for hit in result.data["hits"]]


def test_words_are_found_in_any_order_and_case_with_their_line(mind: Mind, folder: Path) -> None:
    (folder / "a.txt").write_text("nothing\nThe Kettle is RED today\nred\n")
    (folder / "b.txt").write_text("a kettle\n")
    result = search(mind, "red kettle")
    assert hits(result) == [("a.txt", 2)]
    assert result.evidence[0].source == str(folder / "a.txt")
    assert result.evidence[0].text == "The Kettle is RED today" and result.evidence[0].kind == "line"


def test_words_may_stand_on_several_lines_or_in_the_name(mind: Mind, folder: Path) -> None:
    (folder / "kettle.md").write_text("it is\nred\n")
    (folder / "far.txt").write_text("red\n\nkettle\n")
    assert hits(search(mind, "red kettle")) == [("far.txt", 1), ("far.txt", 3), ("kettle.md", 2)]


def test_names_of_media_are_found_first_and_their_bytes_are_not_searched(mind: Mind, folder: Path) -> None:
    (folder / "kettle.png").write_bytes(b"\x89PNG\0\0 harbour")
    (folder / "notes.txt").write_text("buy a kettle")
    assert hits(search(mind, "kettle")) == [("kettle.png", 0), ("notes.txt", 1)]
    assert hits(search(mind, "harbour")) == []


def test_folders_below_are_searched_and_hidden_files_are_not(mind: Mind, folder: Path) -> None:
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "x.txt").write_text("kettle")
    (folder / ".secret").write_text("kettle")
    assert hits(search(mind, "kettle")) == [("x.txt", 1)]
    assert hits(search(mind, "kettle", path=str(folder / "deep"))) == [("x.txt", 1)]


def test_nothing_outside_is_read_neither_by_a_path_nor_by_a_link(mind: Mind, folder: Path) -> None:
    outside = folder.parent / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("kettle")
    (folder / "link.txt").symlink_to(outside / "secret.txt")
    (folder / "way").symlink_to(outside)
    (folder / "mine.txt").write_text("nothing")
    assert hits(search(mind, "kettle")) == []
    for path in (str(outside), "../outside", str(folder / "way"), "/etc"):
        assert "no file that may be read" in search(mind, "kettle", path=path).text


def test_what_cannot_be_read_is_passed_over(mind: Mind, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "latin.txt").write_bytes("Käse kettle".encode("latin-1"))
    (folder / "empty.txt").write_text("")
    assert hits(search(mind, "kettle")) == [("latin.txt", 1)]


def test_a_long_line_is_shown_around_the_word(mind: Mind, folder: Path) -> None:
    (folder / "long.txt").write_text("x " * 5000 + "kettle " + "y " * 5000)
    [evidence] = search(mind, "kettle").evidence
    assert "kettle" in evidence.text and len(evidence.text) < 220


def test_few_hits_are_told_of_many(mind: Mind, folder: Path) -> None:
    for number in range(40):
        (folder / f"{number}.txt").write_text("kettle\n" * 10)
    result = search(mind, "kettle")
    assert len(result.evidence) == 20 and "And 100 more." in result.text


def test_no_words_are_an_answer_the_model_can_mend(mind: Mind) -> None:
    assert search(mind, "?!").failed


def test_control_characters_of_a_file_are_not_passed_on(mind: Mind, folder: Path) -> None:
    (folder / "evil.txt").write_text("kettle \x1b]0;pwned\x07\x1b[2J\n")
    result = search(mind, "kettle")
    assert "\x1b" not in result.text + result.evidence[0].text
