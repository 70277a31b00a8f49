"""Like objects are counted when they can be told, and only then."""

import cv2
import numpy as np
import pytest

from assistant.readers.alike import alike
from assistant.types import Frame
from tests.public_media import FOLDER, public_picture


def table(count: int, light: float = 0.0, noise: float = 4.0) -> Frame:
    """Discs of about one size in rows of five on a ground that darkens to the right."""
    random = np.random.default_rng(count)
    pixels = np.full((300, 400, 3), 90.0)
    for number in range(count):
        middle = (
            50 + number % 5 * 75 + int(random.integers(-6, 6)),
            50 + number // 5 * 70 + int(random.integers(-6, 6)),
        )
        cv2.circle(pixels, middle, int(random.integers(19, 25)), (170.0, 175.0, 180.0), -1)
    pixels += np.linspace(0, -light, 400)[None, :, None] + random.normal(0, noise, pixels.shape)
    return Frame(pixels.clip(0, 255).astype(np.uint8), 0.0, "table.png")


@pytest.mark.parametrize("count", [4, 7, 12, 20])
@pytest.mark.parametrize("light", [0.0, 50.0])
def test_discs_on_a_table_are_counted(count: int, light: float) -> None:
    assert len(alike(table(count, light))) == count


def test_each_object_has_its_box_row_by_row() -> None:
    found = alike(table(7))
    assert [each.text for each in found] == [f"object {number}" for number in range(1, 8)]
    assert found[0].box == pytest.approx((0.07, 0.09, 0.18, 0.24), abs=0.03)
    assert found[5].box is not None and found[4].box is not None and found[5].box[1] > found[4].box[3]
    assert {(each.kind, each.source) for each in found} == {("count", "table.png")}


def test_few_objects_and_objects_of_all_sizes_are_not_told() -> None:
    assert alike(table(2)) == ()
    mixed = np.full((300, 400, 3), 90, np.uint8)
    for number in range(12):
        side = 12 + 7 * number
        cv2.rectangle(
            mixed, (10 + number % 4 * 98, 10 + number // 4 * 97), (10 + number % 4 * 98 + side, 90), (200, 0, 0), -1
        )
    assert alike(Frame(mixed)) == ()


def test_an_empty_and_a_noisy_picture_hold_no_objects() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (240, 320, 3)).astype(np.uint8)
    assert alike(Frame(np.zeros((240, 320, 3), np.uint8))) == () and alike(Frame(noise)) == ()


def test_the_coins_are_counted() -> None:
    assert len(alike(public_picture("photo_coins.png"))) == 24


def test_no_photo_of_other_things_is_counted() -> None:
    files = [file.name for file in FOLDER.glob("photo_*.jpg")] if FOLDER.is_dir() else []
    assert [file for file in files if alike(public_picture(file))] == []
