"""Reads what a model writes: text to show, calls of tools, thinking that is not shown."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from transformers.utils.chat_parsing import ResponseParser

from assistant.types import Delta, Progress, Reply, ToolCall

_THINKING = {"open": "<think>", "close": "</think>", "content": "text"}
_CALL = {"type": "function", "function": {"name": "{name}", "arguments": "{content}"}}

_HEAD = {"start_anchor_pattern": r"\A"}
"""What stands before a reply is cut off by the caller."""

_JSON_CALLS = {
    **_HEAD,
    "fields": {
        "thinking": _THINKING,
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>",
            "close": "</tool_call>",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"content": "text"},
    },
}
"""Hermes markup, of Qwen 2 to 3-VL; also what is asked of a model whose chat template knows no tools."""

_XML_CALLS = {
    **_HEAD,
    "fields": {
        "thinking": _THINKING,
        "tool_calls": {
            "open_pattern": r"\s*<tool_call>\s*<function=(?P<name>[^>\n]+)>",
            "close_pattern": r"</function>\s*</tool_call>",
            "repeats": True,
            "content": "xml-inline",
            "content_args": {"tag_pattern": r"<parameter=(?P<key>[^>\n]+)>\s*(?P<value>.*?)\s*</parameter>"},
            "transform": _CALL,
        },
        "content": {"content": "text"},
    },
}
"""Of Qwen 3.5 and later."""

_GEMMA_CALLS = {
    **_HEAD,
    "fields": {
        "thinking": {"open": "<|channel>thought\n", "close": "<channel|>", "content": "text"},
        "tool_calls": {
            "open_pattern": r"\s*<\|tool_call>call:(?P<name>\w+)",
            "close": "<tool_call|>",
            "repeats": True,
            "content": "json",
            "content_args": {"unquoted_keys": True, "string_delims": [['<|"|>', '<|"|>']]},
            "transform": _CALL,
        },
        "content": {"close": ["<turn|>", "<|tool_response>"], "content": "text"},
    },
}
"""Of Gemma 4."""

_NAMES = ("tool_call", "tool_response", "tools", "think")
MARKS = tuple(f"<{slash}{name}>" for name in _NAMES for slash in ("", "/"))
"""What only a model or its template may write; in the text of others it is taken apart."""

_BROKEN = (ValueError, KeyError, TypeError, RecursionError)


def markup_of(chat_template: str, own: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """The response template of a model: its own, or the one that goes with the markup in its chat template."""
    if own is not None:
        return own
    if "<|tool_call>" in chat_template:
        return _GEMMA_CALLS
    return _XML_CALLS if "<function=" in chat_template else _JSON_CALLS


def control_tokens(tokenizer: Any) -> dict[str, int]:
    """The tokens that are no text: turns, pictures, the end."""
    added = {token.content: id for id, token in tokenizer.added_tokens_decoder.items() if token.special}
    return added | dict(zip(tokenizer.all_special_tokens, tokenizer.all_special_ids, strict=True))


def is_part_of(token: str, markup: Mapping[str, Any]) -> bool:
    """True when the markup is written with this token."""
    return token in json.dumps(markup, ensure_ascii=False).replace("\\", "")


class Reading:
    """Turns the letters of one reply into what they mean; nothing is lost: a call that cannot be read becomes text."""

    def __init__(self, markup: Mapping[str, Any], opening: str, tools: Sequence[Mapping[str, Any]] = ()) -> None:
        """`opening`: what the chat template wrote at the head of the reply, such as "<think>"."""
        self._markup, self._tools = dict(markup), [dict(tool) for tool in tools]
        self._parser = self._fresh(opening.rstrip())
        self._held = ""
        """Letters that were read and not given yet."""
        self._begun = False

    def feed(self, text: str) -> Iterator[Reply]:
        yield from _joined(part for letter in text for part in self._read(letter))

    def end(self) -> Iterator[Reply]:
        """What is left when the model has ended its reply."""
        try:
            _, events = self._parser.finalize()
        except _BROKEN:
            yield from self._as_text()
            return
        for event in events:
            yield from self._meaning(event)

    def _fresh(self, opening: str = "") -> ResponseParser:
        return ResponseParser(self._markup, prefix=opening, tools=self._tools)

    def _read(self, letter: str) -> Iterator[Reply]:
        self._held += letter
        try:
            events = self._parser.feed(letter)
        except _BROKEN:
            self._parser = self._fresh()
            yield from self._as_text()
            return
        for event in events:
            yield from self._meaning(event)

    def _meaning(self, event: Mapping[str, Any]) -> Iterator[Reply]:
        match event["type"], event["field"]:
            case "region_chunk", "content":
                yield from self._text(event["text"])
            case "region_close", "tool_calls":
                yield from self._calls(event["value"])
            case "region_close", "content":
                pass
            case "region_open", "thinking" | "reasoning" | "reasoning_content":
                yield Progress("thinking")
            case "region_close", _:
                self._held = ""

    def _text(self, text: str) -> Iterator[Reply]:
        self._held = self._held.removeprefix(text)
        text = text if self._begun else text.lstrip()
        if text:
            self._begun = True
            yield Delta(text)

    def _as_text(self) -> Iterator[Reply]:
        yield from self._text(self._held)

    def _calls(self, value: Any) -> Iterator[Reply]:
        calls = [_call(one) for one in (value if isinstance(value, list) else [value])]
        read = [call for call in calls if call is not None]
        if len(read) < len(calls):
            yield from self._as_text()
            return
        self._held = ""
        yield from read


def _call(value: Any) -> ToolCall | None:
    match value:
        case {"function": {"name": str(name), "arguments": dict(arguments)}} if name.strip():
            return ToolCall(_new_id(), name.strip(), arguments)
        case {"function": {"name": str(name), **rest}} if name.strip() and not rest:
            return ToolCall(_new_id(), name.strip(), {})
    return None


def _new_id() -> str:
    return f"call_{uuid.uuid4().hex[:12]}"


def _joined(parts: Iterable[Reply]) -> Iterator[Reply]:
    text = ""
    for part in parts:
        if isinstance(part, Delta):
            text += part.text
            continue
        if text:
            yield Delta(text)
            text = ""
        yield part
    if text:
        yield Delta(text)


def hidden_ids(model: Any, tokenizer: Any, markup: Mapping[str, Any]) -> frozenset[int]:
    """The tokens that end a reply, and the control tokens that are no part of its markup."""
    ends = model.generation_config.eos_token_id
    ends = {ends} if isinstance(ends, int) else set(ends or ())
    unseen = {id for token, id in control_tokens(tokenizer).items() if not is_part_of(token, markup)}
    return frozenset(ends | unseen)


def unspeakable(config: Any) -> list[int] | None:
    """The marks of pictures: a model that wrote one would be read as having seen something."""
    ids = [getattr(config, name, None) for name in ("image_token_id", "video_token_id", "audio_token_id")]
    return [id for id in ids if id is not None] or None
