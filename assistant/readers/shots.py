"""Shots of a video: the cuts between them and the frame that stands for each.

Cuts come from PySceneDetect's AdaptiveDetector (https://www.scenedetect.com), which compares the change from frame to
frame with its neighbours; it finds short dissolves too. It wants every frame of a video: at 10 frames a second cuts are
missed and come late.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from scenedetect import FrameTimecode
from scenedetect.detectors import AdaptiveDetector

from assistant.protocols import Clip
from assistant.readers.small import EDGE, Pixels, small
from assistant.readings import Shot
from assistant.types import ALWAYS

SHORTEST = 0.2
"""Seconds of the shortest shot."""
TICKS = 1000.0
"""The detector counts frames; a frame's number is its time in milliseconds."""


def shots(clip: Clip, since: float = 0.0, until: float = ALWAYS) -> tuple[Shot, ...]:
    """The shots in order of time. Keeps two numbers a frame, no pixels."""
    detector = AdaptiveDetector(min_scene_len=round(SHORTEST * TICKS))
    cuts: list[float] = []
    sharp: list[tuple[float, float]] = []
    for at, picture in small(clip.frames(since, until, longest=EDGE)):
        now = FrameTimecode(round(at * TICKS), fps=TICKS)
        cuts += [cut.seconds for cut in detector.process_frame(now, np.ascontiguousarray(picture[:, :, ::-1]))]
        sharp.append((at, _sharpness(picture)))
    return _shots(cuts, sharp)


def _shots(cuts: list[float], sharp: list[tuple[float, float]]) -> tuple[Shot, ...]:
    if not sharp:
        return ()
    end = sharp[-1][0] + (sharp[-1][0] - sharp[-2][0] if len(sharp) > 1 else 0.0)
    edges = [sharp[0][0], *cuts, end]
    return tuple(Shot(since, until, _key(since, until, sharp)) for since, until in pairwise(edges))


def _key(since: float, until: float, sharp: list[tuple[float, float]]) -> float:
    """The sharpest frame in the middle half of a shot, or the one nearest to its middle."""
    middle, quarter = (since + until) / 2, (until - since) / 4
    near = [(sharpness, at) for at, sharpness in sharp if abs(at - middle) <= quarter]
    return max(near)[1] if near else min((abs(at - middle), at) for at, _ in sharp)[1]


def _sharpness(picture: Pixels) -> float:
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(luma, cv2.CV_32F).var())
