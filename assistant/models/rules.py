"""The rules that answer without a model: a request's words choose a tool, its result makes the sentence.

Rules understand plain English requests about text, codes, colours, light, shots, motion, sound and notes; whatever asks
for understanding of a picture they do not claim to know.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.types import Abstained, Delta, Message, Reply, ToolCall, ToolResult

ATTACHMENT = re.compile(r"^\[attachment: (?P<source>.+) \| (?P<kind>picture|video|sound)\b.*\]$")
"""The line that names an attachment in a user's message."""

HELLO = (
    "Hello. I am Vireo, answering by rules without a model: I read text and codes in pictures, measure colours and "
    "light, follow motion and cuts in videos, write down speech, and keep notes. Attach something and ask."
)
LIMITS = "without a model I answer only what can be read or measured: text, codes, colours, light, motion, sound, notes"

Arguments = Callable[[re.Match[str]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Words that choose a tool, for some kinds of attachment ("" stands for none)."""

    pattern: re.Pattern[str]
    tool: str
    kinds: tuple[str, ...]
    arguments: Arguments = lambda match: {}


def _rule(pattern: str, tool: str, *kinds: str, arguments: Arguments = lambda match: {}) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL), tool, kinds, arguments)


NOTE = r"^(?:please )?remember(?: that| this)?[:,]?\s+(?P<text>.+)"
EARLIER = (
    r"\b(?:do you remember|recall|what did (?:i|we|you)|what do you know about|where did i|remind me)\b(?P<what>.*)"
)
CODE = r"\b(?:qr|bar ?codes?|scan)\b|\bcodes?\b(?! colou?r)"
SPOKEN = (
    r"\btranscri|\b(?:is|was|are|being|anyone|what's) (?:said|saying|spoken|speaking|talking)"
    r"|\bwords?\b|\b(?:say|says|said)\b"
)
SPOKEN_IN_VIDEO = r"\btranscri|\bspoken\b|\b(?:is|was) (?:being )?said\b"
LOUD = r"\bloud|\bsilen|\bquiet|\bspeech\b|\bany sound|\bhear\b|\bhow long|\bduration|\bnois|\bspeak"
LOUD_VIDEO = r"\b(?:any|a|there) (?:sound|speech|audio)|\bsound ?track|\bsilent\b|\bloud|\bhear\b"
TEXT = (
    r"\bwritten\b|\bread\b|\btexts?\b|\bsays?\b|\bsign\b|\bheadline|\btitle|\blabel|\bletters?\b|\bprinted\b"
    r"|\bcaptions?\b|\bprice|\btotal\b|\bdate\b|\bphone|\bwords?\b|\btime ?code"
)
EVENTS = (
    r"\bhow many (?:shots|scenes|cuts)|\bshots?\b|\bscenes?\b|\bcuts?\b|\bmov(?:e|es|ing|ement)\b|\bmotion\b"
    r"|\bdirection|\bhappen|\bhow long|\bduration|\bsumm|\bwhen\b|\bat what time"
)
DESCRIBE = r"\bdescri|\bwhat (?:is|do you|can you|can be)\b"
LOOKS = (
    r"\b(?:which|what|main|dominant|overall) colou?rs\b|\b(?:main|dominant|overall) colou?r\b"
    r"|\b(?:too )?(?:dark|bright|blurr?|sharp|blank)|\bresolution\b|\blight(?:ing)?\b"
    r"|\bhow (?:big|large|wide|tall) is (?:it|the (?:picture|image|photo))|\bsize of the (?:picture|image|photo)"
)

RULES = (
    _rule(NOTE, "remember", "", "picture", "video", "sound", arguments=lambda m: {"text": m["text"].strip()}),
    _rule(EARLIER, "recall", "", arguments=lambda m: {"what": m["what"].strip(" ?.!")}),
    _rule(CODE, "scan_codes", "picture", "video"),
    _rule(SPOKEN, "transcribe", "sound"),
    _rule(SPOKEN_IN_VIDEO, "transcribe", "video"),
    _rule(LOUD, "sound_facts", "sound"),
    _rule(LOUD_VIDEO, "sound_facts", "video"),
    _rule(TEXT, "read_text", "picture", "video"),
    _rule(EVENTS, "understand_video", "video"),
    _rule(DESCRIBE, "understand_video", "video"),
    _rule(DESCRIBE, "transcribe", "sound"),
    _rule(LOOKS, "picture_facts", "picture"),
)
GREETING = re.compile(
    r"\W*(?:hi|hello|hey|thanks?(?: you)?|help|good (?:morning|day|evening)|who are you|what can you do)(?: vireo)?\W*",
    re.IGNORECASE,
)


def answer(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> Iterator[Reply]:
    """Reply to the newest question, or to the results of the tools that were called for it."""
    results = _results(messages)
    if results:
        yield Delta("\n".join(_sentence(result) for result in results))
        return
    question, attachments = _question(messages)
    calls = _calls(question, attachments, {tool["function"]["name"] for tool in tools})
    if calls:
        yield from calls
    elif GREETING.fullmatch(question):
        yield Delta(HELLO)
    else:
        yield Abstained(LIMITS)


def _results(messages: Sequence[Message]) -> list[ToolResult]:
    """The results since the newest question."""
    found: list[ToolResult] = []
    for message in reversed(messages):
        if message.role == "user":
            break
        found[:0] = [part for part in message.parts if isinstance(part, ToolResult)]
    return found


def _sentence(result: ToolResult) -> str:
    return f"That did not work: {result.text}" if result.failed else result.text


def _question(messages: Sequence[Message]) -> tuple[str, list[tuple[str, str]]]:
    """The words of the newest question, and the (source, kind) of what is attached."""
    parts = next((m.parts for m in reversed(messages) if m.role == "user"), ())
    lines = [part for part in parts if isinstance(part, str)]
    named = [match for line in lines if (match := ATTACHMENT.match(line))]
    words = " ".join(line for line in lines if not line.startswith("["))
    return words, [(match["source"], match["kind"]) for match in named]


def _calls(question: str, attachments: list[tuple[str, str]], names: set[str]) -> list[ToolCall]:
    """The calls of the first rule that fits: one for each attachment it can read, or one without any."""
    kinds = {kind for _, kind in attachments} or {""}
    for rule in RULES:
        match = rule.pattern.search(question)
        if match and rule.tool in names and kinds & set(rule.kinds):
            fitting = [{"source": source} for source, kind in attachments if kind in rule.kinds]
            targets = [{}] if "" in rule.kinds else fitting
            return [ToolCall(str(n), rule.tool, rule.arguments(match) | target) for n, target in enumerate(targets, 1)]
    return []
