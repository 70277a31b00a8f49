"""Where lines of text lie to each other on a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.types import Evidence

_SIDES = {"left": (0, 0.0), "right": (0, 1.0)}
_ENDS = {"top": (1, 0.0), "upper": (1, 0.0), "bottom": (1, 1.0), "lower": (1, 1.0)}


def flows(above: Evidence, line: Evidence) -> bool:
    """True when a line goes on with the one above: close below it, of like height."""
    tall, low = max(height(above), height(line)), min(height(above), height(line))
    return below(above, line) and drop(above, line) < 0.8 * low and tall < 1.6 * low


def at_place(question: str, lines: Sequence[Evidence]) -> Sequence[Evidence]:
    """The lines in the part of the picture that the question names."""
    words = set(re.findall(r"[a-z]+", question.lower()))
    wanted = [place for word, place in (_SIDES | _ENDS).items() if word in words]
    return [line for line in lines if all(in_half(line, *half) for half in wanted)]


def in_half(line: Evidence, axis: int, side: float) -> bool:
    return line.box is not None and abs((line.box[axis] + line.box[axis + 2]) / 2 - side) < 0.5


def letter(line: Evidence) -> float:
    """The width of a letter, which a slant does not blow up as it does the height of the box."""
    return (line.box[2] - line.box[0]) / len(line.text) if line.box else 0.0


def height(line: Evidence) -> float:
    return line.box[3] - line.box[1] if line.box else 0.0


def beside(one: Evidence, other: Evidence) -> bool:
    """True when two lines stand at one height."""
    if not one.box or not other.box:
        return False
    shared = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
    return shared > 0.4 * min(height(one), height(other))


def below(one: Evidence, other: Evidence) -> bool:
    if not one.box or not other.box:
        return False
    over = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
    return over > 0 and other.box[1] >= one.box[1] and drop(one, other) < 3 * height(one)


def gap(one: Evidence, other: Evidence) -> float:
    return abs(other.box[0] - one.box[2]) if one.box and other.box else 1.0


def drop(one: Evidence, other: Evidence) -> float:
    return other.box[1] - one.box[3] if one.box and other.box else 1.0
