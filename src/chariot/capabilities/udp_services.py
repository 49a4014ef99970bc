"""UDP services of an address, found by one small packet each."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import ClassVar

import msgspec

from chariot.capabilities.service_probes import found_at
from chariot.capabilities.services.contract import Seen
from chariot.capabilities.services.datagrams import DATAGRAMS, Datagram
from chariot.capabilities.support.concurrency import spread
from chariot.capability import Capability, Found, NoAnswerError, Touch
from chariot.model.kinds.network import Address, Port
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.fingerprints.matching import fingerprints_of

ANSWER_TIMEOUT_S = 3.0
ANSWER_LIMIT_BYTES = 4_096
AT_ONCE = 6


class UdpParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for by UDP."""

    services: tuple[str, ...] = ()
    """Only these, such as `snmp`; empty for all."""
    local: bool = False
    """Whether services of the own network (SSDP, multicast DNS) are asked for as well."""
    fingerprints: tuple[str, ...] = ()
    """Files and folders of rules that stand beside the built-in ones."""


class UdpServices(Capability[Address]):
    """Send each protocol's smallest question to its usual port; only an answer in that protocol counts.

    Silence says nothing: an open UDP port that does not understand is as quiet as a closed one behind a firewall.
    No question makes an answer that is large enough to flood somebody: nothing is asked twice.
    """

    name = "udp-services"
    touch = Touch.ACTIVE
    sends = "one small UDP packet for each of the common services"
    packets = 12
    timeout_s: ClassVar[float] = 120.0
    parameters_type = UdpParameters

    def now(self) -> datetime:
        """Return the present moment."""
        return datetime.now(UTC)

    async def run(self, target: Address) -> AsyncIterator[Found]:
        """See `Capability.run`."""

        async def ask(datagram: Datagram) -> tuple[int, Seen] | None:
            seen = await self._ask(target.ip, datagram)
            return None if seen is None else (datagram.port, seen)

        known = fingerprints_of(self.parameters.fingerprints)
        wanted = [one for one in DATAGRAMS if self._is_wanted(one)]
        async with contextlib.aclosing(spread(ask, wanted, limit=AT_ONCE)) as answers:
            async for number, seen in answers:
                port = Port(address=target.ip, protocol="udp", number=number, service=seen.service)
                for found in found_at(port, seen, known=known, now=self.now()):
                    yield found
                yield Relationship(RelationshipType.HAS_PORT, target.key, port.key)

    def _is_wanted(self, datagram: Datagram) -> bool:
        chosen = self.parameters.services
        return datagram.service in chosen if chosen else self.parameters.local or not datagram.local

    async def _ask(self, ip: str, datagram: Datagram) -> Seen | None:
        with contextlib.suppress(NoAnswerError):
            answer = await self.network.datagram(
                ip,
                datagram.port,
                datagram.question,
                timeout_s=ANSWER_TIMEOUT_S,
                limit_bytes=ANSWER_LIMIT_BYTES,
            )
            return datagram.read(answer)
        return None
