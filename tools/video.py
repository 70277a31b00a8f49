"""Understanding a video: its shots, what moves in it, and what the model says of its key frames."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Clip, Readers, Reporter, Scene, Sight
from assistant.readings import MediaInfo, Packets, Shot, Track
from assistant.types import ALWAYS, Evidence, Finding, Frame

SHOWN = 8
"""Movements that are told."""
KEYS = 8
"""Key frames the model sees at the most."""


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["video"]})
def understand_video(
    source: str,
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    sight: Annotated[Sight, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    question: str = "",
    labels: list[str] | None = None,
    since: float = 0.0,
    until: float | None = None,
) -> tuple[str, Finding]:
    """Find the shots of a video, what moves in it and where to, and the frames that stand for it.

    Args:
        source: a video file
        scene: filled in by the assistant
        readers: filled in by the assistant
        sight: filled in by the assistant
        reporter: filled in by the assistant
        question: what to find out from its key frames, in plain words
        labels: names to choose from: which fits the video best
        since: where to begin, in seconds
        until: where to end, in seconds
    """
    info = scene.info(source)
    if info.kind != "video":
        raise ValueError(f"{source} is a {info.kind}, not a video.")
    end = ALWAYS if until is None else until
    clip = Told(scene.clip(source), info, reporter)
    shots = readers.shots(clip, since, end)  # then shot by shot: at a cut everything moves
    tracks = [track for shot in shots for track in readers.motion(clip, shot.since, shot.until)]
    lines = [_length(info, shots), *_moves(tracks)]
    if wish := _wish(question, labels):
        keys = [scene.picture(source, shot.key) for shot in shots[:KEYS]]
        lines.append(sight.look(keys, wish))
    evidence = (*(_key(source, shot) for shot in shots), *(_where(source, track) for track in tracks))
    data = {"seconds": info.seconds, "shots": [asdict(s) for s in shots], "tracks": [asdict(t) for t in tracks]}
    return "\n".join(lines), Finding(evidence, data)


class Told:
    """A `Clip` that tells now and then how far it has been read, and ends when the user stops."""

    def __init__(self, clip: Clip, info: MediaInfo, reporter: Reporter) -> None:
        self._clip, self._seconds, self._reporter = clip, info.seconds, reporter

    def packets(self) -> Packets:
        return self._clip.packets()

    def frames(
        self, since: float = 0.0, until: float = ALWAYS, every: float = 0.0, longest: int = 0
    ) -> Iterator[Frame]:
        return self._told(self._clip.frames(since, until, every, longest))

    def moments(self, times: Sequence[float], longest: int = 0) -> Iterator[Frame]:
        return self._told(self._clip.moments(times, longest))

    def _told(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for number, frame in enumerate(frames):
            if number % 50 == 0:
                self._reporter.report("watching", min(frame.at / self._seconds, 1.0) if self._seconds else None)
            yield frame


def _length(info: MediaInfo, shots: Sequence[Shot]) -> str:
    length = f"{info.seconds:.1f} s at {info.fps:.4g} frames a second"
    if len(shots) < 2:
        return f"{length}, one shot."
    cuts = ", ".join(f"{shot.since:.1f} s" for shot in shots[1:])
    return f"{length}, {len(shots)} shots, cut at {cuts}."


def _moves(tracks: Sequence[Track]) -> list[str]:
    """What moves, the longest ways first to be told, in order of time."""
    if not tracks:
        return ["I see nothing that moves before a still background."]
    told = sorted(sorted(tracks, key=_way, reverse=True)[:SHOWN], key=lambda track: track.since)
    rest = len(tracks) - len(told)
    return [*map(_moved, told), *([f"And {rest} smaller movements."] if rest else [])]


def _way(track: Track) -> float:
    """How far something went, in widths or heights of the picture."""
    (_, first), (_, last) = track.path[0], track.path[-1]
    return max(abs(first[0] + first[2] - last[0] - last[2]), abs(first[1] + first[3] - last[1] - last[3])) / 2


def _moved(track: Track) -> str:
    way = "moves in place" if track.direction == "in place" else f"moves {track.direction}"
    return f"Something {way} from {track.since:.1f} to {track.until:.1f} s."


def _wish(question: str, labels: Sequence[str] | None) -> str:
    choice = f"Which of these fits the video best: {', '.join(labels)}? Answer with one of them." if labels else ""
    return " ".join(filter(None, (question, choice)))


def _key(source: str, shot: Shot) -> Evidence:
    return Evidence(source, shot.key, text=f"shot from {shot.since:.1f} to {shot.until:.1f} s")


def _where(source: str, track: Track) -> Evidence:
    at, box = track.path[len(track.path) // 2]
    return Evidence(source, at, box, text=_moved(track))
