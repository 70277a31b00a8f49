"""Reading what stands in a picture, a document or a video: text and codes, without a model."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from functools import partial
from time import monotonic
from typing import Annotated, Any

from langchain_core.tools import InjectedToolArg, tool

from assistant.protocols import Clip, Readers, Reporter, Scene, Shelf
from assistant.readings import MediaInfo
from assistant.sources import Source
from assistant.types import ALWAYS, Box, Evidence, Finding, Frame
from assistant.watching import Watch

UNSURE = 0.8
"""A line read with a lower score is marked."""
BELIEVED = 0.85
"""Score of a line in a moving picture: frames are read once and quickly."""
LONE = 0.97
"""Score that a letter or two need where nothing else is written."""
SECONDS = 30.0
"""How long the moments of a video are read."""
BATCH = 8
"""Moments whose reading is kept together."""
HALVES = (8, 16, 32, 64, 128, 256)
"""Parts of a video that are halved one after the other, as long as there is time."""
NEAR = 0.1
"""Seconds by which two moments must differ."""
LONGEST = 1280
"""Pixels of the longest edge of a video's frames."""
PAGES = 100
"""Pages of a document that are read."""
SHOWN = 40
"""Lines of a video that are told; the evidence holds all."""
ALIKE = 0.8
"""Share of letters in which two readings of one line agree."""

Reader = Callable[[Frame], tuple[Evidence, ...]]


@dataclass(slots=True)
class Seen:
    """Something that stood in a video for a while."""

    evidence: Evidence
    until: float

    def same(self, other: Evidence) -> bool:
        """True for the same thing in another frame; digits that differ are another thing."""
        text, said = self.evidence.text, other.text
        if text == said:
            return True
        if [each for each in text if each.isdigit()] != [each for each in said if each.isdigit()]:
            return False
        return SequenceMatcher(None, text, said).ratio() >= ALIKE

    def add(self, other: Evidence) -> None:
        """Seen once more, earlier or later; the surer reading is kept."""
        since = min(self.evidence.at or 0.0, other.at or 0.0)
        self.until = max(self.until, other.at or 0.0)
        surer = max(self.evidence, other, key=lambda each: each.score or 0.0)
        self.evidence = replace(surer, at=since)


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["picture"]})
def read_text(
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    shelf: Annotated[Shelf, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    source: str = "",
    box: tuple[float, float, float, float] | None = None,
) -> tuple[str, Finding]:
    """Read the text in a picture, a document or a video, word for word, and name its language.

    Args:
        scene: filled in by the assistant
        readers: filled in by the assistant
        shelf: filled in by the assistant
        reporter: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now; #t=3.5 or #page=2 behind a file names a part of it
        box: the part to read: left, top, right, bottom as fractions of the picture
    """
    info = scene.info(source)
    if info.kind == "video":
        watch = Watch(scene, readers, shelf, reporter, source)
        cursory = partial(readers.text, quick=True)
        seen = _through(watch, scene.clip(source), reporter, f"lines {box}", box, (readers.text, cursory))
        seen = _believed([each for each in seen if each.evidence.kind == "line"])
        return _told_in_time("text", seen, _language(readers, source, [each.evidence for each in seen]))
    found = tuple(_stills(scene, reporter, source, info, box, readers.text))
    if not found:
        return "I find no text.", Finding()
    named = _language(readers, source, found)
    lines = ["It reads:", *_lines(found), *(f"The language is {each.text}." for each in named)]
    return "\n".join(lines), Finding((*found, *named), {"language": named[0].text if named else ""})


@tool(parse_docstring=True, response_format="content_and_artifact", extras={"effect": "look", "facts": ["picture"]})
def scan_codes(
    scene: Annotated[Scene, InjectedToolArg],
    readers: Annotated[Readers, InjectedToolArg],
    shelf: Annotated[Shelf, InjectedToolArg],
    reporter: Annotated[Reporter, InjectedToolArg],
    source: str = "",
) -> tuple[str, Finding]:
    """Read QR codes and bar codes in a picture, a document or a video; only verified ones are reported.

    Args:
        scene: filled in by the assistant
        readers: filled in by the assistant
        shelf: filled in by the assistant
        reporter: filled in by the assistant
        source: a file, or "camera"; nothing for what is seen now; #t=3.5 or #page=2 behind a file names a part of it
    """
    info = scene.info(source)
    if info.kind == "video":
        watch = Watch(scene, readers, shelf, reporter, source)
        seen = _through(watch, scene.clip(source), reporter, "codes", None, (readers.codes, readers.codes))
        return _told_in_time("code", seen, ())
    codes = tuple(_stills(scene, reporter, source, info, None, readers.codes))
    if not codes:
        return "I find no code.", Finding()
    name = "The code says: " if len(codes) == 1 else f"{len(codes)} codes:\n"
    data = {"codes": [{"kind": code.kind, "text": code.text} for code in codes]}
    return name + "\n".join(map(_named, codes)), Finding(codes, data)


def _named(code: Evidence) -> str:
    """The payload, with the format of what is no QR code."""
    return code.text if code.kind == "QR Code" else f"{code.text} ({code.kind})"


def _language(readers: Readers, source: str, found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The language of all lines, where it can be told."""
    language = readers.language("\n".join(each.text for each in found if each.kind == "line"))
    return (Evidence(source, text=language, kind="language"),) if language else ()


# Pictures and pages


def _stills(
    scene: Scene, reporter: Reporter, source: str, info: MediaInfo, box: Box | None, reader: Reader
) -> Iterator[Evidence]:
    """What a reader finds in a picture, or on every page of a document."""
    pages = list(_pages(source or info.source, info))
    for number, page in enumerate(pages):
        if len(pages) > 1:
            reporter.report(f"reading page {number + 1} of {info.pages}", number / len(pages))
        for evidence in reader(scene.picture(page if len(pages) > 1 else source, None, box)):
            yield _whole(replace(evidence, source=page) if len(pages) > 1 else evidence, box)


def _pages(source: str, info: MediaInfo) -> Iterator[str]:
    part = Source.of(source)
    if info.pages < 2 or part.page:
        yield source
        return
    for page in range(1, min(info.pages, PAGES) + 1):
        yield str(replace(part, page=page))


def _lines(found: Sequence[Evidence]) -> Iterator[str]:
    """The lines as they stand, each page under its name, doubt and other readings in brackets."""
    page = found[0].source
    for number, each in enumerate(found):
        if each.source != page:
            page = each.source
            yield f"Page {Source.of(page).page}:"
        if each.kind != "line":
            continue
        other = found[number + 1] if found[number + 1 :] and found[number + 1].kind == "variant" else None
        unsure = " (unsure)" if each.score is not None and each.score < UNSURE else ""
        yield f"{each.text} (or {other.text})" if other else f"{each.text}{unsure}"


def _whole(evidence: Evidence, box: Box | None) -> Evidence:
    """The evidence with its box in fractions of the whole picture."""
    if box is None or evidence.box is None:
        return evidence
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    x0, y0, x1, y1 = evidence.box
    return replace(evidence, box=(left + x0 * width, top + y0 * height, left + x1 * width, top + y1 * height))


# Videos


def _through(
    watch: Watch, clip: Clip, reporter: Reporter, name: str, box: Box | None, readers: tuple[Reader, Reader]
) -> list[Seen]:
    """What stands in a video, each thing once: key frames are read with care, as many between them as there is time.

    A few frames at a time are kept, so that it is read on where there was no time when it is asked again.
    """
    seen, end = list[Seen](), monotonic() + SECONDS
    for number, times in enumerate(_rounds(watch)):
        reporter.report("reading", number / (len(HALVES) + 2))
        for first in range(0, len(times), BATCH):
            due = end if number or first else ALWAYS
            read = partial(_batch, clip, times[first : first + BATCH], box, readers[min(number, 1)], due)
            try:
                rows = watch.keep(f"{name} {number}.{first}", watch.since, watch.until, read)
            except TimeoutError:
                return _in_time(seen)
            for row in rows:
                known = {"box": row["box"] and tuple(row["box"]), "source": watch.info.source}
                _add(seen, Evidence(**row | known))
    return _in_time(seen)


def _batch(clip: Clip, times: Sequence[float], box: Box | None, reader: Reader, due: float) -> list[dict[str, Any]]:
    """What stands in the frames at some times; what has not changed is not read again. TimeoutError when it is late."""
    if monotonic() > due:
        raise TimeoutError
    rows, last = list[dict[str, Any]](), None
    found: tuple[Evidence, ...] = ()
    for frame in clip.moments(times, LONGEST):
        if last is None or not _still(last, frame):
            found, last = reader(frame.part(box)), frame
        rows += [asdict(replace(_whole(each, box), at=frame.at)) for each in found]
    return rows


def _in_time(seen: list[Seen]) -> list[Seen]:
    return sorted(seen, key=lambda each: each.evidence.at or 0.0)


def _believed(seen: list[Seen]) -> list[Seen]:
    """What is sure and long enough not to be texture; a letter or two alone must be surer, and stay."""
    sure = [each for each in seen if (each.evidence.score or 0.0) >= BELIEVED]
    words = [each for each in sure if len(set(each.evidence.text)) > 2]
    return sure if words else [each for each in sure if _stays(each)]


def _stays(seen: Seen) -> bool:
    return seen.until > (seen.evidence.at or 0.0) and (seen.evidence.score or 0.0) >= LONE


def _rounds(watch: Watch) -> Iterator[list[float]]:
    """Times to look at: the shots' key frames, the first and the last frame; then between them, closer and closer."""
    tried, length = list[float](), watch.until - watch.since
    for times in _spread(watch, length):
        new = [time for time in times if all(abs(time - other) > NEAR for other in tried)]
        tried += new
        yield new


def _spread(watch: Watch, length: float) -> Iterator[list[float]]:
    last = watch.until - min(length, 0.5 / (watch.info.fps or 25))
    yield sorted({watch.since, last, *(shot.key for shot in watch.shots())})
    yield [watch.since + length * number / HALVES[0] for number in range(1, HALVES[0])]
    for parts in HALVES:
        step = length / parts
        yield [watch.since + step * (number + 0.5) for number in range(parts)]
        if step < 4 * NEAR:
            return


def _still(one: Frame, other: Frame) -> bool:
    """True when nothing has changed but noise."""
    if one.pixels.shape != other.pixels.shape:
        return False
    change = abs(one.pixels[::2, ::2].astype("int16") - other.pixels[::2, ::2])
    return bool(change.max() < 40)


def _add(seen: list[Seen], evidence: Evidence) -> None:
    known = next((each for each in seen if each.evidence.kind == evidence.kind and each.same(evidence)), None)
    if known is None:
        seen.append(Seen(evidence, evidence.at or 0.0))
    else:
        known.add(evidence)


def _told_in_time(what: str, seen: list[Seen], named: tuple[Evidence, ...]) -> tuple[str, Finding]:
    if not seen:
        return f"I find no {what}.", Finding()
    lines = [_timed(each) for each in seen]
    if len(lines) > SHOWN:
        half = SHOWN // 2
        lines = [*lines[:half], f"... and {len(lines) - SHOWN} more ...", *lines[-half:]]
    lines += [f"The language is {each.text}." for each in named]
    texts = [{"text": each.evidence.text, "since": each.evidence.at, "until": each.until} for each in seen]
    data = {"texts": texts, "language": named[0].text if named else ""}
    return "\n".join(lines), Finding((*(each.evidence for each in seen), *named), data)


def _timed(seen: Seen) -> str:
    since = seen.evidence.at or 0.0
    time = f"{since:.1f} s" if seen.until - since < 0.1 else f"{since:.1f} to {seen.until:.1f} s"
    kind = "" if seen.evidence.kind in ("", "line") else f" ({seen.evidence.kind})"
    return f"[{time}] {seen.evidence.text}{kind}"
