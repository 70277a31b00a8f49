"""What a figure was measured on: the machine, the versions, and how fast it is just now."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

SIDE = 512
"""Rows of the matrices of the probe."""
COPIED = 64 << 20
"""Bytes that the probe of bandwidth copies."""
TRIES = 5


def facts(*packages: str) -> dict[str, Any]:
    """The machine, the versions of some packages, and two probes."""
    return {
        "cpu": _model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in packages},
        **probes(),
    }


def probes() -> dict[str, float]:
    """GFLOP/s of a matrix product in float32, and GB/s of a copy: the best of some tries."""
    random = np.random.default_rng(0)
    matrix = random.standard_normal((SIDE, SIDE), np.float32)
    block = np.zeros(COPIED, np.uint8)
    product = min(_seconds(lambda: matrix @ matrix) for _ in range(TRIES))
    copy = min(_seconds(block.copy) for _ in range(TRIES))
    return {"GFLOP/s": round(2 * SIDE**3 / product / 1e9, 1), "GB/s": round(2 * COPIED / copy / 1e9, 1)}


def _seconds(work: Any) -> float:
    begun = perf_counter()
    work()
    return perf_counter() - begun


def _model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
