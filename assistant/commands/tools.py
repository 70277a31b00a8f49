"""``vireo tools``: list the tools, call one, write a new one."""

import argparse
import json
import keyword
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.commands.ask import seconds
from assistant.commands.face import Face
from assistant.commands.output import aside, line, print_json
from assistant.errors import AssistantError, ToolError
from assistant.types import ToolCall, ToolResult
from assistant.wiring import Options, open_mind, open_toolbox, settings

TEMPLATE = '''"""{name}: a tool of mine."""

from langchain_core.tools import tool


@tool(parse_docstring=True, extras={{"effect": "look"}})
def {name}(text: str) -> str:
    """Say in one line what the tool does: the model chooses by this line.

    Args:
        text: say what it is
    """
    return f"{{len(text)}} letters"
'''


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    listing = verbs.add_parser("list", help="list the tools (the default)")
    listing.add_argument("--json", action="store_true", help="with their schemas, as JSON")
    call = verbs.add_parser("call", help="call one tool")
    call.add_argument("name")
    call.add_argument("arguments", nargs="*", metavar="NAME=VALUE", help="its arguments")
    call.add_argument("--json", action="store_true", help="the result with its evidence, as JSON")
    call.add_argument("--timeout", type=seconds, metavar="S", help="stop after so many seconds (exit code 124)")
    verbs.add_parser("new", help="write a template of a tool into the config folder").add_argument("name")


def run(arguments: argparse.Namespace) -> int:
    match arguments.verb:
        case "call":
            return _call(arguments)
        case "new":
            _new(arguments.name)
        case _:
            _list(bool(getattr(arguments, "json", False)))
    return 0


def _list(as_json: bool) -> None:
    toolbox = open_toolbox()
    for problem in toolbox.problems:
        aside(f"left out: {problem}")
    if as_json:
        effects = toolbox.effects
        print_json([{**schema, "effect": effects[schema["function"]["name"]]} for schema in toolbox.schemas])
        return
    for schema in toolbox.schemas:
        function = schema["function"]
        line(f"{function['name']:17}[{toolbox.effects[function['name']]}]  {function['description']}")


def _call(arguments: argparse.Namespace) -> int:
    call = ToolCall("", arguments.name, dict(map(_argument, arguments.arguments)))
    face = Face(quiet=arguments.json, timeout=arguments.timeout, as_json=False)
    with closing(open_mind(Options(log=True))) as mind:
        outcome = face.show(mind, mind.use(call))
    if outcome.code or not outcome.results:
        return outcome.code or 1
    [result] = outcome.results
    if arguments.json:
        print_json(_row(result))
    elif not result.failed:
        line(result.text)
    return 1 if result.failed else outcome.code


def _row(result: ToolResult) -> dict[str, Any]:
    row = asdict(result)
    return {"name": row["name"], "text": row["text"]} | {k: row[k] for k in ("evidence", "data", "failed")}


def _argument(word: str) -> tuple[str, Any]:
    """One NAME=VALUE; a value that is JSON is taken as such, any other as text."""
    name, equals, value = word.partition("=")
    if not equals:
        raise ToolError(f"{word!r} is not NAME=VALUE.", "For example: vireo tools call read_text source=page.png")
    try:
        return name, json.loads(value)
    except json.JSONDecodeError:
        return name, value


def _new(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise AssistantError(f"{name!r} cannot be the name of a tool.", "Use letters, digits and underscores.")
    _, folders = settings()
    if name in open_toolbox().effects:
        raise AssistantError(f"There is a tool named {name} already.", "Take another name.")
    path: Path = folders.config / "tools" / f"{name}.py"
    if path.exists():
        raise AssistantError(f"{path} is there already.", "Take another name, or edit it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(TEMPLATE.format(name=name), encoding="utf-8")
    line(str(path))
