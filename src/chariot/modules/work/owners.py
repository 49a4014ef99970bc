"""Names of processes that hold leases: they tell whether the process still lives on this machine."""

import os
import socket
from pathlib import Path

_PROC = Path("/proc")


def this_owner() -> str:
    """Return the name of this process: host, process id, and when it started (a process id is used again)."""
    return f"{_host()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Return True only when *owner* ran on this machine and does not any more; in doubt False.

    >>> is_dead(this_owner()), is_dead("another-machine:1:1"), is_dead("nonsense")
    (False, False, False)
    """
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    started = owner.rpartition(":")[2]
    if host != _host() or not rest.isdecimal() or len(rest) > 9:
        return False
    pid = int(rest)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _started(pid) != started


def _host() -> str:
    # Another boot of the machine is another host, and so is another container: process ids differ.
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()[:8]
        space = (_PROC / "self/ns/pid").readlink().name
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}/{boot}/{space.strip('pid:[]')}"


def _started(pid: int) -> str:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return "0"
    # The name of the program stands in brackets and may hold anything; the 20th field after it is the start.
    fields = stat.rpartition(")")[2].split()
    # A zombie has ended; only its parent has not asked yet.
    return "ended" if fields[0] == "Z" else fields[19]
