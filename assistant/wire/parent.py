"""The bond of a child process to its parent: it dies with it, also by kill -9. Linux calls stand here."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel for a SIGKILL when the thread that started this process ends (prctl(2), PR_SET_PDEATHSIG).

    Elsewhere than on Linux the end of standard input must do.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)
