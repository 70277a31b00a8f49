"""``vireo train``: makes the pocket model from nothing, and goes on where it was stopped."""

import argparse
import os
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from assistant.commands.output import aside, line, print_json
from assistant.errors import UsageError

if TYPE_CHECKING:
    from assistant.training.course import Course
    from assistant.training.stages import Row

_PAUSE = 5.0
"""Seconds between two lines of progress."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("pocket",), help="the small model that Vireo trains itself")
    parser.add_argument("--quick", action="store_true", help="all of it, small, to see that it runs")
    parser.add_argument("--out", default="pocket-training", metavar="DIR", help="where it is kept and resumed from")
    parser.add_argument("--seconds", type=float, default=float("inf"), metavar="N", help="stop after N seconds")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same model on a CPU")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps")
    parser.add_argument("--tower", choices=("vit", "swin", "focal"), default="focal", help="what it sees with")
    parser.add_argument("--workers", type=int, default=-1, metavar="N", help="processes that make the examples")
    parser.add_argument("--every", type=float, default=60.0, metavar="N", help="seconds between checkpoints")
    parser.add_argument("--begin-with", metavar="DIR", help="train a pocket model that is there further")
    parser.add_argument("--plan", choices=("tiny", "quick", "full"), default="full", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="the marks as JSON")


def run(arguments: argparse.Namespace) -> int:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy draws small pictures: its threads would only wait
    from assistant.models.schema import Held
    from assistant.training.course import MODEL, PLANS, Course, table

    if arguments.seconds <= 0 or arguments.seed < 0:
        raise UsageError("Seconds are more than 0, a seed is 0 or more.", "See: vireo train --help")
    begun = Path(arguments.begin_with) if arguments.begin_with else None
    course = Course(
        PLANS["quick" if arguments.quick else "more" if begun else arguments.plan],
        Path(arguments.out),
        arguments.seed,
        arguments.tower,
        arguments.device,
        _workers(arguments.workers),
        _system(),
        arguments.every,
        begun,
        Held,
    )
    if not _trained(course, arguments.seconds):
        aside("Stopped; the same command goes on.")
        return 0
    aside("The router learns which words want which tool.")
    course.export()
    marks = course.examine(lambda text, done: aside(f"trial {done:4.0%}  {text}"))
    if arguments.json:
        print_json({"model": str(course.folder / MODEL), "skills": table(marks)})
        return 0
    for mark in marks:
        line(f"{mark.skill:14}{mark.right:6.2f}   constant {mark.constant:.2f}")
    line(f"The model is in {course.folder / MODEL}")
    return 0


def _trained(course: "Course", seconds: float) -> bool:
    done = course.train(seconds, _Progress(course).told)
    aside((course.folder / "curve.txt").read_text(encoding="utf-8").rstrip())
    return done


class _Progress:
    """Tells how the training goes, a line every few seconds."""

    def __init__(self, course: "Course") -> None:
        self._steps = {stage.name: stage.steps for stage in course.plan.stages}
        self._told = 0.0

    def told(self, row: "Row", rate: float, left: float) -> None:
        steps = self._steps[row.stage]
        if monotonic() - self._told < _PAUSE and row.step + 1 < steps:
            return
        self._told = monotonic()
        minutes, seconds = divmod(round(left), 60)
        aside(
            f"{row.stage:9}{row.step + 1:6}/{steps}  loss {row.loss:.3f}  right {row.right:.2f}"
            f"  {rate:.0f} examples/s  {minutes}:{seconds:02} left"
        )


def _workers(wish: int) -> int:
    """One process a core, but one core for the training; all chance is by steps, so their number changes nothing."""
    return wish if wish >= 0 else max(1, (os.cpu_count() or 1) - 1)


def _system() -> str:
    """The system prompt as it comes with Vireo."""
    from assistant.prompts import PromptFolders
    from assistant.wiring import bundled

    return PromptFolders(bundled("prompts")).text("system")
