"""What differs between two pictures is found in its place, and nothing where they are the same."""

import cv2
import numpy as np
import pytest

from assistant.readers.differences import OTHER, differences
from assistant.types import Box, Frame
from tests.public_media import public_picture

SCENES = ["photo_groceries.jpg", "photo_mug.jpg", "photo_signpost.jpg", "chart_bars.png", "doc_page_photo.png"]
RED = (220, 20, 30)


def _found(first: np.ndarray, second: np.ndarray) -> list[tuple[str, str]]:
    return [(each.kind, each.text) for each in differences(Frame(first), Frame(second))]


def _compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    _, packed = cv2.imencode(".jpg", pixels[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(packed, cv2.IMREAD_COLOR)[:, :, ::-1]


def _moved(pixels: np.ndarray) -> np.ndarray:
    """As by a hand that holds a camera: turned by 3 degrees, nearer by 5 %."""
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 3, 1.05)
    turn[:, 2] += (0.02 * width, -0.015 * height)
    return cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REFLECT)


def _with_ball(pixels: np.ndarray, across: float, down: float, radius: float = 0.08) -> np.ndarray:
    height, width = pixels.shape[:2]
    drawn = pixels.copy()
    cv2.circle(drawn, (int(across * width), int(down * height)), int(radius * height), RED, -1)
    return drawn


@pytest.mark.parametrize("file", SCENES)
def test_the_same_picture_differs_from_itself_in_nothing(file: str) -> None:
    """However it is compressed, scaled, lit, and a little turned."""
    scene = public_picture(file).pixels
    small = cv2.resize(scene, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    darker = (scene * 0.7).astype(np.uint8)
    for other in (scene, _compressed(scene, 30), small, darker, _moved(scene)):
        assert _found(scene, other) == []


@pytest.mark.parametrize("file", SCENES)
def test_a_thing_that_comes_goes_or_moves_is_found_in_its_place(file: str) -> None:
    scene = public_picture(file).pixels
    left, right = _with_ball(scene, 0.2, 0.25), _with_ball(scene, 0.8, 0.75)
    assert _found(scene, left) == [("appeared", "something red appeared at the top left")]
    assert _found(left, scene) == [("gone", "something red is gone from the top left")]
    assert _found(left, right) == [("moved", "something red moved to the bottom right, from the top left")]
    assert _found(scene, _moved(left)) == [("appeared", "something red appeared at the top left")]


def test_the_box_lies_around_the_thing() -> None:
    scene = np.full((300, 400, 3), (200, 210, 190), np.uint8)
    [found] = differences(Frame(scene), Frame(_with_ball(scene, 0.5, 0.5, 0.1), 2.5, "second"))
    box: Box = found.box or (0.0, 0.0, 0.0, 0.0)
    assert box == pytest.approx((0.425, 0.4, 0.575, 0.6), abs=0.03)
    assert (found.source, found.at) == ("second", 2.5)


def test_another_scene_is_called_so() -> None:
    mug, sign = public_picture("photo_mug.jpg"), public_picture("photo_signpost.jpg")
    [found] = differences(mug, sign)
    assert found.text == OTHER and found.box == (0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (2, 3), (40, 2000)])
def test_tiny_and_thin_pictures_are_compared_too(shape: tuple[int, int]) -> None:
    plain = np.full((*shape, 3), 90, np.uint8)
    assert _found(plain, plain) == []
