"""Reading sound: what is said, whether anybody speaks, how loud it is."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Annotated, Literal

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Hearing, Readers, Scene
from assistant.types import Evidence, Finding, Utterance, Word

LINE = 42
"""Characters of a subtitle line."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["sound"]})
def sound_facts(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
) -> tuple[str, Finding]:
    """Measure the sound of a file: length, loudness, silence, where somebody speaks.

    Args:
        source: a sound or video file
        scene: filled in by the assistant
        readers: filled in by the assistant
    """
    if not scene.info(source).audio:
        return "It has no sound track.", Finding((Evidence(source, text="no sound track"),), {"silent": True})
    facts = readers.sound(scene.sound(source))
    data = asdict(facts)
    if facts.silent:
        text = f"Nothing can be heard: {facts.seconds:.1f} s of silence."
        return text, Finding((Evidence(source, 0.0, text=text),), data | {"loudness": None, "peak": None})
    spoken = ", ".join(f"{since:.1f}-{until:.1f} s" for since, until in facts.speech)
    speech = f"somebody speaks at {spoken}" if spoken else "nobody speaks"
    text = f"{facts.seconds:.1f} s of sound, loudness {facts.loudness:.0f} dBFS; {speech}."
    spans = tuple(Evidence(source, since, text=f"speech until {until:.1f} s") for since, until in facts.speech)
    return text, Finding(spans or (Evidence(source, 0.0, text=text),), data)


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["sound"]})
def transcribe(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    hearing: Annotated[Hearing, InjectedToolArg],
    format: Literal["text", "srt", "vtt"] = "text",
) -> tuple[str, Finding]:
    """Write down what is said in a sound or video file.

    Args:
        source: a sound or video file
        scene: filled in by the assistant
        hearing: filled in by the assistant
        format: text, or subtitles as srt or vtt
    """
    said = hearing.transcribe(scene.sound(source))
    if not said.text:
        return "I hear no words.", Finding((Evidence(source, said.since, text="no words"),))
    lines = list(_lines(said))
    evidence = tuple(Evidence(source, line.since, text=line.text) for line in lines)
    data = {"text": said.text, "heard_by": hearing.label(), "lines": [asdict(line) for line in lines]}
    match format:
        case "srt":
            text = "\n".join(f"{n}\n{_span(line, ',')}\n{line.text}\n" for n, line in enumerate(lines, 1))
        case "vtt":
            text = "WEBVTT\n\n" + "\n".join(f"{_span(line, '.')}\n{line.text}\n" for line in lines)
        case _:
            text = f"It says ({hearing.label()}): {said.text}"
    return text, Finding(evidence, data)


def _lines(said: Utterance) -> Iterator[Word]:
    """The words gathered into subtitle lines; without times of words the whole is one line."""
    if not said.words:
        yield Word(said.text, said.since, said.until)
        return
    line = said.words[0]
    for word in said.words[1:]:
        if len(line.text) + len(word.text) < LINE and word.since - line.until < 1.0:
            line = Word(f"{line.text} {word.text}", line.since, word.until)
        else:
            yield line
            line = word
    yield line


def _span(line: Word, point: str) -> str:
    return f"{_clock(line.since, point)} --> {_clock(line.until, point)}"


def _clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"
