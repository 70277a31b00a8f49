"""Whole conversations: requests, calls, results, grounded answers and follow-ups, as messages a model is trained on."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from assistant.evidence import highest
from assistant.sources import Source
from assistant.training import slips
from assistant.training.attachments import Attachment
from assistant.training.language import Language, Request
from assistant.training.offers import Tool
from assistant.training.phrasebook import Phrase, Split
from assistant.training.results import outcome
from assistant.types import Box, Evidence, Message, Part, ToolCall, ToolResult

SHAPES = {"one": 49, "follow_up": 26, "more": 21, "asked_back": 4}
"""How often a conversation has one turn, a follow-up on it, more turns, or a question back, in percent."""
REPEAT = ("say that again", "what did you say", "repeat that please", "again?", "pardon", "come again", "sorry, what?",
          "I did not get that", "once more please", "could you repeat that", "tell me again", "huh?")  # fmt: skip
"""What asks for the same answer once more."""
REPEATED = 0.06
"""How often a later turn asks for the answer once more."""
LACKED = ("{}", "{}", "{} please", "well, {}", "{}.")
"""How a question back is answered."""
FIRST, SECOND = ("the first one: ", "in the first picture, "), ("the second one: ", "in the second picture, ")

Show = Callable[[Attachment], Sequence[Part]]
"""The frames of an attachment, for a model with eyes."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """A conversation; what the assistant says in it is what is learnt."""

    kind: str
    messages: tuple[Message, ...]
    tools: tuple[Tool, ...]

    @property
    def targets(self) -> tuple[int, ...]:
        """The places of the messages that a model must learn to write."""
        return tuple(n for n, message in enumerate(self.messages) if message.role == "assistant")


@dataclass(slots=True)
class _Talk:
    """A conversation that goes on."""

    messages: list[Message]
    tools: dict[str, Tool]
    attached: tuple[Attachment, ...] = ()
    """What was attached last."""
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    kept: tuple[str, ...] = ()
    """What was remembered."""


class Dialogs:
    """Makes conversations.

    Args:
        language: where the requests come from
        system: the system prompt; "" for none
        show: the frames of an attachment
    """

    def __init__(self, language: Language, system: str = "", show: Show = lambda attachment: ()) -> None:
        self._language, self._system, self._show = language, system, show

    def dialogs(self, seed: int, split: Split) -> Iterator[Dialog]:
        """Conversations without end."""
        return (self.dialog(Random(f"{seed} {split} {number}"), split) for number in count())

    def dialog(self, rng: Random, split: Split, shape: str = "") -> Dialog:
        """One conversation; all chance comes from `rng`."""
        shape = shape or rng.choices(tuple(SHAPES), tuple(SHAPES.values()))[0]
        talk = _Talk([Message("system", (self._system,))] if self._system else [], {})
        if shape == "follow_up":
            kind = self._followed(talk, rng, split)
        elif shape == "asked_back":
            kind = self._asked_back(talk, rng, split)
        else:
            kind = self._turns(talk, rng, split, 1 if shape == "one" else rng.randint(2, 3))
        return Dialog(kind, tuple(talk.messages), self._language.laid(talk.tools.values(), rng))

    def opening(self, rng: Random, split: Split) -> Dialog:
        """The beginning of a conversation, to the first reply."""
        dialog = self.dialog(rng, split, "one")
        return replace(dialog, messages=dialog.messages[: dialog.targets[0] + 1])

    def _turns(self, talk: _Talk, rng: Random, split: Split, number: int) -> str:
        """Some turns, of which later ones may be about what was attached before."""
        request = self._language.request(rng, split)
        self._turn(talk, request, rng)
        for _ in range(number - 1):
            if rng.random() < REPEATED:
                self._repeated(talk, rng)
            elif (later := self._later(talk, request, rng, split)) is not None:
                self._turn(talk, later, rng)
        return request.intent if number == 1 else "turns"

    def _later(self, talk: _Talk, first: Request, rng: Random, split: Split) -> Request | None:
        """A request that the offered tools can do, about the file of before where it needs one."""
        intent = rng.choice((*talk.tools, "small_talk"))
        known = intent in self._language.book.intents
        phrases = self._language.book.phrases(intent, split) if known else ()
        kinds = {each.kind for each in talk.attached[:1]}
        fitting = [p for p in phrases if "none" in p.media or (kinds & set(p.media) and not p.names_files)]
        if not fitting or len(talk.attached) > 1 or first.intent == "no_media":
            return None
        return self._language.again(rng.choice(fitting), talk.attached, rng)

    def _turn(self, talk: _Talk, request: Request, rng: Random) -> None:
        """What the user says, and all that comes of it."""
        for tool in request.tools:
            talk.tools.setdefault(tool.name, tool)
        talk.attached = request.attachments or talk.attached
        shown = [part for each in request.attachments for part in (each.headline, *self._show(each))]
        pointed = [_pointing(request.region)] if request.region else []
        talk.messages.append(Message("user", (*shown, *pointed, request.text)))
        talk.calls = request.calls
        if not request.calls:
            talk.messages.append(Message("assistant", (request.reply,)))
            return
        self._worked(talk, request, rng)

    def _worked(self, talk: _Talk, request: Request, rng: Random) -> None:
        """The calls, their results, and the answer."""
        first, results, said = highest(talk.messages) + 1, list[ToolResult](), list[str]()
        seconds = max((each.seconds for each in talk.attached), default=0.0) or 60.0
        for call in request.calls:
            made = outcome(call, request, rng, self._language.vocabulary, seconds, talk.kept)
            results.append(made.result(call, first))
            said.append(made.said(first))
            if call.name == "remember" and not made.failed:
                talk.kept = (*talk.kept, str(call.arguments["text"]))
            first += len(made.evidence)
        talk.results = tuple(results)
        talk.messages.append(Message("assistant", request.calls))
        talk.messages.append(Message("tool", talk.results))
        if len(results) == 2 and results[0].name == results[1].name:
            said = [f"The first: {said[0]}", f"The second: {said[1]}"]
        talk.messages.append(Message("assistant", ("\n".join(said),)))

    def _repeated(self, talk: _Talk, rng: Random) -> None:
        answer = talk.messages[-1].parts
        talk.messages += [Message("user", (rng.choice(REPEAT),)), Message("assistant", answer)]

    def _asked_back(self, talk: _Talk, rng: Random, split: Split) -> str:
        """A request that lacks something, the question back, and what was lacking."""
        phrases = self._language.book.phrases("ask_back", split)
        phrase = rng.choice([p for p in phrases if self._language.has(wish.tool for wish in p.wishes)])
        self._turn(talk, self._language.ask(phrase, rng), rng)
        [(_, slot)] = phrase.wishes[0].arguments
        later = replace(phrase, text=rng.choice(LACKED).format(slot), reply="")
        self._turn(talk, self._language.again(later, (), rng), rng)
        return "ask_back"

    # Follow-ups

    def _followed(self, talk: _Talk, rng: Random, split: Split) -> str:
        """A request, its answer, and a follow-up that is understood only after it."""
        phrase = rng.choice([p for p in self._language.book.phrases("follow_ups", split) if self._possible(p)])
        request = self._before(phrase, rng, split)
        self._turn(talk, request, rng)
        later = self._follow(phrase, talk, rng)
        if later is not None:
            self._turn(talk, later, rng)
        return "follow_up"

    def _possible(self, phrase: Phrase) -> bool:
        """Whether a follow-up's tool can be offered, and one that it follows on."""
        has = self._language.has
        return has(wish.tool for wish in phrase.wishes if wish.tool) and any(has([tool]) for tool in phrase.after)

    def _before(self, phrase: Phrase, rng: Random, split: Split) -> Request:
        """A request that the follow-up can follow on."""
        tool = rng.choice([tool for tool in phrase.after if self._language.has([tool])])
        media = [m for m in phrase.media if m not in ("another", "pictures")] or ["picture", "video", "sound"]
        phrases = [p for p in self._language.book.phrases(tool, split) if len(p.wishes) == 1 and not p.names_files]
        fitting = [(p, m) for p in phrases for m in media if m in p.media and not _narrow(p)]
        chosen, kind = rng.choice(fitting or [(p, p.media[0]) for p in phrases])
        request = self._whole(chosen, kind, rng)
        return self._of_two(request, phrase, rng) if "pictures" in phrase.media else request

    def _whole(self, phrase: Phrase, media: str, rng: Random) -> Request:
        """A request with its calls: no file and no tool is missing."""
        request = self._language.ask(phrase, rng, media)
        return request if request.calls else self._whole(phrase, media, rng)

    def _of_two(self, request: Request, phrase: Phrase, rng: Random) -> Request:
        """The request about one of two pictures, the other one than the follow-up asks about."""
        second = self._language.attach("picture", rng)
        wants_first = any("{first}" in value for wish in phrase.wishes for _, value in wish.arguments)
        words, chosen = (SECOND, second) if wants_first else (FIRST, request.attachments[0])
        calls = tuple(replace(call, arguments={**call.arguments, "source": chosen.source}) for call in request.calls)
        attached = (request.attachments[0], second)
        return replace(request, text=rng.choice(words) + request.text, attachments=attached, calls=calls)

    def _follow(self, phrase: Phrase, talk: _Talk, rng: Random) -> Request | None:
        """The follow-up, with what it takes from the turn before."""
        last, other = talk.calls[0], phrase.wishes[0].tool if phrase.wishes else ""
        fresh = (self._again(talk.attached[0], rng),) if "another" in phrase.media and talk.attached else ()
        sources = [each.source for each in fresh or talk.attached]
        given = {"source": _path(last, sources)} if not fresh and last.arguments.get("source") else {}
        if other == "read_file":
            given = {"hit": _first_hit(talk.results[0].evidence)}
        if given.get("hit") == "" or ("another" in phrase.media and not fresh):
            return None
        spoken = replace(phrase, wishes=tuple(replace(wish, tool=wish.tool or last.name) for wish in phrase.wishes))
        filled = self._language.filler.fill(spoken, slips.manner(rng), rng, sources, given)
        call = _changed(last, filled.calls[0]) if not other else filled.calls[0]
        tools = tuple(tool for name, tool in self._language.book.tools.items() if name == call.name)
        return Request(filled.text, "follow_ups", spoken, tools, fresh, None, (call,))

    def _again(self, before: Attachment, rng: Random) -> Attachment:
        document = before.source.endswith((".pdf", ".tif"))
        return self._language.attach("document" if document else before.kind, rng)


def _pointing(region: Box) -> str:
    """The line of a user's message that tells which part of the picture is pointed at."""
    return f"[the user points at [{', '.join(f'{edge:.2f}' for edge in region)}] of the picture]"


def _narrow(phrase: Phrase) -> bool:
    """True for a phrase that asks about a part of a file, which a follow-up would have to leave."""
    parts = ("source", "box", "since", "until", "format", "at")
    return any(name in parts for wish in phrase.wishes for name, _ in wish.arguments)


def _path(call: ToolCall, sources: Sequence[str]) -> str:
    """The file that a call was about, without the part."""
    source = str(call.arguments["source"])
    return source if source in sources else Source.of(source).path


def _changed(before: ToolCall, now: ToolCall) -> ToolCall:
    """The call of before with new arguments; a time of day and a span of time exclude each other."""
    kept = {
        name: value for name, value in before.arguments.items() if not (name == "at" and "seconds" in now.arguments)
    }
    merged = {**kept, **now.arguments}
    return ToolCall(now.id, before.name, merged)


def _first_hit(evidence: Sequence[Evidence]) -> str:
    return next((each.source for each in evidence), "")
