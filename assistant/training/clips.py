"""Made results of the tools that read videos and sound, in the words of the real ones."""

import re
from itertools import pairwise
from random import Random

from assistant.movements import NOTHING, moved
from assistant.readings import Track
from assistant.training.outcome import Asked, Maker, Outcome, marks
from assistant.training.sights import SHOWN, cannot
from assistant.types import Evidence

EDGES = {"left": ("right", "left"), "right": ("left", "right"), "up": ("bottom", "top"), "down": ("top", "bottom")}
"""The edges over which things come and go that move in a direction."""
TOLD = {"speech": "somebody speaks", "music": "music", "tone": "a tone", "noise": "noise"}
_SAYING = re.compile(r"\b(?:says?|said|mention(?:ed)?|talk about|on the screen)\b")
EARS = ("pocketsphinx: rough, offline", "whisper tiny", "whisper base.en")
SILENT = "It has no sound track."


# What moves


def find_motion(asked: Asked) -> Outcome:
    moves = _movements(asked, asked.rng.choice((0, 1, 1, 2, 2, 3, 4)))
    if not moves:
        return Outcome(NOTHING, (), NOTHING)
    evidence = tuple(asked.seen(move, kind="track") for move in moves)
    lines, answer = list(moves), _told(moves)
    if len(moves) > 1 and asked.rng.random() < 0.5:
        since = asked.times(1)[0]
        lines.append(f"At most 2 things move at once, first from {since:.1f} to {since + 0.4:.1f} s.")
        answer = lines[-1] if asked.asks == "count" else answer
    return Outcome("\n".join(lines), evidence, answer)


def count_things(asked: Asked) -> Outcome:
    rng = asked.rng
    if rng.random() < 0.25:
        return Outcome(cannot(rng), (), "I cannot tell how many there are.", failed=True)
    number = rng.randint(1, 14)
    if asked.kind == "video":
        moves = _movements(asked, min(number, 4))
        text = "\n".join([f"{len(moves)} in all move through the picture, whatever they are.", *moves])
        evidence = tuple(asked.seen(move, kind="track") for move in moves)
        return Outcome(text, evidence, f"{len(moves)} in all move through the picture {marks(1, len(moves))}.")
    text = f"{number} like objects, counted by their outlines."
    evidence = tuple(asked.seen("object", kind="object") for _ in range(number))
    return Outcome(text, evidence, f"I count {number} {marks(1, min(number, SHOWN))}.")


def understand_video(asked: Asked) -> Outcome:
    rng, (begin, end), seconds = asked.rng, asked.span, f"{asked.seconds:.1f}"
    cuts = sorted(set(asked.times(rng.choice((0, 0, 1, 2, 3)))) - {begin, end})
    moves = _movements(asked, rng.choice((0, 1, 2)))
    words = _words(asked, rng.choice((0, 0, 1)))
    shots = f"{len(cuts) + 1} shots" if cuts else "one shot"
    moving = f", {len(moves)} movement{'s' * (len(moves) > 1)}" if moves else ""
    begins = f"A new shot begins at {', '.join(f'{cut:.1f} s' for cut in cuts)}."
    size = f"{rng.choice(('1280 x 720', '640 x 480', '1920 x 1080', '320 x 180'))} at {rng.choice((24, 25, 30))}"
    lines = [f"{seconds} s, {size} frames a second, {shots}{moving}.", *([begins] if cuts else [])]
    lines += moves or [NOTHING]
    lines += [f"Somebody says at {at:.1f} s: {text}" for at, text in words]
    edges = [begin, *cuts, end]
    keys = [
        Evidence(asked.source, (a + b) / 2, text=f"shot from {a:.1f} to {b:.1f} s", kind="shot")
        for a, b in pairwise(edges)
    ]
    evidence = (*keys, *(asked.seen(move, kind="track") for move in moves),
                *(asked.seen(text, at, "word") for at, text in words))  # fmt: skip
    if asked.asks == "length":
        return Outcome("\n".join(lines), evidence, f"It is {seconds} s long.")
    cut = f"{begins[:-1]} {marks(2, len(keys))}." if cuts else "It is one shot [e1]."
    if asked.asks == "cuts":
        return Outcome("\n".join(lines), evidence, cut)
    said = [f'somebody says at {words[0][0]:.1f} s "{words[0][1]}" [e{len(evidence)}]'] if words else []
    moved = _told(moves, len(keys)) if moves else NOTHING
    talk = f" {said[0][:1].upper()}{said[0][1:]}." if said else ""
    return Outcome(
        "\n".join(lines), evidence, f"{seconds} s, {shots}. {cut if cuts else ''}{' ' * bool(cuts)}{moved}{talk}"
    )


def find_in_video(asked: Asked) -> Outcome:
    rng, what = asked.rng, str(asked.call.arguments["what"])
    searched = rng.choice(("words on the screen", "spoken words", "movements", "words on the screen, spoken words"))
    times = asked.times(rng.choice((0, 0, 1, 1, 2, 3)))
    if not times:
        blind = f"\nWhat the pictures show was not searched: {cannot(rng)}" if rng.random() < 0.5 else ""
        return Outcome(f"I find no moment with {what!r}.\nSearched: {searched}.{blind}", (), "I find no such moment.")
    found = [_moment(asked, at, what) for at in times]
    head = f"{len(times)} moments match." if len(times) > 1 else "1 moment matches."
    lines = [head, *(f"{e.at:.1f} s: {e.text}" for e in found), f"Searched: {searched}."]
    said = ", ".join(f'at {e.at:.1f} s: "{e.text}" [e{n}]' for n, e in enumerate(found, 1))
    return Outcome("\n".join(lines), tuple(found), f"{said[:1].upper()}{said[1:]}.")


def _moment(asked: Asked, at: float, what: str) -> Evidence:
    """Where it is seen, or stands in the words that are said or written."""
    if asked.rng.random() < 0.5:
        return Evidence(asked.source, at, text=f"the model sees {what}", kind="seen")
    words = _SAYING.sub("", what).strip(' "') or what
    around = asked.word("sentence")
    return Evidence(
        asked.source, at, text=asked.rng.choice((f"{around} {words}", f"{words} {around}", words)), kind="text"
    )


def _movements(asked: Asked, number: int) -> list[str]:
    return [_movement(asked.rng, since, asked.span[1]) for since in asked.times(number)]


def _movement(rng: Random, since: float, end: float) -> str:
    """A track in the words that the product tells it in."""
    until = min(since + rng.uniform(0.4, 9), end)
    way = rng.choice((*EDGES, "in place"))
    edges = [edge if rng.random() < 0.5 else "" for edge in EDGES.get(way, ("", ""))]
    return moved(Track(since, until, way, (), *edges))


def _told(moves: list[str], before: int = 0) -> str:
    return " ".join(f"{move[:-1]} [e{number}]." for number, move in enumerate(moves[:SHOWN], before + 1))


# What is heard


def sound_facts(asked: Asked) -> Outcome:
    rng = asked.rng
    if asked.kind == "video" and rng.random() < 0.2:
        return Outcome(SILENT, (asked.seen("no sound track", kind=""),), "It has no sound track [e1].")
    seconds = round(asked.span[1] - asked.span[0], 1)
    if rng.random() < (0.4 if asked.asks == "silence" else 0.05):
        text = f"Nothing can be heard, though there is a sound track: {seconds} s of silence."
        return Outcome(text, (asked.seen(text, kind="silence"),), "Nothing can be heard: it is silent [e1].")
    kinds = rng.sample(tuple(TOLD), rng.choice((1, 1, 2)))
    loudness, clipped = rng.randint(10, 45), rng.random() < 0.15
    speaks = "somebody speaks" if "speech" in kinds else "nobody speaks"
    others = " and ".join(TOLD[kind] for kind in ("music", "tone", "noise") if kind in kinds)
    levels = f"{seconds} s of sound, loudness -{loudness} dBFS, peak -{rng.randint(0, 9)} dBFS"
    levels += ", clipped (0.12% of it)" if clipped else ""
    head = f"{levels}; {speaks}{f', there is {others}' if others else ''}."
    spans = _spans(asked, kinds)
    answer = _heard(asked.asks, seconds, levels, spans, clipped)
    return Outcome("\n".join([head, *(span.text for span in spans)]), tuple(spans), answer)


def _spans(asked: Asked, kinds: list[str]) -> list[Evidence]:
    """Where each kind of sound is."""
    every = asked.rng.choice((kinds, kinds, [*kinds, kinds[0]]))
    edges = asked.times(2 * len(every))
    return [
        asked.seen(f"{since:.1f}-{until:.1f} s: {TOLD[kind]}", since, kind)
        for kind, since, until in zip(every, edges[::2], edges[1::2], strict=True)
    ]


def _heard(asks: str, seconds: float, levels: str, spans: list[Evidence], clipped: bool) -> str:
    """The answer to what was asked of a sound."""
    match asks:
        case "length":
            return f"It is {seconds} s long."
        case "loudness":
            return f"It has {levels.partition(', ')[2]}."
        case "silence":
            return f"It is not silent: {_span(spans[0])} [e1]."
        case "clipped":
            return "Yes, it is clipped." if clipped else "No, it is not clipped."
        case "speech" | "music" | "noise":
            return _of_kind(asks, spans)
        case _:
            return f"{levels}; " + "; ".join(f"{_span(span)} [e{n}]" for n, span in enumerate(spans, 1)) + "."


def _of_kind(kind: str, spans: list[Evidence]) -> str:
    wanted = ("noise", "tone") if kind == "noise" else (kind,)
    found = [f"{_span(span)} [e{n}]" for n, span in enumerate(spans, 1) if span.kind in wanted]
    none = {"speech": "Nobody speaks.", "music": "There is no music.", "noise": "There is no noise."}
    return f"Yes: {'; '.join(found)}." if found else none[kind]


def _span(span: Evidence) -> str:
    times, _, what = span.text.partition(" s: ")
    return f"{what} at {times} s"


def transcribe(asked: Asked) -> Outcome:
    rng = asked.rng
    if asked.kind == "video" and rng.random() < 0.15:
        return Outcome(SILENT, (asked.seen("no sound track", kind=""),), "It has no sound track [e1].")
    said = _words(asked, rng.choice((0, 1, 1, 2, 3)))
    if not said:
        return Outcome("I hear no words.", (asked.seen("no words", kind=""),), "I hear no words [e1].")
    evidence = tuple(asked.seen(text, at, "speech") for at, text in said)
    form = asked.call.arguments.get("format", "text")
    if form != "text":
        told = "\n".join(_subtitle(number, at, text, form) for number, (at, text) in enumerate(said, 1))
        head = "WEBVTT\n\n" if form == "vtt" else ""
        return Outcome(head + told, evidence, head + told.rstrip("\n"))
    lines = [f"[{at:.1f} s] {text}" if len(said) > 1 else text for at, text in said]
    heard = ", ".join(f'"{text}" [e{n}]' for n, (_, text) in enumerate(said, 1))
    return Outcome("\n".join([f"It says ({rng.choice(EARS)}):", *lines]), evidence, f"It says {heard}.")


def _words(asked: Asked, number: int) -> list[tuple[float, str]]:
    """Things that are said, and when."""
    slots = ("sentence", "fact", "question")
    return [(at, asked.word(asked.rng.choice(slots))) for at in asked.times(number)]


def _subtitle(number: int, at: float, text: str, form: str) -> str:
    point = "," if form == "srt" else "."
    times = " --> ".join(f"{_clock(time)}{point}{round(time * 1000) % 1000:03}" for time in (at, at + 1.5))
    return (f"{number}\n" if form == "srt" else "") + f"{times}\n{text}\n"


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


MAKERS: dict[str, Maker] = {
    "find_motion": find_motion,
    "count_things": count_things,
    "understand_video": understand_video,
    "find_in_video": find_in_video,
    "sound_facts": sound_facts,
    "transcribe": transcribe,
}
