"""Reading sound: what is said, what kind of sound is where, how loud it is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from langchain_core.tools import InjectedToolArg, tool

from assistant import listening
from assistant.listening import Voice
from assistant.protocols import Hearing, Readers, Reporter, Scene
from assistant.readings import AudioTrack, MediaInfo, SoundFacts
from assistant.sources import Source
from assistant.types import Evidence, Finding, Word

CLIPPED = 1e-4
"""Share of clipped samples that is told."""
LINE, PARAGRAPH = 42, 240
"""Characters of a subtitle line, and of a paragraph."""
SHOWN = 12
"""Stretches of a sound that are told."""
WORDLESS = ("music", "tone", "noise")
TOLD = {"speech": "somebody speaks", "music": "music", "tone": "a tone", "noise": "noise", "silence": "silence"}


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["sound"]})
def sound_facts(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
) -> tuple[str, Finding]:
    """Measure the sound of a file: length, loudness, and where there is speech, music, a tone, noise or silence.

    Args:
        source: a sound or video file; #track=2 behind it names another audio track, #channel=1 the left channel
        scene: filled in by the assistant
        readers: filled in by the assistant
        reporter: filled in by the assistant
    """
    info = scene.info(source)
    if not info.audio:
        return "It has no sound track.", Finding((Evidence(source, text="no sound track"),), {"silent": True})
    voices = listening.voices(scene, source, info)
    measured = {voice: _measured(scene, readers, reporter, voice) for voice in voices}
    lines, evidence = _tracks(source, info), []
    for voice, facts in measured.items():
        told, spans = _told(voice, facts, source)
        lines += told
        evidence += spans
    data = {voice.name or "sound": _plain(facts) for voice, facts in measured.items()}
    return "\n".join(lines), Finding(tuple(evidence), data["sound"] if len(data) == 1 else {"channels": data})


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["sound"]})
def transcribe(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    hearing: Annotated[Hearing, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    format: Literal["text", "srt", "vtt"] = "text",
) -> tuple[str, Finding]:
    """Write down what is said in a sound or video file; two talkers on two channels are written apart.

    Args:
        source: a sound or video file; #track=2 behind it names another audio track, #channel=1 the left channel
        scene: filled in by the assistant
        hearing: filled in by the assistant
        readers: filled in by the assistant
        reporter: filled in by the assistant
        format: text, or subtitles as srt or vtt
    """
    info = scene.info(source)
    if not info.audio:
        return "It has no sound track.", Finding((Evidence(source, text="no sound track"),))
    voices = listening.voices(scene, source, info)
    heard = {voice: list(listening.heard(scene, hearing, readers, reporter, voice)) for voice in voices}
    length = PARAGRAPH if format == "text" else LINE
    lines = [(voice.name, line) for voice, said in heard.items() for line in listening.lines(said, length)]
    if not lines:
        others = _others([_measured(scene, readers, reporter, voice) for voice in voices])
        found = [Evidence(source, voices[0].since, text=text) for text in ("no words", *others)]
        return "\n".join(["I hear no words.", *others]), Finding(tuple(found))
    evidence = tuple(Evidence(source, line.since, text=line.text, kind="speech") for _, line in lines)
    text = "\n".join(utterance.text for said in heard.values() for utterance in said)
    told = [{"channel": name} | asdict(line) if name else asdict(line) for name, line in lines]
    data = {"text": text, "heard_by": hearing.label(), "lines": told}
    return _written(lines, format, hearing, _tracks(source, info)), Finding(evidence, data)


def _tracks(source: str, info: MediaInfo) -> list[str]:
    """What is said of several audio tracks, when none was chosen."""
    if len(info.audio) < 2 or Source.of(source).track:
        return []
    names = "; ".join(f"{track.number}: {_track(track)}" for track in info.audio)
    return [f"It has {len(info.audio)} audio tracks ({names}). This is the first; #track=2 names the second."]


def _track(track: AudioTrack) -> str:
    return ", ".join(filter(None, (track.title, track.language, track.codec, f"{track.rate} Hz")))


# What kind of sound


def _measured(scene: Scene, readers: Readers, reporter: Reporter, voice: Voice) -> SoundFacts:
    facts = [readers.sound(sound) for sound in listening.stretches(scene, reporter, voice)]
    seconds = sum(each.seconds for each in facts)
    power = sum(10 ** (each.loudness / 10) * each.seconds for each in facts) / max(seconds, 1e-9)
    return SoundFacts(
        seconds,
        10 * math.log10(power) if power else -math.inf,
        max(each.peak for each in facts),
        all(each.silent for each in facts),
        tuple(span for each in facts for span in each.speech),
        tuple(_joined([span for each in facts for span in each.spans])),
        sum(each.clipped * each.seconds for each in facts) / max(seconds, 1e-9),
    )


def _others(measured: Sequence[SoundFacts]) -> list[str]:
    """What is heard where no words are, as one line."""
    kinds = {kind for facts in measured if not facts.silent for *_, kind in facts.spans}
    told = " and ".join(TOLD[kind] for kind in WORDLESS if kind in kinds)
    return [f"There is {told}."] if told else []


def _joined(spans: Sequence[tuple[float, float, str]]) -> Iterator[tuple[float, float, str]]:
    """Spans of a kind that touch, where one stretch ends and the next begins, as one."""
    last = None
    for span in spans:
        if last is not None and last[2] == span[2]:
            last = (last[0], span[1], span[2])
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _told(voice: Voice, facts: SoundFacts, source: str) -> tuple[list[str], list[Evidence]]:
    """Lines about a sound, and evidence for each of its stretches that is told."""
    where = f"The {voice.name} channel: " if voice.name else ""
    if facts.silent:
        text = f"{where}Nothing can be heard, though there is a sound track: {facts.seconds:.1f} s of silence."
        return [text], [Evidence(source, voice.since, text=text, kind="silence")]
    kinds = dict.fromkeys(kind for *_, kind in facts.spans)
    speaks = "somebody speaks" if facts.speech else "nobody speaks"
    others = " and ".join(TOLD[kind] for kind in WORDLESS if kind in kinds)
    clipped = f", clipped ({facts.clipped:.2%} of it)" if facts.clipped > CLIPPED else ""
    levels = f"{facts.seconds:.1f} s of sound, loudness {facts.loudness:.0f} dBFS, peak {facts.peak:.0f} dBFS{clipped}"
    text = f"{where}{levels}; {speaks}{f', there is {others}' if others else ''}."
    spans = [_span(voice, span, source) for span in _longest(facts.spans)]
    rest = sum(kind != "silence" for *_, kind in facts.spans) - len(spans)
    more = [f"And {rest} shorter stretches."] if rest else []
    return [text, *(span.text for span in spans), *more], spans


def _longest(spans: Sequence[tuple[float, float, str]]) -> list[tuple[float, float, str]]:
    """The longest that are no silence, speech first, in order of time."""
    sounds = [span for span in spans if span[2] != "silence"]
    first = sorted(sounds, key=lambda span: (span[2] == "speech", span[1] - span[0]), reverse=True)
    return sorted(first[:SHOWN])


def _span(voice: Voice, span: tuple[float, float, str], source: str) -> Evidence:
    since, until, kind = span
    side = f" on the {voice.name}" if voice.name else ""
    return Evidence(source, since, text=f"{since:.1f}-{until:.1f} s: {TOLD[kind]}{side}", kind=kind)


def _plain(facts: SoundFacts) -> dict[str, Any]:
    """Values of JSON, which knows no infinity."""
    finite = {name: None if math.isinf(getattr(facts, name)) else getattr(facts, name) for name in ("loudness", "peak")}
    return asdict(facts) | finite


# What is said


def _written(lines: Sequence[tuple[str, Word]], format: str, hearing: Hearing, about: Sequence[str]) -> str:
    in_time = sorted(lines, key=lambda each: each[1].since)
    match format:
        case "srt":
            return "\n".join(
                f"{n}\n{_times(line, ',')}\n{_named(name, line)}\n" for n, (name, line) in enumerate(in_time, 1)
            )
        case "vtt":
            voices = (f"{_times(line, '.')}\n{f'<v {name}>' if name else ''}{line.text}\n" for name, line in in_time)
            return "WEBVTT\n\n" + "\n".join(voices)
        case _:
            times = [f"[{line.since:.1f} s] " if len(lines) > 1 else "" for _, line in lines]
            told = (f"{time}{_named(*each)}" for time, each in zip(times, lines, strict=True))
            return "\n".join([*about, f"It says ({hearing.label()}):", *told])


def _named(name: str, line: Word) -> str:
    return f"{name}: {line.text}" if name else line.text


def _times(line: Word, point: str) -> str:
    return f"{_clock(line.since, point)} --> {_clock(line.until, point)}"


def _clock(seconds: float, point: str) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"
