"""``vireo completion``: a completion script for a shell."""

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"))


def run(arguments: argparse.Namespace) -> int:
    import shtab

    from assistant.commands import COMMANDS, parser
    from assistant.commands.output import line

    line(shtab.complete(parser(*COMMANDS), shell=arguments.shell))
    return 0
