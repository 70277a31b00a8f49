"""The commands, one file each; each is imported when it is called."""

import argparse
from importlib import import_module
from typing import Any

from assistant import __version__
from assistant.safe_text import clean

COMMANDS = {
    "ask": "ask one question, with or without attachments",
    "chat": "talk in the terminal, line by line",
    "describe": "say what can be seen or heard in a file",
    "demo": "see the whole path on media that come with Vireo",
    "tools": "list, call and write tools",
    "models": "list the models and choose one",
    "history": "list, show, search, resume, export and delete conversations",
    "eval": "score a model on media with known answers",
    "train": "make the pocket model from nothing",
    "bench": "measure speed and truth beside what does the same work",
    "config": "show and edit the configuration",
    "doctor": "check what is there and what is missing",
    "serve": "serve an assistant or its models through a pipe",
    "completion": "print a completion script for a shell",
}
EPILOG = "vireo COMMAND --help tells more. Without a command, vireo chats."


class CleanParser(argparse.ArgumentParser):
    """Quotes nothing of the command line, which may hold names of anybody's files, but clean text."""

    def _print_message(self, message: str, file: Any = None) -> None:
        super()._print_message(clean(message), file)


def parser(*chosen: str) -> argparse.ArgumentParser:
    """The parser of the command line; only the chosen commands are imported and know their own arguments."""
    top = CleanParser(
        prog="vireo", description="An assistant for the terminal that sees, hears and answers.", epilog=EPILOG
    )
    top.add_argument("--version", action="version", version=f"vireo {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.")
        if name in chosen:
            module = import_module(f"assistant.commands.{name}")
            module.arguments(command)
            command.set_defaults(run=module.run)
    return top
