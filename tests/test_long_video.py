"""Hours of video are understood in bounded memory, and what was stopped goes on where it was."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.long_video import CROSSING, Plan, build, plan

TOP = Path(__file__).parent.parent
MOST = 700
"""Megabytes of resident memory of all processes together."""
WATCH = """
import json, sys
from assistant import wiring
from assistant.types import Progress, ToolCall

source, passes = sys.argv[1], int(sys.argv[2])  # it is stopped half way through so many readings of the whole
file = wiring.standard_folders().file
file.parent.mkdir(parents=True, exist_ok=True)
file.write_text("tool_seconds = 3000")
mind = wiring.open_mind(wiring.Options())
told, last, passed, result = [], 0.0, 0, {}
for event in mind.use(ToolCall("", "understand_video", {"source": source})):
    if isinstance(event, Progress):
        told.append(event.done)
        passed += last < 0.5 <= event.done
        last = event.done
        if passed == passes:
            mind.stop()
    else:
        result = {"text": event.text, "data": event.data}
mind.close()
json.dump(result | {"told": told}, open(sys.argv[3], "w"))
"""


@dataclass(frozen=True)
class Watched:
    result: dict[str, Any]
    peak: float
    """Megabytes."""


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(3 * 3600.0, cuts=400, movers=50)


@pytest.fixture(scope="module")
def video(made: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("long") / "long.mp4", made)


def watch(video: Path, passes: int = 0) -> Watched:
    told = video.with_suffix(".json")
    with subprocess.Popen([sys.executable, "-c", WATCH, str(video), str(passes), str(told)], cwd=TOP) as process:
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, sum(map(resident, family(process.pid))))
            try:
                process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
    assert process.returncode == 0
    return Watched(json.loads(told.read_text()), peak)


def family(process: int) -> Iterator[int]:
    """A process and all below it, as far as they still live."""
    yield process
    for thread in Path(f"/proc/{process}/task").glob("*/children"):
        try:
            children = thread.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from family(int(child))


def resident(process: int) -> float:
    """Megabytes."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS")), 0.0)


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_three_hours_are_understood_stopped_and_gone_on_with(made: Plan, video: Path) -> None:
    stopped = watch(video, passes=2)
    assert "text" not in stopped.result
    whole = watch(video)
    assert whole.result["told"][0] > 0.4, "what was read before is not read again"
    assert max(stopped.peak, whole.peak) < MOST
    print(f"{max(stopped.peak, whole.peak):.0f} MB, {right_cuts(made, whole)} cuts, {right_movers(made, whole)} movers")
    assert right_cuts(made, whole) >= 0.95 * len(made.cuts)
    assert len(whole.result["data"]["shots"]) - 1 <= 1.05 * len(made.cuts)
    assert right_movers(made, whole) >= 0.95 * len(made.movers)
    assert len(whole.result["data"]["tracks"]) <= 1.1 * len(made.movers)
    again = watch(video)
    assert again.result["told"] == [] and again.result["text"] == whole.result["text"]


def right_cuts(made: Plan, watched: Watched) -> int:
    found = [shot["since"] for shot in watched.result["data"]["shots"][1:]]
    return sum(any(abs(cut - at) <= 0.15 for at in found) for cut in made.cuts)


def right_movers(made: Plan, watched: Watched) -> int:
    tracks = watched.result["data"]["tracks"]
    return sum(
        any(
            track["direction"] == mover.direction
            and abs(track["since"] - mover.since) <= 0.5
            and abs(track["until"] - mover.since - CROSSING) <= 0.5
            for track in tracks
        )
        for mover in made.movers
    )
