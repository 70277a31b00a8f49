"""The command line, as a person or a script meets it."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.store import Store
from tests import made

DEMO = Path(__file__).parent.parent / "assistant" / "demo"
SCENE, CLIP = str(DEMO / "scene.png"), str(DEMO / "clip.mp4")
Result = subprocess.CompletedProcess[str]


def run(command: list[str], *words: str, given: str | bytes | None = None, **environment: str) -> Result:
    binary = isinstance(given, bytes)
    done = subprocess.run(
        [*command, *words],
        input=given if binary or given is None else given.encode(),
        stdin=subprocess.DEVNULL if given is None else None,
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    return Result(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def test_an_answer_is_all_that_stands_on_standard_output(vireo: list[str]) -> None:
    done = run(vireo, "ask", "-a", SCENE, "What does the sign say?")
    assert (done.returncode, done.stdout) == (0, "HARBOUR CAFE [e1]\n")
    assert "read_text" in done.stderr


def test_quiet_leaves_standard_error_empty(vireo: list[str]) -> None:
    done = run(vireo, "ask", "-q", "-a", SCENE, "What does the sign say?")
    assert "HARBOUR CAFE" in done.stdout and done.stderr == ""


def test_json_is_one_object_with_evidence_and_calls(vireo: list[str]) -> None:
    done = run(vireo, "ask", "--json", "-a", SCENE, "What does the code say?")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["answer"] == "The code says: https://example.org/harbour" and told["abstained"] is False
    assert told["evidence"][0]["source"] == SCENE and len(told["evidence"][0]["box"]) == 4
    assert told["calls"][0]["name"] == "scan_codes" and not told["calls"][0]["failed"]
    assert told["times"]["total"] > 0 and "rules" in told["model"]


def test_json_says_when_it_abstains(vireo: list[str]) -> None:
    told = json.loads(run(vireo, "ask", "--json", "-a", SCENE, "Who lives here?").stdout)
    assert told["abstained"] is True and told["reason"]


@pytest.mark.parametrize(
    "words",
    [
        ("ask", "--json"),
        ("ask", "--json", "-m", "nosuch", "x"),
        ("ask", "--json", "--resume", "zzz", "x"),
        ("ask", "--json", "-a", "nothing.png", "x"),
        ("ask", "--json", "--schema", "{}", "x"),
        ("describe", "--json", "nothing.png"),
        ("tools", "call", "read_text", "nonsense", "--json"),
    ],
    ids=" ".join,
)
def test_json_tells_errors_as_well(vireo: list[str], words: tuple[str, ...]) -> None:
    done = run(vireo, *words)
    assert done.returncode in (1, 2) and json.loads(done.stdout)["error"] and "Traceback" not in done.stderr


def test_a_terminal_without_utf_8_gets_an_answer(vireo: list[str], tmp_path: Path) -> None:
    picture = made.scene_picture(tmp_path / "a.png", payload="Grüße, 世界")
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = run(vireo, "ask", "-a", str(picture), "What does the code say?", **plain)
    assert done.returncode == 0 and "Gr\\xfc" in done.stdout
    told = json.loads(run(vireo, "ask", "--json", "-a", str(picture), "What does the code say?", **plain).stdout)
    assert "Grüße, 世界" in told["answer"]


def test_describing_without_a_model_measures_and_says_so(vireo: list[str]) -> None:
    told = json.loads(run(vireo, "describe", "--json", SCENE).stdout)
    assert told["abstained"] is True
    assert {call["name"] for call in told["calls"]} == {"read_text", "scan_codes", "picture_facts"}


def test_sound_without_speech_is_not_put_into_words(vireo: list[str], tmp_path: Path) -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000 * 3).astype(np.float32)
    made.wav(tmp_path / "noise.wav", noise)
    said = run(vireo, "ask", "-a", str(tmp_path / "noise.wav"), "What is said?").stdout
    assert said.startswith("I hear no words.") and "There is noise." in said


def test_a_home_that_cannot_be_written_does_not_stop_what_stores_nothing(vireo: list[str], home: Path) -> None:
    home.write_text("a file where the folder should be", encoding="utf-8")
    done = run(vireo, "ask", "-n", "-a", SCENE, "What does the sign say?")
    assert (done.returncode, done.stdout) == (0, "HARBOUR CAFE [e1]\n")
    assert run(vireo, "ask", "hello").returncode == 1


def test_a_model_without_weights_is_a_failure_for_the_doctor(vireo: list[str]) -> None:
    assert "hf download" in run(vireo, "models", "use", "small").stderr
    done = run(vireo, "doctor")
    assert done.returncode == 1 and "weights are not here" in done.stdout and "models use auto" in done.stdout
    assert run(vireo, "models", "use", "auto").returncode == 0
    assert run(vireo, "doctor").returncode == 0


def test_notes_come_before_talk_when_something_is_recalled(vireo: list[str], home: Path) -> None:
    store = Store(home / "vireo.db")
    for _ in range(4):
        run(vireo, "ask", "what is the colour of my bike")
    store.remember("my bike is at the station\nbehind the shed")
    store.close()
    done = run(vireo, "ask", "where is my bike?")
    assert done.stdout.count("\n") <= 3 and "my bike is at the station behind the shed" in done.stdout.splitlines()[0]
    assert "cannot tell" not in done.stdout


def test_what_is_piped_in_stands_before_the_question(vireo: list[str]) -> None:
    done = run(vireo, "ask", "to buy milk", given="remember")
    assert "needs approval" in done.stderr and 'text="to buy milk"' in done.stderr


def test_an_attachment_may_come_from_standard_input(vireo: list[str]) -> None:
    done = run(vireo, "ask", "-a", "-", "What does the sign say?", given=Path(SCENE).read_bytes())
    assert "HARBOUR CAFE" in done.stdout


def test_a_question_may_be_spoken(vireo: list[str]) -> None:
    words = ("--spoken", str(DEMO / "question.wav"), "--phrases", str(DEMO / "phrases.txt"))
    done = run(vireo, "ask", "-a", SCENE, *words)
    assert "heard: what does the sign say" in done.stderr and "HARBOUR CAFE" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ask",), 2),
        (("ask", "-a", "nothing.png", "x"), 1),
        (("ask", "-a", ".", "x"), 1),
        (("ask", "-m", "no-such-model", "x"), 1),
        (("ask", "--resume", "zzz", "x"), 1),
        (("ask", "--spoken", SCENE), 1),
        (("ask", "--phrases", "nothing.txt", "--spoken", SCENE), 1),
        (("ask", "--what"), 2),
        (("nonsense",), 2),
        (("tools", "call", "nothing"), 1),
        (("tools", "call", "read_text", "nonsense"), 1),
        (("tools", "call", "read_text", "sauce=1"), 1),
        (("tools", "new", "not a name"), 1),
        (("tools", "new", "class"), 1),
        (("tools", "new", "read_text"), 1),
        (("describe", "--words", "-5", SCENE), 2),
        (("models", "show", "nothing"), 1),
        (("history", "show", "zzz"), 1),
        (("config", "edit"), 1),
        (("history", "show", ""), 1),
        (("history", "list", "--limit", "99999999999999999999"), 2),
        (("ask", "--timeout", "nan", "x"), 2),
        (("ask", "--timeout", "1e20", "x"), 2),
        (("ask", "--spoken", "-"), 1),
        (("ask", "--phrases", SCENE, "--spoken", SCENE), 1),
    ],
    ids=str,
)
def test_a_mistake_is_one_clear_line_and_its_exit_code(vireo: list[str], words: tuple[str, ...], code: int) -> None:
    done = run(vireo, *words, EDITOR="", VISUAL="")
    assert (done.returncode, done.stdout) == (code, "")
    assert "Traceback" not in done.stderr and done.stderr.strip()
    assert code == 2 or len(done.stderr.splitlines()) <= 2


@pytest.mark.parametrize(
    ("text", "word"),
    [("modle = 'x'", "Did you mean model?"), ("model = ", "not TOML"), ("max_steps = 0", "max_steps"), ("\udcff", "")],
)
def test_a_bad_configuration_names_the_file_and_the_cause(vireo: list[str], home: Path, text: str, word: str) -> None:
    home.mkdir()
    (home / "config.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run(vireo, "ask", "hello")
    assert done.returncode == 1 and "config.toml" in done.stderr and word in done.stderr


def test_a_follow_up_continues_the_conversation(vireo: list[str]) -> None:
    run(vireo, "ask", "-a", SCENE, "What does the sign say?")
    assert "example.org/harbour" in run(vireo, "ask", "-c", "And the code?").stdout
    [line] = run(vireo, "history").stdout.splitlines()
    assert "2 turns" in line
    assert "HARBOUR CAFE" in run(vireo, "history", "show", line.split()[0][:6]).stdout


def test_without_log_nothing_is_stored(vireo: list[str], home: Path) -> None:
    run(vireo, "ask", "-n", "-a", SCENE, "What does the canary7341 sign say?")
    assert run(vireo, "history").stdout == ""
    assert not any(b"canary7341" in file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_a_deleted_conversation_is_gone_from_the_bytes(vireo: list[str], home: Path) -> None:
    run(vireo, "ask", "hello canary7342")
    conversation = run(vireo, "history").stdout.split()[0]
    assert any(b"canary7342" in file.read_bytes() for file in home.rglob("*") if file.is_file())
    assert run(vireo, "history", "delete", conversation).returncode == 0
    assert not any(b"canary7342" in file.read_bytes() for file in home.rglob("*") if file.is_file())


def test_a_tool_of_ones_own_is_found_and_called(vireo: list[str]) -> None:
    path = Path(run(vireo, "tools", "new", "letters").stdout.strip())
    assert path.is_file()
    assert "letters " in run(vireo, "tools").stdout
    done = run(vireo, "tools", "call", "letters", "text=abc", "--json")
    assert json.loads(done.stdout)["text"] == "3 letters"


def test_a_tool_that_crashes_is_one_line_and_its_traceback_is_in_the_log(vireo: list[str], home: Path) -> None:
    path = Path(run(vireo, "tools", "new", "crash").stdout.strip())
    path.write_text(path.read_text().replace("return f", "raise RuntimeError('boom')\n    return f"), encoding="utf-8")
    done = run(vireo, "tools", "call", "crash", "text=abc")
    assert done.returncode == 1 and "boom" in done.stderr and "Traceback" not in done.stderr
    assert "Traceback" in (home / "log" / "vireo.log").read_text(encoding="utf-8")


def test_the_other_files_are_described_when_one_is_broken(vireo: list[str], tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    done = run(vireo, "describe", str(tmp_path / "broken.png"), SCENE)
    assert done.returncode == 1 and "broken.png" in done.stderr and "HARBOUR CAFE" in done.stdout


def test_the_models_may_serve_elsewhere(vireo: list[str], tmp_path: Path) -> None:
    there = tmp_path / "there.sh"
    there.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/served\nexec {" ".join(vireo)} "$@"\n', encoding="utf-8")
    there.chmod(0o755)
    done = run(vireo, "ask", "-a", SCENE, "What does the sign say?", VIREO_HOST=str(there))
    assert "HARBOUR CAFE" in done.stdout
    assert "serve --stdio --role host" in (tmp_path / "served").read_text(encoding="utf-8")


def test_a_tool_with_effects_does_not_run_without_a_keyboard(vireo: list[str]) -> None:
    done = run(vireo, "tools", "call", "remember", "text=canary7343")
    assert done.returncode == 1 and "needs approval" in done.stderr
    assert "canary7343" not in run(vireo, "tools", "call", "recall", "what=canary7343").stdout


def test_choosing_a_model_is_remembered(vireo: list[str], tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert run(vireo, "models", "use", str(tmp_path / "mine")).returncode == 0
    assert str(tmp_path / "mine") in run(vireo, "config", "show").stdout
    done = run(vireo, "ask", "hello")
    assert done.returncode == 1 and "mine" in done.stderr and "Traceback" not in done.stderr


def test_a_missing_library_of_the_system_is_named_with_its_cure(vireo: list[str], tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text(
        "raise ImportError('libGL.so.1: cannot open shared object file')", encoding="utf-8"
    )
    done = run(vireo, "ask", "-a", SCENE, "What does the sign say?", PYTHONPATH=str(tmp_path))
    assert "libGL.so.1" in done.stdout and "apt-get install libgl1" in done.stdout and "Traceback" not in done.stderr
    found = run(vireo, "doctor", PYTHONPATH=str(tmp_path))
    assert found.returncode == 1 and "apt-get install libgl1" in found.stdout


def test_the_doctor_finds_everything_in_order(vireo: list[str]) -> None:
    done = run(vireo, "doctor", "--logs")
    assert done.returncode == 0, done.stdout
    assert "decoder answers" in done.stdout and "FAIL" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_scripts_know_the_commands(vireo: list[str], shell: str) -> None:
    assert "describe" in run(vireo, "completion", shell).stdout


@pytest.mark.parametrize("seconds", ["0.000001", "1"])
def test_a_timeout_stops_the_answer_with_its_exit_code(vireo: list[str], tmp_path: Path, seconds: str) -> None:
    long = made.moving_clip(tmp_path / "long.mp4", seconds=60.0)
    begun = time.monotonic()
    done = run(vireo, "ask", "--timeout", seconds, "-a", str(long), "What moves?")
    assert (done.returncode, done.stdout) == (124, "") and time.monotonic() - begun < 20


def test_what_was_stopped_is_not_what_cannot_be_known(vireo: list[str], tmp_path: Path) -> None:
    long = made.moving_clip(tmp_path / "long.mp4", seconds=60.0)
    done = run(vireo, "ask", "--timeout", "1", "-a", str(long), "Describe it")
    assert (done.returncode, done.stdout) == (124, "") and done.stderr.endswith("Stopped after 1 s.\n")


def test_every_citation_is_explained(vireo: list[str]) -> None:
    done = run(vireo, "ask", "-a", SCENE, "What are the main colours?")
    assert "[e1]" in done.stdout and "[e1] scene.png" in done.stderr


def test_what_makes_no_sense_is_a_mistake_of_usage(vireo: list[str]) -> None:
    assert run(vireo, "ask").returncode == 2
    assert run(vireo, "train", "pocket", "--seconds", "0").returncode == 2


def test_a_follow_up_says_that_its_attachment_is_gone(vireo: list[str]) -> None:
    run(vireo, "ask", "-a", "-", "What does the sign say?", given=Path(SCENE).read_bytes())
    assert "not there any more" in run(vireo, "ask", "-c", "And the code?").stdout


def test_a_search_without_a_hit_and_a_score_of_no_question_say_so(vireo: list[str], tmp_path: Path) -> None:
    assert "found nothing" in run(vireo, "history", "search", "canary7341").stderr
    row = {"file": "a.png", "kind": "photo", "qa": [{"type": "ocr", "q": "What?", "accept_any": ["x"]}]}
    (tmp_path / "m.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    done = run(vireo, "eval", str(tmp_path / "m.jsonl"), "--only", "nosuch")
    assert done.returncode == 1 and "There are: ocr." in done.stderr


def test_ctrl_c_stops_the_answer_and_leaves_no_process(vireo: list[str], tmp_path: Path) -> None:
    long = made.moving_clip(tmp_path / "long.mp4", seconds=60.0)
    command = [*vireo, "ask", "-a", str(long), "What moves?"]
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert "find_motion" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130 and "Traceback" not in errors


def test_the_demo_answers_are_right_from_any_folder(vireo: list[str], tmp_path: Path) -> None:
    done = subprocess.run([*vireo, "demo"], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert "> what does the sign say?\nHARBOUR CAFE [e1]" in done.stdout
    assert "The code says: https://example.org/harbour" in done.stdout
    assert "blue" in done.stdout and "A new shot begins at 3.0 s" in done.stdout
    assert "moves right" in done.stdout and "moves up" in done.stdout
    assert "I cannot tell" in done.stdout
    assert list(tmp_path.glob("*")) in ([], [tmp_path / "home"])


def in_shell(vireo: list[str], words: str, **environment: str) -> Result:
    """A command line with the redirections of a shell; $V is the program."""
    environment = {**os.environ, "V": " ".join(vireo), **environment}
    command = ["bash", "-c", f"set -o pipefail; {words}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("$V ask hi </dev/null | head -c 3", (0, 1, 141)),
        ("$V ask hi >&- </dev/null", (1,)),
        ("$V ask hi <&-", (0,)),
        ("printf '\\xff' | PYTHONIOENCODING=utf-8:strict $V ask x", (1,)),
        ('VIREO_HOST="ssh \'x" $V ask hi </dev/null', (1,)),
        ("printf '/attach \"x\n/attach -\nhello\n' | $V chat --system=-x", (0,)),
        ("VIREO_STORE=/dev/null $V ask hi </dev/null; test -c /dev/null && test -w /dev/null", (0,)),
        ("$V describe x --$'\\e]0;pwn\\a'", (2,)),
    ],
)
def test_odd_ends_of_pipes_and_odd_words_never_show_a_traceback(
    vireo: list[str], words: str, code: tuple[int, ...], tmp_path: Path
) -> None:
    done = in_shell(vireo, words)
    assert done.returncode in code, done.stderr
    assert "Traceback" not in done.stderr and "\x1b" not in done.stderr and "closed" not in done.stderr.lower()
    assert list(tmp_path.glob("stdin")) == []


def test_a_failed_attachment_is_not_what_a_follow_up_is_about(vireo: list[str]) -> None:
    run(vireo, "ask", "-a", SCENE, "What does the sign say?")
    assert run(vireo, "ask", "-c", "-a", "nothing.png", "What is it?").returncode == 1
    assert "harbour" in run(vireo, "ask", "-c", "And the code?").stdout


def test_a_timeout_before_the_first_word_is_a_timeout(vireo: list[str]) -> None:
    done = run(vireo, "ask", "--timeout", "0.02", "-a", CLIP, "-a", SCENE, "What moves?")
    assert (done.returncode, done.stderr) == (124, "Stopped after 0.02 s.\n")


def test_chat_remembers_and_survives_mistakes(vireo: list[str]) -> None:
    sign, code = "What does the sign say?", "And the code?"
    lines = f"/attach {SCENE}\n{sign}\n/attach nothing.png\nWhat is it?\n{code}\n/what\n/model\n/quit\n"
    done = run(vireo, "chat", given=lines)
    assert done.returncode == 0 and "Traceback" not in done.stderr
    assert "HARBOUR CAFE" in done.stdout and "example.org/harbour" in done.stdout
    assert "nothing.png" in done.stderr and "no /what" in done.stderr and "scripted" in done.stdout
