"""The bond of a child process to its parent: it dies with it, also by kill -9. Linux calls stand here."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask the kernel for a SIGKILL when the thread that started this process ends (prctl(2), PR_SET_PDEATHSIG).

    Where it ended before, and elsewhere than on Linux, the end of standard input must do.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
