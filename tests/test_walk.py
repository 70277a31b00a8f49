"""A picture, a spoken word and a question, from file to answer: in process, through a pipe, with a host."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant import wiring
from assistant.errors import AssistantError, LostError, ToolError
from assistant.mind import Host, Mind
from assistant.models.hearing_sphinx import SphinxHearing
from assistant.models.scripted import Scripted
from assistant.protocols import Assistant
from assistant.remote import Child, Remote
from assistant.types import Abstained, Delta, Done, Event, Frame, ToolCall, ToolResult, Turn
from assistant.wiring import HOME, Options
from tests import made
from tests.test_remote import gone
from tests.test_wire import until

SCENE, CLIP, QUESTION = (str(HOME / "demo" / name) for name in ("scene.png", "clip.mp4", "question.wav"))


def in_process(options: Options) -> Mind:
    """The mind with its model beside it; only the decoder is a child."""
    mind = wiring.open_mind(options)
    mind._host.close()
    mind._host = Host(wiring.find_model("auto"), Scripted(), SphinxHearing())
    return mind


def through_pipe(options: Options) -> Remote:
    return wiring.open_remote(options)


def with_host(options: Options) -> Mind:
    return wiring.open_mind(options)


WAYS = [in_process, with_host, through_pipe]
Opener = Callable[[Options], Any]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def assistant(request: pytest.FixtureRequest) -> Iterator[Any]:
    opened = request.param(Options())
    yield opened
    opened.close()


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def ask(assistant: Assistant, text: str, *attachments: str) -> list[Event]:
    return list(assistant.ask(Turn(text, attachments)))


def test_the_walk(assistant: Any) -> None:
    phrases = (HOME / "demo" / "phrases.txt").read_text(encoding="utf-8").splitlines()
    senses = wiring.open_senses()
    heard = assistant.hear(senses.media.sound(QUESTION), phrases)
    senses.close()
    assert heard.text == "what does the sign say"
    events = ask(assistant, heard.text, SCENE)
    [call] = [event for event in events if isinstance(event, ToolCall)]
    [result] = [event for event in events if isinstance(event, ToolResult)]
    assert call.name == "read_text" and result.id == call.id
    assert "HARBOUR CAFE" in said(events)
    [evidence] = result.evidence
    assert evidence.source == SCENE and evidence.box is not None and evidence.box[1] < 0.5 < evidence.box[3] + 0.1
    done = events[-1]
    assert isinstance(done, Done) and done.times["total"] >= done.times["first"] > 0 and not done.stopped


def test_a_frame_that_was_seen_is_what_a_question_is_about(assistant: Any) -> None:
    assistant.see(Frame(np.full((80, 120, 3), (250, 0, 0), np.uint8), 1.0, "camera"))
    [result] = [e for e in assistant.use(ToolCall("", "picture_facts", {})) if isinstance(e, ToolResult)]
    assert "120 x 80" in result.text and "blank" in result.text


def test_a_follow_up_knows_what_was_attached(assistant: Any) -> None:
    ask(assistant, "What does the sign say?", SCENE)
    assert "harbour" in said(ask(assistant, "And what does the code say?")).lower()


def test_an_approval_that_nothing_waits_for_runs_nothing(assistant: Any) -> None:
    call = ToolCall("9-1", "remember", {"text": "canary"})
    for answer in (call.digest, ""):
        with pytest.raises(ToolError):
            list(assistant.use(call, answer))
    [result] = [e for e in assistant.use(ToolCall("", "recall", {"what": "canary"})) if isinstance(e, ToolResult)]
    assert "nothing" in result.text


def test_a_tool_reads_what_was_attached_earlier_but_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    other = made.scene_picture(tmp_path.parent / f"{tmp_path.name}-other.png", sign="SECRET")
    wanted = [SCENE]
    script = [lambda: ToolCall("", "read_text", {"source": wanted[0]}), lambda: Delta("done")] * 3

    def model(messages: Any, tools: Any) -> Any:
        yield script.pop(0)()

    with closing(in_process(Options())) as mind:
        mind._host = Host(wiring.find_model("auto"), Scripted(model), SphinxHearing())
        results = []
        for attached, wanted[0] in ((SCENE, SCENE), (CLIP, SCENE), (CLIP, str(other))):
            events = list(mind.ask(Turn("go", (attached,))))
            results += [event for event in events if isinstance(event, ToolResult)]
    assert [result.failed for result in results] == [False, False, True]
    assert "HARBOUR" in results[1].text and "SECRET" not in results[2].text and "attach" in results[2].text.lower()


def test_two_asks_that_overlap_do_not_mix(assistant: Any) -> None:
    first = assistant.ask(Turn("What does the sign say?", (SCENE,)))
    second = assistant.ask(Turn("What moves in the clip?", (CLIP,)))
    begun = [next(first), next(second)]
    rest_of_second, rest_of_first = list(second), list(first)
    assert [event.name for event in begun if isinstance(event, ToolCall)] == ["read_text", "find_motion"]
    assert "HARBOUR" in said(rest_of_first) and "HARBOUR" not in said(rest_of_second)
    assert "moves" in said(rest_of_second)
    for calls, results in ((begun[:1], rest_of_first), (begun[1:], rest_of_second)):
        assert {call.id for call in calls} == {e.id for e in results if isinstance(e, ToolResult)}


def test_stop_ends_the_answer_and_the_next_one_works(assistant: Any) -> None:
    answer = assistant.ask(Turn("What moves in the clip?", (CLIP,)))
    next(answer)
    assistant.stop()
    rest = list(answer)
    assert isinstance(rest[-1], Done) and rest[-1].stopped
    assert "HARBOUR" in said(ask(assistant, "What does the sign say?", SCENE))


def test_a_question_it_cannot_answer_is_answered_with_what_was_measured(assistant: Any) -> None:
    events = ask(assistant, "Who painted this?", SCENE)
    assert any(isinstance(event, Abstained) for event in events)
    assert said(events).startswith("I cannot tell") and "HARBOUR" in said(events) and "960 x 640" in said(events)


def test_bad_media_are_one_error_and_the_next_question_works(assistant: Any, tmp_path: Path) -> None:
    from assistant.errors import MediaError

    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    with pytest.raises(MediaError, match=r"broken\.png"):
        ask(assistant, "What does it say?", str(broken))
    assert "HARBOUR" in said(ask(assistant, "What does the sign say?", SCENE))


SLOW = """#!{python}
import os, sys, time
sys.path[:0] = [{top!r}]
open({pid!r}, "w").write(str(os.getpid()))
from assistant.models.scripted import Scripted
whole = Scripted.reply
def slowly(self, messages, tools=(), schema=None):
    for item in whole(self, messages, tools, schema):
        yield item
        time.sleep(0.05)
Scripted.reply = slowly
from assistant.__main__ import main
main(sys.argv[1:])
"""


def slow_host(folder: Path) -> Path:
    """A command that runs Vireo with a model that takes 50 ms a word, and leaves its process id."""
    path = folder / "slow_host.py"
    path.write_text(SLOW.format(python=sys.executable, top=str(HOME.parent), pid=str(folder / "pid")), encoding="utf-8")
    path.chmod(0o755)
    return path


def host_of(mind: Mind) -> Child:
    return mind._host.model._child  # type: ignore[attr-defined,no-any-return]


def test_a_model_host_that_dies_between_two_questions_is_replaced_without_a_word() -> None:
    with closing(with_host(Options())) as mind:
        ask(mind, "What does the sign say?", SCENE)
        host, pid = host_of(mind), host_of(mind).pid
        assert pid is not None and host._link is not None
        os.kill(pid, signal.SIGKILL)
        assert until(host._link.closed.is_set)
        assert "harbour" in said(ask(mind, "What does the code say?")) and host.pid != pid


@pytest.mark.parametrize("way", [with_host, through_pipe], ids=lambda way: way.__name__)
def test_a_model_host_killed_in_mid_answer_is_one_error_and_the_next_ask_knows_the_talk(
    way: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIREO_HOST", str(slow_host(tmp_path)))
    with closing(way(Options())) as assistant:
        ask(assistant, "What does the sign say?", SCENE)
        answer = assistant.ask(Turn("What can you do?"))
        first = [next(answer), next(answer)]
        os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), signal.SIGKILL)
        with pytest.raises(LostError, match="model host has ended"):
            list(answer)
        assert all(isinstance(event, Delta) for event in first)
        assert "HARBOUR" in said(ask(assistant, "Read the text again"))


def test_a_mind_killed_in_mid_answer_is_one_error_and_the_next_ask_knows_the_talk() -> None:
    with closing(through_pipe(Options())) as remote:
        conversation = remote.status().conversation
        ask(remote, "What does the sign say?", SCENE)
        answer = remote.ask(Turn("What moves in the clip?", (CLIP,)))
        next(answer)
        os.kill(remote._child.pid, signal.SIGKILL)  # type: ignore[arg-type]
        with pytest.raises(LostError, match="assistant has ended"):
            list(answer)
        assert remote.status().conversation == conversation
        assert "moves" in said(ask(remote, "What moves?"))
        [session] = remote.sessions()
        assert session.id == conversation and session.turns == 3


def test_a_talk_that_is_not_stored_survives_a_dead_model_host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIREO_HOST", str(slow_host(tmp_path)))
    with closing(through_pipe(Options(log=False))) as remote:
        ask(remote, "What does the sign say?", SCENE)
        mind = remote._child.pid
        answer = remote.ask(Turn("What can you do?"))
        next(answer)
        os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), signal.SIGKILL)
        with pytest.raises(LostError):
            list(answer)
        assert "harbour" in said(ask(remote, "And the code?")) and remote._child.pid == mind


def test_loading_a_model_that_cannot_be_loaded_leaves_no_process() -> None:
    with closing(with_host(Options())) as mind:
        ask(mind, "hello")
        before = threading.active_count()
        for _ in range(3):
            with pytest.raises(AssistantError):
                list(mind.load(str(HOME)))  # a folder without a model
        assert until(lambda: threading.active_count() <= before)


def test_no_process_is_left_when_the_mind_is_killed() -> None:
    remote = through_pipe(Options())
    ask(remote, "What does the sign say?", SCENE)
    pid = remote._child.pid
    children = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    children += [
        int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in (task / "children").read_text().split()
    ]
    assert len(set(children)) == 2  # the model host and the decoder
    os.kill(pid, signal.SIGKILL)  # type: ignore[arg-type]
    assert all(gone(child) for child in children)
    remote.close()


def test_a_mind_that_is_closed_leaves_no_thread() -> None:
    before = threading.active_count()
    with closing(with_host(Options())) as mind:
        ask(mind, "What does the sign say?", SCENE)
        ask(mind, "What moves?", CLIP)
    assert until(lambda: threading.active_count() <= before)
