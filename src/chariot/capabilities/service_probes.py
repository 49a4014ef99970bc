"""What a TCP service is: product, version, encryption, and whether it asks who is there."""

import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from chariot.capabilities.services.contract import Door, Seen
from chariot.capabilities.services.identify import identify, speaks_http
from chariot.capabilities.support.certificates import presented
from chariot.capabilities.support.findings import facts, flaws, products
from chariot.capabilities.support.parameters import PeerParameters
from chariot.capabilities.support.reading import try_domain
from chariot.capabilities.support.technologies import technologies
from chariot.capability import Capability, Found, NoAnswerError, Touch
from chariot.model.kinds.network import Port
from chariot.modules.discovery.authorities import NOBODY, Authorities, authorities_of
from chariot.modules.discovery.fingerprints.matching import Fingerprints, fingerprints_of


class ServiceProbes(Capability[Port]):
    """Speak the protocol of the port far enough to know the product and whether anybody may use it.

    No probe reads data, guesses a password or changes anything; docs/services.md tells what each sends.
    """

    name = "services"
    touch = Touch.ACTIVE
    sends = "the greeting of one service in its own protocol"
    packets = 3
    timeout_s: ClassVar[float] = 180.0
    period: ClassVar[timedelta] = timedelta(days=1)
    parameters_type = PeerParameters

    def match(self, target: Port) -> bool:
        """Tell whether it is a TCP port."""
        return target.protocol == "tcp"

    def now(self) -> datetime:
        """Return the present moment, from which the end of a certificate is told."""
        return datetime.now(UTC)

    async def run(self, target: Port) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        seen = None
        with contextlib.suppress(NoAnswerError):
            door = Door(self.network, target.address, target.number)
            if not await speaks_http(door, target.service or ""):
                seen = await identify(door)
        if seen is not None:
            known = fingerprints_of(self.parameters.fingerprints)
            trusted = authorities_of(self.parameters.ca_file)
            for found in found_at(target, seen, known=known, now=self.now(), authorities=trusted):
                yield found


def found_at(
    port: Port, seen: Seen, *, known: Fingerprints, now: datetime, authorities: Authorities = NOBODY
) -> Iterator[Found]:
    """Yield *port* with its service, and all that *seen* says of it.

    Raises:
        CannotRunError: last of all, see `presented`.
    """
    named = Port(address=port.address, protocol=port.protocol, number=port.number, service=seen.service)
    yield named
    hits = known.text(seen.place, seen.text)
    yield from technologies(named.key, hits)
    # What the rules found has the evidence that `tcp-ports` gives as well: told in two ways it would seem to change.
    ruled = {":".join(hit.technology.cpe.split(":")[2:5]) for hit in hits}
    others = [product for product in seen.products if product.cpe not in ruled]
    yield from products(named.key, others, place=f"the protocol of {seen.service}")
    yield from facts(named.key, seen.facts)
    yield from flaws(named.key, seen.flaws)
    for name in seen.names:
        domain = try_domain(name)
        if domain is not None:
            yield domain
    yield from presented(named.key, seen.certificates, authorities=authorities, now=now)
