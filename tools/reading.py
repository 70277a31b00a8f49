"""Reading what stands in a picture: text, codes, colours and light, without a model."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Readers, Scene
from assistant.types import Box, Evidence, Finding, Frame

BLURRED = 0.015
"""Sharpness over the variance of luma: real photos have 0.04 and more, the same blurred by 3 pixels 0.007 and less."""
UNSURE = 0.8
"""A line read with a lower score is marked."""
SAMPLES = 8
"""Frames of a video that are read."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["picture"]})
def read_text(
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    source: str = "",
    box: tuple[float, float, float, float] | None = None,
) -> tuple[str, Finding]:
    """Read the text in a picture or a video, word for word.

    Args:
        scene: filled in by the assistant
        readers: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now
        box: the part to read: left, top, right, bottom as fractions of the picture
    """
    lines = _read(scene, source, box, readers.text)
    if not lines:
        return "I find no text.", Finding()
    return "It reads:\n" + "\n".join(_timed(line) for line in lines), Finding(lines)


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["picture"]})
def scan_codes(
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    source: str = "",
) -> tuple[str, Finding]:
    """Read QR codes and bar codes in a picture or a video; only verified ones are reported.

    Args:
        scene: filled in by the assistant
        readers: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now
    """
    codes = _read(scene, source, None, readers.codes)
    if not codes:
        return "I find no code.", Finding()
    name = "The code says: " if len(codes) == 1 else f"{len(codes)} codes:\n"
    return name + "\n".join(_timed(code) for code in codes), Finding(codes)


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["picture"]})
def picture_facts(
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    source: str = "",
) -> tuple[str, Finding]:
    """Measure a picture: size, main colours, light, sharpness, whether it is blank.

    Args:
        scene: filled in by the assistant
        readers: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now
    """
    frame = scene.picture(source)
    facts = readers.picture(frame)
    size = f"{facts.width} x {facts.height} pixels"
    if facts.blank:
        text = f"The picture is blank ({size}): nothing can be seen on it."
    else:
        colours = ", ".join(f"{name} {share:.0%}" for name, share in facts.colours[:4])
        light = "dark" if facts.brightness < 0.25 else "bright" if facts.brightness > 0.75 else "evenly lit"
        detail = facts.sharpness / (255 * facts.contrast) ** 2  # dark pictures have less of both
        sharp = "blurred" if detail < BLURRED else "sharp"
        text = f"The picture is {size}, {light} and {sharp}; its main colours are {colours}."
    return text, Finding((Evidence(frame.source, frame.at, text=text),), asdict(facts))


def _read(
    scene: Scene, source: str, box: Box | None, reader: Callable[[Frame], tuple[Evidence, ...]]
) -> tuple[Evidence, ...]:
    """What a reader finds; in a video each thing once, with the time it is seen first."""
    found: dict[str, Evidence] = {}
    for frame in _frames(scene, source, box):
        for evidence in reader(frame):
            found.setdefault(evidence.text, _whole(evidence, box))
    return tuple(found.values())


def _frames(scene: Scene, source: str, box: Box | None) -> Iterator[Frame]:
    info = scene.info(source)
    if info.kind == "picture":
        yield replace(scene.picture(source, None, box), at=0.0)
        return
    for number in range(SAMPLES):
        yield scene.picture(source, info.seconds * number / SAMPLES, box)


def _whole(evidence: Evidence, box: Box | None) -> Evidence:
    """The evidence with its box in fractions of the whole picture."""
    if box is None or evidence.box is None:
        return evidence
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    x0, y0, x1, y1 = evidence.box
    return replace(evidence, box=(left + x0 * width, top + y0 * height, left + x1 * width, top + y1 * height))


def _timed(evidence: Evidence) -> str:
    doubt = " (unsure)" if evidence.score is not None and evidence.score < UNSURE else ""
    return f"[{evidence.at:.1f} s] {evidence.text}{doubt}" if evidence.at else f"{evidence.text}{doubt}"
