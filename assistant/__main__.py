"""The command line: ``vireo COMMAND``."""

import signal
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from assistant.commands import parser
from assistant.errors import AssistantError, UsageError
from assistant.safe_text import clean

DEFAULT = "chat"


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 ok, 1 error, 2 usage, 124 timeout, 130 interrupted."""
    pressed: list[int] = []

    def interrupt(number: int, frame: object) -> None:
        pressed.append(number)
        raise KeyboardInterrupt

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without UTF-8 still gets an answer
    before = signal.signal(signal.SIGINT, interrupt)
    words = list(sys.argv[1:] if words is None else words) or [DEFAULT]
    try:
        return _run(words)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  the last place where it can become one line
        return 130 if pressed else _told(error, "--json" in words)  # libraries make errors out of interrupts
    finally:
        signal.signal(signal.SIGINT, before)


def _run(words: list[str]) -> int:
    arguments = parser(words[0]).parse_args(words)
    return int(arguments.run(arguments))


def _told(error: Exception, as_json: bool) -> int:
    """One line what happened, one what to do, and the same as JSON where that was asked for; the exit code."""
    match error:
        case AssistantError():
            what, hint = str(error), error.hint
        case BrokenPipeError():
            sys.stdout = None  # the reader of our output has gone: nothing is left to flush
            return 1
        case UnicodeDecodeError():
            what, hint = f"What was given is not text in {error.encoding}: {error.reason}.", ""
        case OSError():
            what, hint = f"{error.filename or 'input'}: {error.strerror or error}", ""
        case ImportError():
            what, hint = f"{error}.", "A package is missing or broken: install Vireo again, as its README says."
        case _:
            what, hint = f"Internal error: {type(error).__name__}: {error}", _kept(error)
    if as_json and not getattr(error, "told", False):
        from assistant.commands.output import print_json

        print_json({"error": what, "hint": hint})
    print("\n".join(clean(line) for line in (f"vireo: {what}", hint) if line), file=sys.stderr)  # noqa: T201
    return 2 if isinstance(error, UsageError) else 1


def _kept(error: Exception) -> str:
    """Where the traceback of a mistake of ours was written."""
    import logging

    from assistant.wiring import keep_log

    keep_log("vireo")
    logging.getLogger(__name__).error("internal error", exc_info=error)
    return "The log says more: vireo doctor --logs"


if __name__ == "__main__":
    sys.exit(main())
