"""``vireo ask``: one question, one answer."""

import argparse
import json
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands import attachments
from assistant.commands.face import Face
from assistant.commands.output import aside
from assistant.errors import AssistantError, UsageError
from assistant.files import real
from assistant.types import Turn
from assistant.wiring import Options, open_mind, open_store

if TYPE_CHECKING:
    from assistant.mind import Mind


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("text", nargs="*", help="the question; what is piped in is put before it")
    attachments.arguments(parser)
    parser.add_argument("--spoken", metavar="FILE", help="a sound file in which the question is spoken")
    parser.add_argument("--phrases", metavar="FILE", help="the sentences that may be spoken, one a line")
    talking(parser)
    parser.add_argument("--schema", metavar="JSON", help="a JSON schema, or a file of one, that the answer must have")
    parser.add_argument("--no-stream", action="store_true", help="show the answer when it is whole")
    parser.add_argument("--json", action="store_true", help="one JSON object: answer, evidence, calls, usage, times")
    parser.add_argument("-q", "--quiet", action="store_true", help="only the answer")
    parser.add_argument("-u", "--usage", action="store_true", help="tell tokens and times")
    parser.add_argument("--timeout", type=seconds, metavar="S", help="stop after so many seconds (exit code 124)")


def seconds(word: str) -> float:
    """A time that can be waited for; ValueError for what is none."""
    value = float(word)
    if not 0 < value <= threading.TIMEOUT_MAX:
        raise ValueError(word)
    return value


def talking(parser: argparse.ArgumentParser) -> None:
    """The options of every command that talks."""
    parser.add_argument("-m", "--model", default="", help="a model by name, folder or hub id")
    parser.add_argument("--hearing", default="", metavar="MODEL", help="what writes down speech")
    parser.add_argument("-s", "--system", default="", metavar="TEXT", help="instructions added for this talk")
    parser.add_argument("-c", "--continue", dest="go_on", action="store_true", help="go on with the newest talk")
    parser.add_argument("--resume", default="", metavar="ID", help="go on with this talk")
    parser.add_argument("-n", "--no-log", action="store_true", help="store nothing")


def options(arguments: argparse.Namespace) -> Options:
    """What the options of `talking` choose; StoreError when there is no such conversation."""
    conversation = ""
    if arguments.resume or arguments.go_on:
        with closing(open_store()) as store:
            conversation = store.find(arguments.resume) if arguments.resume else store.newest() or ""
    return Options(arguments.model, arguments.hearing, arguments.system, conversation, not arguments.no_log)


def run(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="vireo-") as folder:
        given = attachments.Attachments(Path(folder), arguments.raw)
        attached = tuple(source for each in arguments.attach for source in given.sources(each))
        text, schema = " ".join(arguments.text), _schema(arguments.schema)
        if sys.stdin and not sys.stdin.isatty() and "-" not in arguments.attach:
            text = "\n\n".join(filter(None, (sys.stdin.read().strip(), text)))
        if not (text or attached or arguments.spoken):
            raise UsageError("There is no question.", 'Ask one: vireo ask -a picture.jpg "What does it say?"')
        face = Face(arguments.quiet, not arguments.no_stream, arguments.usage, arguments.json, arguments.timeout)
        with closing(open_mind(options(arguments))) as mind:
            spoken = given.sources(arguments.spoken) if arguments.spoken else ()
            text = " ".join(filter(None, (_heard(mind, spoken, arguments.phrases), text)))
            return face.show(mind, mind.ask(Turn(text, attached, schema=schema, names=given.names))).code


def _schema(given: str | None) -> dict[str, Any] | None:
    """The schema itself, or what is in the file of that name."""
    if given is None:
        return None
    try:
        schema = json.loads(given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8"))
    except ValueError as error:
        raise AssistantError(f"The schema is not JSON: {error}.") from error
    if not isinstance(schema, dict):
        raise AssistantError("The schema is not a JSON object.")
    return schema


def _heard(mind: "Mind", spoken: Sequence[str], phrases: str | None) -> str:
    """The words of the spoken question, told on standard error."""
    if not spoken:
        return ""
    expected: Sequence[str] = Path(phrases).read_text(encoding="utf-8").splitlines() if phrases else ()
    said = mind.hear(mind.senses.media.sound(str(real(spoken[0]))), expected)
    if not said.text:
        raise AssistantError("No words can be heard in the spoken question.", "Speak louder, or type it.")
    aside(f"heard: {said.text}")
    return said.text
