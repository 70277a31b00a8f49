"""A training: it learns, it is killed and goes on as if nothing had been, and refuses what is not its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_pocket import STAGES, folder, run

from assistant.errors import ModelError
from assistant.training.stages import STATE, Stage

TOP = Path(__file__).parent.parent


def child(place: Path) -> subprocess.Popen[str]:
    """A training in a process of its own."""
    place.mkdir(exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": f"{TOP}{os.pathsep}{TOP / 'tests'}", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(TOP / "tests" / "small_pocket.py"), str(place), str(folder())]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def lines(process: subprocess.Popen[str], most: int = 1000) -> list[str]:
    assert process.stdout is not None
    return [line.strip() for _, line in zip(range(most), process.stdout, strict=False)]


def test_a_killed_training_goes_on_to_the_very_same_weights(tmp_path: Path) -> None:
    with child(tmp_path / "killed") as killed:
        seen = lines(killed, 3)
        killed.send_signal(signal.SIGKILL)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    (tmp_path / "whole").mkdir()
    whole, resumed = (run(tmp_path / name, folder()) for name in ("whole", "killed"))
    assert len(seen) == 3 and 2 <= len(resumed.rows) < len(STAGES) * 5 - 1 and not resumed.done
    assert whole.go() and resumed.go()
    torch.set_num_threads(threads)
    assert resumed.rows == whole.rows
    assert seen == [f"{row.stage} {row.step} {row.loss.hex()}" for row in whole.rows[:3]]
    one, other = (load_file(tmp_path / name / STATE) for name in ("whole", "killed"))
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_a_training_learns(tmp_path: Path) -> None:
    trained = run(tmp_path, folder(), stages=(Stage("eyes", "easy", 40, 8, warm=4),), every=1e9)
    assert trained.go()
    losses = [row.loss for row in trained.rows]
    assert sum(losses[-5:]) / 5 < 0.75 * sum(losses[:5]) / 5


def test_a_training_stops_in_time_and_goes_on(tmp_path: Path) -> None:
    first = run(tmp_path, folder())
    assert not first.go(seconds=0.0) and len(first.rows) == 1
    second = run(tmp_path, folder())
    assert [row.loss for row in second.rows] == [row.loss for row in first.rows]
    assert second.go() and len(second.rows) == sum(stage.steps for stage in STAGES)
    assert run(tmp_path, folder()).done


def test_another_training_is_not_taken_up(tmp_path: Path) -> None:
    run(tmp_path, folder()).save()
    with pytest.raises(ModelError, match="other settings"):
        run(tmp_path, folder(), seed=1)


def test_a_broken_state_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / STATE).write_bytes(b"not a state")
    with pytest.raises(ModelError, match="cannot be read"):
        run(tmp_path, folder())


def test_the_rate_rises_stays_and_falls() -> None:
    stage = Stage("eyes", "easy", 100, 4, warm=10)
    shares = [stage.share(step) for step in range(100)]
    assert shares[0] == 0.1 and shares[20] == 1.0 and shares[34] == 1.0 and shares[50] < 1.0 and shares[-1] < 0.03
    assert all(a >= b for a, b in pairwise(shares[10:]))
