"""Ports for the servers of tests, which nobody else takes: neither before they listen nor while they are down."""

import random
import socket
from pathlib import Path

LABS_END = 24_000
"""Below are the ports of labs, whatever their offset."""
_RANGE_FILE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_USUAL_LOWEST = 32_768
_TRIES = 1_000
_HELD: dict[int, socket.socket] = {}


def free_port() -> int:
    """Return a TCP port that no call of any process of tests returns again while this process lives.

    It is none of those that the system gives to outgoing connections: a client that asks a server which is down
    would otherwise take its port sooner or later, or be connected to itself.
    """
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        port = chance.randrange(LABS_END, max(_lowest_outgoing(), LABS_END + 1_000))
        if _is_free(port) and _is_held(port):
            return port
    raise RuntimeError(f"no free port in {_TRIES} tries")


def give_up(port: int) -> None:
    """Let go of a port whose server listens for datagrams as well, right before it starts."""
    _HELD.pop(port).close()


def _lowest_outgoing() -> int:
    try:
        return int(_RANGE_FILE.read_text().split()[0])
    except OSError:
        return _USUAL_LOWEST


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # What a connection of a server that has ended leaves behind for a minute hinders no server.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _is_held(port: int) -> bool:
    """Hold the number by a datagram socket, which is in the way of no TCP server; False when another process does."""
    holder = socket.socket(type=socket.SOCK_DGRAM)
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        holder.close()
        return False
    _HELD[port] = holder
    return True
