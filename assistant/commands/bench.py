"""``vireo bench``: measures Vireo beside what does the same work, on media that it makes itself."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from assistant.commands.output import aside, line, print_json
from assistant.errors import UsageError

WORKS = {
    "shots": "cuts, dissolves and fades, beside PySceneDetect",
    "text": "seconds a megapixel and words read right, on made pictures",
    "codes": "seconds a picture and codes read right, on made pictures",
    "asking": "the first token after so many frames, beside generate() and beside reading anew",
    "streaming": "a still scene, an hour of frames, and decoding, beside looking anew and beside generate()",
    "talking": "what is left to compute when a spoken question is over, beside reading it then and beginning anew",
}


_LIVE = ("asking", "streaming", "talking")
"""The works that a model does."""

DEFAULTS: dict[str, Any] = {
    "work": "",
    "files": [],
    "quick": False,
    "rounds": 0,
    "workers": 1,
    "device": "cpu",
    "json": False,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    _options(parser)
    works = parser.add_subparsers(metavar="WORK", help="without one, all of them, quickly")
    for name, summary in WORKS.items():
        work = works.add_parser(name, help=summary, description=f"Measures {summary}.")
        _options(work)
        work.set_defaults(work=name)
        if name in _LIVE:
            work.add_argument("--device", default="cpu", help="cpu, cuda: there larger models are asked, in bfloat16")
        if name == "shots":
            work.add_argument("--workers", type=int, metavar="N", default=1, help="time N processes as well")
            work.add_argument("files", nargs="*", metavar="FILE", help="videos to time beside the made ones")


def _options(parser: argparse.ArgumentParser) -> None:
    """What may stand before and behind the work; nothing is set by what does not stand there."""
    unset = argparse.SUPPRESS
    parser.add_argument("--quick", action="store_true", default=unset, help="fewer and smaller media")
    parser.add_argument("--rounds", type=int, metavar="N", default=unset, help="how often each side is timed (7 or 3)")
    parser.add_argument("--folder", metavar="FOLDER", default=unset, help="where made media are kept")
    parser.add_argument("--json", action="store_true", default=unset, help="all figures as JSON")


def run(arguments: argparse.Namespace) -> int:
    chosen = argparse.Namespace(**DEFAULTS | {"folder": Path(tempfile.gettempdir()) / "vireo-bench"} | vars(arguments))
    quick = chosen.quick or not chosen.work
    rounds = chosen.rounds or (3 if quick else 7)
    if rounds < 1 or chosen.workers < 1:
        raise UsageError("Rounds and workers are 1 or more.", "See: vireo bench --help")
    reports = []
    for work in (chosen.work,) if chosen.work else WORKS:
        if not chosen.json and not chosen.work:
            line(f"{work}: {WORKS[work]}")
        reports.append(_report(work, chosen, quick, rounds))
        if not chosen.json:
            _show(reports[-1])
    if chosen.json:
        print_json(reports[0] if chosen.work else reports)
    return 0


def _report(work: str, chosen: argparse.Namespace, quick: bool, rounds: int) -> dict[str, Any]:
    if work == "shots":
        from assistant.bench.shots import report as shots

        files = [Path(name) for name in chosen.files]
        return shots(files, Path(chosen.folder), quick, rounds, chosen.workers, aside)
    if work in _LIVE:
        from assistant.bench import asking, streaming, talking
        from assistant.models.place import device_of

        live = {"asking": asking.report, "streaming": streaming.report, "talking": talking.report}
        return live[work](quick, rounds, aside, str(device_of(chosen.device)))
    from assistant.bench.pictures import report as pictures

    return pictures(work, quick, rounds, aside)


def _show(report: dict[str, Any]) -> None:
    machine = report["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    line(f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']}, Python {machine['python']}, {versions}")
    line(f"probes: {machine['GFLOP/s']} GFLOP/s, {machine['GB/s']} GB/s; medians of {report['rounds']}")
    _table(report.get("films") or report.get("pictures") or report.get("talks") or ())
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
