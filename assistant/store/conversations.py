"""The conversations and notes of the user."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.errors import StoreError
from assistant.safe_text import one_line
from assistant.store.database import Database
from assistant.store.shelf import KeptReadings
from assistant.store.words import full_text, joined, storable
from assistant.types import ALWAYS, Note, Session

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
_FOUND_AT_MOST = 50
_SESSIONS = "SELECT c.id, c.title, count(t.id), c.updated FROM conversation c JOIN turn t ON t.conversation = c.id"
_FIND_TURNS = """
    SELECT c.id, c.title, (SELECT count(*) FROM turn WHERE conversation = c.id), c.updated,
        snippet(turn_words, -1, '', '', '…', 16)
    FROM turn_words JOIN turn t ON t.id = turn_words.rowid JOIN conversation c ON c.id = t.conversation
    WHERE turn_words MATCH ? ORDER BY rank LIMIT ?
    """
_FIND_NOTES = """
    SELECT n.at, snippet(note_words, 0, '', '', '…', 16) FROM note_words JOIN note n ON n.id = note_words.rowid
    WHERE note_words MATCH ? ORDER BY rank LIMIT ?
    """
_RECALL = """
    SELECT text, at, source FROM (
        SELECT n.text, n.at, n.picture AS source, {score} AS score
        FROM note_words JOIN note n ON n.id = note_words.rowid WHERE {notes}
        UNION ALL
        SELECT said(t.question, 'text') || char(10) || said(t.record, 'answer'), t.at,
            'conversation ' || t.conversation, {score}
        FROM turn_words JOIN turn t ON t.id = turn_words.rowid
        WHERE {turns} AND t.state = 'done' AND said(t.record, 'abstained') = ''
            AND t.id NOT IN (SELECT value FROM json_each(?2)))
    WHERE at >= ?3 AND at <= ?4 ORDER BY score, at DESC LIMIT ?5
    """
_RECALL_BEST = _RECALL.format(score="rank", notes="note_words MATCH ?1", turns="turn_words MATCH ?1")
_RECALL_NEWEST = _RECALL.format(score="0", notes="?1 = ''", turns="?1 = ''")
_REINDEX = """
    INSERT INTO turn_words(turn_words) VALUES('rebuild');  -- a deletion alone leaves words in an FTS5 index
    INSERT INTO note_words(note_words) VALUES('rebuild');
    """


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One question and what came of it."""

    id: int
    at: float
    """Unix time of the question."""
    state: Literal["open", "done", "stopped", "failed", "interrupted"]
    """"open" in the store that opened it; to all others such a turn is "interrupted"."""
    question: dict[str, Any]
    record: dict[str, Any]


class Store:
    """Conversations, notes and their full-text index; what a method has written has reached the disk when it returns.

    Any thread may call it, and several processes may hold one file. Every failure is a StoreError.
    """

    def __init__(self, path: Path | None, patience: float = 10.0, edition: str = "") -> None:
        """Open the file, or memory where `path` is None; wait `patience` seconds for other processes at most.

        `edition` names the readers whose readings the shelf keeps.
        """
        self._open: set[int] = set()
        self._file = Database(path, patience)
        self.shelf = KeptReadings(self._file, edition=edition)

    def close(self) -> None:
        """Let go of the file; a second call does nothing."""
        self._file.close()

    def begin(self, title: str = "") -> str:
        """A new conversation; ids are url-safe, and sort by time."""
        with self._file.writing():
            newest = self._file.rows("SELECT max(id) FROM conversation")[0][0]
            new = max(_encoded(time.time_ns() // 1_000_000), _encoded(_decoded(newest) + 1) if newest else "")
            self._file.rows("INSERT INTO conversation VALUES(?, ?, ?)", new, one_line(title), time.time())
        return new

    def open_turn(self, conversation: str, turn: dict[str, Any]) -> int:
        """Store a question, whose "text" can be searched from now on; the conversation takes it as a missing title."""
        question, text = json.dumps(turn), storable(turn.get("text", ""))
        insert = (
            "INSERT INTO turn(conversation, at, state, question, record) VALUES(?, ?, 'open', ?, '{}') RETURNING id"
        )
        with self._file.writing():
            now = time.time()
            [(new,)] = self._file.rows(insert, conversation, now, question)
            self._file.rows("INSERT INTO turn_words(rowid, question, answer) VALUES(?, spaced(?), '')", new, text)
            self._file.rows("UPDATE conversation SET updated = ? WHERE id = ?", now, conversation)
            title = one_line(text, 60)
            self._file.rows("UPDATE conversation SET title = ? WHERE id = ? AND title = ''", title, conversation)
            self._open.add(new)
        return int(new)

    def close_turn(self, turn: int, state: Literal["done", "stopped", "failed"], record: dict[str, Any]) -> None:
        """Store how a turn ended; the "answer" of the record can be searched from now on."""
        text, answer = json.dumps(record), storable(record.get("answer", ""))
        with self._file.writing():
            closing = "UPDATE turn SET state = ?, record = ? WHERE id = ? RETURNING conversation"
            ours = self._file.rows(closing, state, text, turn)
            if not ours:
                raise StoreError("this turn is no longer stored", "Its conversation was deleted.")
            self._file.rows("UPDATE turn_words SET answer = spaced(?) WHERE rowid = ?", answer, turn)
            self._file.rows("UPDATE conversation SET updated = ? WHERE id = ?", time.time(), ours[0][0])
            self._open.discard(turn)

    def turns(self, conversation: str) -> tuple[StoredTurn, ...]:
        """The turns of a conversation, oldest first."""
        with self._file.reading():
            query = "SELECT id, at, state, question, record FROM turn WHERE conversation = ? ORDER BY id"
            rows, ours = self._file.rows(query, conversation), frozenset(self._open)
        return tuple(_stored(row, row[0] in ours) for row in rows)

    def sessions(self, limit: int = 100) -> tuple[Session, ...]:
        """The conversations in which something was asked, the latest first."""
        with self._file.reading():
            rows = self._file.rows(f"{_SESSIONS} GROUP BY c.id ORDER BY c.updated DESC, c.id DESC LIMIT ?", limit)
        return tuple(Session(*row) for row in rows)

    def newest(self) -> str | None:
        """The conversation in which something happened last."""
        latest = self.sessions(1)
        return latest[0].id if latest else None

    def find(self, prefix: str) -> str:
        """The id that begins with `prefix`."""
        with self._file.reading():
            query = (
                "SELECT id, title FROM conversation c WHERE substr(id, 1, ?) = ? AND ? <> ''"
                " AND EXISTS (SELECT 1 FROM turn WHERE conversation = c.id) ORDER BY id DESC LIMIT 6"
            )
            rows = self._file.rows(query, len(prefix), storable(prefix), storable(prefix))
        if not rows:
            raise StoreError(f"no conversation begins with {one_line(prefix, 40)!r}", "List them to see their ids.")
        exact = [found for found, _ in rows if found == prefix]
        if len(rows) > 1 and not exact:
            candidates = ", ".join(f"{found} ({one_line(title, 30)})" for found, title in rows)
            raise StoreError(f"several conversations begin like this: {candidates}", "Say more of the id.")
        return str(exact[0] if exact else rows[0][0])

    def search(self, words: str) -> tuple[tuple[Session, str], ...]:
        """Where all of `words` stand, best first, each conversation once with a snippet; notes have an empty id."""
        query = full_text(words, " AND ")
        with self._file.reading():
            rows = self._file.rows(_FIND_TURNS, query, _FOUND_AT_MOST) if query else []
            notes = self._file.rows(_FIND_NOTES, query, _FOUND_AT_MOST) if query else []
        found: dict[Session, str] = {}
        for *session, snippet in rows:
            found.setdefault(Session(*session), one_line(joined(snippet)))
        return (*found.items(), *((Session("", "note", 0, at), one_line(joined(snippet))) for at, snippet in notes))

    def rename(self, conversation: str, title: str) -> None:
        """Give a conversation a title."""
        with self._file.writing():
            changed = "UPDATE conversation SET title = ? WHERE id = ? RETURNING id"
            _must_exist(self._file.rows(changed, one_line(title), conversation))

    def delete(self, conversation: str) -> None:
        """Forget a conversation, and what was read from files: no byte stays in the file, its index or its journal."""
        with self._file.writing():
            words = "DELETE FROM turn_words WHERE rowid IN (SELECT id FROM turn WHERE conversation = ?)"
            self._file.rows(words, conversation)
            _must_exist(self._file.rows("DELETE FROM conversation WHERE id = ? RETURNING id", conversation))
            self._file.rows(_REINDEX)
            self.shelf.drop()
        self._file.scrub()

    def export(self, conversation: str) -> dict[str, Any]:
        """All that is stored of a conversation, as plain values."""
        turns = self.turns(conversation)
        with self._file.reading():
            about = self._file.rows("SELECT id, title, updated FROM conversation WHERE id = ?", conversation)
        _must_exist(about)
        plain = [{"at": t.at, "state": t.state, "question": t.question, "record": t.record} for t in turns]
        return {**dict(zip(("id", "title", "updated"), about[0], strict=True)), "turns": plain}

    def remember(self, text: str, picture: str = "") -> Note:
        """Keep a note; `picture` is the path of a file that belongs to it."""
        note = Note(storable(text), time.time(), storable(picture))
        with self._file.writing():
            insert = "INSERT INTO note(at, text, picture) VALUES(?, ?, ?) RETURNING id"
            [(new,)] = self._file.rows(insert, note.at, note.text, note.source)
            self._file.rows("INSERT INTO note_words(rowid, text) VALUES(?, spaced(?))", new, note.text)
        return note

    def recall(self, what: str, since: float = 0.0, until: float = ALWAYS) -> tuple[Note, ...]:
        """Notes and earlier turns with any of the words of `what`, best first; the newest where `what` is empty.

        Times are Unix time. The source is the picture of a note, or "conversation ID".
        """
        query = full_text(what, " OR ")
        if what.strip() and not query:
            return ()
        with self._file.reading():
            asked = (query, json.dumps(sorted(self._open)), since, until, _FOUND_AT_MOST)
            rows = self._file.rows(_RECALL_BEST if query else _RECALL_NEWEST, *asked)
        return tuple(Note(*row) for row in rows)

    def forget(self, note: Note) -> None:
        """Delete a note; no byte of it stays."""
        with self._file.writing():
            gone = "DELETE FROM note WHERE at = ? AND text = ? RETURNING id"
            ids = [row[0] for row in self._file.rows(gone, note.at, note.text)]
            if not ids:
                raise StoreError("no such note", "Recall it to see its exact words.")
            self._file.rows("DELETE FROM note_words WHERE rowid IN (SELECT value FROM json_each(?))", json.dumps(ids))
            self._file.rows(_REINDEX)
        self._file.scrub()


def _must_exist(rows: list[Any]) -> None:
    if not rows:
        raise StoreError("no such conversation", "It may have been deleted in another window.")


def _stored(row: Any, ours: bool) -> StoredTurn:
    turn, at, state, question, record = row
    lost = state == "open" and not ours
    return StoredTurn(turn, at, "interrupted" if lost else state, _object(question), _object(record))


def _object(text: str) -> dict[str, Any]:
    """A JSON object; an empty one for what another hand has written there."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _encoded(number: int) -> str:
    """A time in milliseconds as nine digits in base 32, in alphabetical order until the year 3084."""
    return "".join(_DIGITS[number >> shift & 31] for shift in range(40, -1, -5))


def _decoded(digits: str) -> int:
    return sum(_DIGITS.index(digit) << 5 * place for place, digit in enumerate(reversed(digits)))
