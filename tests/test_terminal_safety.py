"""What reaches a real terminal when the model, a tool, a file name or a picture is hostile (a pseudo-terminal each)."""

import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path

import pytest

from assistant.store import Store
from tests import made
from tests.hostile import PAYLOAD

TOP = Path(__file__).parent.parent
OURS = re.compile(rb"\r\x1b\[K|\x1b\[2m|\x1b\[0m")
"""The sequences that Vireo itself writes: a line of progress, and weak text."""
UNSAFE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")


def on_terminal(command: list[str], *keys: bytes, seconds: float = 60.0, early: bytes = b"") -> tuple[int, bytes]:
    """Run a command on a terminal of its own and answer each approval it asks for, the last answer for all the rest.

    Returns its exit code and all that it wrote.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(TOP)
        os.execve(command[0], command, {**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"})
    os.write(terminal, early)
    written, asked, end = b"", 0, time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                piece = os.read(terminal, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
        if keys and written.count(b"[y/N]") > asked:
            os.write(terminal, keys[min(asked, len(keys) - 1)])
            asked += 1
    else:
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), written


def hostile(kind: str, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.hostile", kind, *words]


def unsafe(written: bytes) -> list[str]:
    return UNSAFE.findall(OURS.sub(b"", written).replace(b"\r\n", b"\n").decode())


DIRTY = f'''
from langchain_core.tools import tool
@tool(extras={{"effect": "look"}})
def dirty() -> str:
    """Dirty."""
    return {PAYLOAD!r}
@tool
def nameless() -> str:
    """No effect is declared."""
    return ""
'''


@pytest.fixture(autouse=True)
def dirty_tool(home: Path) -> None:
    (home / "tools").mkdir(parents=True)
    (home / "tools" / "dirty.py").write_text(DIRTY, encoding="utf-8")


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize("kind", ["text", "split", "call", "arguments", "tool", "abstain", "progress", "error"])
def test_no_control_sequence_of_a_model_or_tool_reaches_the_terminal(kind: str, form: str) -> None:
    words = ["ask", "-u", "go"] + (["--json"] if form == "json" else [])
    _, written = on_terminal(hostile(kind, *words))
    assert b"RED" in written and unsafe(written) == []
    assert b"Traceback" not in written


def test_the_check_sees_a_control_sequence() -> None:
    _, written = on_terminal([sys.executable, "-c", f"print({PAYLOAD!r})"])
    assert len(unsafe(written)) > 20


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize("good", [True, False])
def test_no_control_sequence_of_a_file_reaches_the_terminal(tmp_path: Path, good: bool, form: str) -> None:
    path = tmp_path / f"a{PAYLOAD.replace('/', '_')}.png".replace("\x00", "")
    if good:
        image = made.scene(sign="PAY", payload=f"pay {PAYLOAD}")
        exif = image.getexif()
        exif[0x010E] = PAYLOAD
        image.save(path, exif=exif)
    else:
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + PAYLOAD.encode())
    words = ["ask", "-a", str(path), "What does the code say?"] + (["--json"] if form == "json" else [])
    code, written = on_terminal([sys.executable, "main.py", *words])
    assert code == (0 if good else 1)
    assert unsafe(written) == [] and b"Traceback" not in written


def test_what_was_said_is_clean_in_the_history_as_well() -> None:
    on_terminal(hostile("text", "ask", f"go {PAYLOAD}".replace("\x00", "")))
    for words in (["history"], ["history", "search", "go"]):
        code, written = on_terminal([sys.executable, "main.py", *words])
        assert code == 0 and b"go" in written and unsafe(written) == []


def test_a_tool_that_is_left_out_is_told_cleanly(home: Path) -> None:
    (home / "tools" / "x\x1b]0;PWNED\x07.py").write_text("raise RuntimeError('\x1b[31m')", encoding="utf-8")
    code, written = on_terminal([sys.executable, "main.py", "tools"])
    assert code == 0 and b"left out" in written and unsafe(written) == []


def notes(home: Path) -> int:
    store = Store(home / "vireo.db")
    try:
        return len([note for note in store.recall("canary") if not note.source.startswith("conversation")])
    finally:
        store.close()


@pytest.mark.parametrize("keys", [b"\n", b"n\n", b"no\n", b"yess\n", b"approve\n", b"\x04"])
def test_a_model_that_insists_runs_nothing_without_a_yes(home: Path, keys: bytes) -> None:
    _, written = on_terminal(hostile("insist", "ask", "go"), keys)
    assert b"Run it? [y/N]" in written and unsafe(written) == []
    assert b"canary" in written and notes(home) == 0


@pytest.mark.parametrize("kind", ["names", "long"])
def test_what_is_approved_is_shown_whole_and_harmless(home: Path, kind: str) -> None:
    _, written = on_terminal(hostile(kind, "ask", "go"), b"n\n")
    assert unsafe(written) == [] and notes(home) == 0
    assert (b"[y/N]" in written) is (kind == "long") and (b"EVIL" in written) is (kind == "long")


def test_what_was_typed_before_the_question_approves_nothing(home: Path) -> None:
    _, written = on_terminal(hostile("once", "ask", "go"), b"n\n", early=b"yes\nyes\n")
    assert b"[y/N]" in written and notes(home) == 0


def test_a_timeout_ends_the_waiting_for_an_approval(home: Path) -> None:
    code, written = on_terminal(hostile("once", "ask", "--timeout", "3", "go"), seconds=20)
    assert code == 124 and b"[y/N]" in written and notes(home) == 0


def test_ctrl_c_ends_the_waiting_for_an_approval(home: Path) -> None:
    code, written = on_terminal(hostile("once", "ask", "go"), b"\x03", seconds=20)
    assert code == 130 and b"Traceback" not in written and notes(home) == 0


def test_a_yes_runs_exactly_what_was_shown_once(home: Path) -> None:
    _, written = on_terminal(hostile("insist", "ask", "go"), b"y\n", b"n\n")
    assert b"Run it? [y/N]" in written and notes(home) == 1
