"""The names of an address, where the names agree."""

import contextlib
from collections.abc import AsyncIterator
from ipaddress import ip_address
from typing import ClassVar

from chariot.capabilities.support.reading import try_domain
from chariot.capability import CannotRunError, Capability, Found, NoAnswerError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Address
from chariot.model.relationships import Relationship, RelationshipType

NAMES_LIMIT = 100
"""PTR names that are asked back; whoever runs the reverse zone may list any number of other people's."""


class ReverseDns(Capability[Address]):
    """Look up PTR, and believe a name only when it resolves back to the address, not through an alias."""

    name = "reverse-dns"
    touch = Touch.LIGHT
    sends = "one look-up of the address, and of the names that it has"
    packets = 3
    timeout_s: ClassVar[float] = 120.0

    async def run(self, target: Address) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        answer = await self.network.resolve(target.ip, "PTR")
        if answer.status not in ("NOERROR", "NXDOMAIN"):
            raise CannotRunError(f"the resolver said {answer.status} for the PTR of {target.ip}")
        for value in answer.values[:NAMES_LIMIT]:
            domain = try_domain(value)
            if domain is not None and await self._confirms(domain.host, target.ip):
                yield domain
                yield Relationship(RelationshipType.RESOLVES_TO, domain.key, target.key)

    async def _confirms(self, host: str, ip: str) -> bool:
        record = "AAAA" if ip_address(ip).version == 6 else "A"
        with contextlib.suppress(NoAnswerError, OutOfScopeError):
            answer = await self.network.resolve(host, record)
            return ip in answer.values and not answer.aliases
        return False
