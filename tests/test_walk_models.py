"""Checkpoints of the real architectures through the commands and the model host (weights made by tests)."""

import json
import os
import signal
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from assistant import wiring
from assistant.errors import LostError, ModelError
from assistant.types import Delta, Done, Event, ToolCall, ToolResult, Turn
from assistant.wiring import Options
from tests.small_ears import openai_ears, transformers_ears
from tests.small_models import vision_model
from tests.test_commands import DEMO, SCENE, run
from tests.test_vision import CALL


def said(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.fixture(scope="module")
def talker(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return vision_model(tmp_path_factory.mktemp("talker"), "qwen3_vl", ["A", " house", " by", " the", " sea", "."])


@pytest.fixture(scope="module")
def rambler(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with random weights: it answers long nonsense."""
    return vision_model(tmp_path_factory.mktemp("rambler"), "idefics3")


def test_a_model_from_a_folder_answers_about_a_picture(vireo: list[str], talker: Path) -> None:
    done = run(vireo, "ask", "--json", "-m", str(talker), "-a", SCENE, "What is it?")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["answer"] == "A house by the sea." and told["abstained"] is False
    assert told["usage"]["read"] > 100 and told["usage"]["decoded"] == 7
    assert "cpu" in told["model"] and "float32" in told["model"]


def test_nothing_the_libraries_print_reaches_the_terminal(vireo: list[str], talker: Path) -> None:
    done = run(vireo, "ask", "-q", "-m", str(talker), "-a", SCENE, "What is it?")
    assert (done.stdout, done.stderr) == ("A house by the sea.\n", "")


SCHEMA = {
    "type": "object",
    "properties": {
        "word": {"type": "string", "maxLength": 8},
        "count": {"type": "integer", "minimum": 0, "maximum": 9},
    },
    "required": ["word", "count"],
    "additionalProperties": False,
}


def test_an_answer_in_a_schema_is_json_of_it_even_from_a_model_that_rambles(vireo: list[str], rambler: Path) -> None:
    done = run(vireo, "ask", "-m", str(rambler), "--schema", json.dumps(SCHEMA), "-a", SCENE, "What is it?")
    told = json.loads(done.stdout)
    assert set(told) == {"word", "count"} and len(told["word"]) <= 8 and 0 <= told["count"] <= 9


@pytest.mark.parametrize("schema", ["{", "[]", "nothing.json", '{"type": "nonsense"}'])
def test_a_schema_that_is_none_is_one_clear_error(vireo: list[str], talker: Path, schema: str) -> None:
    done = run(vireo, "ask", "-m", str(talker), "--schema", schema, "What is it?")
    assert done.returncode == 1 and "Traceback" not in done.stderr and done.stderr.strip()


def test_rules_cannot_fill_a_schema_and_say_so(vireo: list[str]) -> None:
    done = run(vireo, "ask", "--schema", "{}", "-a", SCENE, "What does the sign say?")
    assert (done.returncode, done.stdout) == (1, "") and "Rules cannot" in done.stderr


def test_a_model_describes_in_a_style(vireo: list[str], talker: Path) -> None:
    done = run(vireo, "tools", "call", "describe_image", f"source={SCENE}", "style=alt")
    assert done.returncode == 1 and "cannot tell" in done.stderr
    assert run(vireo, "models", "use", str(talker)).returncode == 0
    assert (
        run(vireo, "tools", "call", "describe_image", f"source={SCENE}", "style=alt").stdout == "A house by the sea.\n"
    )


def test_a_model_calls_tools_until_the_steps_are_used_up(tmp_path: Path) -> None:
    folder = vision_model(tmp_path / "caller", "qwen3_vl", CALL)
    with closing(wiring.open_mind(Options(model=str(folder)))) as mind:
        events = list(mind.ask(Turn("Why?", (SCENE,))))
    calls = [event for event in events if isinstance(event, ToolCall)]
    results = [event for event in events if isinstance(event, ToolResult)]
    assert {call.name for call in calls} == {"look"} and len(results) == len(calls) == 8
    assert len({call.id for call in calls}) == 8


def test_stop_reaches_a_model_in_the_host_and_the_next_answer_is_whole(rambler: Path) -> None:
    with closing(wiring.open_mind(Options(model=str(rambler)))) as mind:
        answer = mind.ask(Turn("Go on", (SCENE,)))
        while not isinstance(next(answer), Delta):
            pass
        mind.stop()
        rest = list(answer)
        assert isinstance(rest[-1], Done) and rest[-1].stopped and len(rest) < 50
        again = mind.ask(Turn("Go on"))
        while not isinstance(next(again), Delta):
            pass
        again.close()  # type: ignore[attr-defined]


def test_a_host_killed_while_a_model_answers_keeps_what_it_said(rambler: Path) -> None:
    with closing(wiring.open_mind(Options(model=str(rambler)))) as mind:
        answer, words = mind.ask(Turn("Go on", (SCENE,))), []
        with pytest.raises(LostError, match="model host has ended"):
            for event in answer:
                words += [event.text] if isinstance(event, Delta) else []
                if len(words) == 3:
                    os.kill(mind._host.model._child.pid, signal.SIGKILL)  # type: ignore[attr-defined]
        [turn] = mind._store.turns(mind.id)
        assert turn.state == "failed" and turn.record["answer"] == "".join(words)
        assert isinstance(next(mind.ask(Turn("Again"))), Event)


def test_changing_the_model_in_a_talk_keeps_the_talk(talker: Path) -> None:
    with closing(wiring.open_mind(Options())) as mind:
        assert "HARBOUR" in said(list(mind.ask(Turn("What does the sign say?", (SCENE,)))))
        with pytest.raises(ModelError):
            list(mind.load("no-such-model"))
        assert "talker" in list(mind.load(str(talker)))[-1].text
        events = list(mind.ask(Turn("What is it?")))
        assert said(events) == "A house by the sea."
        assert isinstance(events[-1], Done) and events[-1].usage.read > 100  # the picture was given again


def test_a_folder_without_weights_is_one_clear_error_and_the_talk_goes_on(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with closing(wiring.open_mind(Options())) as mind:
        with pytest.raises(ModelError, match="empty"):
            list(mind.load(str(tmp_path / "empty")))
        assert "HARBOUR" in said(list(mind.ask(Turn("What does the sign say?", (SCENE,)))))


@pytest.mark.parametrize("backend", ["transformers", "openai"])
def test_whisper_hears_a_spoken_question(vireo: list[str], tmp_path: Path, backend: str) -> None:
    says = ["<|en|>", "<|transcribe|>", "<|0.00|>", " Read", " the", " text", "<|1.50|>", "<|endoftext|>"]
    make = {"transformers": transformers_ears, "openai": openai_ears}[backend]
    ears = make(tmp_path / ("ears.pt" if backend == "openai" else "ears"), says)
    done = run(vireo, "ask", "--hearing", str(ears), "--spoken", str(DEMO / "question.wav"), "-a", SCENE)
    assert "heard: Read the text" in done.stderr and "HARBOUR CAFE" in done.stdout
    assert threading.active_count() < 20
