"""How well found transitions agree with known ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from assistant.bench.films import Change

NEAR = 0.1
"""Seconds by which two times may differ that mean the same transition."""

Found = Sequence[tuple[float, str]]
"""Times and kinds."""


def hits(found: Iterable[float], known: Iterable[tuple[float, float]]) -> int:
    """How many stretches have a time of their own, in them or near."""
    left, count = sorted(found), 0
    for since, until in sorted(known):
        match = next((at for at in left if since - NEAR - 1e-6 <= at <= until + NEAR + 1e-6), None)
        if match is not None:
            left.remove(match)
            count += 1
    return count


def counts(changes: Sequence[Change], ours: Found, theirs: Found) -> dict[str, Any]:
    """Hits, and how many were found and known: ours and theirs against the truth, and our cuts against theirs.

    Transitions that are known to be slow are left out of the comparison of cuts: PySceneDetect looks for none.
    """
    known = [(change.since, change.until) for change in changes]
    slow = [(change.since, change.until) for change in changes if change.kind != "cut"]
    cuts = [at for at, kind in ours if kind == "cut" and not hits([at], slow)]
    others = [at for at, _ in theirs if not hits([at], slow)]
    figures = {"like PySceneDetect": _row(hits(cuts, [(at, at) for at in others]), len(cuts), len(others))}
    if changes:
        figures["ours true"] = _row(hits([at for at, _ in ours], known), len(ours), len(known))
        figures["PySceneDetect true"] = _row(hits([at for at, _ in theirs], known), len(theirs), len(known))
    return figures


def _row(hits: int, found: int, known: int) -> dict[str, Any]:
    return {"hits": hits, "found": found, "known": known, "f1": f1(hits, found, known)}


def f1(hits: int, found: int, known: int) -> float:
    """The harmonic mean of precision and recall; 1 where there is nothing to find and nothing was found."""
    return round(2 * hits / (found + known), 3) if found + known else 1.0
