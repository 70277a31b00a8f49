"""The words of a question that say what to look for, and how many of them a text holds."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

ALIKE = 0.8
"""Share of letters that two words have in common when one is a misreading of the other."""
_COMMON = frozenset(
    """
    a an and any are at be been board by call called can code color colour contain did display do does first for
    from gave given go has have how i image in is it its language last least line list listed many me most much
    name named names number numbers of on one or out over page paper photo picture please read said say says
    screen second seconds see shop should show shown sign stand stands text than that the their them there these
    they thing things third this to under up user value values video was we were what when where which who will
    with word words write written you your
    """.split()  # noqa: SIM905  a list of words reads better so
)
_MEANING = {
    "total": "total jumlah summe gesamt totale",
    "change": "change kembali kembalian rueckgeld rückgeld cambio resto monnaie",
    "discount": "discount disc diskon potongan rabatt sconto descuento remise",
    "tax": "tax vat ppn pajak mwst iva tva",
    "cash": "cash tunai bar contanti efectivo especes",
    "subtotal": "subtotal sub-total zwischensumme",
}
"""What stands on receipts for a word, in several languages."""


def keywords(question: str) -> frozenset[str]:
    """The words that matter, in lower case without their endings."""
    words = re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", question.lower())
    return frozenset(_stem(word) for word in words if word not in _COMMON and len(word) > 1)


def hits(words: frozenset[str], text: str) -> float:
    """How many of the words a text holds; a longer one with a misread letter counts half."""
    there = {_stem(word) for word in re.findall(r"[^\W_]+", text.lower())}
    return sum(max((_likeness(m, other) for m in _meanings(word) for other in there), default=0.0) for word in words)


def _meanings(word: str) -> list[str]:
    return [_stem(other) for other in _MEANING.get(word, word).split()]


def _likeness(one: str, other: str) -> float:
    if one == other or min(len(one), len(other)) < 5:
        return float(one == other)
    return 0.5 if SequenceMatcher(None, one, other).ratio() >= ALIKE else 0.0


def _stem(word: str) -> str:
    """Without the endings of plurals and tenses."""
    for ending in ("ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word
