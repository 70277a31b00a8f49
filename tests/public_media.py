"""The public media with known answers, when they are there: a folder named by VIREO_MEDIA or shared/media beside."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageOps

from assistant.types import SAMPLE_RATE, Frame, Sound

FOLDER = Path(os.environ.get("VIREO_MEDIA", Path(__file__).parents[2] / "shared" / "media"))


def public(name: str) -> Path:
    """The path of a file; the test is skipped where there is none."""
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"no public media: {name}")
    return path


def known(name: str) -> dict[str, Any]:
    """What the manifest says of a file."""
    for line in public("manifest.jsonl").read_text().splitlines():
        entry = json.loads(line)
        if entry["file"] == name:
            return dict(entry["facts"])
    raise KeyError(name)


def public_files(kind: str) -> list[str]:
    """The files of one kind: photo, document, chart, screenshot, barcode, blank, video, speech, noise, ..."""
    entries = (json.loads(line) for line in public("manifest.jsonl").read_text().splitlines())
    return [entry["file"] for entry in entries if entry["kind"] == kind]


def public_picture(name: str) -> Frame:
    with Image.open(public(name)) as picture:
        return Frame(np.asarray(ImageOps.exif_transpose(picture).convert("RGB")), 0.0, name)


def public_sound(name: str) -> Sound:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
    with av.open(str(public(name))) as container:
        parts = [part for frame in container.decode(audio=0) for part in resampler.resample(frame)]
    parts += resampler.resample(None) if parts else []
    samples = [part.to_ndarray().ravel() for part in parts]
    return Sound(np.concatenate(samples).astype(np.float32) if samples else np.zeros(0, np.float32))


def public_frames(name: str, every: float = 0.0, longest: int = 320) -> Iterator[Frame]:
    last = -float("inf")
    with av.open(str(public(name))) as container:
        stream = container.streams.video[0]
        scale = min(1.0, longest / max(stream.width, stream.height))
        width, height = round(stream.width * scale), round(stream.height * scale)
        for frame in container.decode(stream):
            if frame.time - last >= every - 1e-6:
                last = frame.time
                yield Frame(frame.to_ndarray(width=width, height=height, format="rgb24"), frame.time, name)
