"""Requests in plain language with the calls that answer them, made from the phrasebook; the same for the same seed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from assistant.training import slips
from assistant.training.attachments import Attachment, attachment
from assistant.training.filling import Filled, Filler
from assistant.training.offers import Tool
from assistant.training.phrasebook import Family, Phrase, Phrasebook, Split
from assistant.training.vocabulary import Vocabulary
from assistant.types import Box, ToolCall

MIX = {"tool": 54, "invented": 18, "two_calls": 5, "copy_drills": 4, "unknown": 5, "cannot_tell": 4, "ask_back": 2,
       "no_media": 4, "small_talk": 4}  # fmt: skip
"""How often requests of each kind are, in percent."""
MISSING, ABSENT = 0.1, 0.25
"""How often the tool that a request wants is not offered: of the real ones, and of the made-up ones."""
UNATTACHED, ASIDE = 0.07, 0.12
"""Shares: the file is not there, or is of a wrong kind; a file that does not matter."""
MANY, WHOLE = 0.12, 0.1
"""How often a dozen tools and more are offered, and how often all there are."""
NO_TOOL = "I have no tool for that."
NOT_THERE = {
    "picture": "I have no picture. Attach one, or point the camera at it.",
    "document": "I have no picture. Attach one, or point the camera at it.",
    "video": "I have no video. Attach one, or record a clip.",
    "sound": "I have no sound. Attach a recording.",
    "pictures": "I have only one picture. Attach a second one to compare.",
}
"""What is said where a kind of attachment is asked about that there is not."""
RELATED = (
    {"look", "describe_image", "check", "understand_video", "find_in_video", "count_things"},
    {"understand_video", "find_motion", "find_in_video", "count_things"},
    {"picture_facts", "look", "describe_image"},
    {"read_text", "look", "describe_image", "understand_video"},
    {"transcribe", "understand_video", "find_in_video", "sound_facts"},
    {"compare_images", "look"},
    {"remember", "save_note"},
    {"recall", "search_files", "read_file", "list_files"},
    {"capture_photo", "record_clip", "look"},
    {"watch_for", "check", "find_motion"},
)
"""Tools that may stand in for each other: when one is missing, so are the others."""
ALONE = ("unknown", "small_talk", "cannot_tell", "no_media")
"""Intents that no made-up tool is offered with: one might fit."""


def sentences(book: Phrasebook) -> list[str]:
    """All that is said to requests without a call of a tool."""
    replies = {phrase.reply for intent in book.intents for phrase in book.phrases(intent, "train")}
    return sorted(replies - {""} | {NO_TOOL, *NOT_THERE.values()})


@dataclass(frozen=True, slots=True)
class Request:
    """What a user says once, and what the right reaction is."""

    text: str
    intent: str
    phrase: Phrase
    tools: tuple[Tool, ...] = ()
    """Those that are offered."""
    attachments: tuple[Attachment, ...] = ()
    region: Box | None = None
    """The part of the picture that the user points at."""
    calls: tuple[ToolCall, ...] = ()
    """The right calls, side by side; none where the reply is words."""
    reply: str = ""

    @property
    def asks(self) -> str:
        return self.phrase.asks


class Language:
    """Makes requests.

    Args:
        book: the phrases
    """

    def __init__(self, book: Phrasebook) -> None:
        self.book, self.vocabulary = book, Vocabulary(book.lists)
        self._families = book.families()
        made_up = {tool.name: tool for family in self._families for tool in family.tools}
        self.filler = Filler(self.vocabulary, {**book.tools, **made_up})

    def requests(self, seed: int, split: Split) -> Iterator[Request]:
        """Requests without end."""
        return (self.request(Random(f"{seed} {split} {number}"), split) for number in count())

    def request(self, rng: Random, split: Split) -> Request:
        """One request; all chance comes from `rng`."""
        kind = rng.choices(tuple(MIX), tuple(MIX.values()))[0]
        if kind == "invented":
            return self._invented(rng, split)
        intent = rng.choice(tuple(self.book.tools)) if kind == "tool" else kind
        return self.ask(rng.choice(self.book.phrases(intent, split)), rng)

    def ask(self, phrase: Phrase, rng: Random, media: str = "") -> Request:
        """A request with a phrase and files that go with it; now and then without the files, or without the tool."""
        media = media or rng.choice(phrase.media)
        if phrase.wishes and self._attachable(phrase, media) and media != "region" and rng.random() < UNATTACHED:
            return self._unattached(phrase, rng)
        attached = self._attached(phrase, media, rng)
        region = _region(rng) if media == "region" else None
        return self.stocked(self._said(phrase, attached, rng, region), rng)

    def again(self, phrase: Phrase, attached: Sequence[Attachment], rng: Random) -> Request:
        """A request about what is attached already."""
        request = self._said(phrase, tuple(attached), rng, None)
        return replace(request, attachments=())

    def has(self, names: Iterable[str]) -> bool:
        """Whether real tools can be offered."""
        return True

    def laid(self, tools: Iterable[Tool], rng: Random) -> tuple[Tool, ...]:
        """The tools of a whole conversation, in the order in which a model is told of them."""
        every = tuple(tools)
        return tuple(rng.sample(every, len(every)))

    def stocked(self, request: Request, rng: Random) -> Request:
        """The request with tools; now and then without the right one, and the reply says so."""
        if request.calls and rng.random() < MISSING:
            return replace(request, tools=self._without(request, rng), calls=(), reply=NO_TOOL)
        return replace(request, tools=self.offered(request, rng))

    def offered(self, request: Request, rng: Random) -> tuple[Tool, ...]:
        """The right tools among others: all there are, or a few."""
        wanted = [self.book.tools[wish.tool] for wish in request.phrase.wishes]
        every, share = tuple(self.book.tools.values()), rng.random()
        number = len(every) if share < WHOLE else rng.randint(12, 18) if share < WHOLE + MANY else rng.randint(1, 6)
        others = rng.sample(every, number)
        if request.intent not in ALONE and rng.random() < 0.4:
            others += [rng.choice(family.tools) for family in rng.sample(self._families, rng.randint(1, 2))]
        return mixed([*wanted, *others], rng)

    def attach(self, kind: str, rng: Random) -> Attachment:
        return attachment(kind, rng, self.vocabulary)

    def _said(self, phrase: Phrase, attached: tuple[Attachment, ...], rng: Random, region: Box | None) -> Request:
        matter = () if set(phrase.media) <= {"none", "camera"} else tuple(each.source for each in attached)
        filled = self.filler.fill(phrase, slips.manner(rng), rng, matter)
        calls = () if phrase.reply else _pointed(filled, region)
        return Request(filled.text, phrase.intent, phrase, (), attached, region, calls, phrase.reply)

    def _attached(self, phrase: Phrase, media: str, rng: Random) -> tuple[Attachment, ...]:
        if self._attachable(phrase, media):
            kinds = {"pictures": ("picture", "picture"), "region": ("picture",)}.get(media, (media,))
            return tuple(self.attach(kind, rng) for kind in kinds)
        if media == "none" and phrase.intent not in ("no_media", "unknown") and rng.random() < ASIDE:
            return (self.attach(rng.choice(("picture", "video", "sound")), rng),)
        return ()

    def _attachable(self, phrase: Phrase, media: str) -> bool:
        return media not in ("none", "camera") and not phrase.names_files

    def _unattached(self, phrase: Phrase, rng: Random) -> Request:
        """What is asked about is not there, or something of another kind is."""
        wanted = next(media for media in phrase.media if media in NOT_THERE)
        wrong = {"picture", "video", "sound"} - set(phrase.media)
        kind = (
            "picture" if wanted == "pictures" else rng.choice(sorted(wrong)) if "document" not in phrase.media else ""
        )
        attached = (self.attach(kind, rng),) if kind and (wanted == "pictures" or rng.random() < 0.4) else ()
        reply = NOT_THERE[wanted if wanted != "pictures" or attached else "picture"]
        filled = self.filler.fill(phrase, slips.manner(rng), rng, ("",) * 2)
        request = Request(filled.text, "no_media", phrase, (), attached, None, (), reply)
        return replace(request, tools=self.offered(request, rng))

    def _without(self, request: Request, rng: Random) -> tuple[Tool, ...]:
        """Some tools, but none that could do it."""
        gone = related({call.name for call in request.calls})
        left = [tool for name, tool in self.book.tools.items() if name not in gone]
        number = len(left) if rng.random() < WHOLE else rng.randint(2, min(9, len(left)))
        return mixed(rng.sample(left, number), rng)

    def _invented(self, rng: Random, split: Split) -> Request:
        """A request for a made-up tool, chosen by its description among other tools."""
        family = self._family(rng, split)
        number = rng.randrange(len(family.tools))
        request = self.invented(family, number, rng, split)
        if rng.random() < ABSENT:
            return replace(request, tools=mixed(self._others(family, rng), rng), calls=(), reply=NO_TOOL)
        return replace(request, tools=mixed([family.tools[number], *self._others(family, rng)], rng))

    def invented(self, family: Family, number: int, rng: Random, split: Split) -> Request:
        """A request for one of a family's tools, before any are offered."""
        apart = family in self.book.families("test")
        phrases = family.phrases if apart else [p for p in family.phrases if self.book.split(p) == split]
        return self._said(replace(rng.choice(phrases), wishes=(family.wishes[number],)), (), rng, None)

    def _family(self, rng: Random, split: Split) -> Family:
        """In trials half of the families were never trained on."""
        known = self.book.families("train")
        return rng.choice(self.book.families("test") if split == "test" and rng.random() < 0.5 else known)

    def _others(self, family: Family, rng: Random) -> list[Tool]:
        every = tuple(self.book.tools.values())
        real = rng.sample(every, len(every) if rng.random() < WHOLE else rng.randint(0, 5))
        families = [other for other in self.book.families("train") if other is not family]
        return real + [rng.choice(other.tools) for other in rng.sample(families, rng.randint(2, 5))]


def related(names: set[str]) -> set[str]:
    """The tools with these names, and those that may stand in for them."""
    return names.union(*(group for group in RELATED if group & names))


def mixed(tools: Sequence[Tool], rng: Random) -> tuple[Tool, ...]:
    """Each once, in any order; descriptions are cut short now and then, so that none is learnt by heart."""
    each = list({tool.name: tool for tool in tools}.values())
    rng.shuffle(each)
    return tuple(_shortened(tool) if rng.random() < 0.2 else tool for tool in each)


def _shortened(tool: Tool) -> Tool:
    return replace(tool, description=tool.description.partition(":")[0].rstrip(".") + ".")


def _region(rng: Random) -> Box:
    left, top = round(rng.uniform(0, 0.7), 2), round(rng.uniform(0, 0.7), 2)
    return left, top, round(rng.uniform(left + 0.1, 1), 2), round(rng.uniform(top + 0.1, 1), 2)


def _pointed(filled: Filled, region: Box | None) -> tuple[ToolCall, ...]:
    """The calls, for the part of the picture that the user points at."""
    if region is None:
        return filled.calls
    return tuple(replace(call, arguments={**call.arguments, "box": list(region)}) for call in filled.calls)
