"""Values through a pipe, and requests that either end may make."""

import io
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from assistant.errors import AssistantError, LostError, MediaError, StoppedError
from assistant.types import Delta, Evidence, Frame, Message, ToolCall, ToolResult, Turn, Usage
from assistant.wire import link as link_module
from assistant.wire.link import WINDOW, Link
from assistant.wire.packing import receive, send


def round_trip(value: Any) -> Any:
    stream = io.BytesIO()
    send(stream, value)
    stream.seek(0)
    return receive(stream)


@pytest.mark.parametrize(
    "value",
    [
        None,
        3.5,
        "a\nline \x1b[31m and ümläut",
        [1, [2, (3, "x")]],
        {"a": {"type": "b"}, "array": 1, "tuple": [1]},
        Turn("what?", ("a.png",), (0.0, 0.1, 0.5, 1.0)),
        ToolResult("1", "look", "ok", (Evidence("a", 1.0, (0.0, 0.0, 1.0, 1.0), 0.5, "t"),), {"n": [1, 2]}),
        Message("assistant", ("x", ToolCall("1", "look", {"labels": ["a", "b"]}), Usage(1, 2, 3))),
        float("inf"),
    ],
    ids=str,
)
def test_a_value_arrives_as_it_was_sent(value: Any) -> None:
    assert round_trip(value) == value


def test_pictures_arrive_with_their_pixels_and_shape() -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    frame = round_trip(Frame(pixels[:, ::-1], 1.5, "a.png"))
    assert frame.at == 1.5 and frame.source == "a.png"
    assert (frame.pixels == pixels[:, ::-1]).all()


def test_an_error_arrives_as_the_same_class_with_its_hint() -> None:
    error = round_trip(MediaError("broken", "mend it"))
    assert type(error) is MediaError and str(error) == "broken" and error.hint == "mend it"


@pytest.mark.parametrize(
    "line",
    [
        b"not json\n",
        b"[]\n",
        b'[{"array": 3}, []]\n',
        b'[{"array": 0}, [["object", [1]]]]\n',
        b'[{"array": 0}, [["uint8", [99999999999]]]]\n',
        b'[{"type": "Popen", "fields": []}, []]\n',
        b'[{"type": "Turn", "fields": []}, []]\n',
        b'[{"error": "Exception", "args": ["x"]}, []]\n',
    ],
)
def test_what_is_not_of_the_protocol_is_refused(line: bytes) -> None:
    with pytest.raises(LostError):
        receive(io.BytesIO(line + b"x" * 100))


def test_a_pipe_that_ends_inside_an_array_is_an_end() -> None:
    with pytest.raises(EOFError):
        receive(io.BytesIO(b'[{"array": 0}, [["uint8", [10]]]]\nabc'))


class Service:
    """The other end: counts, echoes, fails, hangs."""

    def __init__(self) -> None:
        self.sent = 0
        self.closed = threading.Event()
        self.go = threading.Event()
        self.noted: list[int] = []
        self.odd: object = None

    def count(self, upto: int) -> Iterator[int]:
        try:
            for number in range(upto):
                self.sent += 1
                yield number
        finally:
            self.closed.set()

    def frames(self, *sizes: int) -> Iterator[Frame]:
        for size in sizes:
            self.sent += 1
            yield Frame(np.zeros(size, np.uint8))

    def wait(self) -> str:
        self.go.wait(20)
        return "went"

    def verbs(self) -> dict[str, Any]:
        return {
            "note": lambda: self.noted.append(1),
            "notes": lambda: len(self.noted),
            "odd": lambda: self.odd,
            "count": self.count,
            "frames": self.frames,
            "echo": lambda value: value,
            "fail": self.fail,
            "crash": self.crash,
            "wait": self.wait,
        }

    def fail(self) -> Iterator[Delta]:
        yield Delta("half")
        raise MediaError("broken", "mend it")

    def crash(self) -> None:
        raise RuntimeError("/secret/path")


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def ends(service: Service) -> Iterator[tuple[Link, Link]]:
    (to_there, from_here), (to_here, from_there) = os.pipe(), os.pipe()
    there = Link(os.fdopen(to_there, "rb"), os.fdopen(from_there, "wb"), service.verbs(), "service")
    here = Link(os.fdopen(to_here, "rb"), os.fdopen(from_here, "wb"), {"double": lambda n: 2 * n}, "caller")
    yield here, there
    here.close()
    there.close()
    service.go.set()
    assert until(lambda: there._incoming.closed and here._incoming.closed)


def until(true: Any, seconds: float = 5.0) -> bool:
    """Whether something becomes true in time."""
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        threading.Event().wait(0.01)
    return bool(true())


def test_a_request_is_answered_item_by_item(ends: tuple[Link, Link]) -> None:
    assert list(ends[0].request("count", 100)) == list(range(100))


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes"], ids=["set", "object", "bytes"])
def test_what_cannot_be_sent_is_an_error_for_its_sender_and_the_link_lives(
    ends: tuple[Link, Link], service: Service, value: object
) -> None:
    with pytest.raises(AssistantError, match="cannot be sent"):
        ends[0].call("echo", value)
    service.odd = value
    with pytest.raises(AssistantError, match="cannot be sent"):
        ends[0].call("odd")
    assert ends[0].call("echo", 1) == 1


def test_a_value_that_is_nested_too_deep_is_an_error_and_the_link_lives(ends: tuple[Link, Link]) -> None:
    deep: Any = 0
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(AssistantError, match="cannot be sent"):
        ends[0].call("echo", deep)
    assert ends[0].call("echo", 1) == 1


def test_what_is_told_is_done_before_what_is_asked_later(ends: tuple[Link, Link], service: Service) -> None:
    for number in range(50):
        ends[0].tell("note")
        assert ends[0].call("notes") == number + 1


def test_both_ends_may_ask(ends: tuple[Link, Link]) -> None:
    assert ends[1].call("double", 21) == 42
    assert ends[0].call("echo", "x") == "x"


def test_requests_that_overlap_do_not_mix(ends: tuple[Link, Link]) -> None:
    first, second = ends[0].request("count", 50), ends[0].request("count", 60)
    begun = [next(first), next(second), next(first)]
    assert begun == [0, 0, 1]
    assert list(second) == list(range(1, 60))
    assert list(first) == list(range(2, 50))


def test_an_answer_does_not_run_ahead_of_a_reader_that_waits(ends: tuple[Link, Link], service: Service) -> None:
    answer = ends[0].request("count", 10_000)
    next(answer)
    assert until(lambda: service.sent >= WINDOW)
    assert not until(lambda: service.sent > WINDOW + 1, 0.3)
    answer.close()  # type: ignore[attr-defined]


def test_large_frames_run_ahead_by_their_bytes_and_all_arrive(ends: tuple[Link, Link], service: Service) -> None:
    """Of 25 MB each, as 4K video has them; a slow reader must not cost either end its memory."""
    answer = ends[0].request("frames", *[25_000_000] * 9)
    next(answer)
    assert until(lambda: service.sent >= 4)
    assert not until(lambda: service.sent > 5, 0.3)
    assert [len(frame.pixels) for frame in answer] == [25_000_000] * 8


def test_small_and_huge_items_mix_in_one_answer(ends: tuple[Link, Link]) -> None:
    sizes = [*[1000] * 7, 60_000_000, 60_000_000, *[1000] * 20, 60_000_000]
    assert [len(frame.pixels) for frame in ends[0].request("frames", *sizes)] == sizes


def test_closing_an_answer_ends_the_work_at_the_other_end(ends: tuple[Link, Link], service: Service) -> None:
    answer = ends[0].request("count", 10_000_000)
    next(answer)
    answer.close()  # type: ignore[attr-defined]
    assert service.closed.wait(5)
    assert ends[0].call("echo", 1) == 1


def test_a_failure_comes_after_what_came_before_it(ends: tuple[Link, Link]) -> None:
    answer = ends[0].request("fail")
    assert next(answer) == Delta("half")
    with pytest.raises(MediaError, match="broken"):
        next(answer)


def test_an_internal_error_tells_its_kind_but_not_its_text(ends: tuple[Link, Link]) -> None:
    with pytest.raises(AssistantError, match="RuntimeError") as caught:
        ends[0].call("crash")
    assert "secret" not in str(caught.value)


def test_an_unknown_verb_is_an_error_and_the_link_lives(ends: tuple[Link, Link]) -> None:
    with pytest.raises(AssistantError):
        ends[0].call("nonsense")
    assert ends[0].call("echo", 1) == 1


def test_a_request_that_takes_too_long_is_lost(ends: tuple[Link, Link]) -> None:
    with pytest.raises(LostError, match="longer than"):
        ends[0].call("wait", deadline=0.2)


def test_interrupting_ends_what_waits_at_once(ends: tuple[Link, Link]) -> None:
    threading.Timer(0.2, ends[0].interrupt).start()
    begun = time.monotonic()
    with pytest.raises(StoppedError):
        list(ends[0].request("wait"))
    assert time.monotonic() - begun < 2


def test_a_lost_end_fails_what_waits_and_what_comes(ends: tuple[Link, Link]) -> None:
    threading.Timer(0.2, ends[1].close).start()
    with pytest.raises(LostError):
        list(ends[0].request("wait"))
    assert ends[0].closed.wait(5)
    with pytest.raises(LostError):
        ends[0].call("echo", 1)


def test_another_version_of_the_protocol_is_refused() -> None:
    (incoming, other), (unread, outgoing) = os.pipe(), os.pipe()
    ours = Link(os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb"), {}, "stranger")
    with os.fdopen(other, "wb") as stream, os.fdopen(unread, "rb"):
        send(stream, ("hello", 0, link_module.VERSION + 1))
        assert ours.closed.wait(5)
        assert until(lambda: ours._incoming.closed and ours._outgoing.closed)
