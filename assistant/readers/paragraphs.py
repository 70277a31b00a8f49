"""Lines that belong together: a sentence on a sign, a paragraph on a page."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.readers.lines import Line
from assistant.types import Box

APART = 1.1
"""The widest gap between two lines of one paragraph, in heights of a letter."""
ALIKE = 1.6
"""How much larger the letters of one line may be than those of the next."""


def paragraphs(lines: Sequence[Line]) -> list[Line]:
    """Neighbouring lines as one, where there are two or more; lines come in reading order."""
    blocks: list[list[Line]] = []
    for line in lines:
        block = next((block for block in reversed(blocks[-3:]) if _goes_on(block[-1], line)), None)
        if block is None:
            blocks.append([line])
        else:
            block.append(line)
    return [_one(block) for block in blocks if len(block) > 1]


def _goes_on(line: Line, below: Line) -> bool:
    """True when the second line stands right under the first, in letters of a like size."""
    if not (_worded(line.text) and _worded(below.text)):  # figures under each other are a column of a table
        return False
    least, most = sorted((line.height, below.height))
    gap = below.box[1] - line.box[3]
    return most <= ALIKE * least and -0.6 * least <= gap <= APART * least and _under(line.box, below.box)


def _worded(text: str) -> bool:
    return any(letter.isalpha() for letter in text)


def _under(box: Box, below: Box) -> bool:
    """True when the narrower one lies below the other for the most part."""
    shared = min(box[2], below[2]) - max(box[0], below[0])
    return shared > 0.5 * min(box[2] - box[0], below[2] - below[0])


def _one(block: Sequence[Line]) -> Line:
    left, top = min(line.box[0] for line in block), min(line.box[1] for line in block)
    right, bottom = max(line.box[2] for line in block), max(line.box[3] for line in block)
    letters = sum(len(line.text) for line in block)
    score = sum(line.score * len(line.text) for line in block) / letters
    return Line(" ".join(line.text for line in block), score, (left, top, right, bottom))
