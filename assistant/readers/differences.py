"""What differs between two pictures of one scene: what appeared, is gone, changed or moved, each with its place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from assistant.readers.alignment import Mask, Pixels, aligned
from assistant.readers.facts import colours, ninth
from assistant.types import Box, Evidence, Frame

EDGE = 640
"""Pixels of the longest edge of the pictures that are compared."""
STEP = 14.0
"""CIELAB steps that are no noise; JPEG of quality 30 makes up to 10 beyond the neighbours' span."""
LEAST = 0.0006
"""Share of the picture that a difference has at least."""
MOST = 12
"""Differences that are told, the largest."""
CLEAR = 0.6
"""A thing stands out when the step to its surroundings where it is not is so many times the one where it is."""
OTHER = "the second picture shows another scene, or the same one from elsewhere"
LIKE = 12.0
"""CIELAB steps between the mean colours of one thing in two places."""

Lab = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the picture that differs."""

    kind: str
    box: Box
    area: float
    """A share of the picture."""
    colour: Lab
    """Mean CIELAB of the thing: in the first picture when it is gone, else in the second."""
    name: str


def differences(first: Frame, second: Frame) -> tuple[Evidence, ...]:
    """What differs, the largest first; boxes lie in the second picture, of what is gone where it was.

    The kinds are appeared, gone, changed and moved. Differences of light, of size, of a little camera movement and of
    compression are none. One "changed" over the whole picture says that the scene is another one.
    """
    one, other = _small(first.pixels, second.pixels)
    over = aligned(one, other)
    if over is None:
        return (Evidence(second.source, second.at, (0.0, 0.0, 1.0, 1.0), None, OTHER, "changed"),)
    before, seen = over
    regions = _moved([*_regions(before, other, seen)])
    told = sorted(regions, key=lambda region: -region.area)[:MOST]
    return tuple(Evidence(second.source, second.at, region.box, None, _text(region), region.kind) for region in told)


def _small(first: Pixels, second: Pixels) -> tuple[Pixels, Pixels]:
    """Both in the size of the second, made smaller."""
    height, width = second.shape[:2]
    scale = min(1.0, EDGE / max(height, width))
    size = max(16, round(width * scale)), max(16, round(height * scale))
    one, other = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.uint8) for each in (first, second)
    )
    return one, other


def _regions(before: Pixels, after: Pixels, seen: Mask) -> list[Region]:
    one, other = _lab(_lit(before, after, seen)), _lab(after)
    mask = _differing(one, other, seen)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    least = LEAST * mask.size
    numbers = [number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] >= least]
    return [_region(labels == number, stats[number], one, other, before, after) for number in numbers]


def _lab(pixels: Pixels) -> Lab:
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.2), np.float32)


def _lit(before: Pixels, after: Pixels, seen: Mask) -> Pixels:
    """The first picture in the light of the second: the gain and offset of each colour that fit most pixels."""
    lit = before.astype(np.float32)
    for channel in range(3):
        was, now = lit[:, :, channel][seen][::7], after[:, :, channel][seen][::7].astype(np.float32)
        gain, offset = _fit(was, now)
        lit[:, :, channel] = lit[:, :, channel] * gain + offset
    return np.asarray(lit.clip(0, 255), np.uint8)


def _fit(was: Lab, now: Lab) -> tuple[float, float]:
    """A line through most of the points: those that lie far off are left out, three times."""
    kept, gain, offset = np.ones(len(was), np.bool_), 1.0, 0.0
    for _ in range(3):
        if kept.sum() < 16 or float(was[kept].std()) < 1.0:
            return 1.0, float(np.median(now - was)) if len(was) else 0.0
        gain, offset = (float(each) for each in np.polyfit(was[kept], now[kept], 1))
        off = np.abs(now - was * gain - offset)
        kept = off <= max(4.0, 2.0 * float(np.median(off)))
    return gain, offset


def _differing(one: Lab, other: Lab, seen: Mask) -> Mask:
    """Where one picture leaves the span of the other's neighbouring pixels, without specks, holes closed."""
    beyond = np.maximum(_beyond(one, other), _beyond(other, one))
    mask = ((beyond > STEP) & seen).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8)) > 0, np.bool_)


def _beyond(one: Lab, other: Lab) -> Lab:
    """How far each pixel of `other` lies outside of what `one` has around it: edges that are a pixel off do not."""
    around = np.ones((5, 5), np.uint8)
    least, most = cv2.erode(one, around), cv2.dilate(one, around)
    outside = np.maximum(0, np.maximum(other - most, least - other))
    return np.asarray(np.linalg.norm(outside, axis=2), np.float32)


def _region(part: Mask, stats: NDArray[np.int32], one: Lab, other: Lab, before: Pixels, after: Pixels) -> Region:
    around = _ring(part)
    was, now = _stands_out(one, part, around), _stands_out(other, part, around)
    kind = "appeared" if was < CLEAR * now else "gone" if now < CLEAR * was else "changed"
    height, width = part.shape
    left, top, across, down = (float(stats[edge]) for edge in range(4))
    box = left / width, top / height, (left + across) / width, (top + down) / height
    pixels = (before if kind == "gone" else after)[part]
    colour = (one if kind == "gone" else other)[part].mean(0)
    name = next(iter(colours(pixels[None])), ("", 0.0))[0]
    return Region(kind, box, float(part.mean()), np.asarray(colour, np.float32), name)


def _ring(part: Mask) -> Mask:
    """What lies around a part, a little off its edge."""
    inner = cv2.dilate(part.astype(np.uint8), np.ones((7, 7), np.uint8))
    outer = cv2.dilate(inner, np.ones((13, 13), np.uint8))
    return np.asarray((outer > 0) & (inner == 0), np.bool_)


def _stands_out(lab: Lab, part: Mask, around: Mask) -> float:
    """The mean step of a part to the colour around it."""
    if not around.any():
        return 0.0
    return float(np.linalg.norm(lab[part] - np.median(lab[around], axis=0), axis=1).mean())


def _moved(regions: list[Region]) -> list[Region]:
    """What is gone here and appeared there, in a like size and colour, has moved."""
    left, found = list(regions), list[Region]()
    for gone in [region for region in regions if region.kind == "gone"]:
        there = next((region for region in left if region.kind == "appeared" and _same(gone, region)), None)
        if there is not None:
            left = [region for region in left if region not in (gone, there)]
            name = f"{there.name} from the {ninth(gone.box)}"
            found.append(Region("moved", there.box, there.area, there.colour, name))
    return left + found


def _same(one: Region, other: Region) -> bool:
    least, most = sorted((one.area, other.area))
    return most < 1.6 * least and float(np.linalg.norm(one.colour - other.colour)) < LIKE


def _text(region: Region) -> str:
    """What happened, in words: "something red appeared at the top left"."""
    verb = {"appeared": "appeared at", "gone": "is gone from", "changed": "changed at", "moved": "moved to"}[
        region.kind
    ]
    name, _, since = region.name.partition(" from ")
    behind = f", from {since}" if since else ""
    return f"something {name} {verb} the {ninth(region.box)}{behind}"
