"""Renders a conversation with pictures and tools into the prompt of a model's chat template."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from os.path import commonprefix
from typing import Any

import numpy as np
import torch
from jinja2 import TemplateError
from numpy.typing import NDArray

from assistant.errors import ModelError
from assistant.evidence import cited
from assistant.models.kept import Beside
from assistant.models.markup import MARKS, control_tokens
from assistant.types import Frame, Message, Part, ToolCall, ToolResult

_MANY = 4
"""From this number of pictures on they are frames of a video, and each may be smaller."""

_GOES_ON = "\ufdd0"
"""Stands where a message goes on: no text has this character, which Unicode keeps for such uses."""

_ASK_FOR_CALLS = """\
You can call these tools:
<tools>
{tools}
</tools>
To call one, answer with nothing but:
<tool_call>
{{"name": "<its name>", "arguments": {{<its arguments>}}}}
</tool_call>"""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt as text with a mark for each picture, and the pictures in order."""

    text: str
    pictures: tuple[NDArray[np.uint8], ...]
    opening: str
    """The end of the text that already belongs to the reply."""
    stem: str = ""
    """The beginning of the text that holds nothing but the tools and the system prompt."""


class Template:
    """The chat template of one processor."""

    def __init__(self, processor: Any, longest: int = 1024, thinking: bool = False) -> None:
        """`longest`: no edge of a picture has more pixels, and half as many where there are many pictures."""
        self._processor, self.longest, self._thinking = processor, longest, thinking
        self.source = _source(processor)
        self.knows_tools = "tools" in self.source
        special = [token for token in control_tokens(processor.tokenizer) if token.strip()]
        self._marks = re.compile(
            "|".join(re.escape(mark) for mark in sorted({*special, *MARKS}, key=len, reverse=True))
        )
        self._smaller = Beside[dict[int, NDArray[np.uint8]]]()

    def smaller(self) -> Template:
        """The same, with pictures of half the size."""
        return Template(self._processor, max(1, self.longest // 2), self._thinking)

    def render(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> Prompt:
        """The prompt; a model whose template knows no tools is told of them in words."""
        turns = _merged(turn for message in messages for turn in self._turns(message))
        if tools and not self.knows_tools:
            turns = _with_tools(turns, tools)
        given = list(tools) if self.knows_tools and tools else None
        text = self._apply(turns, given, True)
        closed = self._apply(turns, given, False)
        opening = text.removeprefix(closed) if text.startswith(closed) else ""
        frames = [part for message in messages for part in message.parts if isinstance(part, Frame)]
        longest = self.longest if len(frames) < _MANY else self.longest // 2
        return Prompt(text, tuple(self._fitted(frame.pixels, longest) for frame in frames), opening)

    def opened(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> Prompt:
        """The prompt of a talk whose last message, the user's, may go on: its text ends where that goes on."""
        *before, last = messages
        prompt = self.render([*before, Message(last.role, (*last.parts, _GOES_ON))], tools)
        return replace(prompt, text=prompt.text.partition(_GOES_ON)[0], opening="")

    def stem(self, messages: Sequence[Message], tools: Sequence[Mapping[str, Any]] = ()) -> str:
        """What any talk with the same tools and the same system prompt begins with."""
        system = [message for message in messages[:1] if message.role == "system"]
        blank = Frame(np.zeros((8, 8, 3), np.uint8))
        others = [[*system, Message("user", parts)] for parts in ((_GOES_ON,), (blank, _GOES_ON))]
        texts = [self.render(other, tools).text.partition(_GOES_ON)[0] for other in others]
        return commonprefix(texts)  # noqa: RUF071  of letters

    def _apply(self, turns: list[dict[str, Any]], tools: list[Mapping[str, Any]] | None, open_reply: bool) -> str:
        try:
            text = self._processor.apply_chat_template(
                turns, tools=tools, add_generation_prompt=open_reply, tokenize=False, enable_thinking=self._thinking
            )
        except (TemplateError, TypeError, LookupError, ValueError) as error:
            raise ModelError(f"the model's chat template fails: {error}", "choose another model") from error
        return str(text)

    def _fitted(self, pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
        """A picture with no edge longer than that, made once."""
        if max(pixels.shape[:2]) <= longest:
            return pixels
        sizes = self._smaller.of(pixels, dict)
        if longest not in sizes:
            sizes[longest] = _shrunk(pixels, longest)
        return sizes[longest]

    def _turns(self, message: Message) -> Iterator[dict[str, Any]]:
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        calls = [part for part in message.parts if isinstance(part, ToolCall)]
        content = list(self._content(message.parts))
        if self.knows_tools:
            yield from (self._result(result) for result in results)
        else:
            content += [_text(f"\n<tool_call>\n{_json(self._function(call))}\n</tool_call>") for call in calls]
            content += [_text(f"<tool_response>\n{self._safe(cited(result))}\n</tool_response>") for result in results]
        if calls and self.knows_tools:
            yield {"role": message.role, "content": content, "tool_calls": [self._called(call) for call in calls]}
        elif content:
            yield {"role": "user" if message.role == "tool" else message.role, "content": content}

    def _called(self, call: ToolCall) -> dict[str, Any]:
        return {"type": "function", "id": call.id, "function": self._function(call)}

    def _function(self, call: ToolCall) -> dict[str, Any]:
        return {"name": call.name, "arguments": json.loads(self._safe(_json(call.arguments)))}

    def _result(self, result: ToolResult) -> dict[str, Any]:
        return {
            "role": "tool",
            "tool_call_id": result.id,
            "name": result.name,
            "content": [_text(self._safe(cited(result)))],
        }

    def _content(self, parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
        times = {part.at for part in parts if isinstance(part, Frame)}
        for before, part in zip((None, *parts), parts, strict=False):
            if isinstance(part, str):
                yield _text(self._safe(part))
            elif isinstance(part, Frame):
                if len(times) > 1 and before != f"[{part.at:.1f} s]":  # else its time is told
                    yield _text(f"<{part.at:.1f} seconds>")
                yield {"type": "image"}

    def _safe(self, text: str) -> str:
        """The text with a space inside every control token, so that it is read as letters."""
        return self._marks.sub(lambda mark: f"{mark[0][0]} {mark[0][1:]}", text)


def _source(processor: Any) -> str:
    template = getattr(processor, "chat_template", None) or processor.tokenizer.chat_template
    if isinstance(template, dict):
        template = template.get("default")
    if not template:
        raise ModelError("the model has no chat template", "choose a model for conversation: instruct, chat or it")
    return str(template)


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _merged(turns: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One turn where the user speaks twice in a row: many templates insist on taking turns."""
    merged: list[dict[str, Any]] = []
    for turn in turns:
        if merged and turn["role"] == merged[-1]["role"] == "user":
            merged[-1] = {**turn, "content": merged[-1]["content"] + turn["content"]}
        else:
            merged.append(turn)
    return merged


def _with_tools(turns: list[dict[str, Any]], tools: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    words = _text(_ASK_FOR_CALLS.format(tools="\n".join(_json(tool) for tool in tools)))
    if turns and turns[0]["role"] == "system":
        return [{**turns[0], "content": [*turns[0]["content"], _text("\n\n"), words]}, *turns[1:]]
    return [{"role": "system", "content": [words]}, *turns]


def _shrunk(pixels: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    scale = longest / max(height, width)
    size = (max(1, round(height * scale)), max(1, round(width * scale)))
    planes = torch.from_numpy(np.ascontiguousarray(pixels)).permute(2, 0, 1)[None]
    smaller = torch.nn.functional.interpolate(planes, size, mode="bilinear", antialias=True)
    return np.ascontiguousarray(smaller[0].permute(1, 2, 0).numpy())
