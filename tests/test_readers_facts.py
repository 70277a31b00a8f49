"""Colours, light, sharpness and loudness are what they are."""

import math

import cv2
import numpy as np
import pytest

from assistant.readers import facts, sounds
from assistant.types import SAMPLE_RATE, Frame, Sound
from tests.public_media import public_files, public_picture

COLOURS = {
    "red": [(200, 30, 30), (128, 0, 0), (255, 0, 0)],
    "orange": [(250, 130, 20), (255, 165, 0)],
    "yellow": [(250, 240, 80), (255, 215, 0)],
    "green": [(0, 255, 0), (80, 130, 50), (20, 50, 25)],
    "blue": [(20, 30, 90), (140, 180, 230), (0, 0, 255)],
    "purple": [(130, 60, 200), (128, 0, 128)],
    "pink": [(250, 170, 190), (255, 105, 180)],
    "brown": [(120, 70, 30), (170, 120, 80), (92, 64, 51)],
    "black": [(0, 0, 0), (25, 22, 20), (12, 12, 40)],
    "grey": [(128, 128, 128), (135, 130, 122), (190, 192, 195)],
    "white": [(255, 255, 255), (245, 245, 220), (240, 244, 250)],
}


def _plain(colour: tuple[int, int, int], height: int = 30, width: int = 40) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


@pytest.mark.parametrize(("name", "colour"), [(name, colour) for name, many in COLOURS.items() for colour in many])
def test_a_plain_colour_has_its_name(name: str, colour: tuple[int, int, int]) -> None:
    assert facts.colours(_plain(colour)) == ((name, 1.0),)


def test_colours_come_with_their_share_largest_first() -> None:
    picture = np.hstack([_plain((0, 0, 255), 40, 30), _plain((255, 0, 0), 40, 70)])
    assert facts.facts(Frame(picture)).colours == (("red", 0.7), ("blue", 0.3))


def test_light_and_contrast_are_measured() -> None:
    picture = np.vstack([_plain((0, 0, 0)), _plain((255, 255, 255))])
    measured = facts.facts(Frame(picture))
    assert (measured.width, measured.height) == (40, 60)
    assert measured.brightness == pytest.approx(0.5)
    assert measured.contrast == pytest.approx(0.5)
    assert not measured.blank


def test_a_blurred_picture_is_less_sharp() -> None:
    sharp = public_picture("photo_dog_bike_truck.jpg")
    blurred = Frame(cv2.GaussianBlur(sharp.pixels, (0, 0), 4))
    assert facts.facts(sharp).sharpness > 500
    assert facts.facts(blurred).sharpness < 50


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_picture_without_detail_is_blank(level: int) -> None:
    noise = np.random.default_rng(1).normal(level, 4, (240, 320, 3))
    assert facts.facts(Frame(noise.clip(0, 255).astype(np.uint8))).blank


def test_a_covered_camera_is_blank_and_one_line_of_text_is_not() -> None:
    assert facts.facts(public_picture("blank_black.jpg")).blank
    assert not facts.facts(public_picture("screen_camera_error.jpg")).blank


def test_the_orange_suit_and_the_green_field_are_named() -> None:
    assert "orange" in dict(facts.colours(public_picture("photo_astronaut.png").pixels))
    assert dict(facts.colours(public_picture("chart_bars.png").pixels))["green"] > 0.3


def test_each_ninth_has_its_colours() -> None:
    picture = np.full((90, 90, 3), 255, np.uint8)
    picture[:30, 60:] = (255, 0, 0)
    picture[30:60, 30:60] = (0, 0, 255)
    places = dict(facts.facts(Frame(picture)).places)
    assert len(places) == 9
    assert places["top right"] == (("red", 1.0),) and places["middle"] == (("blue", 1.0),)
    assert places["bottom left"] == (("white", 1.0),)


@pytest.mark.parametrize(
    ("shape", "name"), [((40, 60), "landscape"), ((60, 40), "portrait"), ((50, 50), "square"), ((1, 2), "landscape")]
)
def test_a_picture_lies_or_stands(shape: tuple[int, int], name: str) -> None:
    assert facts.facts(Frame(np.zeros((*shape, 3), np.uint8))).orientation == name


@pytest.mark.parametrize(
    ("kind", "looks"),
    [
        ("photo", {"photo"}),
        ("screenshot", {"screenshot"}),
        ("chart", {"drawing"}),
        ("document", {"document", "photo"}),
        ("blank", {""}),
    ],
)
def test_a_picture_looks_like_what_it_is(kind: str, looks: set[str]) -> None:
    assert {facts.facts(public_picture(file)).look for file in public_files(kind)} <= looks


def _tone(level: float, seconds: float = 1.0) -> Sound:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return Sound((level * np.sin(2 * np.pi * 440 * time)).astype(np.float32), at=5.0)


def test_loudness_and_peak_are_in_decibels_of_full_scale() -> None:
    measured = sounds.facts(_tone(0.5, 2.0), lambda sound: [(5.5, 6.0)])
    assert measured.seconds == pytest.approx(2.0)
    assert measured.peak == pytest.approx(-6.02, abs=0.05)
    assert measured.loudness == pytest.approx(-9.03, abs=0.05)
    assert measured.speech == ((5.5, 6.0),)
    assert not measured.silent


@pytest.mark.parametrize("sound", [_tone(0.0), _tone(0.0002), Sound(np.zeros(0, np.float32))])
def test_silence_is_silent_and_holds_no_speech(sound: Sound) -> None:
    measured = sounds.facts(sound, lambda sound: [(0.0, 1.0)])
    assert measured.silent and measured.speech == ()


def test_digital_silence_has_no_loudness() -> None:
    assert sounds.facts(_tone(0.0), lambda sound: []).loudness == -math.inf
