"""The speed and the truth of finding shots, beside PySceneDetect: each end to end from the file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import geometric_mean, median
from typing import Any

from scenedetect import AdaptiveDetector, detect

from assistant.bench.agreement import Found, counts, f1
from assistant.bench.films import ENCODINGS, Film, film
from assistant.bench.machine import facts
from assistant.bench.reel import Reel
from assistant.bench.timing import in_turns
from assistant.bench.workers import several
from assistant.readers.shots import shots

LARGE, SMALL = (640, 360), (320, 180)
PACKAGES = ("av", "opencv-python", "scenedetect", "numpy")

Tell = Callable[[str], None]


def report(files: Sequence[Path], folder: Path, quick: bool, rounds: int, workers: int, tell: Tell) -> dict[str, Any]:
    """All figures.

    Args:
        files: videos to time beside those that are made
        folder: keeps the films that are made
        quick: two small films instead of one of each encoding
        rounds: how often each side is timed
        workers: how many processes share the work in a measurement of their own; 1 leaves it out
        tell: hears how far it is
    """
    films = [*made(folder, quick, tell), *(Film(path.name, path, ()) for path in files)]
    rows = []
    for each in films:
        tell(f"timing {each.name}")
        rows.append(compared(each, rounds))
    whole = {"bench": "shots", "machine": facts(*PACKAGES), "rounds": rounds, "films": rows, "total": total(rows)}
    if workers > 1:
        tell(f"timing {workers} workers")
        longer = film("x264", 10 if quick else 160, SMALL if quick else LARGE, folder)
        whole["workers"] = several(str(longer.path), workers, rounds)
    return whole


def made(folder: Path, quick: bool, tell: Tell) -> list[Film]:
    """The films of all encodings, or of the quickest."""
    films = []
    for name in ("x264", "mpeg4") if quick else ENCODINGS:
        tell(f"making {name}")
        films.append(film(name, 8 if quick else 36, SMALL if quick else LARGE, folder))
    return films


def compared(film: Film, rounds: int) -> dict[str, Any]:
    """Both sides on one film."""
    path, at = str(film.path), Reel(str(film.path)).packets().at
    ours, theirs = in_turns(partial(_ours, path), partial(_theirs, path), rounds)
    return {
        "film": film.name,
        "seconds": round(float(at[-1] + at[-1] - at[-2]), 2),
        "frames": len(at),
        "ours": ours.figures(),
        "PySceneDetect": theirs.figures(),
        "times faster": round(median(theirs.cpu) / median(ours.cpu), 2),
        "agreement": counts(film.changes, ours.answer or (), theirs.answer or ()),
    }


def _ours(path: str) -> Found:
    return [(shot.since, shot.begins) for shot in shots(Reel(path))[1:]]


def _theirs(path: str) -> Found:
    """As its users run it: its own reader, its own defaults."""
    return [(begin.seconds, "cut") for begin, _ in detect(path, AdaptiveDetector())[1:]]


def total(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The figures of all films together."""
    seconds, frames = sum(row["seconds"] for row in rows), sum(row["frames"] for row in rows)
    ours, theirs = (sum(row[side]["cpu"] for row in rows) for side in ("ours", "PySceneDetect"))
    whole = {
        "video seconds a core second": {"ours": round(seconds / ours, 1), "PySceneDetect": round(seconds / theirs, 1)},
        "frames a core second": {"ours": round(frames / ours), "PySceneDetect": round(frames / theirs)},
        "times faster": round(theirs / ours, 2),
        "times faster, geometric mean of films": round(geometric_mean(row["times faster"] for row in rows), 2),
    }
    for name in ("like PySceneDetect", "ours true", "PySceneDetect true"):
        sums = [sum(row["agreement"].get(name, {}).get(key, 0) for row in rows) for key in ("hits", "found", "known")]
        whole[f"F1 {name}"] = f1(*sums)
    return whole
