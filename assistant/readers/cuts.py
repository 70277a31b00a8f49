"""The transitions in a part of a video, with as little decoding as will do.

Packets tell where a cut may be, key frames whether the scene has changed from one to the next. Only stretches in which
it has, without a single packet that explains it, are decoded frame by frame.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from assistant.protocols import Clip
from assistant.readers.changes import EDGE, FLASH, Pixels, Transition, watched
from assistant.readers.compressed import AROUND, Span, Traces, leaning
from assistant.readers.looks import Looks
from assistant.readings import Packets
from assistant.types import Frame

SAME = 0.3
"""Share of the colours under which two key frames, if they differ in no more, show one scene."""
LIKE = 0.1
"""The same, if packets speak for a change."""
OTHER = 0.45
"""The same, over which they show two."""
CLOSE, FAR = 1.0, 3.0
"""Least seconds between the key frames that are looked at: where packets tell nothing of cuts, and where they do."""
BLIND = 20.0
"""Seconds between key frames from which on everything between is decoded."""
NEAR = 2
"""Frames about a cut that prove it."""
MARGIN = 6
"""Frames about a slow transition that show how it was before and after."""
WIDER = 25
"""Frames by which a stretch is widened in which a change could not be told."""
REACHES = (50, 1 << 30)
"""Frames behind the beginning of a gap that are decoded first and then: what is slow may go on from before."""
TRIED = 3
"""Cuts that packets tell of and that are looked at, to see whether packets can be believed."""
PARTS = 4
"""Into how many a span is divided to find the one in which it changes."""
MOST = 0.6
"""Share of the change that is in one of them, if it is sudden."""

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in a part of a video."""

    found: tuple[Transition, ...]
    sharp: tuple[tuple[float, float], ...]
    """Times and sharpness of frames that were looked at."""
    open: tuple[bool, bool] = (False, False)
    """Whether something slow may go on before its first, and behind its last frame."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """The cuts in a span that are sure, and what is to be decoded."""

    cuts: tuple[int, ...] = ()
    stretches: tuple[Stretch, ...] = ()


def part(clip: Clip, traces: Traces, first: int, last: int) -> Part:
    """The transitions behind one frame, up to and with another one, by their numbers."""
    packets = traces.packets
    looks = Looks(clip, packets)
    spans = [traces.span(*ends) for ends in pairwise(_chosen(traces, first, last))]
    looks.at([first, *(span.last for span in spans)])
    if not _true(clip, traces, spans, looks):
        spans = [Span(span.first, span.last) for span in spans]
    spans = _narrowed(spans, traces, looks)
    work = [_judged(traces, span, looks.step(span.first, span.last)) for span in spans]
    cuts, flashes = _apart(packets, sorted({cut for each in work for cut in each.cuts}))
    found = _made(packets, cuts)
    runs = _merged([*(stretch for each in work for stretch in each.stretches), *flashes], len(packets.at))
    found |= set(_decoded(clip, packets, runs, looks))
    for reach in REACHES:
        gaps = list(_gaps(packets, runs, found, looks))
        found |= _made(packets, [other for one, other in gaps if traces.cut_at_end(one, other)])
        missed = _widened(packets, runs, found, [gap for gap in gaps if not traces.cut_at_end(*gap)], reach)
        found |= set(_decoded(clip, packets, missed, looks))
        runs = _merged([*runs, *missed], len(packets.at))
    begins, ends = (_is_open(span, packets, found, looks) for span in (spans[0], spans[-1]))
    return Part(tuple(sorted(found, key=lambda each: each.since)), looks.sharp(), (begins, ends))


def _is_open(span: Span, packets: Packets, found: Collection[Transition], looks: Looks) -> bool:
    """Whether a span changes, and no cut in it tells why."""
    since, until = packets.at[[span.first, span.last]]
    cut = any(each.kind == "cut" and since < each.at <= until for each in found)
    return not cut and looks.step(span.first, span.last) >= LIKE


def _chosen(traces: Traces, first: int, last: int) -> list[int]:
    """Key frames, of those that come regularly some that are far enough apart, and the ends."""
    at, chosen = traces.packets.at, [first]
    apart = CLOSE if traces.keys.all() else FAR
    for key in np.flatnonzero(traces.keys).tolist():
        if first < key < last and (at[key] - at[chosen[-1]] >= apart or not traces.due[key]):
            chosen.append(key)
    return [*chosen, last]


def _true(clip: Clip, traces: Traces, spans: Sequence[Span], looks: Looks) -> bool:
    """Whether packets tell the truth, tried where it is cheapest.

    AV1 and VP9 may store a frame that is not shown long before one that is made of it: then spikes come too early.
    """
    at = traces.packets.at
    telling = [span for span in spans if looks.step(span.first, span.last) >= OTHER]
    spikes = sorted((spike - span.first, spike) for span in telling for spike in {*span.sure} & {*span.spikes})
    cuts = {spike: spike - leaning(traces.packets, spike) for _, spike in spikes[:TRIED]}
    runs = _merged([(first - NEAR, cut + NEAR) for cut, first in cuts.items()], len(at))
    found = [each.at for each in _decoded(clip, traces.packets, runs, looks)]
    right = sum(any(at[first] <= time <= at[cut] for time in found) for cut, first in cuts.items())
    return 2 * right >= len(cuts)


def _narrowed(spans: Sequence[Span], traces: Traces, looks: Looks) -> list[Span]:
    """The spans; those that change without a packet to tell where are cut down to where they change suddenly."""
    narrow, left = list(spans), set(range(len(spans)))
    while left:
        inner = {number: _inner(traces, narrow[number], looks) for number in left}
        looks.at([key for keys in inner.values() for key in keys])
        for number, keys in inner.items():
            span = narrow[number]
            ends = list(pairwise([span.first, *keys, span.last]))
            steps = [looks.step(*each) for each in ends]
            if keys and max(steps) >= MOST * looks.step(span.first, span.last):
                narrow[number] = traces.span(*ends[int(np.argmax(steps))])
            else:
                narrow[number] = spans[number] if keys else span  # it changes slowly
                left.discard(number)
    return narrow


def _inner(traces: Traces, span: Span, looks: Looks) -> list[int]:
    """Key frames that divide a span."""
    if looks.step(span.first, span.last) < SAME or span.sure:
        return []
    keys = np.flatnonzero(traces.keys[span.first + 1 : span.last]) + span.first + 1
    return keys[:: max(1, -(-len(keys) // PARTS))][: PARTS - 1].tolist() if len(keys) else []


def _judged(traces: Traces, span: Span, step: float) -> _Judged:
    """What is to be done with a span whose ends differ by a step."""
    packets = traces.packets
    about = {spike: (spike - AROUND, spike + AROUND) for spike in span.spikes}
    restless = tuple((first - MARGIN, last + MARGIN) for first, last in span.restless)
    early = () if span.early is None else ((span.early - AROUND, span.early + AROUND),)
    if packets.at[span.last] - packets.at[span.first] > BLIND:
        return _Judged((), ((span.first, span.last),))
    if step < SAME:
        return _Judged((), (*about.values(), *(early + restless if step >= LIKE else ())))
    if span.last - span.first == 1 or (step >= OTHER and traces.cut_at_end(span.first, span.last)):
        return _Judged((span.last,))
    late = span.early not in (None, span.last)
    if step >= OTHER and span.sure and not (late and restless):
        rest = tuple(stretch for spike, stretch in about.items() if spike not in span.sure) + restless
        behind = {cut: leaning(packets, cut) for cut in span.sure}
        near = tuple((cut - count - NEAR, cut + NEAR) for cut, count in behind.items() if count)
        return _Judged(tuple(cut for cut in span.sure if not behind[cut]), near + rest)
    if about or restless:
        return _Judged((), (*about.values(), *restless, *early))
    return _Judged((), ((span.first, span.last + MARGIN),))


def _apart(packets: Packets, cuts: Sequence[int]) -> tuple[list[int], list[Stretch]]:
    """The cuts that no other one is near, and stretches about the others: they may be flashes."""
    near = {
        cut for one, other in pairwise(cuts) if packets.at[other] - packets.at[one] <= FLASH for cut in (one, other)
    }
    return [cut for cut in cuts if cut not in near], [(cut - AROUND, cut + AROUND) for cut in near]


def _made(packets: Packets, cuts: Sequence[int]) -> set[Transition]:
    return {Transition(at, at) for at in packets.at[cuts].tolist()}


def _gaps(packets: Packets, runs: Sequence[Stretch], found: Collection[Transition], looks: Looks) -> Iterator[Stretch]:
    """Successive known frames that differ although nothing was found between them."""
    inside = _inside(runs)
    for one, other in pairwise(number for number in looks.numbers() if number not in inside):
        since, until = packets.at[[one, other]]
        explained = any(since < each.until and each.since <= until for each in found)
        if not explained and looks.step(one, other) >= OTHER:
            yield one, other


def _widened(
    packets: Packets, runs: Sequence[Stretch], found: Collection[Transition], gaps: Sequence[Stretch], reach: int
) -> list[Stretch]:
    """What is to be decoded for the gaps, and again for runs that cut something short."""
    begins, ends = dict(runs), {last: first for first, last in runs}
    slow = {time for each in found if each.kind != "cut" for time in (each.since, each.until)}
    short = [run for run in runs if not slow.isdisjoint(packets.at[list(run)].tolist())]
    short += [gap for gap in gaps if begins.get(gap[0]) == gap[1] and gap[1] - gap[0] < WIDER]
    between = [gap for gap in gaps if begins.get(gap[0]) != gap[1]]
    wide = [(first - WIDER, last + WIDER) for first, last in short]
    wide += [(ends.get(one, one), min(begins.get(other, other + MARGIN), one + reach)) for one, other in between]
    return _merged(wide, len(packets.at))


def _inside(runs: Sequence[Stretch]) -> set[int]:
    """The frames in runs that neither begin nor end one."""
    return {number for first, last in runs for number in range(first + 1, last)}


def _decoded(clip: Clip, packets: Packets, runs: Sequence[Stretch], looks: Looks) -> Iterator[Transition]:
    """The transitions in runs of frames; how the runs begin and end is kept."""
    if not runs:
        return
    frames = clip.moments([float(at) for first, last in runs for at in packets.at[first : last + 1]], EDGE)
    for first, last in runs:
        yield from watched(_noted(zip(range(first, last + 1), frames, strict=False), packets, (first, last), looks))


def _noted(
    frames: Iterable[tuple[int, Frame]], packets: Packets, run: Stretch, looks: Looks
) -> Iterator[tuple[float, Pixels]]:
    for number, frame in frames:
        if number in run:
            looks.keep(number, frame.pixels)
        yield float(packets.at[number]), frame.pixels


def _merged(stretches: Sequence[Stretch], count: int) -> list[Stretch]:
    """The stretches in order, those that meet made one."""
    merged: list[Stretch] = []
    for first, last in sorted((max(0, first), min(count - 1, last)) for first, last in stretches):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged
