"""Somebody else's machines, next door: they listen, answer nothing, and remember who called."""

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

MAX_CONTACTS = 10_000
"""Contacts kept in full; later ones are only counted."""


CONTACTS_FILE = "neighbours.json"
"""What a running lab writes beside its profile."""


class Contact(msgspec.Struct, frozen=True):
    """One connection or datagram that reached a neighbour."""

    transport: Literal["tcp", "udp"]
    address: str
    """The neighbour's address."""
    port: int
    peer: str
    """Who called."""
    seen_at: dt.datetime


class Neighbour:
    """Remembers every contact; a scan that stays in its scope leaves none."""

    def __init__(self, *, now: Callable[[], dt.datetime]) -> None:
        self._now = now
        self._contacts: list[Contact] = []
        self._count = 0

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """The first contacts, oldest first, at most `MAX_CONTACTS`."""
        return tuple(self._contacts)

    @property
    def contact_count(self) -> int:
        """How many contacts there were."""
        return self._count

    def write_contacts(self, path: Path) -> None:
        """Write how many contacts there were, and the first of them, as JSON.

        Raises:
            OSError: the file cannot be written.
        """
        document = {"count": self._count, "contacts": self._contacts}
        path.write_bytes(msgspec.json.format(msgspec.json.encode(document), indent=2))

    async def serve(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Remember a connection, which is then closed."""
        address, port = writer.get_extra_info("sockname")[:2]
        self._remember("tcp", address, port, writer.get_extra_info("peername")[0])

    def datagrams(self, address: str, port: int) -> asyncio.DatagramProtocol:
        """Return a protocol that remembers each datagram sent to *address* and *port*."""
        return _Datagrams(lambda peer: self._remember("udp", address, port, peer))

    def _remember(self, transport: Literal["tcp", "udp"], address: str, port: int, peer: str) -> None:
        self._count += 1
        if len(self._contacts) < MAX_CONTACTS:
            self._contacts.append(Contact(transport, address, port, peer, self._now()))


class _Counted(msgspec.Struct, frozen=True):
    count: int


def read_contacts(path: Path) -> int | None:
    """Return how many contacts a lab has written down in *path*; None where it has not."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Counted).count
    except (OSError, msgspec.MsgspecError):
        return None


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, remember: Callable[[str], None]) -> None:
        self._remember = remember

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002  asyncio's signature
        self._remember(addr[0])
