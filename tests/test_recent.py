"""The recent past: bounded, and honest about time and source."""

import threading

import numpy as np
import pytest

from assistant.recent import Recent
from assistant.types import Frame, Utterance


def frame(at: float, source: str = "camera", side: int = 2) -> Frame:
    return Frame(np.zeros((side, side, 3), np.uint8), at, source)


def seen(recent: Recent, *times: float, source: str = "camera") -> Recent:
    for at in times:
        recent.see(frame(at, source))
    return recent


def times(frames: tuple[Frame, ...]) -> list[float]:
    return [each.at for each in frames]


def all_times(recent: Recent, source: str = "") -> list[float]:
    return times(recent.between(float("-inf"), float("inf"), 10_000, source))


def test_nothing_was_seen_before_the_first_frame() -> None:
    recent = Recent()
    assert recent.newest() is None and recent.at(0.0) is None and recent.between(0, 9, 3) == ()


def test_the_newest_frame_of_each_source_is_known() -> None:
    recent = seen(Recent(), 1, 2)
    seen(recent, 700, source="camera:1")
    assert recent.newest().at == 700 and recent.newest("camera").at == 2
    assert recent.newest("screen") is None


def test_the_nearest_frame_is_found_in_both_directions() -> None:
    recent = seen(Recent(), 1.0, 2.0, 3.0)
    assert [recent.at(time).at for time in (-5, 1.4, 1.6, 99)] == [1.0, 1.0, 2.0, 3.0]


def test_sources_with_clocks_of_their_own_are_not_mixed() -> None:
    recent = seen(Recent(), 5000.0, 5001.0)
    seen(recent, 0.5, 1.5, source="clip.mp4")
    assert recent.at(5000.0).source == "clip.mp4"
    assert recent.at(0.0, "camera").at == 5000.0
    assert all_times(recent) == [0.5, 1.5]
    assert all_times(recent, "camera") == [5000.0, 5001.0]


@pytest.mark.parametrize("limit", range(1, 30))
def test_a_span_is_evenly_chosen_with_both_ends(limit: int) -> None:
    recent = seen(Recent(), *range(30))
    chosen = times(recent.between(3, 26, limit))
    assert len(chosen) == min(limit, 24) and chosen == sorted(set(chosen))
    assert chosen[-1] == 26 and (limit == 1 or chosen[0] == 3)
    gaps = np.diff(chosen)
    assert len(gaps) == 0 or max(gaps) - min(gaps) <= 1


def test_no_room_for_frames_means_none() -> None:
    assert seen(Recent(), 1, 2).between(0, 9, 0) == ()


def test_frames_that_came_out_of_order_are_in_order_of_time() -> None:
    assert all_times(seen(Recent(), 3, 1, 2)) == [1, 2, 3]


def test_the_number_of_frames_is_bounded() -> None:
    assert all_times(seen(Recent(frames=3), *range(10))) == [7, 8, 9]


def test_the_bytes_of_frames_are_bounded() -> None:
    recent = Recent(size=10 * 2 * 2 * 3)
    assert len(all_times(seen(recent, *range(50)))) == 10
    recent.see(frame(50, side=5))
    assert all_times(recent) == [47, 48, 49, 50]


def test_the_newest_frame_stays_even_when_it_is_too_large() -> None:
    recent = seen(Recent(size=100), 1, 2)
    recent.see(frame(3, side=50))
    assert all_times(recent) == [3]
    recent.see(frame(4))
    assert all_times(recent) == [4]


def test_old_frames_go_by_the_clock_of_their_source() -> None:
    recent = Recent(seconds=10)
    seen(recent, 1, source="clip.mp4")
    seen(recent, 5000, 5009, 5012)
    assert all_times(recent, "camera") == [5009, 5012]
    assert all_times(recent, "clip.mp4") == [1]
    seen(recent, 20, source="clip.mp4")
    assert all_times(recent, "clip.mp4") == [20]


def test_words_that_were_not_final_give_way() -> None:
    recent = Recent()
    for text, final in (("turn", False), ("turn left", False), ("turn left now", True), ("and", False)):
        recent.hear(Utterance(text, 1.0, 2.0, final))
    assert [said.text for said in recent.heard()] == ["turn left now", "and"]


def test_what_was_said_is_found_by_time_and_bounded() -> None:
    recent = Recent(frames=3, seconds=100)
    for at in (0.0, 1.0, 2.0, 3.0):
        recent.hear(Utterance(f"{at:g}", at, at + 0.5))
    assert [said.text for said in recent.heard()] == ["1", "2", "3"]
    assert [said.text for said in recent.heard(1.2, 2.0)] == ["1", "2"]
    recent.hear(Utterance("much later", 102.6, 103.0))
    assert [said.text for said in recent.heard()] == ["3", "much later"]


def test_threads_may_see_and_ask_at_once() -> None:
    recent = Recent(frames=50)
    failures: list[Exception] = []

    def look() -> None:
        try:
            for _ in range(300):
                recent.between(0, 1e9, 8)
                recent.at(5.0)
        except RuntimeError as error:
            failures.append(error)

    threads = [threading.Thread(target=seen, args=(recent, *range(start, start + 300))) for start in (0, 300)]
    threads += [threading.Thread(target=look) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    assert failures == [] and len(all_times(recent)) == 50
