"""What the commands write: clean text on standard output, JSON, and Ctrl-C that stops the work before the command."""

import json
import math
import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event as Flag
from threading import Thread, current_thread, main_thread
from typing import Any

from assistant.errors import AssistantError
from assistant.protocols import Assistant
from assistant.safe_text import clean

KEYBOARD = Path("/dev/tty")


def write(text: str) -> None:
    """Text to standard output at once, without control characters."""
    if sys.stdout is None:  # it was closed before we began
        raise BrokenPipeError
    sys.stdout.write(clean(text))
    sys.stdout.flush()


def line(text: str = "") -> None:
    """One line to standard output."""
    write(f"{text}\n")


def aside(text: str) -> None:
    """One line to standard error."""
    print(clean(text), file=sys.stderr, flush=True)


def typed(question: str, given_up: Callable[[], bool]) -> str:
    """What is typed at the terminal itself after the question was shown; "" when the asking is given up.

    What was typed before, or is piped in, is nobody's answer. OSError where there is no terminal.
    """
    with KEYBOARD.open("wb", buffering=0) as screen, KEYBOARD.open("rb", buffering=0) as keys:
        termios.tcflush(keys, termios.TCIFLUSH)
        screen.write(question.encode())
        while not given_up():
            if select.select([keys], [], [], 0.1)[0]:
                return keys.readline().decode(errors="replace")
        screen.write(b"\n")
    return ""


def dim(text: str) -> str:
    """Text in a weaker colour where standard error shows colours (https://no-color.org)."""
    colourful = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\x1b[2m{text}\x1b[0m" if colourful else text


def print_json(value: Any) -> None:
    """One JSON value to standard output; its strings are clean as well."""
    readable = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    line(json.dumps(_plain(value), ensure_ascii=not readable, indent=2))


def in_json(value: Any) -> str:
    """A value as JSON on one line, everything but printable ASCII escaped."""
    return json.dumps(value, ensure_ascii=True, default=str)


def _plain(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {clean(str(key)): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


@contextmanager
def stopping(assistant: Assistant) -> Iterator[Flag]:
    """While it lasts, Ctrl-C stops the assistant and sets the flag; a second one raises KeyboardInterrupt."""
    stopped = Flag()

    def interrupt(number: int, frame: object) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        Thread(target=stop, daemon=True).start()  # not here: the main thread may hold its locks

    def stop() -> None:
        with suppress(AssistantError):  # it has gone, then it is stopped
            assistant.stop()

    if current_thread() is not main_thread():
        yield stopped
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGINT, before)
