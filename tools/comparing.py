"""Comparing two pictures: what appeared, is gone, changed or moved, in light, colours and text."""

from collections.abc import Iterator, Sequence
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.errors import ToolError
from assistant.protocols import Readers, Scene, Sight
from assistant.readings import PictureFacts
from assistant.types import Evidence, Finding, Frame

LIGHTER = 0.06
"""Step of the mean luma that is told."""
SAME = "I find no difference between the two pictures"
COLOURED = 0.1
"""Step of a colour's share of the area that is told."""
SURE = 0.85
"""Score of a line that one picture must have when the other lacks it."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look"})
def compare_images(
    first: str,
    second: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    sight: Annotated[Sight, InjectedToolArg],
    question: str = "",
) -> tuple[str, Finding]:
    """Find what differs between two pictures, or two moments of a video: things, light, colours and text.

    Args:
        first: the earlier picture: a file, or a moment such as clip.mp4#t=3
        second: the later picture, in the same way
        scene: filled in by the assistant
        readers: filled in by the assistant
        sight: filled in by the assistant
        question: what to find out about the two, in plain words
    """
    before, after = scene.picture(first), scene.picture(second)
    things = readers.differences(before, after)
    evidence = (*things, *_words(readers.text(before), readers.text(after)))
    lines = [*_whole(readers, before, after), *(f"{each.text[:1].upper()}{each.text[1:]}." for each in evidence)]
    data = {"same": not lines}
    if not lines:
        evidence = (Evidence(after.source, after.at, text=SAME, kind="same"),)
        lines = [f"{SAME}."]
    lines += _seen(sight, before, after, question) if question else []
    return "\n".join(lines), Finding(evidence, data)


def _whole(readers: Readers, before: Frame, after: Frame) -> Iterator[str]:
    """How the pictures differ as a whole: size, light, colours."""
    was, now = readers.picture(before), readers.picture(after)
    if (was.width, was.height) != (now.width, now.height):
        yield f"The first is {was.width} x {was.height} pixels, the second {now.width} x {now.height}."
    if abs(now.brightness - was.brightness) >= LIGHTER:
        yield f"The second is {'brighter' if now.brightness > was.brightness else 'darker'}."
    yield from _colours(was, now)


def _colours(was: PictureFacts, now: PictureFacts) -> Iterator[str]:
    shares, others = dict(was.colours), dict(now.colours)
    for name in sorted(shares.keys() | others.keys()):
        share, other = shares.get(name, 0.0), others.get(name, 0.0)
        if abs(share - other) >= COLOURED:
            yield f"The share of {name} goes from {share:.0%} to {other:.0%}."


def _words(before: Sequence[Evidence], after: Sequence[Evidence]) -> Iterator[Evidence]:
    """Lines of text that one of the pictures lacks."""
    was, now = ({_bare(each.text) for each in found} for found in (before, after))
    for each in before:
        if _sure(each) and _bare(each.text) not in now:
            yield Evidence(each.source, each.at, each.box, each.score, f'the text "{each.text}" is gone', "gone")
    for each in after:
        if _sure(each) and _bare(each.text) not in was:
            yield Evidence(each.source, each.at, each.box, each.score, f'the text "{each.text}" appeared', "appeared")


def _sure(line: Evidence) -> bool:
    return line.kind == "line" and (line.score or 0.0) >= SURE and len(_bare(line.text)) > 1


def _bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def _seen(sight: Sight, before: Frame, after: Frame, question: str) -> list[str]:
    """What the model says to the question, if it has eyes: what was measured stands without it."""
    try:
        return [sight.look([before, after], f"The first picture is the earlier one. {question}")]
    except ToolError as error:
        return [str(error)]
