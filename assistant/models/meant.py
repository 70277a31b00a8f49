"""Which of several attachments a question names by its place in the row: the second picture, the last one."""

import re

from assistant.models.talk import Attached

ORDINALS = ("first", "second", "third", "fourth", "fifth")
ORDINAL = re.compile(
    rf"\b(?:(?P<place>{'|'.join(ORDINALS)}|last)|the other) "
    r"(?:one|(?P<kind>picture|image|photo|video|clip|recording)|file)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(r"(?:\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|teen|ty)\W?$", re.IGNORECASE)
"""Before "second": a span of time, and no place in a row."""
KINDS = dict.fromkeys(("picture", "image", "photo"), "picture") | {
    "video": "video",
    "clip": "video",
    "recording": "sound",
}


def meant(question: str, attachments: list[Attached]) -> list[Attached]:
    """Those of several attachments that a question names by their number, or all."""
    named = [match for match in ORDINAL.finditer(question) if not NUMBER.search(question[: match.start()])]
    meant = [each for match in named for each in _one(match, attachments)]
    return [each for each in attachments if each in meant] if meant and len(attachments) > 1 else attachments


def _one(named: re.Match[str], attachments: list[Attached]) -> list[Attached]:
    kinds = {each.kind for each in attachments} & {KINDS.get((named["kind"] or "").lower(), "")}
    alike = [each for each in attachments if each.kind in kinds] if kinds else attachments
    word = (named["place"] or "second").lower()  # the other one
    return alike[-1:] if word == "last" else alike[(place := ORDINALS.index(word)) : place + 1]
