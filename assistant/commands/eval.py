"""``vireo eval``: asks every question of a manifest and shows what was right, abstained and wrong."""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from assistant.commands.output import aside, line, stopping
from assistant.errors import AssistantError
from assistant.types import Abstained, Delta, ToolResult, Turn
from assistant.wiring import Options, open_mind

if TYPE_CHECKING:
    from assistant.mind import Mind
    from assistant.training.evaluate import Question, Score, Speech

COLUMNS = ("questions", "right", "abstained", "wrong", "right and short", "evidence holds it")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("manifest", help="one JSON object a line, beside its media")
    parser.add_argument("-m", "--model", default="", help="a model by name, folder or hub id")
    parser.add_argument("--hearing", default="", metavar="MODEL", help="what writes down speech")
    parser.add_argument("--out", metavar="FILE", help="write each result there as it comes, and resume from it")
    parser.add_argument("--json", action="store_true", help="the tables as one JSON object")
    parser.add_argument("--only", default="", metavar="TYPE", help="only the questions of this type, such as ocr")


def run(arguments: argparse.Namespace) -> int:
    from assistant.training.evaluate import manifest

    path = Path(arguments.manifest)
    questions, clips = manifest(path)
    types = sorted({question.type for question in questions})
    questions = [question for question in questions if arguments.only in ("", question.type)]
    if arguments.only and not questions:
        raise AssistantError(f"There is no question of the type {arguments.only}.", f"There are: {', '.join(types)}.")
    clips = [] if arguments.only else clips
    kept = _Kept(Path(arguments.out)) if arguments.out else _Kept(None)
    with closing(open_mind(Options(arguments.model, arguments.hearing, log=False))) as mind, stopping(mind) as stopped:
        label = mind.status().label
        for number, (name, work) in enumerate(_work(mind, path.parent, questions, clips), 1):
            if stopped.is_set():
                return 130
            if name not in kept.rows:
                aside(f"{number}/{len(questions) + len(clips)}  {name}")
                row = work()
                if not stopped.is_set():
                    kept.add(name, row)
        report = _report(kept.rows, label)
    line(json.dumps(report, ensure_ascii=False, indent=2)) if arguments.json else _show(report)
    return 0


def _work(
    mind: "Mind", folder: Path, questions: Sequence["Question"], clips: Sequence["Speech"]
) -> Iterator[tuple[str, Any]]:
    """Each piece of work under a name that stays the same from run to run."""
    for question in questions:
        yield f"{question.file}: {question.text}", lambda question=question: _ask(mind, folder, question)
    for clip in clips:
        yield f"{clip.file}: transcript", lambda clip=clip: _hear(mind, folder, clip)


def _ask(mind: "Mind", folder: Path, question: "Question") -> dict[str, Any]:
    from assistant.evidence import plain
    from assistant.training.evaluate import judge

    answer, evidence, abstained, begun = "", list[str](), False, monotonic()
    mind.begin()  # what was asked before is nobody's help
    try:
        for event in mind.ask(Turn(question.text, (str((folder / question.file).absolute()),))):
            match event:
                case Delta(text):
                    answer += text
                case Abstained():
                    abstained = True
                case ToolResult():
                    evidence += [event.text, *(each.text for each in event.evidence)]
    except AssistantError as error:
        answer = f"error: {error}"
    score = judge(question, plain(answer), abstained, evidence)
    return {"score": asdict(score), "seconds": round(monotonic() - begun, 2)}


def _hear(mind: "Mind", folder: Path, clip: "Speech") -> dict[str, Any]:
    try:
        heard = mind.hear(mind.senses.media.sound(str((folder / clip.file).resolve()))).text
    except AssistantError as error:
        heard = ""
        aside(f"{clip.file}: {error}")
    return {"speech": asdict(clip) | {"heard": heard}}


class _Kept:
    """The results so far; in a file, one a line, where a run goes on after it was stopped."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        kept = path.read_text(encoding="utf-8").splitlines() if path and path.exists() else []
        self.rows: dict[str, dict[str, Any]] = {}
        for text in kept:
            try:
                row = json.loads(text)
                self.rows[row.pop("name")] = row
            except (ValueError, KeyError, AttributeError):
                continue  # a line that a kill cut short: its question is asked again

    def add(self, name: str, row: dict[str, Any]) -> None:
        self.rows[name] = row
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"name": name, **row}, ensure_ascii=False) + "\n")


def _report(rows: dict[str, dict[str, Any]], model: str) -> dict[str, Any]:
    from assistant.training.evaluate import Question, Score, table, word_errors

    scores = [_score(row["score"], Question, Score) for row in rows.values() if "score" in row]
    spoken = [row["speech"] for row in rows.values() if "speech" in row]
    errors = [word_errors(clip["expected"], clip["heard"]) for clip in spoken]
    words = sum(count for _, count in errors)
    report: dict[str, Any] = {"model": model, "by type": table(scores, "type"), "by kind": table(scores, "kind")}
    if words:
        report["speech"] = {"clips": len(spoken), "word errors": round(sum(wrong for wrong, _ in errors) / words, 3)}
    return report


def _score(row: dict[str, Any], question: type["Question"], score: type["Score"]) -> "Score":
    asked = row["question"]
    seconds = tuple(asked["seconds"]) if asked["seconds"] else None
    lists = {"accept": tuple(asked["accept"]), "reject": tuple(asked["reject"]), "seconds": seconds}
    return score(**row | {"question": question(**asked | lists)})


def _show(report: dict[str, Any]) -> None:
    line(f"model: {report['model']}")
    for by in ("by type", "by kind"):
        line(f"\n{by:16}{'asked':>6}{'right':>6}{'abst.':>6}{'wrong':>6}{'short':>6}{'held':>6}")
        for row in report[by]:
            numbers = [row[key] for key in COLUMNS]
            constant = f"  a constant answer: {row['constant answer']}" if "constant answer" in row else ""
            line(f"{row['name']:16}" + "".join(f"{number:6}" for number in numbers) + constant)
    if "speech" in report:
        line(f"\nspeech: {report['speech']['clips']} clips, {report['speech']['word errors']:.1%} of the words wrong")
