"""``vireo serve``: an assistant, its models or its decoder behind a pipe."""

import argparse

from assistant.wiring import Options, serve


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--stdio", action="store_true", required=True, help="speak on standard input and output")
    what = "host: the models (default); mind: the whole assistant; decoder, documents: files; grabber: the screen"
    roles = ("host", "mind", "decoder", "documents", "grabber")
    parser.add_argument("--role", choices=roles, default="host", help=what)
    parser.add_argument("-m", "--model", default="", help="a model by name, folder or hub id")
    parser.add_argument("--hearing", default="", metavar="MODEL", help="what writes down speech")
    parser.add_argument("-s", "--system", default="", metavar="TEXT", help="instructions added for this talk")
    parser.add_argument("--conversation", default="", metavar="ID", help="a conversation to go on with")
    parser.add_argument("-n", "--no-log", action="store_true", help="store nothing")


def run(arguments: argparse.Namespace) -> int:
    chosen = (arguments.model, arguments.hearing, arguments.system, arguments.conversation)
    serve(arguments.role, Options(*chosen, log=not arguments.no_log))
    return 0
