"""``vireo chat``: talk in the terminal, line by line."""

import argparse
import shlex
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from assistant.commands import attachments
from assistant.commands.ask import options, talking
from assistant.commands.face import Face
from assistant.commands.output import aside, line, write
from assistant.errors import AssistantError
from assistant.remote import Remote
from assistant.types import Turn
from assistant.wiring import open_remote

HELP = """/attach FILE   attach a picture, video, sound or web address, the screen or the clipboard
/model [NAME]  show the models, or change to another one
/tools         what Vireo can do
/help          this text
/quit          leave (or Ctrl-D)
Ctrl-C stops an answer."""


def arguments(parser: argparse.ArgumentParser) -> None:
    attachments.arguments(parser)
    talking(parser)
    parser.add_argument("-u", "--usage", action="store_true", help="tell tokens and times after each answer")


def run(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="vireo-") as folder:
        given = attachments.Attachments(Path(folder), arguments.raw)
        attached = [source for each in arguments.attach for source in given.sources(each)]
        with closing(open_remote(options(arguments))) as assistant:
            status = assistant.status()
            aside(f"Vireo, {status.label}. /help tells more; conversation {status.conversation}")
            Chat(assistant, given, attached, Face(usage=arguments.usage)).run()
    return 0


class Chat:
    """Reads lines and shows answers until the input ends; a failed turn is one line, and the next one works."""

    def __init__(self, assistant: Remote, given: attachments.Attachments, attached: list[str], face: Face) -> None:
        self._assistant, self._given, self._attached, self._face = assistant, given, attached, face

    def run(self) -> None:
        for words in _lines():
            try:
                if words in ("/quit", "/exit"):
                    return
                self._take(words)
            except AssistantError as error:
                aside(f"vireo: {error.sentence()}")
            except KeyboardInterrupt:
                aside("stopped")

    def _take(self, words: str) -> None:
        command, _, rest = words.partition(" ")
        match command:
            case "/help":
                aside(HELP)
            case "/tools":
                for tool in self._assistant.tools():
                    line(f"{tool['function']['name']}: {tool['function']['description']}")
            case "/model":
                self._model(rest.strip())
            case "/attach":
                self._attached += [source for word in _words(rest) for source in self._present(word)]
                aside(f"attached: {', '.join(self._attached)}")
            case _ if words.startswith("/"):
                aside(f"There is no {command}. /help lists what there is.")
            case _:
                turn, self._attached = Turn(words, tuple(self._attached), names=self._given.names), []
                self._face.show(self._assistant, self._assistant.ask(turn))

    def _present(self, word: str) -> tuple[str, ...]:
        """The sources of a word, which are there; standard input is the talk itself."""
        if word == "-":
            raise AssistantError("Standard input cannot be read here.", "Name a file.")
        sources = self._given.sources(word)
        if not all(map(attachments.present, sources)):
            raise AssistantError(f"There is no file {word}.", "Check the path; /attach takes one or more files.")
        return sources

    def _model(self, name: str) -> None:
        if not name:
            for profile in self._assistant.models():
                line(f"{profile.name}: {profile.label}{'' if profile.present else ' (not here yet)'}")
            return
        for progress in self._assistant.load(name):
            aside(progress.text)
        aside(self._assistant.status().label)


def _words(text: str) -> list[str]:
    """The words of a line as a shell splits it; a line that names a file is one word."""
    if Path(text).expanduser().is_file():
        return [text]
    try:
        return shlex.split(text)
    except ValueError as error:
        raise AssistantError(f"That line cannot be read: {error}.") from error


def _lines() -> Iterator[str]:
    """What is typed, without empty lines; at a terminal with editing and history of the session."""
    typed = sys.stdin.isatty()
    if typed:
        with suppress(ImportError):
            import readline  # noqa: F401  line editing for input()
    while True:
        try:
            words = input("> ") if typed else sys.stdin.readline()
        except EOFError:
            write("\n")
            return
        except KeyboardInterrupt:
            aside("(Ctrl-D leaves)")
            continue
        if not words and not typed:
            return
        if words.strip():
            yield words.strip()
