"""Open TCP ports of an address, and what their services say of themselves."""

import contextlib
import re
import time
from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

from chariot.capabilities.services.catalogue import by_greeting
from chariot.capabilities.services.databases import MYSQL_GREETING
from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.parameters import PortParameters
from chariot.capabilities.support.patience import Patience
from chariot.capabilities.support.reading import storable
from chariot.capabilities.support.technologies import technologies
from chariot.capabilities.support.web import front_page
from chariot.capability import (
    Capability,
    Found,
    KnownClosedError,
    NoAnswerError,
    Stream,
    Touch,
    UnreadableError,
)
from chariot.model.kinds.network import Address, Port
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.fingerprints.matching import Fingerprints, fingerprints_of

CONNECT_TIMEOUT_S = 3.0
GREETING_TIMEOUT_S = 1.0
PAGE_TIMEOUT_S = 3.0
PAGE_LIMIT_BYTES = 1_024
BANNER_LIMIT = 4_096
AT_ONCE = 64

QUESTIONS = {6379: b"INFO server\r\n", 11211: b"version\r\n", 2181: b"srvr\n"}
"""Harmless words for services that wait to be asked, by the port where they usually stand."""

_ANSWERS = {6379: "redis", 11211: "memcached", 2181: "zookeeper"}
"""What has answered when it was asked by `QUESTIONS`."""
_EXPECTED = re.compile(
    rb"\$\d{1,6}\r\n# Server|-NOAUTH|-DENIED|VERSION \d|Zookeeper version|srvr is not executed", re.IGNORECASE
)
_VOLATILE = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun),? )?\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
    r" \d{4}(?: \d{2}:\d{2}(?::\d{2})?)?(?: [+-]\d{4})?(?: \([A-Z]{1,5}\))?"
    r"|\b\d{2}:\d{2}:\d{2}\b|<\d{1,10}\.\d{1,16}@",
    re.IGNORECASE,
)


class TcpPorts(Capability[Address]):
    """Connect to each port; keep what the service says first, and the products that its words name."""

    name = "tcp-ports"
    touch = Touch.ACTIVE
    sends = "a TCP connection to each configured port; a greeting where one is open"
    packets = 70
    timeout_s: ClassVar[float] = 3_600.0
    parameters_type = PortParameters

    def cost(self, target: Address) -> int:  # noqa: ARG002 - every address gets the same
        """See `Capability.cost`."""
        return len(self.parameters.ports) + 10

    async def run(self, target: Address) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        patience = Patience(CONNECT_TIMEOUT_S)

        async def probe(number: int) -> Port | None:
            return await self._probe(target.ip, number, patience)

        known = fingerprints_of(self.parameters.fingerprints)
        async with contextlib.aclosing(spread(probe, self.parameters.ports, limit=AT_ONCE)) as ports:
            async for port in ports:
                for found in _found(target, port, known):
                    yield found

    async def _probe(self, ip: str, number: int, patience: Patience) -> Port | None:
        limit_s = patience.limit_s
        started = time.monotonic()
        try:
            async with self.network.connect(ip, number, timeout_s=limit_s) as stream:
                patience.learn(time.monotonic() - started, limit_s)
                said, asked = await _greeting(stream, number)
        except KnownClosedError:
            # It says nothing of how quick the host is.
            return None
        except NoAnswerError:
            patience.learn(time.monotonic() - started, limit_s)
            return None
        text = readable(said)
        service = service_of(said, number, asked=asked) if text else await self._web_service(ip, number)
        # Saying nothing is no proof of having nothing to say: None leaves an older banner as it is.
        return Port(address=ip, protocol="tcp", number=number, service=service, banner=text or None)

    async def _web_service(self, ip: str, number: int) -> str:
        """Return http or https for a silent service that answers so; its pages are the capability `http`'s."""
        try:
            page = await front_page(
                self.network, ip, number, timeout_s=PAGE_TIMEOUT_S, limit_bytes=PAGE_LIMIT_BYTES
            )
        except UnreadableError:
            # The port is open, whatever it shows; whose page it would be says that it is unknown.
            return ""
        return page.url.partition(":")[0] if page is not None else ""


async def _greeting(stream: Stream, number: int) -> tuple[bytes, bool]:
    """Return what the service says first, or answers, and whether it was asked; empty when it says nothing."""
    with contextlib.suppress(NoAnswerError):
        said = await stream.read(BANNER_LIMIT, timeout_s=GREETING_TIMEOUT_S)
        if said or number not in QUESTIONS:
            return said, False
        await stream.send(QUESTIONS[number])
        return await stream.read(BANNER_LIMIT, timeout_s=GREETING_TIMEOUT_S), True
    return b"", False


def readable(said: bytes) -> str:
    """Return a greeting as text, without what differs at each connection (clock times, challenges).

    Of MySQL's binary greeting only the version is kept: the rest is a random challenge.
    """
    mysql = MYSQL_GREETING.match(said)
    # The line feed is the protocol's number, by which the rules know the text.
    text = (b"\n" + mysql[1] if mysql else said).decode("utf-8", "replace")
    return storable(_VOLATILE.sub("…", text).rstrip("\r\n"), BANNER_LIMIT)


def service_of(said: bytes, number: int, *, asked: bool = False) -> str:
    """Return the service that greets so, in the words of `services`; empty where several may, or none is known."""
    if asked:
        return _ANSWERS[number] if _EXPECTED.match(said) else ""
    services = {probe.service for probe in by_greeting(said)}
    return services.pop() if len(services) == 1 else ""


def _found(target: Address, port: Port, known: Fingerprints) -> Iterator[Found]:
    yield port
    yield Relationship(RelationshipType.HAS_PORT, target.key, port.key)
    yield from technologies(port.key, known.banner(port.banner or ""))
