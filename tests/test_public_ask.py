"""Every picture, video and speech clip of the public media through `ask`, in one process."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant import wiring
from assistant.errors import MediaError
from assistant.mind import Mind
from assistant.types import Delta, Done, Turn
from assistant.wiring import Options

QUESTIONS = {"video": "What happens in this video?", "speech": "What is said?"}
SLOWEST = 120.0
"""Seconds one file may take."""
SHORT = (
    "photo_padlock.jpg",
    "barcode_upca_cv2_misread.png",
    "speech_cards_001.wav",
    "video_bikes_six_shots.mp4",
    "malformed_video.mp4",
)


@pytest.fixture(scope="module")
def mind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mind]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIREO_HOME", str(tmp_path_factory.mktemp("home")))
        opened = wiring.open_mind(Options(log=False))
    yield opened
    opened.close()


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]


def ask(mind: Mind, path: Path, question: str) -> str:
    begun = time.monotonic()
    events = list(mind.ask(Turn(question, (str(path),))))
    assert isinstance(events[-1], Done) and time.monotonic() - begun < SLOWEST
    answer = "".join(event.text for event in events if isinstance(event, Delta))
    assert answer.strip() and "That did not work" not in answer
    return answer


def try_all(mind: Mind, folder: Path, chosen: list[dict[str, Any]]) -> None:
    for row in chosen:
        path = folder / row["file"]
        questions = [qa["q"] for qa in row.get("qa", [])[:1]] + [QUESTIONS.get(row["kind"], "Describe this.")]
        if row["kind"] in ("malformed", "silence") or path.suffix == ".raw":
            try:
                ask(mind, path, questions[-1])
            except MediaError as error:
                assert path.name in str(error) and "\n" not in str(error)
            continue
        for question in questions:
            ask(mind, path, question)


def test_five_files_of_all_kinds_are_answered_in_one_process(mind: Mind, public_media: Path) -> None:
    try_all(mind, public_media, [row for row in rows(public_media) if row["file"] in SHORT])


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_file_is_answered_in_one_process(mind: Mind, public_media: Path) -> None:
    try_all(mind, public_media, rows(public_media))
