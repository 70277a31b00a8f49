"""The command line: ``vireo COMMAND``."""

import sys
from collections.abc import Sequence

from assistant.commands import parser
from assistant.errors import AssistantError
from assistant.safe_text import clean

DEFAULT = "chat"
LIBRARIES = (
    "Install it again (README), and what OpenCV wants of the system; on Debian: apt-get install libgl1 libglib2.0-0"
)


def main(words: Sequence[str] | None = None) -> int:
    """Run a command; the exit code is 0 ok, 1 error, 2 usage, 124 timeout, 130 interrupted."""
    words = list(sys.argv[1:] if words is None else words) or [DEFAULT]
    arguments = parser(words[0]).parse_args(words)
    try:
        return int(arguments.run(arguments))
    except AssistantError as error:
        hint = f"\n{clean(error.hint)}" if error.hint else ""
        print(f"vireo: {clean(str(error))}{hint}", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:
        sys.stdout = None  # the reader of our output has gone: nothing is left to flush
        return 1
    except OSError as error:
        print(f"vireo: {clean(str(error.filename or 'input'))}: {error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 1
    except ImportError as error:
        print(f"vireo: {clean(str(error))}\n{LIBRARIES}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
