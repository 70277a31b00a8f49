"""Turns at the weights: one at a time, the most urgent first."""

from __future__ import annotations

import threading
import time

from assistant.models.turns import Rank, Turns


def test_a_question_goes_before_frames_that_waited_longer() -> None:
    turns, order, threads = Turns(), list[str](), list[threading.Thread]()

    def work(rank: Rank, name: str) -> None:
        with turns.at(rank):
            order.append(name)

    with turns.at(Rank.FRAME):
        names = [("frame 1", Rank.FRAME), ("frame 2", Rank.FRAME), ("question 1", Rank.QUESTION)]
        for name, rank in [*names, ("question 2", Rank.QUESTION)]:
            threads.append(threading.Thread(target=work, args=(rank, name)))
            threads[-1].start()
            while len(turns._waiting) < len(threads):
                time.sleep(0.001)
        assert turns.is_wanted(Rank.FRAME) and not turns.is_wanted(Rank.QUESTION)
    for thread in threads:
        thread.join()
    assert order == ["question 1", "question 2", "frame 1", "frame 2"]
    assert not turns.is_wanted(Rank.FRAME)


def test_only_one_works_at_a_time_and_a_failure_ends_its_turn() -> None:
    turns, inside, most = Turns(), 0, 0

    def work(number: int) -> None:
        nonlocal inside, most
        try:
            with turns.at(Rank(number % 2)):
                inside += 1
                most = max(most, inside)
                time.sleep(0.001)
                inside -= 1
                if number % 3 == 0:
                    raise ValueError(number)
        except ValueError:
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert most == 1 and not any(thread.is_alive() for thread in threads)
