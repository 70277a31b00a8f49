"""Cuts are found where they are, and moving things are followed."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from assistant.readers.motion import motion
from assistant.types import Frame
from tests.clips import Shown
from tests.public_media import known, public_frames

WIDTH, HEIGHT = 320, 180
RANDOM = np.random.default_rng(7)


def _scene(seed: int) -> np.ndarray:
    """A picture with coarse detail."""
    coarse = np.random.default_rng(seed).integers(40, 200, (HEIGHT // 20, WIDTH // 20, 3))
    return np.repeat(np.repeat(coarse, 20, 0), 20, 1).astype(np.uint8)


def _clip(seconds: float, paint: Callable[[float], np.ndarray], fps: float = 12.5) -> Iterator[Frame]:
    """Frames with the noise of a camera."""
    for index in range(int(seconds * fps)):
        noise = RANDOM.normal(0, 3, (HEIGHT, WIDTH, 3))
        yield Frame((paint(index / fps) + noise).clip(0, 255).astype(np.uint8), index / fps, "clip")


def _square(scene: np.ndarray, left: float, top: float, colour: tuple[int, int, int] = (230, 20, 20)) -> np.ndarray:
    painted = scene.copy()
    painted[max(0, int(top)) : max(0, int(top) + 40), max(0, int(left)) : max(0, int(left) + 40)] = colour
    return painted


def test_no_frames_have_no_tracks() -> None:
    assert motion(Shown(iter(()))) == ()


def test_one_frame_has_no_motion() -> None:
    frame = Frame(_scene(1), 3.0)
    assert motion(Shown([frame])) == ()


@pytest.mark.parametrize(
    ("direction", "way"),
    [
        ("right", lambda step: (-40 + 360 * step, 70)),
        ("left", lambda step: (320 - 360 * step, 70)),
        ("down", lambda step: (140, -40 + 220 * step)),
        ("up", lambda step: (140, 180 - 220 * step)),
    ],
)
def test_a_square_that_crosses_is_one_track(direction: str, way: Callable[[float], tuple[float, float]]) -> None:
    scene = _scene(2)
    (track,) = motion(Shown(_clip(8, lambda at: _square(scene, *way((at - 2) / 4)))))
    assert track.direction == direction
    assert (track.since, track.until) == pytest.approx((2.0, 6.0), abs=0.4)
    left, top, right, bottom = next(box for at, box in track.path if at >= 4)
    assert (left + right) / 2 == pytest.approx((way(0.5)[0] + 20) / WIDTH, abs=0.05)
    assert (top + bottom) / 2 == pytest.approx((way(0.5)[1] + 20) / HEIGHT, abs=0.05)


def test_two_squares_that_pass_each_other_are_two_tracks() -> None:
    scene = _scene(3)

    def paint(at: float) -> np.ndarray:
        first = _square(scene, -40 + 90 * (at - 1.5), 30)
        return _square(first, 320 - 90 * (at - 1.5), 110, (20, 20, 230))

    assert sorted(track.direction for track in motion(Shown(_clip(7, paint)))) == ["left", "right"]


def test_a_visitor_who_stands_still_is_one_track() -> None:
    """In for a second, still for eight, out again."""
    scene = _scene(4)

    def paint(at: float) -> np.ndarray:
        step = np.interp(at, (2, 3.5, 11.5, 13), (0, 1, 1, 2))
        return _square(scene, -40 + 180 * step, 70)

    (track,) = motion(Shown(_clip(15, paint)))
    assert track.direction == "right"
    assert (track.since, track.until) == pytest.approx((2.0, 13.0), abs=0.5)


def test_a_video_that_changes_its_size_is_read_on() -> None:
    large = list(_clip(3, lambda at: _scene(9)))
    smaller = [Frame(frame.pixels[::2, ::2], frame.at + 3) for frame in large]
    assert motion(Shown(large + smaller)) == ()


def test_noise_alone_does_not_move() -> None:
    assert motion(Shown(_clip(5, lambda at: _scene(5)))) == ()


def test_a_lamp_that_is_turned_down_does_not_move() -> None:
    assert motion(Shown(_clip(6, lambda at: (_scene(5) * (1.0 if at < 3 else 0.75)).astype(np.uint8)))) == ()


def test_a_camera_that_pans_sees_nothing_move() -> None:
    scene = np.hstack([_scene(6), _scene(7), _scene(8)])
    assert motion(Shown(_clip(6, lambda at: scene[:, int(at * 60) : int(at * 60) + WIDTH]))) == ()


def test_a_camera_in_the_hand_gives_no_tracks() -> None:
    assert motion(Shown(public_frames("video_arm_wrestling_glitch.mp4", every=0.1))) == ()


def test_four_cars_pass() -> None:
    tracks = motion(Shown(public_frames("video_cars.mp4", every=0.1)))
    events = known("video_cars.mp4")["events"]
    assert [track.direction for track in tracks] == ["up", "down", "up", "down"]
    assert [track.since for track in tracks] == pytest.approx([event["t"][0] for event in events], abs=0.45)
    assert [track.until for track in tracks] == pytest.approx([event["t"][1] for event in events], abs=0.45)


@pytest.mark.long
def test_six_people_come_and_leave_to_the_right() -> None:
    tracks = motion(Shown(public_frames("video_people_one_by_one.mp4", every=0.1)))
    events = known("video_people_one_by_one.mp4")["events"]
    assert [track.direction for track in tracks] == ["right"] * 6
    assert [track.since for track in tracks] == pytest.approx([event["t"][0] for event in events], abs=0.8)
    assert [track.until for track in tracks] == pytest.approx([event["t"][1] for event in events], abs=0.8)


@pytest.mark.long
def test_every_reach_for_a_bottle_is_seen() -> None:
    tracks = motion(Shown(public_frames("video_bottles.mp4", every=0.1)))
    for event in known("video_bottles.mp4")["events"]:
        assert min(abs(track.since - event["t"][0]) for track in tracks) <= 0.5, event
        assert min(abs(track.until - event["t"][1]) for track in tracks) <= 0.5, event
