"""Runs between our fork and the program: sets its limits, has it end with us, and becomes the program.

It is a file of its own, started by a fresh interpreter: code between fork and exec in a process with threads may
hang, and a program may only be limited by itself or by its parent.
"""

import ctypes
import os
import resource
import signal
import sys

PARENT_DEATH_SIGNAL = 1
"""The option of prctl(2)."""


def main(parent: int, size_bytes: int, program: str, arguments: list[str]) -> None:
    """Become *program*, which may write *size_bytes* to each file and ends when the process *parent* does."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
        # Our process may have ended before the line above: then nobody would end the program.
        if os.getppid() != parent:
            sys.exit(1)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    os.execv(program, [program, *arguments])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
