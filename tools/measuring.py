"""Measuring a picture: size, colours and where they are, light, sharpness, what kind of picture it is."""

from dataclasses import asdict
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Readers, Scene
from assistant.readings import PictureFacts
from assistant.types import Evidence, Finding

BLURRED = 0.015
"""Sharpness over the variance of luma: real photos have 0.04 and more, the same blurred by 3 pixels 0.007 and less."""
GREYS = ("black", "grey", "white")
DARK, BRIGHT = 0.25, 0.75
"""Mean luma under and over which a picture is called so."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["picture"]})
def picture_facts(
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    source: str = "",
) -> tuple[str, Finding]:
    """Measure a picture: size, colour or grey, main colours and where they are, light, sharpness, whether it is blank.

    Args:
        scene: filled in by the assistant
        readers: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now; #t=3.5 behind a video names a moment
    """
    frame = scene.picture(source)
    facts = readers.picture(frame)
    text = _blank(facts) if facts.blank else _told(facts)
    return text, Finding((Evidence(frame.source, frame.at, text=text, kind="facts"),), asdict(facts))


def _size(facts: PictureFacts) -> str:
    return f"{facts.width} x {facts.height} pixels"


def _blank(facts: PictureFacts) -> str:
    return f"The picture is blank ({_size(facts)}): nothing can be seen on it."


def _told(facts: PictureFacts) -> str:
    light = "dark" if facts.brightness < DARK else "bright" if facts.brightness > BRIGHT else "evenly lit"
    detail = facts.sharpness / (255 * facts.contrast) ** 2  # dark pictures have less of both
    sharp = "blurred" if detail < BLURRED else "sharp"
    kind = f" It looks like a {facts.look}." if facts.look else ""
    size = f"{_size(facts)} ({facts.orientation})" if facts.orientation else _size(facts)
    return f"The picture is {size}, {light} and {sharp}. {_colours(facts)}{kind}"


def _colours(facts: PictureFacts) -> str:
    shares = ", ".join(f"{name} {share:.0%}" for name, share in facts.colours[:4])
    hues = [name for name, _ in facts.colours if name not in GREYS]
    if not hues:
        return f"It is in grey-scale, without colours: {shares}."
    places = "".join(f" Most {hue} is at the {place}." for hue in hues[:3] if (place := _place(facts, hue)))
    return f"It is in colour; its main colours are {shares}.{places}"


def _place(facts: PictureFacts, hue: str) -> str:
    """Where a colour has its largest share, if that is a place of its own."""
    shares = {place: dict(colours).get(hue, 0.0) for place, colours in facts.places}
    whole = sum(shares.values())
    best = max(shares, key=lambda place: shares[place], default="")
    return best if whole and shares[best] > 0.3 * whole else ""
