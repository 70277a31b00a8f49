"""The messages of a talk, the window of them that a model reads, and the plain rows they are stored as."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor
from typing import Any

from assistant.evidence import cited
from assistant.protocols import Scene
from assistant.readings import MediaInfo
from assistant.safe_text import one_line
from assistant.types import Box, Evidence, Frame, Message, Part, ToolCall, ToolResult, Turn

LONGEST_EDGE = 1024
"""Pixels of a picture given to a model."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as messages: the user's, then what the assistant and its tools said."""

    messages: tuple[Message, ...]
    attachments: tuple[str, ...] = ()


class Conversation:
    """The exchanges so far.

    Args:
        system: what the model is told before all else
        exchanges: earlier ones, when a conversation is resumed
        turns: how many exchanges a model reads
        pictures: how many frames of earlier exchanges it reads again
        letters: how long these exchanges may be together
    """

    def __init__(
        self,
        system: str,
        exchanges: Sequence[Exchange] = (),
        turns: int = 12,
        pictures: int = 8,
        letters: int = 48_000,
    ) -> None:
        self._system = Message("system", (system,))
        self._exchanges = list(exchanges)
        self._turns, self._pictures, self._letters = turns, pictures, letters

    def append(self, exchange: Exchange) -> None:
        self._exchanges.append(exchange)

    @property
    def attachments(self) -> tuple[str, ...]:
        """What was attached last: a follow-up question is about it."""
        return next((e.attachments for e in reversed(self._exchanges) if e.attachments), ())

    def window(self) -> list[Message]:
        """The system prompt and the newest exchanges; of their frames only the newest."""
        kept = [message for exchange in self._newest() for message in exchange.messages]
        left, window = self._pictures, list[Message]()
        for message in reversed(kept):
            frames = [part for part in message.parts if isinstance(part, Frame)]
            window.append(message if len(frames) <= left else _without_frames(message))
            left -= len(frames)
        return [self._system, *reversed(window)]

    def _newest(self) -> list[Exchange]:
        """The exchanges that the model reads: the last ones, as long as their words have room."""
        kept, left = list[Exchange](), self._letters
        for exchange in reversed(self._exchanges[-self._turns :]):
            left -= sum(_letters(part) for message in exchange.messages for part in message.parts)
            if left < 0 and kept:
                break
            kept.append(exchange)
        return kept[::-1]

    def has_frames(self) -> bool:
        return any(isinstance(part, Frame) for message in self.window() for part in message.parts)


def question(
    turn: Turn, scene: Scene, attachments: Mapping[str, MediaInfo], frames: int, gone: Sequence[str] = ()
) -> Message:
    """The user's message: a line and, for a model with eyes, frames for each attachment, then the words.

    Args:
        turn: what the user asks
        scene: where the attachments are read; MediaError when one cannot be
        attachments: the sources to show, with what they hold
        frames: how many frames of a video the model reads; 0 for a model without eyes
        gone: sources of earlier turns that cannot be read any more
    """
    parts: list[Part] = [f"[attached before, but gone: {one_line(source, 4096)}]" for source in gone]
    for source, info in attachments.items():
        parts.append(_headline(source, info))
        if frames:
            parts.extend(_look(source, info, scene, frames))
    if turn.region is not None:
        parts.append(f"[the user points at {_edges(turn.region)} of the picture]")
    return Message("user", (*parts, turn.text))


def _letters(part: Part) -> int:
    """How long a part is to a model that reads it."""
    match part:
        case Frame():
            return 0
        case ToolResult():
            return len(cited(part))
        case _:
            return len(str(part))


def _headline(source: str, info: MediaInfo) -> str:
    size = f" {info.width}x{info.height}" if info.width else ""
    length = f", {floor(info.seconds * 100) / 100:g} s" if info.seconds else ""  # a moment that there is
    pages = f", {info.pages} pages" if info.pages > 1 else ""
    return f"[attachment: {one_line(source, 4096)} | {info.kind}{size}{length}{pages}]"


def _look(source: str, info: MediaInfo, scene: Scene, frames: int) -> Iterator[Part]:
    """One frame of a picture; of a video evenly spaced ones, each behind its time."""
    if info.kind == "sound":
        return
    if info.kind == "picture":
        yield from scene.frames(source, longest=LONGEST_EDGE)
        return
    every = max(info.seconds / frames, 0.04)
    for number, frame in enumerate(scene.frames(source, every=every, longest=LONGEST_EDGE // 2)):
        if number == frames:
            return
        yield f"[{frame.at:.1f} s]"
        yield frame


def _edges(box: Box) -> str:
    return "[" + ", ".join(f"{edge:.2f}" for edge in box) + "]"


def _without_frames(message: Message) -> Message:
    parts = (
        f"[picture of {p.source} at {p.at:.1f} s, seen earlier]" if isinstance(p, Frame) else p for p in message.parts
    )
    return replace(message, parts=tuple(parts))


def whole(messages: Sequence[Message]) -> tuple[Message, ...]:
    """The messages of a turn with a result for each call: one that was cut off is told as stopped."""
    answered = {part.id for message in messages for part in message.parts if isinstance(part, ToolResult)}
    complete: list[Message] = []
    for message in messages:
        complete.append(message)
        cut = [part for part in message.parts if isinstance(part, ToolCall) and part.id not in answered]
        if cut:
            complete.append(Message("tool", tuple(ToolResult(c.id, c.name, "Stopped.", failed=True) for c in cut)))
    return tuple(complete)


def to_rows(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as plain JSON values; of a frame only its place is kept."""
    return [{"role": m.role, "parts": [_row(part) for part in m.parts]} for m in messages]


def from_rows(rows: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    """Messages from plain JSON values."""
    return tuple(Message(row["role"], tuple(_part(part) for part in row["parts"])) for row in rows)


def evidence_row(evidence: Evidence) -> dict[str, Any]:
    """Evidence as a plain JSON value."""
    row = {"source": evidence.source, "at": evidence.at, "box": evidence.box, "score": evidence.score}
    named = {"kind": evidence.kind, "id": evidence.id}
    return (
        {k: v for k, v in row.items() if v is not None}
        | {k: v for k, v in named.items() if v}
        | {"text": evidence.text}
    )


def _row(part: Part) -> Any:
    match part:
        case str():
            return part
        case Frame():
            return {"frame": part.source, "at": part.at}
        case ToolCall():
            return {"call": part.name, "id": part.id, "arguments": part.arguments}
        case ToolResult():
            evidence = [evidence_row(e) for e in part.evidence]
            row = {"result": part.name, "id": part.id, "text": part.text, "evidence": evidence}
            return row | {"data": part.data, "failed": part.failed}


def _part(row: Any) -> Part:
    match row:
        case {"frame": source, "at": at}:
            return f"[picture of {source} at {at:.1f} s, seen earlier]"
        case {"call": name, "id": call, "arguments": arguments}:
            return ToolCall(call, name, arguments)
        case {"result": name, "id": call, "text": text, "evidence": evidence, "data": data, "failed": failed}:
            return ToolResult(call, name, text, tuple(map(_evidence, evidence)), data, failed)
        case _:
            return str(row)


def _evidence(row: Mapping[str, Any]) -> Evidence:
    box = row.get("box")
    return Evidence(
        row["source"],
        row.get("at"),
        tuple(box) if box else None,
        row.get("score"),
        row["text"],
        row.get("kind", ""),
        row.get("id", ""),
    )
