"""Short answers out of counts, movements, shots and sound."""

from typing import Any

import pytest

from assistant.models.measured import measured
from assistant.types import Evidence, ToolResult


def track(since: float, until: float, direction: str, **edges: str) -> dict[str, Any]:
    return {"since": since, "until": until, "direction": direction, "enters": "", "leaves": "", **edges}


def thing(since: float, until: float, left: float, put: bool, taken: bool) -> dict[str, Any]:
    return {"since": since, "until": until, "box": [left, 0.3, left + 0.1, 0.8], "put": put, "taken": taken}


CARS = {
    "count": 3,
    "at_once": 2,
    "tracks": [
        track(4.4, 9.0, "up", enters="bottom", leaves="top"),
        track(14.3, 18.2, "down", enters="top", leaves="right"),
        track(15.0, 19.3, "left", enters="right", leaves="right"),
    ],
}
BOTTLES = {
    "count": 3,
    "counts": [[0.0, 3], [6.8, 2]],
    "things": [
        thing(0, 6.8, 0.1, False, True),
        thing(0, 40, 0.45, False, False),
        thing(0, 31.8, 0.8, False, True),
        thing(12, 17, 0.1, True, True),
    ],
}
CUTS = {
    "broken": [[8.2, 9.6]],
    "shots": [
        {"since": 0.0, "until": 1.2, "begins": "start"},
        {"since": 1.2, "until": 5.5, "begins": "dissolve"},
        {"since": 5.5, "until": 20.0, "begins": "cut"},
    ],
    "tracks": CARS["tracks"],
}
GRID = tuple(Evidence("p", 0.0, (x / 6, y / 4, x / 6 + 0.1, y / 4 + 0.1)) for y in range(4) for x in range(6))


@pytest.mark.parametrize(
    ("tool", "data", "question", "answer"),
    [
        ("count_things", CARS, "How many cars pass?", "3 move through the picture"),
        ("count_things", CARS, "What is the largest number at once?", "2 at once"),
        ("count_things", CARS, "Is there ever more than one at once?", "Yes: up to 2 at once"),
        ("count_things", CARS, "Is there a car at 12 seconds?", "No: nothing is moving through at 12 s"),
        ("count_things", CARS, "Is there a car at 16 s?", "Yes, by what moves at 16 s"),
        ("count_things", CARS, "How many are there at 16 s?", "2 at 16 s"),
        ("count_things", BOTTLES, "Which bottle is taken away first?", "the left one, at 6.8 s"),
        ("count_things", BOTTLES, "When is the right bottle taken away?", "at 31.8 s"),
        ("count_things", BOTTLES, "When is a bottle put back?", "at 12.0 s"),
        ("count_things", BOTTLES, "Which bottle is left at 35 seconds?", "the middle one at 35 s"),
        ("count_things", BOTTLES, "How many bottles are there?", None),
        ("find_motion", CARS, "In which direction does the first car move?", "up, from 4.4 to 9.0 s"),
        ("find_motion", CARS, "In which direction does the last car move?", "left, from 15.0 to 19.3 s"),
        ("find_motion", CARS, "On which side do they leave?", "at the right"),
        ("find_motion", CARS, "What moves?", None),
        ("understand_video", CUTS, "How many shots are there?", "3"),
        ("understand_video", CUTS, "How many cuts are there?", "2"),
        ("understand_video", CUTS, "At what time is the first cut?", "at 1.20 s"),
        ("understand_video", CUTS, "At what time is the hard cut?", "at 5.50 s"),
        ("understand_video", CUTS, "Which way do they go in the second shot?", "up"),
        ("understand_video", CUTS, "Is the picture intact at 9 seconds?", "No: it is broken from 8.2 to 9.6 s"),
        ("understand_video", CUTS, "Is the picture intact at 2 seconds?", "Yes: nothing is broken there"),
        ("understand_video", CUTS, "Is it broken?", "Yes: it is broken from 8.2 to 9.6 s"),
        ("sound_facts", {"silent": True}, "Is there any sound?", "No: nothing can be heard"),
        ("sound_facts", {"silent": True}, "Is it silent?", "Yes: nothing can be heard"),
        (
            "sound_facts",
            {"silent": False, "speech": [[1.0, 2.5]]},
            "Is there speech?",
            "Yes, somebody speaks at 1.0-2.5 s",
        ),
        ("sound_facts", {"silent": False, "speech": []}, "Does anyone speak?", "No, nobody speaks"),
        ("sound_facts", {"silent": False, "speech": []}, "How loud is it?", None),
        ("understand_video", CUTS, "What moves, and when is it cut?", None),
        # what the readings do not hold
        ("understand_video", CUTS, "When does the man cut the bread?", None),
        ("understand_video", CUTS, "How many people are in the first scene?", None),
        ("understand_video", CUTS, "Is the window broken?", None),
        ("understand_video", CUTS, "When does the dog appear in the scene?", None),
        ("understand_video", CUTS, "Which person appears first in the scene?", None),
        ("sound_facts", {"silent": False, "speech": []}, "Can you hear a dog?", None),
        ("sound_facts", {"silent": False, "speech": []}, "Is the sound clipping?", None),
        ("sound_facts", {"silent": False, "speech": []}, "Does the sound get louder?", None),
        ("sound_facts", {"silent": False, "speech": []}, "Is it quiet?", None),
        ("sound_facts", {"silent": False, "speech": [[1.0, 2.5]]}, "Does somebody speak about money?", None),
        ("find_motion", {"tracks": [], "at_once": 1}, "Does anything move at any time?", None),
        ("count_things", CARS, "Are a car and a bike there at once?", None),
        ("count_things", CARS, "Are there ever three cars at once?", "No, never more than 2 at once"),
        ("count_things", CARS, "Are there ever two cars at the same time?", "Yes: up to 2 at once"),
        ("count_things", CARS, "Is there ever more than two at once?", "No, never more than 2 at once"),
        # the shots by their numbers
        ("understand_video", CUTS, "When does the second shot begin?", "at 1.20 s"),
        ("understand_video", CUTS, "When does the second shot end?", "at 5.50 s"),
        ("understand_video", CUTS, "When does the last scene start?", "at 5.50 s"),
        ("understand_video", CUTS, "When does the scene change first?", "at 1.20 s"),
        ("understand_video", CUTS, "How many shots (scenes) does the video have?", "3"),
        ("understand_video", CUTS, "How many times does the camera change?", "2"),
        ("sound_facts", {"silent": False, "speech": []}, "Is there speech in the sound track?", "No, nobody speaks"),
        ("sound_facts", {"silent": False, "speech": []}, "Does it have sound?", "Yes: something can be heard"),
        ("look", {}, "How many?", None),
    ],
)
def test_what_was_measured_answers_in_a_few_words(tool: str, data: Any, question: str, answer: str | None) -> None:
    assert measured(question, ToolResult("1", tool, "all of it", data=data)) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How many coins are there?", "24 like objects, by their outlines"),
        ("How many rows of coins?", "4 rows"),
        ("How many coins are in each row?", "6 in each row"),
    ],
)
def test_like_objects_stand_in_rows(question: str, answer: str) -> None:
    assert measured(question, ToolResult("1", "count_things", "24", GRID, {"count": 24})) == answer
