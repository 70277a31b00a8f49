"""Cuts, dissolves and fades are found where they are, with or without packets."""

from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from assistant.readers.shots import shots
from assistant.types import Frame
from tests.clips import Shown
from tests.public_media import known, public_frames

WIDTH, HEIGHT = 320, 180


def _scene(seed: int) -> np.ndarray:
    """A picture with coarse detail."""
    coarse = np.random.default_rng(seed).integers(40, 200, (HEIGHT // 20, WIDTH // 20, 3))
    return np.repeat(np.repeat(coarse, 20, 0), 20, 1).astype(np.uint8)


def _clip(seconds: float, paint: Callable[[float], np.ndarray], fps: float = 25.0) -> Iterator[Frame]:
    """Frames with the noise of a camera."""
    random = np.random.default_rng(7)
    for index in range(round(seconds * fps)):
        noise = random.normal(0, 3, (HEIGHT, WIDTH, 3))
        yield Frame((paint(index / fps) + noise).clip(0, 255).astype(np.uint8), index / fps, "clip")


def _mixed(share: float, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return one * (1 - share) + other * share


@pytest.mark.parametrize("cuts", [(), (2.0,), (1.2, 3.04, 4.48)])
def test_cuts_are_found_to_the_frame(cuts: tuple[float, ...]) -> None:
    found = shots(Shown(_clip(6, lambda at: _scene(sum(at >= cut for cut in cuts)))))
    assert [shot.since for shot in found] == pytest.approx([0.0, *cuts], abs=0.001)
    assert [shot.until for shot in found] == pytest.approx([*cuts, 6.0], abs=0.001)
    assert [shot.begins for shot in found] == ["start", *["cut"] * len(cuts)]
    assert all(shot.since <= shot.key < shot.until for shot in found)


@pytest.mark.parametrize("seconds", [0.4, 1.0, 2.0])
def test_a_dissolve_is_one_transition_at_its_middle(seconds: float) -> None:
    def paint(at: float) -> np.ndarray:
        return _mixed(float(np.clip((at - 2) / seconds, 0, 1)), _scene(1), _scene(2))

    _, second = shots(Shown(_clip(6, paint)))
    assert second.begins == "dissolve"
    assert second.since == pytest.approx(2 + seconds / 2, abs=0.15)


def test_a_fade_through_black_is_one_transition() -> None:
    def paint(at: float) -> np.ndarray:
        return _scene(1 if at < 2.5 else 2) * min(1.0, abs(at - 2.5) / 0.5)

    _, second = shots(Shown(_clip(5, paint)))
    assert second.begins == "fade"
    assert second.since == pytest.approx(2.5, abs=0.15)


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_a_flash_is_no_cut(frames: int) -> None:
    def paint(at: float) -> np.ndarray:
        return _mixed(0.8 if 2 <= at < 2 + frames / 25 - 1e-6 else 0.0, _scene(1), np.full((HEIGHT, WIDTH, 3), 255.0))

    assert len(shots(Shown(_clip(4, paint)))) == 1


@pytest.mark.parametrize("speed", [20, 100, 400])
def test_a_camera_that_pans_makes_no_cut(speed: int) -> None:
    scene = cv2.GaussianBlur(np.hstack([_scene(seed) for seed in range(8)]), (0, 0), 6)
    assert len(shots(Shown(_clip(5, lambda at: scene[:, int(at * speed) : int(at * speed) + WIDTH])))) == 1


def test_the_light_that_goes_down_slowly_is_no_dissolve() -> None:
    assert len(shots(Shown(_clip(6, lambda at: _scene(1) * float(np.clip(1.5 - at / 4, 0.4, 1)))))) == 1


def test_the_key_frame_is_a_sharp_one() -> None:
    def paint(at: float) -> np.ndarray:
        return _scene(1) if 1.9 < at < 2.1 else cv2.GaussianBlur(_scene(1), (0, 0), 2)

    (shot,) = shots(Shown(_clip(4, paint, fps=12.5)))
    assert 1.9 < shot.key < 2.1


def test_no_frames_have_no_shots() -> None:
    assert shots(Shown(iter(()))) == ()


def test_one_frame_is_one_shot() -> None:
    assert [(shot.since, shot.key) for shot in shots(Shown([Frame(_scene(1), 3.0)]))] == [(3.0, 3.0)]


def test_a_video_that_changes_its_size_is_read_on() -> None:
    large = list(_clip(3, lambda at: _scene(9)))
    smaller = [Frame(frame.pixels[::2, ::2], frame.at + 3) for frame in large]
    assert shots(Shown(large + smaller))[-1].until == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize("file", ["video_bikes_six_shots.mp4", "video_pancake.mkv"])
def test_the_shots_of_a_film_are_found(file: str) -> None:
    facts = known(file)
    found = shots(Shown(public_frames(file)))
    assert [shot.since for shot in found][1:] == pytest.approx(facts.get("scene_cuts_s", []), abs=0.05)


def test_a_dissolve_and_a_cut_are_found() -> None:
    _, second, third = shots(Shown(public_frames("video_nasa_mirror_narrated.mp4")))
    assert (second.begins, third.begins) == ("dissolve", "cut")
    assert 5.08 <= second.since <= 6.04
    assert third.since == pytest.approx(8.08, abs=0.05)
