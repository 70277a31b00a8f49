"""``vireo config``: show and edit the configuration."""

import argparse
import os
import shlex
import subprocess
from pathlib import Path

from assistant.commands.output import line
from assistant.errors import ConfigError
from assistant.wiring import settings, standard_folders


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verbs.add_parser("show", help="show each value and where it comes from (the default)")
    verbs.add_parser("path", help="print where the file is")
    verbs.add_parser("edit", help="open the file in $EDITOR")


def run(arguments: argparse.Namespace) -> int:
    folders = standard_folders()
    path = folders.config / "config.toml"
    match arguments.verb:
        case "path":
            line(str(path))
        case "edit":
            _edit(path)
        case _:
            from assistant.config import show

            line(show(folders))
    return 0


def _edit(path: Path) -> None:
    """Open the file, then read it once so that a mistake is told at once."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise ConfigError("There is no editor to open the file with.", f"Set EDITOR, or edit {path} yourself.")
    path.parent.mkdir(parents=True, exist_ok=True)
    if subprocess.call([*shlex.split(editor), str(path)]):
        raise ConfigError(f"{editor} ended with an error.")
    settings()
