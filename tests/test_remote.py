"""Children: started when needed, killed when too slow, replaced when dead, gone when their parent is gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.errors import LostError, MediaError, StoppedError
from assistant.remote import Child, RemoteMedia, RemoteModel
from assistant.types import Delta, Message

TOP = Path(__file__).parent.parent
SERVICE = f"""
import os, sys, threading
sys.path.insert(0, {str(TOP)!r})
from assistant.server import serve
from assistant.types import Delta
def count(*arguments):
    for number in range(10**9):
        yield Delta(str(number))
        threading.Event().wait(0.01)
def noise():
    print("noise on stdout"); os.write(1, b"noise on the descriptor"); print("to the log", file=sys.stderr)
    return "quiet"
hang = lambda source: threading.Event().wait(60)
serve({{"pid": os.getpid, "reply": count, "noise": noise, "info": hang}}, "service")
"""


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    opened = Child([sys.executable, "-c", SERVICE], "service", tmp_path / "logs" / "service.log")
    yield opened
    opened.close()


def alive(pid: int) -> bool:
    """Whether a process runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def gone(pid: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        threading.Event().wait(0.01)
    return not alive(pid)


def test_a_child_starts_when_it_is_first_needed(child: Child) -> None:
    assert child.pid is None
    assert child.call("pid") == child.pid != os.getpid()


def test_what_libraries_print_goes_to_the_log_and_not_into_the_pipe(child: Child, tmp_path: Path) -> None:
    assert child.call("noise") == "quiet"
    log = (tmp_path / "logs" / "service.log").read_text(encoding="utf-8")
    assert "noise on the descriptor" in log and "to the log" in log


def test_a_killed_child_is_one_clear_error_and_the_next_request_starts_a_new_one(child: Child) -> None:
    model, first = RemoteModel(child), child.call("pid")
    words = model.reply((Message("user", ("go",)),))
    assert next(words) == Delta("0")
    os.kill(first, signal.SIGKILL)
    with pytest.raises(LostError, match="service has ended"):
        list(words)
    assert child.call("pid") != first


def test_a_child_that_takes_too_long_is_killed_and_replaced(child: Child) -> None:
    first = child.call("pid")
    with pytest.raises(LostError, match="longer than"):
        child.call("info", "x", deadline=0.3)
    assert gone(first)
    assert child.call("pid") != first


def test_a_decoder_that_dies_is_a_media_error_that_names_the_file(child: Child) -> None:
    pid = child.call("pid")
    threading.Timer(0.2, os.kill, (pid, signal.SIGKILL)).start()
    with pytest.raises(MediaError, match=r"holiday\.mp4"):
        RemoteMedia(child).info("/secret/folder/holiday.mp4")


def test_stopping_ends_a_reply_at_once(child: Child) -> None:
    words = RemoteModel(child).reply(())
    next(words)
    threading.Timer(0.1, child.stop).start()
    with pytest.raises(StoppedError):
        list(words)


def test_a_frozen_child_is_found_out(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.wire.link.PATIENCE", 1.0)
    pid = child.call("pid")
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(LostError, match="mute"):
        list(child.request("noise"))
    assert gone(pid)


def test_a_command_that_cannot_be_started_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(LostError, match="cannot be started"):
        Child([str(tmp_path / "nothing")], "service").call("pid")


def test_a_command_that_ends_at_once_is_one_clear_error() -> None:
    lost = Child([sys.executable, "-c", "pass"], "service")
    with pytest.raises(LostError, match="service has ended"):
        lost.call("pid")
    lost.close()


def test_closing_lets_the_child_go(child: Child) -> None:
    pid = child.call("pid")
    child.close()
    assert gone(pid)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_no_child_outlives_its_parent(how: signal.Signals) -> None:
    parent = f"""
import sys, threading
sys.path.insert(0, {str(TOP)!r})
from assistant.remote import Child
child = Child([sys.executable, "-c", {SERVICE!r}], "service")
threading.Thread(target=lambda: print(child.call("pid"), flush=True)).start()
threading.Event().wait(60)
"""
    process = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    assert alive(pid)
    process.send_signal(how)
    process.wait()
    process.stdout.close()
    assert gone(pid)
