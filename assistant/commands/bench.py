"""``vireo bench``: measures Vireo beside what does the same work, on media that it makes itself."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.commands.output import aside, line, print_json
from assistant.errors import ConfigError

WORKS = {
    "shots": "cuts, dissolves and fades, beside PySceneDetect",
    "text": "seconds a megapixel and words read right, on made pictures",
    "codes": "seconds a picture and codes read right, on made pictures",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("work", nargs="?", choices=tuple(WORKS), help="what to measure; without it, all of it, quickly")
    parser.add_argument("files", nargs="*", metavar="FILE", help="videos to time beside the made ones (shots)")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller media")
    parser.add_argument("--rounds", type=int, default=0, metavar="N", help="how often each side is timed (7, quick 3)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="time N processes as well (shots)")
    parser.add_argument("--folder", metavar="FOLDER", help="where made media are kept")
    parser.add_argument("--json", action="store_true", help="all figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    quick = arguments.quick or arguments.work is None
    rounds = arguments.rounds or (3 if quick else 7)
    if rounds < 1 or arguments.workers < 1:
        raise ConfigError("Rounds and workers are 1 or more.", "See: vireo bench --help")
    folder = Path(arguments.folder or Path(tempfile.gettempdir()) / "vireo-bench")
    works = (arguments.work,) if arguments.work else tuple(WORKS)
    reports = []
    for work in works:
        if not arguments.json and not arguments.work:
            line(f"{work}: {WORKS[work]}")
        report = _report(work, arguments, folder, quick, rounds)
        reports.append(report)
        if not arguments.json:
            _show(report)
    if arguments.json:
        print_json(reports[0] if arguments.work else reports)
    return 0


def _report(work: str, arguments: argparse.Namespace, folder: Path, quick: bool, rounds: int) -> dict[str, Any]:
    if work == "shots":
        from assistant.bench.shots import report as shots

        files = [Path(name) for name in arguments.files]
        return shots(files, folder, quick, rounds, arguments.workers, aside)
    from assistant.bench.pictures import report as pictures

    return pictures(work, quick, rounds, aside)


def _show(report: dict[str, Any]) -> None:
    machine = report["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    line(f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']}, Python {machine['python']}, {versions}")
    line(f"probes: {machine['GFLOP/s']} GFLOP/s, {machine['GB/s']} GB/s; medians of {report['rounds']}")
    _table(report.get("films") or report.get("pictures") or ())
    for name, value in report["total"].items():
        line(f"{name}: {_plain(value)}")
    if "workers" in report:
        line(f"workers: {_plain(report['workers'])}")


def _table(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        line("  ".join(f"{name} {_plain(value)}" for name, value in row.items()))


def _plain(value: Any) -> str:
    match value:
        case dict():
            return "(" + ", ".join(f"{name} {_plain(each)}" for name, each in value.items()) + ")"
        case _:
            return str(value)
