"""Scoring answers against known ones, and the command that asks a whole manifest."""

import json
from pathlib import Path

import pytest

from assistant.errors import ConfigError
from assistant.training.evaluate import Question, judge, manifest, table, word_errors
from tests.test_commands import CLIP, DEMO, SCENE, run


def question(type: str = "ocr", **changes: object) -> Question:
    return Question("a.png", "photo", type, "What?", **{"accept": ("harbour",), **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "answer", "verdict"),
    [
        (question(), "It reads HARBOUR CAFE", "right"),
        (question(), "It reads STATION", "wrong"),
        (question(reject=("cafe",)), "It reads HARBOUR CAFE", "wrong"),
        (question(accept=("3", "three")), "13 cars", "wrong"),
        (question(accept=("3", "three")), "There are 3.", "right"),
        (question(accept=("no",)), "I know nothing", "wrong"),
        (question("time", seconds=(1.0, 2.0)), "at 1.5 s", "right"),
        (question("time", seconds=(1.0, 2.0)), "at 15 s", "wrong"),
        (question("abstain"), "a harbour", "right"),
    ],
)
def test_an_answer_is_right_when_it_holds_what_is_accepted_and_nothing_rejected(
    asked: Question, answer: str, verdict: str
) -> None:
    assert judge(asked, answer, False, ()).verdict == verdict


def test_abstention_decides_before_the_words_do() -> None:
    assert judge(question(), "I cannot tell. HARBOUR", True, ()).verdict == "abstained"
    assert judge(question("abstain"), "I cannot tell.", True, ()).verdict == "right"


def test_what_the_evidence_holds_is_counted_apart() -> None:
    assert judge(question(), "no idea", False, ("it says", "Harbour")).held
    assert not judge(question(), "harbour", False, ()).held


@pytest.mark.parametrize(
    ("expected", "heard", "errors"),
    [
        ("ten of clubs", "Ten, of clubs!", (0, 3)),
        ("ten of clubs", "ten clubs", (1, 3)),
        ("ten", "a b c", (3, 1)),
        ("ten", "", (1, 1)),
    ],
)
def test_word_errors_are_substituted_missing_and_added_words(
    expected: str, heard: str, errors: tuple[int, int]
) -> None:
    assert word_errors(expected, heard) == errors


def test_the_table_shows_what_a_constant_answer_would_reach() -> None:
    scores = [judge(question("yesno", accept=(word,)), "yes", False, ()) for word in ("yes", "no", "no")]
    [row] = table(scores, "type")
    assert (row["questions"], row["right"], row["wrong"], row["constant answer"]) == (3, 1, 2, 2)


@pytest.mark.parametrize("line", ["{", "[]", '{"qa": [{"q": "x"}]}', '{"file": "a", "kind": "b", "qa": [{"q": 1}]}'])
def test_a_line_that_is_not_of_a_manifest_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "m.jsonl").write_text(f'{{"file": "a.png", "kind": "photo"}}\n{line}\n', encoding="utf-8")
    with pytest.raises(ConfigError, match="line 2"):
        manifest(tmp_path / "m.jsonl")


def test_a_manifest_is_asked_scored_and_resumed(vireo: list[str], tmp_path: Path) -> None:
    rows = [
        {"file": SCENE, "kind": "drawing", "qa": [
            {"q": "What does the sign say?", "type": "ocr", "accept_any": ["harbour cafe"]},
            {"q": "Who lives there?", "type": "object", "accept_any": ["a cat"]},
            {"q": "Which year was it built?", "type": "abstain", "accept_any": ["cannot"]}]},
        {"file": CLIP, "kind": "clip", "qa": [
            {"q": "When is the cut?", "type": "time", "accept_any": [], "t_s": [2.9, 3.1]}]},
        {"file": str(DEMO / "question.wav"), "kind": "speech", "transcript": "what does the sign say"},
        {"file": "gone.png", "kind": "drawing", "qa": [{"q": "What?", "type": "object", "accept_any": ["x"]}]},
    ]  # fmt: skip
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    words = ("eval", str(tmp_path / "m.jsonl"), "--json", "--out", str(tmp_path / "out.jsonl"))
    done = run(vireo, *words)
    report = json.loads(done.stdout)
    types = {row["name"]: row for row in report["by type"]}
    assert types["ocr"]["right"] == types["ocr"]["right and short"] == types["time"]["right"] == 1
    assert types["abstain"]["right"] == 1
    assert (types["object"]["abstained"], types["object"]["wrong"]) == (1, 1)
    assert report["speech"]["clips"] == 1
    again = run(vireo, *words)
    assert json.loads(again.stdout) == report and "/6" not in again.stderr
