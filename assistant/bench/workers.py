"""How much faster several processes find the shots of a video: each takes a part of the time line."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from statistics import median
from time import perf_counter, process_time
from typing import Any

from assistant.bench.agreement import hits
from assistant.bench.reel import Reel
from assistant.readers.compressed import Traces
from assistant.readers.cuts import Part, part
from assistant.readers.shots import ends, joined, seams, shared
from assistant.readings import Shot
from assistant.types import ALWAYS


def several(path: str, workers: int, rounds: int) -> dict[str, Any]:
    """Wall seconds of one process and of several, each on a core, in turns, and whether they find the same."""
    walls: dict[int, list[float]] = {1: [], workers: []}
    found: dict[int, tuple[Shot, ...]] = {}
    cpu: dict[int, list[float]] = {1: [], workers: []}
    spawned = multiprocessing.get_context("spawn")
    cores = spawned.SimpleQueue()
    for core in sorted(_cores())[:workers]:
        cores.put(core)
    with ProcessPoolExecutor(workers, spawned, _pinned, (cores,)) as pool:
        first = path, Traces(Reel(path).packets()), 0, 1
        list(pool.map(_part, [first] * (4 * workers)))  # they are started and have imported all
        for number in range(rounds):
            for count in (1, workers) if number % 2 == 0 else (workers, 1):
                begun = perf_counter()
                found[count], seconds = _shots(pool, path, count)
                walls[count].append(perf_counter() - begun)
                cpu[count].append(longest(seconds, count))
    one, many = median(walls[1]), median(walls[workers])
    return {
        "workers": workers,
        "wall": {"1": round(one, 3), str(workers): round(many, 3)},
        "times faster": round(one / many, 2),
        "times faster by cpu of the busiest": round(median(cpu[1]) / median(cpu[workers]), 2),
        "equal": _equal(found[1], found[workers]),
    }


def _cores() -> set[int]:
    """Those that this process may use, where the system tells."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()


def _pinned(cores: Any) -> None:
    """Keep this process to a core of its own: a worker alone would use half of another one's besides."""
    if not cores.empty():
        os.sched_setaffinity(0, {cores.get()})


def longest(seconds: Sequence[float], workers: int) -> float:
    """How long the last of some workers is busy, if each takes the next piece when it is ready."""
    busy = [0.0] * workers
    for each in seconds:
        busy[busy.index(min(busy))] += each
    return max(busy)


def _equal(one: Sequence[Shot], other: Sequence[Shot]) -> bool:
    begins = [(shot.since, shot.since) for shot in other]
    return len(one) == len(other) == hits([shot.since for shot in one], begins)


def _shots(pool: ProcessPoolExecutor, path: str, count: int) -> tuple[tuple[Shot, ...], list[float]]:
    packets = Reel(path).packets()
    first, last = ends(packets, 0.0, ALWAYS)
    traces = Traces(packets)
    ranges = shared(packets, first, last, count)
    results = list(pool.map(_part, [(path, traces, *each) for each in ranges]))
    between = seams(packets, ranges, [found for found, _ in results])
    results += pool.map(_part, [(path, traces, *each) for each in between])
    return joined(packets.at[first : last + 1].tolist(), [found for found, _ in results]), [cpu for _, cpu in results]


def _part(work: tuple[str, Traces, int, int]) -> tuple[Part, float]:
    """A part of a video, and the CPU seconds that it took."""
    path, traces, first, last = work
    begun = process_time()
    return part(Reel(path), traces, first, last), process_time() - begun
