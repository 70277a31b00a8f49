"""Looking at a picture through the model's eyes."""

from typing import Annotated, Literal

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Scene, Sight
from assistant.types import Evidence, Finding


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look"})
def look(
    question: str,
    sight: Annotated[Sight, InjectedToolArg],
    scene: Annotated[Scene, InjectedToolArg],
    source: str = "",
    at: float | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> tuple[str, Finding]:
    """Look closely at one picture, or at a part of it, and answer a question about it.

    Args:
        question: what to find out, in plain words
        sight: filled in by the assistant
        scene: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now
        at: the time in a video, in seconds
        box: the part to look at: left, top, right, bottom as fractions of the picture
    """
    frame = scene.picture(source, at, box)
    text = sight.look([frame], question)
    return text, Finding((Evidence(frame.source, frame.at, box, text=text),))


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look"})
def describe_image(
    sight: Annotated[Sight, InjectedToolArg],
    scene: Annotated[Scene, InjectedToolArg],
    source: str = "",
    style: Literal["caption", "alt", "ad", "headline"] = "caption",
    language: str = "",
    words: int = 40,
) -> tuple[str, Finding]:
    """Describe a picture in words.

    Args:
        sight: filled in by the assistant
        scene: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now
        style: caption (what is there), alt (for people who cannot see it), ad (sells it), headline (as news)
        language: the language to write in, such as "en" or "German"; nothing for the user's
        words: how many words at most
    """
    frame = scene.picture(source)
    wish = f"Write the {style}. At most {words} words." + (f" Write in {language}." if language else "")
    text = sight.look([frame], wish, "describe")
    return text, Finding((Evidence(frame.source, frame.at, text=text),))
