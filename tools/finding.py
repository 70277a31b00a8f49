"""Finding moments in a video: words on the screen, spoken words, movements, cuts, and what the model sees."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, tool

from assistant import listening
from assistant.errors import ToolError
from assistant.movements import moved
from assistant.protocols import Clip, Hearing, Readers, Reporter, Scene, Shelf, Sight
from assistant.readings import MediaInfo, Track
from assistant.types import Evidence, Finding, Word
from assistant.watching import READ, Watch

GLANCES, LEAST = 24, 2.0
"""Frames whose text is read, and as many key frames of shots; the seconds between them at the least."""
KEYS = 8
"""Frames that the model is asked about."""
SHOWN = 20
"""Moments that are told."""
NEAR = 4
"""Spoken words that may stand between those that are looked for."""
LIKE = 0.8
"""Likeness of two words of which one was misread or misheard."""
SPOKEN = re.compile(
    r"\b(?:says?|said|saying|spoken|speaks?|speaking|mentions?|mentioned|talks?|talking|hear|heard)\b", re.I
)
SCREEN = re.compile(
    r"\b(?:texts?|written|writing|reads?|signs?|captions?|titles?|subtitles?|on (?:the )?screen|display(?:ed|s)?)\b",
    re.I,
)
CUTS = re.compile(r"\b(?:cuts?|(?:scenes?|shots?) chang\w+|new (?:scene|shot)|dissolves?|fades?)\b", re.IGNORECASE)
ENTERS = re.compile(r"\b(?:enter\w*|com(?:e|es|ing) in\w*|arriv\w+)\b", re.IGNORECASE)
LEAVES = re.compile(r"\b(?:leav\w+|exit\w*|go(?:es|ing)? (?:out|away))\b", re.IGNORECASE)
MOVES = re.compile(r"\b(?:mov(?:e|es|ed|ing|ements?)|motion|pass(?:es|ing)?|cross(?:es|ing)?)\b", re.IGNORECASE)
SIDE = re.compile(r"\b(from|to|at|on|over)? ?(?:the )?(left|right|top|bottom|up|down)(?:wards?)?\b", re.IGNORECASE)
OPPOSITE = {"left": "right", "right": "left", "top": "down", "bottom": "up"}
TOWARDS = {"top": "up", "bottom": "down"}
QUOTED = re.compile(r"[\"“„«]([^\"”“»]+)[\"”“»]|'([^']+)'")
IDLE = """
    a an the when where does do did is are was were be there in of on at to from it its and or this that what which who
    somebody someone something anybody anyone anything moment moments time times part parts find show me see seen
    word words about video clip film picture frame screen first last appear appears with has have text
    """
"""Words that name nothing to look for."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, and where."""

    keys: tuple[str, ...]
    """Words that must be there, in small letters."""
    speech: bool
    screen: bool
    motion: bool
    cuts: bool
    sight: bool

    @classmethod
    def of(cls, what: str) -> "Search":
        quoted = [one or other for one, other in QUOTED.findall(what)]
        spoken, screen = bool(SPOKEN.search(what)), bool(SCREEN.search(what))
        motion, cuts = any(p.search(what) for p in (ENTERS, LEAVES, MOVES)), bool(CUTS.search(what))
        rest = " ".join(quoted) or SCREEN.sub(" ", SPOKEN.sub(" ", what))
        keys = tuple(word for word in _words(rest) if quoted or word not in IDLE.split())
        plain = not (motion or cuts) or bool(quoted)
        words = plain and bool(keys)
        return cls(
            keys,
            speech=spoken or (words and not screen),
            screen=screen or (words and not spoken),
            motion=motion and not quoted,
            cuts=cuts and not quoted,
            sight=plain and not (spoken or screen or quoted),
        )


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look"})
def find_in_video(
    source: str,
    what: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    hearing: Annotated[Hearing, InjectedToolArg],
    sight: Annotated[Sight, InjectedToolArg],
    shelf: Annotated[Shelf, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
) -> tuple[str, Finding]:
    """Find the moments of a video in which something is said, written on the screen, moves, or can be seen.

    Args:
        source: a video file, or a part of it such as clip.mp4#t=10,20
        what: words, or what happens, such as "harbour", "says budget", "enters from the left", "a red car"
        scene: filled in by the assistant
        readers: filled in by the assistant
        hearing: filled in by the assistant
        sight: filled in by the assistant
        shelf: filled in by the assistant
        reporter: filled in by the assistant
    """
    search = Search.of(what)
    watch = Watch(scene, readers, shelf, reporter, source)
    said = _said(scene, hearing, readers, reporter, source, watch.info)
    ways: dict[str, tuple[bool, Iterator[Evidence]]] = {
        "words on the screen": (search.screen, _on_screen(watch, scene.clip(source), readers, search)),
        "spoken words": (search.speech and bool(watch.info.audio), _spoken(said, search)),
        "movements": (search.motion, _moving(watch, what)),
        "cuts": (search.cuts, _cuts(watch)),
    }
    found = {name: list(way) for name, (wanted, way) in ways.items() if wanted}
    blind = _look(watch, sight, what, found) if search.sight else ""
    return _told(watch.info.source, what, found, blind)


def _said(
    scene: Scene, hearing: Hearing, readers: Readers, reporter: Reporter, source: str, info: MediaInfo
) -> Iterator[Sequence[Word]]:
    """The words of each utterance; nothing is heard before they are asked for."""
    for voice in listening.voices(scene, source, info):
        for said in listening.heard(scene, hearing, readers, reporter, voice):
            yield said.words or (Word(said.text, said.since, said.until),)


def _told(source: str, what: str, found: dict[str, list[Evidence]], blind: str) -> tuple[str, Finding]:
    every = (replace(each, source=source) for evidence in found.values() for each in evidence)
    moments = sorted(every, key=lambda each: each.at or 0.0)
    searched = f"Searched: {', '.join(found)}." if found else ""
    unseen = f"What the pictures show was not searched: {blind}" if blind else ""
    if not moments:
        head = f"I find no moment with {what!r}."
    else:
        head = f"{len(moments)} moments match." if len(moments) > 1 else "1 moment matches."
    lines = [f"{each.at:.1f} s: {each.text}" for each in moments[:SHOWN]]
    more = f"And {len(moments) - SHOWN} more." if len(moments) > SHOWN else ""
    data: dict[str, Any] = {"moments": [each.at for each in moments], "searched": list(found)}
    return "\n".join(filter(None, (head, *lines, more, searched, unseen))), Finding(tuple(moments[:SHOWN]), data)


# Words


def _on_screen(watch: Watch, clip: Clip, readers: Readers, search: Search) -> Iterator[Evidence]:
    """Each line that matches, with the first time it was read at."""
    found: dict[str, Evidence] = {}
    for line in _glances(watch, clip, readers):
        if line.kind in ("", "line") and _all_in(search.keys, _words(line.text)):
            found.setdefault(" ".join(_words(line.text)), line)
    for line in found.values():
        yield replace(line, kind="text")


def _glances(watch: Watch, clip: Clip, readers: Readers) -> Iterator[Evidence]:
    """What is read quickly in the key frames of the longest shots, and evenly over the video, in order of time."""

    def read(at: float) -> list[dict[str, Any]]:
        lines = [line for frame in clip.moments([at], READ) for line in readers.text(frame, quick=True)]
        return [asdict(replace(line, at=at)) for line in lines]

    length = watch.until - watch.since
    count = max(1, min(GLANCES, int(length / LEAST)))
    even = {round(watch.since + length * (number + 0.5) / count, 2) for number in range(count)}
    longest = sorted(watch.shots(), key=lambda shot: shot.since - shot.until)[:GLANCES]
    for at in sorted(even | {shot.key for shot in longest}):
        for row in watch.keep("glance", at, at, partial(read, at)):
            yield Evidence(**row | {"box": tuple(row["box"]) if row["box"] else None})


def _spoken(said: Iterable[Sequence[Word]], search: Search) -> Iterator[Evidence]:
    """Where the words are said, with some words around."""
    for words in said:
        for first, last in _runs(search.keys, words):
            around = words[max(first - NEAR, 0) : last + NEAR + 1]
            yield Evidence("", words[first].since, text=" ".join(word.text for word in around), kind="word")


def _runs(keys: Sequence[str], words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where all the keys stand near to each other: the first and the last word; without keys, all that is said."""
    if not keys:
        yield 0, len(words) - 1
        return
    spelled = [_words(word.text) for word in words]
    begin = 0
    while begin < len(words):
        near = spelled[begin : begin + (len(keys) + NEAR if len(keys) > 1 else 1)]
        hits = [number for number, word in enumerate(near) if any(_all_in([key], word) for key in keys)]
        if hits[:1] == [0] and _all_in(keys, [word for each in near for word in each]):
            yield begin, begin + hits[-1]
            begin += hits[-1]
        begin += 1


def _all_in(keys: Sequence[str], words: Sequence[str]) -> bool:
    return all(any(_like(key, word) for word in words) for key in keys)


def _like(key: str, word: str) -> bool:
    """Whether a word is the one that is looked for, a longer form of it, or a misreading."""
    if key == word:
        return True
    if len(key) < 4 or any(map(str.isdigit, key)):
        return False
    return word.startswith(key) or SequenceMatcher(None, key, word).ratio() >= LIKE


def _words(text: str) -> list[str]:
    return re.findall(r"\w+(?:'\w+)?", text.casefold())


# What happens


def _cuts(watch: Watch) -> Iterator[Evidence]:
    for shot in watch.shots()[1:]:
        yield Evidence("", shot.since, text=f"a new shot begins ({shot.begins})", kind="shot")


def _moving(watch: Watch, what: str) -> Iterator[Evidence]:
    """The movements that are asked for, each at its beginning, or at its end when it is asked when something leaves."""
    enters, leaves = bool(ENTERS.search(what)), bool(LEAVES.search(what))
    sides = [(word.lower(), side.lower()) for word, side in SIDE.findall(what)]
    for track in watch.tracks():
        if _fits(track, enters, leaves, sides):
            at, box = track.path[-1 if leaves else 0]
            yield Evidence("", at, box, text=moved(track), kind="motion")


def _fits(track: Track, enters: bool, leaves: bool, sides: Sequence[tuple[str, str]]) -> bool:
    if enters:
        return bool(track.enters) and all(track.enters == side for _, side in sides)
    if leaves:
        return bool(track.leaves) and all(track.leaves == side for _, side in sides)
    return all(track.direction == _way(word, side) for word, side in sides)


def _way(word: str, side: str) -> str:
    """The direction of what moves from, or to, a side."""
    return OPPOSITE.get(side, side) if word == "from" else TOWARDS.get(side, side)


def _look(watch: Watch, sight: Sight, what: str, found: dict[str, list[Evidence]]) -> str:
    """Adds the frames in which the model sees it; why it cannot, where it abstains."""
    question = f"Is this to be seen in the picture: {what}? Answer yes or no."
    try:
        answers = [(frame.at, sight.look([frame], question)) for frame in watch.frames(_keys(watch))]
    except ToolError as error:
        return error.sentence()
    yes = (at for at, answer in answers if re.match(r"\W*yes\b", answer, re.IGNORECASE))
    found["what can be seen"] = [Evidence("", at, text=f"the model sees {what}", kind="seen") for at in yes]
    return ""


def _keys(watch: Watch) -> list[float]:
    """The key frames of some shots, or moments of a few long ones."""
    shots = watch.shots()
    if len(shots) >= KEYS:
        return [shots[number * len(shots) // KEYS].key for number in range(KEYS)]
    length = watch.until - watch.since
    even = [watch.since + length * (number + 0.5) / KEYS for number in range(KEYS)]
    return sorted({shot.key for shot in shots} | set(even[len(shots) :]))
