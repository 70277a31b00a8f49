"""Slips of speech recognition and of fingers: what requests suffer on their way to the model."""

import re
from random import Random
from typing import Literal

Manner = Literal["plain", "polite", "small", "spoken", "hasty"]
"""As it stands, with a word of courtesy, in small letters, heard by a machine, typed in a hurry."""
MANNERS: tuple[Manner, ...] = ("plain", "polite", "small", "spoken", "hasty")
OFTEN = (42, 6, 20, 22, 10)
"""How often each is, in percent."""

_SOUND_ALIKE = {
    "read": "red", "red": "read", "write": "right", "right": "write", "there": "their", "their": "there",
    "to": "too", "too": "to", "two": "to", "for": "four", "hear": "here", "here": "hear", "see": "sea", "son": "sun",
    "its": "it's", "it's": "its", "your": "you're", "which": "witch", "whole": "hole", "know": "no", "by": "buy",
    "weight": "wait", "wait": "weight", "scene": "seen", "seen": "scene", "sign": "sine", "code": "coat",
    "text": "texts", "then": "than", "than": "then", "one": "won", "our": "are", "are": "our", "where": "wear",
    "scan": "scam", "clip": "click", "bar": "bath", "motion": "emotion", "timer": "time or", "alarm": "a lamb",
    "whether": "weather", "note": "not", "record": "recorded", "picture": "pitcher", "count": "counts",
    "what's": "what", "that's": "that", "snap": "snip", "caption": "captain", "alert": "a lert", "open": "up and",
}  # fmt: skip
_DROPPED = frozenset(re.findall(r"\w+", "the a an please is are of in it this that me to do for and you can"))
_FILLERS = ("um", "uh", "er", "so", "well", "okay", "like", "ah")
_BEFORE = ("Please, ", "Vireo, ", "Hey Vireo, ", "Could you help? ", "Okay, ", "Now: ")
_AFTER = (" please", ", please", ", thanks", " for me please", ", will you")
_UNSAID = re.compile(r"[.,!?;:\"“”()]+(?=\s|$)|(?<=\s)[\"“(]+|^[\"“(]+")


def manner(rng: Random) -> Manner:
    return rng.choices(MANNERS, OFTEN)[0]


def value(text: str, how: Manner) -> str:
    """Words in a slot, as they are written in a manner."""
    match how:
        case "small" | "spoken":
            return " ".join(_UNSAID.sub("", text).split()).lower()
        case _:
            return text


def slipped(text: str, how: Manner, rng: Random) -> str:
    """The words between the slots, with slips now and then; spaces at the ends stay."""
    match how:
        case "small":
            return text.lower()
        case "spoken":
            return _heard(_UNSAID.sub("", text).lower(), rng)
        case "hasty":
            return re.sub(r"[^\W\d_]{4,}", lambda word: _mistyped(word[0], rng), text)
        case _:
            return text


def framed(text: str, how: Manner, rng: Random) -> str:
    """The whole request, with what people put before and after it."""
    if how == "polite":
        if text.endswith((".", "!", "?")) or rng.random() < 0.5:
            return rng.choice(_BEFORE) + text
        return text + rng.choice(_AFTER)
    if how == "spoken" and rng.random() < 0.25:
        return f"{rng.choice(_FILLERS)} {text}"
    return text


def _heard(text: str, rng: Random) -> str:
    """Each word may be taken for another one that sounds alike, be lost, be said twice, or have a filler before it."""
    return re.sub(r"\S+", lambda word: _word(word[0], rng), text)


def _word(word: str, rng: Random) -> str:
    chance = rng.random()
    if chance < 0.06 and word in _SOUND_ALIKE:
        return _SOUND_ALIKE[word]
    if chance < 0.10 and word in _DROPPED:
        return ""
    if chance < 0.115:
        return f"{word} {word}"
    if chance < 0.13:
        return f"{rng.choice(_FILLERS)} {word}"
    return word


def _mistyped(word: str, rng: Random) -> str:
    """Two letters changed about, one lost, or one twice."""
    if rng.random() > 0.15:
        return word
    at = rng.randrange(1, len(word) - 1)
    wrong = (word[at + 1] + word[at], word[at + 1], word[at] * 2 + word[at + 1])
    return word[:at] + rng.choice(wrong) + word[at + 2 :]
