"""``vireo history``: the conversations that were kept."""

import argparse
import sys
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from assistant.commands.output import aside, line, print_json
from assistant.types import Session
from assistant.wiring import open_store

if TYPE_CHECKING:
    from assistant.store import Store


def arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    listing = verbs.add_parser("list", help="list the conversations, the newest first (the default)")
    listing.add_argument("--limit", type=how_many, metavar="N", default=20, help="how many (default: 20)")
    for verb, summary in (
        ("show", "show one"),
        ("export", "print one as JSON"),
        ("delete", "delete one for good"),
        ("resume", "go on with one in the chat"),
    ):
        verbs.add_parser(verb, help=summary).add_argument("id", help="its id, or the beginning of it")
    rename = verbs.add_parser("rename", help="give one another title")
    rename.add_argument("id", help="its id, or the beginning of it")
    rename.add_argument("title")
    verbs.add_parser("search", help="find words in all of them").add_argument("words", nargs="+")
    verbs.add_parser("clear-readings", help="forget what was read from files; the conversations stay")


def how_many(word: str) -> int:
    """A number that can be counted to; ValueError for what is none."""
    number = int(word)
    if not 0 < number <= 1_000_000:
        raise ValueError(word)
    return number


def run(arguments: argparse.Namespace) -> int:
    with closing(open_store()) as store:
        return _run(arguments, store)


def _run(arguments: argparse.Namespace, store: "Store") -> int:
    conversation = store.find(arguments.id) if hasattr(arguments, "id") else ""
    match arguments.verb:
        case "show":
            _show(store, conversation)
        case "export":
            print_json(store.export(conversation))
        case "delete":
            store.delete(conversation)
            aside(f"deleted: {conversation}")
        case "rename":
            store.rename(conversation, arguments.title)
        case "resume":
            from assistant.commands import parser

            chat = parser("chat").parse_args(["chat", "--resume", conversation])
            return int(chat.run(chat))
        case "search":
            _search(store, " ".join(arguments.words))
        case "clear-readings":
            count, size = store.shelf.size()
            store.shelf.clear()
            aside(f"forgotten: {count} readings, {size / 2**20:.1f} MiB")
        case _:
            for session in store.sessions(getattr(arguments, "limit", 20)):
                line(_headline(session))
    sys.stdout.flush()
    return 0


def _search(store: "Store", words: str) -> None:
    found = store.search(words)
    for session, snippet in found:
        line(f"{_headline(session)}\n    {snippet}")
    if not found:
        aside("found nothing: questions and answers are searched, not the names of files")


def _show(store: "Store", conversation: str) -> None:
    for turn in store.turns(conversation):
        for attachment in turn.question.get("attachments", ()):
            line(f"[{attachment}]")
        line(f"> {turn.question.get('text', '')}")
        line(str(turn.record.get("answer", "")).strip())
        if turn.state != "done":
            line(f"({turn.state})")
        line()


def _headline(session: Session) -> str:
    when = datetime.fromtimestamp(session.updated).strftime("%Y-%m-%d %H:%M")
    return f"{session.id}  {when}  {session.turns:3} {'turn ' if session.turns == 1 else 'turns'}  {session.title}"
