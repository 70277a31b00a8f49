"""Notes: what the user wants kept, and what was said before."""

from datetime import datetime
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Notes
from assistant.types import ALWAYS, Evidence, Finding, Note

SHOWN = 3
LONGEST = 160
"""Letters of a hit that are shown."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "write"})
def remember(text: str, notes: Annotated[Notes, InjectedToolArg], picture: str = "") -> tuple[str, Finding]:
    """Keep a note with its time.

    Args:
        text: what to remember
        notes: filled in by the assistant
        picture: a file that belongs to it
    """
    note = notes.remember(text, picture)
    return f"I shall remember: {note.text}", Finding((_evidence(note),))


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "read"})
def recall(
    what: str,
    notes: Annotated[Notes, InjectedToolArg],
    since: float = 0.0,
    until: float | None = None,
) -> tuple[str, Finding]:
    """Find notes, and words of earlier conversations.

    Args:
        what: words to look for; nothing for the newest notes
        notes: filled in by the assistant
        since: not before this Unix time, in seconds
        until: not after this Unix time, in seconds
    """
    hits = notes.recall(what, since, ALWAYS if until is None else until)
    found = sorted(hits, key=lambda note: note.source.startswith("conversation "))[:SHOWN]  # notes before talk
    if not found:
        return "I remember nothing of that.", Finding()
    return "\n".join(_line(note) for note in found), Finding(tuple(_evidence(note) for note in found))


def _line(note: Note) -> str:
    text = " ".join(note.text.split())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"{datetime.fromtimestamp(note.at):%Y-%m-%d %H:%M}: {text}"


def _evidence(note: Note) -> Evidence:
    return Evidence(note.source or "notes", note.at, text=note.text)
