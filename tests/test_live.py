"""A live talk: what was seen and half said is read before the question, and the answer is as if it were not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from small_models import vision_model

from assistant.errors import ModelError
from assistant.models.forgetting import Budget
from assistant.models.live import LiveTalk
from assistant.models.turns import Rank
from assistant.models.vision import Vision
from assistant.protocols import Live
from assistant.types import Delta, Frame, Message, Profile, Usage

FAMILIES = ("idefics3", "smolvlm", "qwen2_5_vl", "qwen3_vl", "qwen3_5")
SYSTEM = Message("system", ("Be brief, and say only what you see.",))


@pytest.fixture(scope="module", params=FAMILIES)
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Vision:
    return Vision.load(vision_model(tmp_path_factory.mktemp("model"), request.param), device="cpu", limit=12)


@pytest.fixture
def vision(loaded: Vision) -> Vision:
    """A model that has read nothing."""
    loaded.forget()
    return loaded


def frame(seed: int, at: float) -> Frame:
    return Frame(np.random.default_rng(seed).integers(0, 255, (64, 64, 3), dtype=np.uint8), at)


def frames(number: int, since: int = 0) -> list[str | Frame]:
    return [part for n in range(since, since + number) for part in (f"[{n}.0 s]", frame(n, float(n)))]


def is_plain(vision: Vision) -> bool:
    """Whether all that it read can be cut at any place; a hybrid goes back to where a copy was kept."""
    return "linear_attention" not in str(vision._model.config.to_dict())


def told(live: LiveTalk | Vision, *messages: Message) -> tuple[str, Usage]:
    reply = list(live.reply(messages))
    assert isinstance(reply[-1], Usage)
    return "".join(part.text for part in reply if isinstance(part, Delta)), reply[-1]


def test_a_live_talk_is_a_live_model(vision: Vision) -> None:
    live: Live = LiveTalk(vision)
    assert isinstance(live, Live) and not isinstance(vision, Live)


def test_what_was_read_before_the_question_is_not_read_again(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    for n in range(3):
        live.read(frames(1, n))
    seen, question = live.held(), "What is it?"
    text, usage = told(live, SYSTEM, Message("user", (*seen, question)))
    vision.forget()
    plain, whole = told(vision, SYSTEM, Message("user", (*frames(3), question)))
    assert text == plain and usage.read + usage.reused == whole.read
    assert usage.read < 40


def test_a_follow_up_costs_what_is_new(vision: Vision) -> None:
    live = LiveTalk(vision)
    asked = [SYSTEM, Message("user", (*frames(3), "What is it?"))]
    first, whole = told(live, *asked)
    later = [*asked, Message("assistant", (first,)), Message("user", ("Why?",))]
    text, usage = told(live, *later)
    vision.forget()
    plain, again = told(vision, *later)
    assert text == plain and whole.read > 100
    assert usage.read + usage.reused == again.read and usage.read < 2 * (again.read - whole.read) + 10


def test_words_that_are_revised_cost_only_what_changed(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(2))
    live.read((), ("What is on the table near the",))
    new = live.read((), ("What is on the table near the window, the",))
    revised = live.read((), ("What is on the cable",))
    text, _ = told(live, SYSTEM, Message("user", (*live.held(), "What is on the cable?")))
    vision.forget()
    assert text == told(vision, SYSTEM, Message("user", (*frames(2), "What is on the cable?")))[0]
    assert new < 16 and (revised < 16 or not is_plain(vision))


def test_old_frames_are_forgotten_and_nothing_is_read_again(vision: Vision) -> None:
    live = LiveTalk(vision, Budget(8, 2))
    live.begin([SYSTEM])
    new = [live.read(frames(1, n)) for n in range(40)]
    seen = [part for part in live.held() if isinstance(part, Frame)]
    assert 6 <= len(seen) <= 8 and seen[-1].at == 39.0
    _, usage = told(live, SYSTEM, Message("user", (*live.held(), "And now?")))
    assert usage.read < 40
    if is_plain(vision):
        assert max(new[10:]) <= max(new[2:8]) + 2


def test_old_turns_are_forgotten_and_nothing_is_read_again(vision: Vision) -> None:
    live, gone, read = LiveTalk(vision, Budget(6, 2, 3), lambda frames: gone.extend(f.at for f in frames)), [], []
    live.begin([SYSTEM])
    for turn in range(8):
        live.read(frames(2, 2 * turn))
        asked = [*live.talk(), Message("user", (*live.held(), "What is it?"))]
        read.append(told(live, *asked)[1].read)
    talk = live.talk()
    assert talk[0] == SYSTEM and talk[1].role == "user" and len(talk) <= 1 + 2 * 4
    held = [part.at for message in talk for part in message.parts if isinstance(part, Frame)]
    assert [*gone, *held] == [float(n) for n in range(16)] and len(held) <= 6
    assert max(read) < 40 or not is_plain(vision)
    live.idle()
    asked = [*talk, Message("user", ("And now?",))]
    text, usage = told(live, *asked)
    assert usage.read < 40
    vision.forget()
    assert text == told(vision, *asked)[0]


def test_in_a_time_of_rest_what_is_left_becomes_as_if_nothing_had_been_forgotten(vision: Vision) -> None:
    live = LiveTalk(vision, Budget(8, 2))
    live.begin([SYSTEM])
    assert live.idle() and not live.idle()  # the system prompt is read
    for n in range(14):
        live.read(frames(1, n))
    question = SYSTEM, Message("user", (*live.held(), "And now?"))
    assert live.idle() == is_plain(vision)  # a hybrid cannot forget: it has read what is left anew
    assert not live.idle()
    text, usage = told(live, *question)
    assert usage.read < 40
    vision.forget()
    assert told(vision, *question)[0] == text


def test_a_window_is_exactly_the_last_frames_after_a_time_of_rest(vision: Vision) -> None:
    gone: list[float] = []
    profile = Profile("small", "small", "", frames=4, keeps="window")
    live = LiveTalk(vision, Budget.of(profile), lambda frames: gone.extend(f.at for f in frames))
    live.begin([SYSTEM])
    for n in range(11):
        live.read(frames(1, n))
        assert [part.at for part in live.held() if isinstance(part, Frame)] == [float(m) for m in range(n + 1)][-4:]
    assert gone == [float(n) for n in range(7)]
    while live.idle():
        pass
    question = "What is it?"
    text, usage = told(live, SYSTEM, Message("user", (*live.held(), question)))
    assert usage.read < 40
    vision.forget()
    assert text == told(vision, SYSTEM, Message("user", (*frames(4, 7), question)))[0]


def test_what_gave_way_in_a_time_of_rest_goes_on_where_it_was(vision: Vision) -> None:
    if not is_plain(vision):
        pytest.skip("a hybrid cannot forget a part")
    live = LiveTalk(vision, Budget(8, 2))
    live.begin([SYSTEM])
    for n in range(14):
        live.read(frames(1, n))
    with stopping(vision, 4) as (calls, go_on):
        resting = threading.Thread(target=live.idle)
        resting.start()
        while calls[0] < 4:
            time.sleep(0.001)
        vision.stop()
        go_on.set()
        resting.join(20)
        first = calls[0]
        assert live.idle() and not live.idle()
        again = calls[0] - first
    with stopping(vision, 0) as (calls, _):
        vision.forget()
        vision.read([SYSTEM, Message("user", live.held())])
        assert first + again <= calls[0] + 2 and again < calls[0]


def test_a_talk_outlives_the_places_that_its_model_knows(tmp_path: Path) -> None:
    folder = vision_model(tmp_path, "qwen3_vl")
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 400
    (folder / "config.json").write_text(json.dumps(config))
    vision = Vision.load(folder, device="cpu", limit=6)
    live = LiveTalk(vision, Budget(8, 2))
    live.begin([SYSTEM])
    new = []
    for n in range(120):
        new.append(live.read(frames(1, n)))
        session = vision._reader._talks._sessions[-1]  # type: ignore[attr-defined]
        assert session.place < 400
    assert sum(each > 100 for each in new) < 12  # now and then all of it is read anew
    question = SYSTEM, Message("user", (*live.held(), "And now?"))
    assert told(live, *question)[1].read < 60


def test_what_is_seen_during_a_reply_belongs_to_the_next_question(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(2))
    said = ""
    for number, item in enumerate(live.reply([SYSTEM, Message("user", (*live.held(), "What is it?"))])):
        said += item.text if isinstance(item, Delta) else ""
        if number < 2:
            assert live.read(frames(1, 2 + number)) == 0 and not live.idle()
    assert [part.at for part in live.held() if isinstance(part, Frame)] == [2.0, 3.0]
    assert live.talk()[-1] == Message("assistant", (said,)) and live.read(()) > 0
    later = [*live.talk(), Message("user", (*live.held(), "And now?"))]
    text, usage = told(live, *later)
    assert usage.read < 40 or not is_plain(vision)
    vision.forget()
    assert text == told(vision, *later)[0]


def test_a_reply_that_fails_leaves_the_talk_as_it_was(tmp_path: Path) -> None:
    folder = vision_model(tmp_path, "qwen3_vl")
    config = json.loads((folder / "config.json").read_text())
    config["text_config"]["max_position_embeddings"] = 200
    (folder / "config.json").write_text(json.dumps(config))
    live = LiveTalk(Vision.load(folder, device="cpu", limit=6))
    live.begin([SYSTEM])
    live.read(frames(1))
    held = live.held()
    with pytest.raises(ModelError, match="holds 200"):
        told(live, SYSTEM, Message("user", (*held, "x" * 300)))
    assert (live.talk(), live.held()) == ((SYSTEM,), held)
    assert told(live, SYSTEM, Message("user", (*held, "What?")))[1].read < 40


def test_labels_are_weighed_and_nothing_of_it_is_kept(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(1))
    shares = live.decide(("Is it red?",), ("yes", "no", "perhaps so"))
    again = live.decide(("Is it red?",), ("yes", "no", "perhaps so"))
    assert sum(shares.values()) == pytest.approx(1) and shares == pytest.approx(again, abs=1e-4)
    text, _ = told(live, SYSTEM, Message("user", (*live.held(), "What is it?")))
    vision.forget()
    assert text == told(vision, SYSTEM, Message("user", (*frames(1), "What is it?")))[0]
    fresh = LiveTalk(vision)
    fresh.begin([SYSTEM])
    fresh.read(frames(1))
    assert fresh.decide(("Is it red?",), ("yes", "no", "perhaps so")) == pytest.approx(shares, abs=1e-4)


def test_a_fork_goes_its_own_way(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(2))
    fork = live.fork()
    fork.read(frames(2, 7))
    apart, _ = told(fork, SYSTEM, Message("user", (*fork.held(), "What is it?")))
    text, usage = told(live, SYSTEM, Message("user", (*live.held(), "What is it?")))
    vision.forget()
    assert text == told(vision, SYSTEM, Message("user", (*frames(2), "What is it?")))[0]
    vision.forget()
    assert apart == told(vision, SYSTEM, Message("user", (*frames(2), *frames(2, 7), "What is it?")))[0]
    assert usage.read < 40 or not is_plain(vision)


def test_a_draft_is_the_reply_when_the_talk_is_the_same(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(1))
    asked = [SYSTEM, Message("user", (*live.held(), "What is it?"))]
    live.draft(asked).wait()
    text, _ = told(live, *asked)
    vision.forget()
    assert text == told(vision, SYSTEM, Message("user", (*frames(1), "What is it?")))[0]


def test_a_draft_of_other_words_changes_no_answer(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(1))
    seen = live.held()
    for words in ("What is it", "What is it?", "What was it?", "Why?"):
        live.draft([SYSTEM, Message("user", (*seen, words))]).wait()
        text, _ = told(live, SYSTEM, Message("user", (*seen, "What is it?")))
        vision.forget()
        assert text == told(vision, SYSTEM, Message("user", (*frames(1), "What is it?")))[0]


def test_a_draft_that_holds_is_said_after_one_reading(tmp_path: Path) -> None:
    vision = Vision.load(vision_model(tmp_path, "qwen3_vl", ["I", " see", " it", "."]), device="cpu", limit=12)
    steps: list[int] = []
    vision._model.register_forward_hook(lambda *_: steps.append(1))
    live = LiveTalk(vision)
    live.draft([SYSTEM, Message("user", ("What is it",))]).wait()
    steps.clear()
    text, usage = told(live, SYSTEM, Message("user", ("What is it?",)))
    assert (text, usage.decoded) == ("I see it.", 5)
    assert len(steps) == 1


def test_a_draft_that_is_drafted_again_keeps_what_holds_of_it(tmp_path: Path) -> None:
    vision = Vision.load(vision_model(tmp_path, "qwen3_vl", ["I", " see", " it", "."]), device="cpu", limit=12)
    steps: list[int] = []
    vision._model.register_forward_hook(lambda *_: steps.append(1))
    live = LiveTalk(vision)
    live.draft([SYSTEM, Message("user", ("What is it",))]).wait()
    again = [SYSTEM, Message("user", ("What is it?",))]
    steps.clear()
    live.draft(again).wait()
    assert len(steps) == 1
    assert live.draft(again).wait(0)  # the same is not drafted twice
    assert told(live, *again)[0] == "I see it." and len(steps) == 1


def test_a_draft_that_was_stopped_is_not_the_reply(vision: Vision) -> None:
    live = LiveTalk(vision)
    asked = [SYSTEM, Message("user", (*frames(1), "What is it?"))]
    with stopping(vision, 3) as (calls, go_on):
        live.draft(asked)
        while calls[0] < 3:
            time.sleep(0.001)
        live.stop()
        go_on.set()
        text, _ = told(live, *asked)
    vision.forget()
    assert text == told(vision, *asked)[0] and text


@contextmanager
def stopping(vision: Vision, at: int) -> Iterator[tuple[list[int], threading.Event]]:
    """While it is entered, the model waits at a forward until it may go on; its forwards are counted."""
    reading, calls, go_on = vision._model.model.forward, [0], threading.Event()

    def forward(*given: object, **more: object) -> object:
        calls[0] += 1
        assert calls[0] != at or go_on.wait(10)
        return reading(*given, **more)

    vision._model.model.forward = forward
    try:
        yield calls, go_on
    finally:
        vision._model.model.forward = reading


def test_reading_ahead_gives_way_to_a_question(vision: Vision) -> None:
    live = LiveTalk(vision)
    live.begin([SYSTEM])
    live.read(frames(2))
    question, answers = [SYSTEM, Message("user", (*frames(2), "What is it?"))], list[tuple[str, Usage]]()
    ahead = threading.Thread(target=lambda: live.read(frames(40, 2)))
    asking = threading.Thread(target=lambda: answers.append(told(vision, *question)))
    with stopping(vision, 3) as (calls, go_on):
        ahead.start()
        while calls[0] < 3:
            time.sleep(0.001)
        asking.start()
        while not vision._turns.is_wanted(Rank.FRAME):
            time.sleep(0.001)
        go_on.set()
        asking.join(20)
        ahead.join(20)
    assert calls[0] < 40  # the frames that were not read yet waited
    [(text, usage)] = answers
    assert usage.reused > 0 or not is_plain(vision)
    assert live.read(()) > 0  # what was left is read when there is time
    vision.forget()
    assert told(vision, *question)[0] == text


def test_over_many_turns_no_token_is_read_twice(tmp_path: Path) -> None:
    says = ["I", " see", " a", " cat", "."]
    vision = Vision.load(vision_model(tmp_path, "qwen3_vl", says), device="cpu", limit=12)
    live, talk, read, decoded = LiveTalk(vision), [SYSTEM], 0, 0
    live.begin(talk)
    for turn in range(8):
        for n in range(3):
            read += live.read(frames(1, 3 * turn + n))
        for words in ("What is", "What is on the", "What is on the mat"):
            read += live.read((), (words,))
        talk.append(Message("user", (*live.held(), "What is on the mat?")))
        text, usage = told(live, *talk)
        talk.append(Message("assistant", (text,)))
        read, decoded = read + usage.read, decoded + usage.decoded
    required = usage.read + usage.reused - decoded + usage.decoded
    assert text == "I see a cat." and read / required <= 1.05
