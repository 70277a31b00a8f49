"""The benches measure two sides of the same work, count right and wrong, and report what they measured on."""

import json
from pathlib import Path

import numpy as np
import pytest

from assistant.__main__ import main
from assistant.bench import machine
from assistant.bench.agreement import counts, f1, hits
from assistant.bench.films import ENCODINGS, Change, film
from assistant.bench.pictures import report as pictures
from assistant.bench.shots import report as shots
from assistant.bench.spoken import PAUSE, WINDOW, questions
from assistant.bench.talking import report as talking
from assistant.bench.timing import in_turns


def quiet(line: str) -> None:
    """Hears how far a bench is."""


def test_both_sides_are_timed_in_turns_as_often() -> None:
    order: list[str] = []

    def side(name: str) -> str:
        order.append(name)
        return name

    ours, theirs = in_turns(lambda: side("A"), lambda: side("B"), 4)
    assert "".join(order) == "ABBAABBA"
    assert (ours.answer, theirs.answer) == ("A", "B")
    assert len(ours.cpu) == len(theirs.wall) == 4


@pytest.mark.parametrize(
    ("found", "known", "right"),
    [
        ([1.0, 2.05], [(1.0, 1.0), (2.0, 2.0)], 2),
        ([1.0], [(1.2, 1.2)], 0),
        ([1.0, 1.04], [(1.0, 1.0)], 1),
        ([5.5], [(5.0, 6.0)], 1),
        ([1.0], [(1.0, 1.0), (1.05, 1.05)], 1),
    ],
)
def test_a_time_is_right_once(found: list[float], known: list[tuple[float, float]], right: int) -> None:
    assert hits(found, known) == right


def test_slow_transitions_do_not_count_against_who_looks_for_cuts_alone() -> None:
    changes = (Change(2, 2, "cut"), Change(4, 5, "dissolve"))
    agreement = counts(changes, [(2.0, "cut"), (4.5, "dissolve")], [(2.0, "cut"), (4.96, "cut"), (7.0, "cut")])
    assert agreement["like PySceneDetect"] == {"hits": 1, "found": 1, "known": 2, "f1": 0.667}
    assert agreement["ours true"] == {"hits": 2, "found": 2, "known": 2, "f1": 1.0}
    assert agreement["PySceneDetect true"] == {"hits": 2, "found": 3, "known": 2, "f1": 0.8}


def test_nothing_found_where_nothing_is_is_right() -> None:
    assert (f1(0, 0, 0), f1(0, 2, 0)) == (1.0, 0.0)


def test_the_machine_is_told() -> None:
    facts = machine.facts("numpy", "no-such-package")
    assert facts["cores"] >= 1 and facts["GFLOP/s"] > 0 and facts["GB/s"] > 0
    assert facts["versions"] == {"numpy": np.__version__, "no-such-package": ""}


def test_a_film_is_made_once(tmp_path: Path) -> None:
    first = film("mpeg4", 3, (160, 90), tmp_path)
    written = first.path.stat().st_mtime_ns
    assert film("mpeg4", 3, (160, 90), tmp_path) == first
    assert first.path.stat().st_mtime_ns == written
    assert len(first.changes) == 2


def test_shots_are_measured_beside_pyscenedetect(tmp_path: Path) -> None:
    report = shots([], tmp_path, quick=True, rounds=1, workers=2, tell=quiet)
    assert [row["film"] for row in report["films"]] == ["x264", "mpeg4"]
    assert report["total"]["F1 ours true"] >= 0.9
    assert report["total"]["times faster"] > 0
    assert report["workers"]["equal"]
    json.dumps(report)


def test_codes_are_measured() -> None:
    report = pictures("codes", quick=True, rounds=2, tell=quiet)
    assert report["total"] == {"F1": 1.0, "wrong": 0}
    assert all(row["equal"] and row["seconds a picture"] > 0 for row in report["pictures"])


def test_text_is_measured() -> None:
    report = pictures("text", quick=True, rounds=1, tell=quiet)
    assert report["total"]["F1"] >= 0.9
    assert {row["pictures"] for row in report["pictures"]} == {"clean", "blurred", "noisy"}


def test_spoken_questions_are_revised_while_one_speaks_and_in_the_silence() -> None:
    asked = list(questions(200))
    assert asked == list(questions(200)) != list(questions(200, seed=1))
    assert 0.15 < sum(question.is_revised_late for question in asked) / 200 < 0.4
    for question in asked:
        assert [heard.at for heard in question.heard] == sorted(heard.at for heard in question.heard)
        assert 0 <= question.heard[-1].at - question.silent <= WINDOW and PAUSE < WINDOW
        assert 6 <= len(question.heard[-1].words.split()) <= 14


def test_what_is_left_when_a_question_is_over_is_measured_beside_beginning_anew() -> None:
    report = talking(quick=True, rounds=1, tell=quiet)
    [row] = report["talks"]
    assert (row["family"], row["questions"]) == ("smolvlm", 2)
    assert 0 <= report["total"]["at most a step left"] <= 1
    assert row["x cascade"] > 1 and row["ours ms"] >= row["to the first word ms"]
    json.dumps(report)


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "codes", "--quick", "--rounds", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["bench"] == "codes"


def test_no_rounds_are_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "codes", "--rounds", "-1"]) == 2
    assert "1 or more" in capsys.readouterr().err


def test_options_may_stand_before_and_behind_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--json", "--quick", "codes", "--rounds", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["rounds"] == 1


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_shots_are_found_four_times_as_fast_as_by_pyscenedetect(tmp_path: Path) -> None:
    report = shots([], tmp_path, quick=False, rounds=7, workers=2, tell=print)
    print(json.dumps(report["total"], indent=2), json.dumps(report["workers"], indent=2))
    total = report["total"]
    assert len(report["films"]) == len(ENCODINGS)
    assert min(total["F1 like PySceneDetect"], total["F1 ours true"]) >= 0.95
    assert total["times faster"] >= 4
    assert report["workers"]["equal"]
    assert report["workers"]["times faster by cpu of the busiest"] >= 1.4


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_after_four_of_five_questions_no_more_than_a_step_is_left() -> None:
    report = talking(quick=False, rounds=7, tell=print)
    print(json.dumps(report["talks"], indent=2))
    assert report["total"]["at most a step left"] >= 0.8
    assert report["total"]["x cascade"] >= 20
