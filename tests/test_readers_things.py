"""Things that are put down and taken away are found, with what looks like them; what comes by itself is none."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from assistant.readers.things import things
from assistant.readings import Thing
from assistant.types import Frame
from tests.clips import Shown
from tests.public_media import known, public_frames

WIDTH, HEIGHT, FPS = 320, 180, 10
BOX = (36, 60)
"""Width and height of a thing in pixels."""
WALL, TABLE, SKIN = (170, 165, 160), (120, 90, 60), (225, 160, 130)
Picture = np.ndarray


def room(*boxes: tuple[int, int]) -> Picture:
    """A wall, a table, and boxes with a lid and a stripe at some places."""
    painted = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    painted[:120], painted[120:] = WALL, TABLE
    for left, top in boxes:
        box = painted[max(0, top) : top + BOX[1], left : left + BOX[0]]
        box[:], box[:12], box[30:36] = (40, 110, 60), (30, 40, 200), (240, 240, 90)
    return painted


def reach(painted: Picture, left: int, down: float) -> Picture:
    """An arm from above that comes down to some row."""
    painted[: max(0, int(down)), left - 4 : left + BOX[0] + 4] = SKIN
    return painted


def clip(seconds: float, paint: Callable[[float], Picture]) -> Shown:
    return Shown(_noisy(seconds, paint))


def _noisy(seconds: float, paint: Callable[[float], Picture]) -> Iterator[Frame]:
    random = np.random.default_rng(3)
    for number in range(int(seconds * FPS)):
        noise = random.normal(0, 3, (HEIGHT, WIDTH, 3))
        yield Frame((paint(number / FPS) + noise).clip(0, 255).astype(np.uint8), number / FPS, "clip")


def carried(at: float, left: int, first: float, puts: bool, others: tuple[tuple[int, int], ...] = ()) -> Picture:
    """A box that an arm takes away or brings: a second down from `first` on, half a one there, a second up."""
    step = float(np.interp(at, (first, first + 1, first + 1.5, first + 2.5), (0, 1, 1, 0)))
    top = int(-BOX[1] + step * 160)
    comes = at < first + 1.25
    in_hand = comes == puts
    standing = (comes != puts) and not in_hand
    boxes = [*others, (left, 100)] if standing else list(others)
    if in_hand and step > 0:
        boxes.append((left, top))
    return reach(room(*boxes), left, top + 6 if step > 0 else 0)


def spans(found: tuple[Thing, ...]) -> list[tuple[float, float]]:
    return [(thing.since, thing.until) for thing in found]


def test_a_thing_that_is_put_down_stands_from_then_on() -> None:
    (thing,) = things(clip(9, lambda at: carried(at, 140, 3, puts=True)))
    assert thing.put and not thing.taken
    assert (thing.since, thing.until) == pytest.approx((4.2, 8.9), abs=0.5)
    assert thing.box == pytest.approx((140 / 320, 100 / 180, 176 / 320, 160 / 180), abs=0.05)


def test_a_thing_that_is_taken_away_stood_until_then() -> None:
    (thing,) = things(clip(9, lambda at: carried(at, 140, 3, puts=False)))
    assert thing.taken and not thing.put
    assert (thing.since, thing.until) == pytest.approx((0.0, 4.2), abs=0.6)


def test_what_looks_like_it_and_is_never_touched_is_counted_too() -> None:
    others = ((40, 100), (230, 96))
    found = things(clip(9, lambda at: carried(at, 140, 3, puts=False, others=others)))
    assert len(found) == 3 and {thing.like for thing in found} == {1}
    assert sorted(thing.taken for thing in found) == [False, False, True]


def test_a_visitor_who_stands_still_and_goes_is_no_thing() -> None:
    def paint(at: float) -> Picture:
        left = int(np.interp(at, (2, 4, 9, 11), (-40, 140, 140, 330)))
        painted = room()
        painted[60:160, max(0, left) : max(0, left + 40)] = (200, 30, 30)
        return painted

    assert things(clip(13, paint)) == ()


def test_light_and_shadow_are_no_things() -> None:
    def paint(at: float) -> Picture:
        painted = room((140, 100)).astype(np.float32)
        if 3 < at < 6:
            painted[:, :160] *= np.linspace(0.7, 1.0, 160)[None, :, None]
        return painted.astype(np.uint8) if at < 8 else (painted * 0.8).astype(np.uint8)

    assert things(clip(11, paint)) == ()


def test_no_frames_and_a_panning_camera_show_no_things() -> None:
    wide = np.hstack([room((140, 100)), room((40, 100)), room()])
    assert things(Shown(())) == ()
    assert things(clip(6, lambda at: wide[:, int(at * 60) : int(at * 60) + WIDTH])) == ()


@pytest.mark.long
def test_the_bottles_on_the_shelf_are_counted_over_time() -> None:
    found = things(Shown(public_frames("video_bottles.mp4", every=0.1)))
    assert len({thing.like for thing in found}) == 1
    for since, until, count in known("video_bottles.mp4")["count_over_time"]:
        middle = (since + until) / 2
        assert sum(thing.since <= middle < thing.until for thing in found) == count, middle


@pytest.mark.long
@pytest.mark.parametrize("file", ["video_cars.mp4", "video_people_one_by_one.mp4"])
def test_cars_and_people_are_no_things(file: str) -> None:
    assert things(Shown(public_frames(file, every=0.1))) == ()
