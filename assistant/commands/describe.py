"""``vireo describe``: what can be seen or heard in files."""

import argparse
import tempfile
from contextlib import closing
from pathlib import Path

from assistant.commands import attachments
from assistant.commands.ask import options, seconds, talking
from assistant.commands.face import Face
from assistant.commands.history import how_many
from assistant.commands.output import aside, line
from assistant.errors import AssistantError
from assistant.types import Turn
from assistant.wiring import open_mind

STYLES = {
    "caption": "Describe what is there.",
    "alt": "Describe it for somebody who cannot see it.",
    "ad": "Describe it as an advertisement would.",
    "headline": "Describe it as a headline in the news.",
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="SOURCE", help=attachments.WHAT)
    attachments.raw(parser)
    parser.add_argument("--style", choices=STYLES, default="caption", help="the kind of text (default: caption)")
    parser.add_argument("--language", default="", help="the language to write in")
    parser.add_argument("--words", type=how_many, default=40, help="how many words at most (default: 40)")
    talking(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object a file")
    parser.add_argument("-q", "--quiet", action="store_true", help="only the answer")
    parser.add_argument("-u", "--usage", action="store_true", help="tell tokens and times")
    parser.add_argument(
        "--timeout", type=seconds, metavar="S", help="stop after so many seconds a file (exit code 124)"
    )


def run(arguments: argparse.Namespace) -> int:
    wish = f"{STYLES[arguments.style]} At most {arguments.words} words."
    wish += f" Write in {arguments.language}." if arguments.language else ""
    face = Face(arguments.quiet, True, arguments.usage, arguments.json, arguments.timeout)
    worst = 0
    with tempfile.TemporaryDirectory(prefix="vireo-") as folder, closing(open_mind(options(arguments))) as mind:
        given = attachments.Attachments(Path(folder), arguments.raw)
        for source in arguments.files:
            if len(arguments.files) > 1 and not arguments.json:
                line(f"{source}:")
            try:
                outcome = face.show(mind, mind.ask(Turn(wish, given.sources(source), names=given.names)))
            except AssistantError as error:  # the other files are described all the same
                aside(f"vireo: {error.sentence()}")
                worst = 1
                continue
            if outcome.code:
                return outcome.code
    return worst
