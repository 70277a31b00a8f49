"""Short answers out of what was measured: counts, movements, shots and sound, by the words of the question."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.types import Evidence, ToolResult

Data = Mapping[str, Any]
_ORDER = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "sixth": 5, "last": -1}
_TWO = re.compile(r"\band (?:when|where|what|how|which|who|why|do|does|is|are)\b", re.IGNORECASE)
"""Two questions in one: the whole result answers both."""
_NTH = re.compile(rf"\b({'|'.join(_ORDER)})\b", re.IGNORECASE)
_ASKS = re.compile(r"^\s*(?:is|are|was|were|does|do|did|has|have|can)\b", re.IGNORECASE)
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_AT_ONCE = re.compile(
    r"\bat (?:once|the same time|one time|any time)\b|\bmore than (?:one|two|three|four|five)\b|\blargest number\b",
    re.I,
)
_MOST = re.compile(rf"\b(?P<more>more than )?(?P<number>{'|'.join(_NUMBERS)})\b(?! time)", re.IGNORECASE)
_DIRECTION = re.compile(r"\bdirection\b|\bwhich way\b|\bup or down\b|\bleft or right\b|\bwhere to\b", re.IGNORECASE)
_LEAVES = re.compile(r"\b(?:leav\w+|go(?:es)? out|exit\w*)\b", re.IGNORECASE)
_ENTERS = re.compile(r"\b(?:enter\w*|come in|comes in|appear\w*|arriv\w+)\b", re.IGNORECASE)
_TAKEN = re.compile(r"\b(?:taken?|takes|remov\w+|picked)\b", re.IGNORECASE)
_PUT = re.compile(r"\b(?:put|placed?|returned|set down|comes? back)\b", re.IGNORECASE)
_WHERE = re.compile(r"\b(?:side|edge|border|where)\b", re.IGNORECASE)
_LEFT_OVER = re.compile(r"\b(?:left|remain\w*|standing|stays?)\b", re.IGNORECASE)
_WHICH = re.compile(r"^\s*(?:which|what|where)\b(?! time)", re.IGNORECASE)
_TIME = re.compile(r"\bwhen\b|\bwhat time\b", re.IGNORECASE)
_CUT = re.compile(r"\bcuts?\b|\bchange", re.IGNORECASE)
_SHOTS = re.compile(r"\b(?:shots?|scenes?|cuts?|camera changes?)\b", re.IGNORECASE)
_ENDS = re.compile(r"\bends?\b", re.IGNORECASE)
_MANY = re.compile(r"\bhow (?:many|often)\b", re.IGNORECASE)
_WHOLE = re.compile(r"\b(?:intact|ok|okay|fine|whole)\b", re.IGNORECASE)
_BROKEN = re.compile(r"\b(?:broken|corrupt\w*|damag\w+|glitch\w*|distort\w*)\b", re.IGNORECASE)
_SPEECH = re.compile(r"\b(?:speech|speak\w*|talk\w*|voices?|say\w*|words)\b", re.IGNORECASE)
_SOUND = re.compile(r"\b(?:sounds?|audio|audible|hear\w*|noises?|silent|muted?)\b", re.IGNORECASE)
_QUIET = re.compile(r"\b(?:silent|muted?)\b", re.IGNORECASE)
_ROWS = re.compile(r"\brows?\b", re.IGNORECASE)
_COLUMNS = re.compile(r"\bcolumns?\b|\b(?:each|every|per) row\b|\bin a row\b", re.IGNORECASE)
_AT = re.compile(r"\bat (?:about )?(\d+(?:\.\d+)?) ?s(?:ec(?:ond)?s?)?\b", re.IGNORECASE)
_FREE = """
    a about all an and any anybody anyone anything are at be been can clip could did different do does ever file film
    first fifth for fourth frame from had has have how image in is it its last many much of often on one or part parts
    picture please recording s sec second seconds sixth some somebody someone something the there third this time times
    to total video was were what when where which whole will with you
    """
_OF_SHOTS = """
    begin begins camera change changes come comes cut cuts end ends hard new scene scenes shot shots start starts
    """
_OF_DAMAGE = "broken corrupt corrupted damage damaged distorted fine glitch glitched glitches intact ok okay"
_OF_SOUND = """
    audible audio hear heard mute muted noise noises people person said say says silent sound sounds soundtrack speak
    speaking speaks speech spoken talk talking talks track voice voices word words
    """


def _only(question: str, words: str) -> bool:
    """True when a question has no words but these and those that name nothing: others ask for what was not measured."""
    return set(f"{_FREE} {words}".split()).issuperset(re.findall(r"[^\W\d_]+", question.lower()))


def measured(question: str, result: ToolResult) -> str | None:
    """The short answer with the ids that it rests on; None where the whole result says it better."""
    ways = () if _TWO.search(question) else _WAYS.get(result.name, ())
    data = result.data or {}
    return next((said for way in ways if (said := way(question, data, result.evidence)) is not None), None)


# Counts


def _grid(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    """Rows and columns of like objects."""
    if not (_ROWS.search(question) or _COLUMNS.search(question)) or not evidence or data.get("tracks"):
        return None
    rows: list[list[Evidence]] = []
    for each in sorted((each for each in evidence if each.box), key=_middle):
        if rows and _middle(each) - _middle(rows[-1][0]) < _tall(each) / 2:
            rows[-1].append(each)
        else:
            rows.append([each])
    usual, times = Counter(map(len, rows)).most_common(1)[0]
    if not _COLUMNS.search(question):
        return f"{len(rows)} rows"
    return f"{usual} in each row" if times == len(rows) else f"{usual} in most rows"


def _stands(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    """Which of several like things was taken away or put back, and when, or which one is left."""
    things = data.get("things")
    if not things or not (_WHICH.search(question) or _TIME.search(question)):
        return None
    kind = "taken" if _TAKEN.search(question) else "put" if _PUT.search(question) else ""
    if not kind:
        return _left_over(question, things)
    time = "until" if kind == "taken" else "since"
    events = sorted((thing for thing in things if thing[kind]), key=lambda thing: float(thing[time]))
    named = [thing for thing in events if re.search(rf"\b{_side(thing)}\b", question, re.IGNORECASE)]
    chosen = (named or events)[_nth(question) : len(events) if _nth(question) == -1 else _nth(question) + 1]
    if not chosen:
        return None
    at = f"at {chosen[0][time]:.1f} s"
    return at if _TIME.search(question) else f"the {_side(chosen[0])} one, {at}"


def _left_over(question: str, things: Sequence[Data]) -> str | None:
    asked = _AT.search(question)
    if asked is None or not _LEFT_OVER.search(question):
        return None
    there = [thing for thing in things if thing["since"] <= float(asked[1]) < thing["until"]]
    return f"the {' and the '.join(_side(thing) for thing in there)} one at {asked[1]} s" if there else None


def _once(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    if "at_once" not in data or not _AT_ONCE.search(question):
        return None
    most = int(data["at_once"])
    if not _ASKS.search(question):
        return f"{most} at once"
    if (asked := _MOST.search(question)) is None:
        return None
    if most >= _NUMBERS[asked["number"].lower()] + bool(asked["more"]):
        return f"Yes: up to {most} at once"
    return f"No, never more than {most if most > 1 else 'one'} at once"


def _there(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    """Whether anything is there at a time, and how many."""
    asked, tracks = _AT.search(question), data.get("tracks")
    if asked is None or tracks is None:
        return None
    there = sum(track["since"] <= float(asked[1]) <= track["until"] for track in tracks)
    if _ASKS.search(question):
        return f"Yes, by what moves at {asked[1]} s" if there else f"No: nothing is moving through at {asked[1]} s"
    return f"{there or 'None'} at {asked[1]} s" if _MANY.search(question) else None


def _number(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    """How many in all; of things that are put down and taken away each count has its time, which the result tells."""
    if "count" not in data or not _MANY.search(question) or "counts" in data:
        return None
    return (
        f"{data['count']} move through the picture"
        if data.get("tracks")
        else f"{data['count']} like objects, by their outlines"
    )


# Movements


def _way(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    """Which way the first, the last or all of what moves goes; or over which edge."""
    tracks = _shown(question, data)
    leaves, enters = _LEAVES.search(question), _ENTERS.search(question)
    if not tracks or not (_DIRECTION.search(question) or (_WHERE.search(question) and (leaves or enters))):
        return None
    if not _DIRECTION.search(question) or "side" in question:
        edges = Counter(edge for track in tracks if (edge := track["leaves" if leaves else "enters"]))
        return f"{'at' if leaves else 'from'} the {edges.most_common(1)[0][0]}" if edges else None
    going = [track for track in tracks if track["direction"] != "in place"]
    nth = _NTH.search(question)
    if nth and not _SHOTS.search(question) and -len(going) <= (place := _ORDER[nth[1].lower()]) < len(going):
        return f"{going[place]['direction']}, from {going[place]['since']:.1f} to {going[place]['until']:.1f} s"
    ways = Counter(track["direction"] for track in going).most_common(1)
    return f"{ways[0][0]}" if ways and ways[0][1] > len(going) / 2 else None


def _shown(question: str, data: Data) -> list[Data]:
    """What moves: in one shot, where the question names one."""
    tracks, shots = list(data.get("tracks") or ()), list(data.get("shots") or ())
    nth = _NTH.search(question)
    if not nth or not _SHOTS.search(question) or not -len(shots) <= _ORDER[nth[1].lower()] < len(shots):
        return tracks
    shot = shots[_ORDER[nth[1].lower()]]
    return [track for track in tracks if shot["since"] - 0.1 <= track["since"] < shot["until"]]


# Shots


def _shot(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    shots = data.get("shots")
    if not shots or not _SHOTS.search(question) or not _only(question, _OF_SHOTS):
        return None
    if _TIME.search(question):
        return _edge(question, shots)
    if _MANY.search(question):
        return f"{len(shots) - bool(_CUT.search(question))}"
    return None


def _edge(question: str, shots: Sequence[Data]) -> str | None:
    """When one of the cuts is, or a shot that the question counts begins or ends."""
    place = _nth(question)
    if _CUT.search(question) or not _NTH.search(question):
        shots = [shot for shot in shots[1:] if "hard" not in question or shot["begins"] == "cut"]
    if not -len(shots) <= place < len(shots):
        return None
    return f"at {shots[place]['until' if _ENDS.search(question) else 'since']:.2f} s"


def _intact(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    asked = _AT.search(question)
    if "broken" not in data or not (_WHOLE.search(question) or _BROKEN.search(question)):
        return None
    if not _only(question, _OF_DAMAGE):
        return None
    spans = [s for s in data["broken"] if asked is None or s[0] - 0.1 <= float(asked[1]) <= s[1] + 0.1]
    told = ", ".join(f"from {since:.1f} to {until:.1f} s" for since, until in spans)
    whole = f"it is broken {told}" if spans else "nothing is broken there"
    return f"{'No' if bool(spans) == bool(_WHOLE.search(question)) else 'Yes'}: {whole}"


# Sound


def _heard(question: str, data: Data, evidence: Sequence[Evidence]) -> str | None:
    """Yes or no, where that is asked."""
    if not _ASKS.search(question) or "silent" not in data or not _only(question, _OF_SOUND):
        return None
    silent, spoken = bool(data["silent"]), data.get("speech") or ()
    if _SPEECH.search(question):
        told = ", ".join(f"{since:.1f}-{until:.1f} s" for since, until in spoken[:4])
        return f"Yes, somebody speaks at {told}" if spoken else "No, nobody speaks"
    if _SOUND.search(question):
        yes = silent if _QUIET.search(question) else not silent
        return f"{'Yes' if yes else 'No'}: {'nothing' if silent else 'something'} can be heard"
    return None


Way = Callable[[str, Data, Sequence[Evidence]], str | None]
_WAYS: dict[str, tuple[Way, ...]] = {
    "count_things": (_grid, _stands, _once, _there, _number),
    "find_motion": (_way, _once, _there),
    "understand_video": (_intact, _shot, _way, _once),
    "sound_facts": (_heard,),
}


def _nth(question: str) -> int:
    found = _NTH.search(question)
    return _ORDER[found[1].lower()] if found else 0


def _side(thing: Data) -> str:
    middle = (thing["box"][0] + thing["box"][2]) / 2
    return "left" if middle < 1 / 3 else "right" if middle > 2 / 3 else "middle"


def _middle(each: Evidence) -> float:
    return (each.box[1] + each.box[3]) / 2 if each.box else 0.0


def _tall(each: Evidence) -> float:
    return each.box[3] - each.box[1] if each.box else 0.0
