"""The names of all addresses of a netblock, also of those at which nothing answers."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from ipaddress import ip_network
from typing import ClassVar

import msgspec

from chariot.capabilities.support.concurrency import spread
from chariot.capabilities.support.name_service import ANSWERED, ask
from chariot.capabilities.support.reading import try_domain
from chariot.capability import CannotRunError, Capability, Found, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Address, Domain, Netblock
from chariot.model.relationships import Relationship, RelationshipType

AT_ONCE = 50
NAMES_EACH = 20
"""PTR names of one address that are asked back."""


class ReverseSweepParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is swept."""

    max_addresses: int = 65_536
    """A larger block is refused, because it would take hours without saying so."""


class ReverseSweep(Capability[Netblock]):
    """Look up PTR for each address, and believe a name only when it resolves back, not through an alias."""

    name = "reverse-sweep"
    touch = Touch.LIGHT
    sends = "one look-up of each address, and of the names that it has"
    packets = 256
    queue: ClassVar[str] = "scan"
    timeout_s: ClassVar[float] = 1_800.0
    period: ClassVar[timedelta] = timedelta(days=3)
    parameters_type = ReverseSweepParameters

    def cost(self, target: Netblock) -> int:
        """See `Capability.cost`: a block that is refused costs nothing."""
        size = ip_network(target.cidr).num_addresses
        return size if size <= self.parameters.max_addresses else 0

    async def run(self, target: Netblock) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        network = ip_network(target.cidr)
        if network.num_addresses > self.parameters.max_addresses:
            raise CannotRunError(
                f"{target.cidr} has {network.num_addresses:,} addresses, more than the"
                f" {self.parameters.max_addresses:,} allowed: seed smaller blocks, or raise max_addresses"
            )
        silent: list[str] = []

        async def names(ip: str) -> tuple[str, list[Domain]] | None:
            return await self._names(ip, silent)

        addresses = (str(ip) for ip in network)
        async with contextlib.aclosing(spread(names, addresses, limit=AT_ONCE)) as named:
            async for ip, domains in named:
                address = Address(ip=ip)
                yield address
                yield Relationship(RelationshipType.CONTAINS, target.key, address.key)
                for domain in domains:
                    yield domain
                    yield Relationship(RelationshipType.RESOLVES_TO, domain.key, address.key)
        if silent:
            raise CannotRunError(
                f"{len(silent):,} of {network.num_addresses:,} addresses got no answer, such as {silent[0]}"
            )

    async def _names(self, ip: str, silent: list[str]) -> tuple[str, list[Domain]] | None:
        """Return an address with the names that resolve back to it; None without any."""
        try:
            answer = await ask(self.network, ip, "PTR")
        except OutOfScopeError:
            # A denied address inside the block is left alone; that is what a deny list is for.
            return None
        if answer.status not in ANSWERED:
            silent.append(ip)
            return None
        domains = [one for value in answer.values[:NAMES_EACH] if (one := try_domain(value)) is not None]
        confirmed = [domain for domain in domains if await self._confirms(domain.host, ip)]
        return (ip, confirmed) if confirmed else None

    async def _confirms(self, host: str, ip: str) -> bool:
        record = "AAAA" if ":" in ip else "A"
        with contextlib.suppress(NoAnswerError, OutOfScopeError):
            answer = await self.network.resolve(host, record)
            return ip in answer.values and not answer.aliases
        return False
