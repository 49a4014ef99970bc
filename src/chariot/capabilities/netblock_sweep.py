"""Which addresses of a netblock answer."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from ipaddress import ip_network
from typing import ClassVar

from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.parameters import PortParameters
from chariot.capability import CannotRunError, Capability, Found, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Address, Netblock
from chariot.model.relationships import Relationship, RelationshipType

CONNECT_TIMEOUT_S = 3.0
AT_ONCE = 100
"""Probes in flight; the rate is the network's business."""


class SweepParameters(PortParameters, frozen=True, forbid_unknown_fields=True):
    """What a sweep probes."""

    max_probes: int = 65_536
    """Addresses times ports; a larger sweep is refused, because it would take hours without saying so."""


class NetblockSweep(Capability[Netblock]):
    """Connect to each port of each address, and yield the addresses that accept one connection or more."""

    name = "netblock-sweep"
    touch = Touch.ACTIVE
    sends = "a TCP connection to each configured port of each address"
    packets = 5000
    queue: ClassVar[str] = "scan"
    timeout_s: ClassVar[float] = 1_800.0
    parameters_type = SweepParameters

    def cost(self, target: Netblock) -> int:
        """See `Capability.cost`: a block that is refused costs nothing."""
        probes = ip_network(target.cidr).num_addresses * len(self.parameters.ports)
        return probes if probes <= self.parameters.max_probes else 0

    async def run(self, target: Netblock) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        network = ip_network(target.cidr)
        ports: tuple[int, ...] = self.parameters.ports
        probes = network.num_addresses * len(ports)
        if probes > self.parameters.max_probes:
            raise CannotRunError(
                f"{target.cidr} on {len(ports)} ports needs {probes:,} probes, more than the "
                f"{self.parameters.max_probes:,} allowed: seed smaller blocks, probe fewer ports, or raise max_probes"
            )
        answered: set[str] = set()
        # Port by port rather than address by address, so that no single host gets all its probes at once.
        everything = ((str(ip), port) for port in ports for ip in network)
        async with contextlib.aclosing(
            spread(self._probe, _without(everything, answered), limit=AT_ONCE)
        ) as hits:
            async for ip in hits:
                if ip not in answered:
                    answered.add(ip)
                    address = Address(ip=ip)
                    yield address
                    yield Relationship(RelationshipType.CONTAINS, target.key, address.key)

    async def _probe(self, place: tuple[str, int]) -> str | None:
        ip, port = place
        # A denied address inside the block is left alone; that is what a deny list is for.
        with contextlib.suppress(NoAnswerError, OutOfScopeError):
            async with self.network.connect(ip, port, timeout_s=CONNECT_TIMEOUT_S):
                return ip
        return None


def _without(places: Iterator[tuple[str, int]], answered: set[str]) -> Iterator[tuple[str, int]]:
    """Yield the places whose address has not answered yet: one open port is enough."""
    return (place for place in places if place[0] not in answered)
