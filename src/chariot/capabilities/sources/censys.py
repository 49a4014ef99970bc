"""What Censys has seen at an address."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from chariot.capabilities.support.reading import storable
from chariot.capabilities.support.sources import decoded, domains
from chariot.capability import Found
from chariot.model.kinds.network import Address, Port
from chariot.model.relationships import Relationship, RelationshipType
from chariot.source import Source, Terms

_SERVICES_LIMIT = 2_000


class _Service(msgspec.Struct, frozen=True):
    port: int = 0
    transport_protocol: str = "TCP"
    service_name: str = ""


class _System(msgspec.Struct, frozen=True):
    asn: int = 0
    name: str = ""


class _Names(msgspec.Struct, frozen=True):
    names: list[str] = []


class _Result(msgspec.Struct, frozen=True):
    services: list[_Service] = []
    autonomous_system: _System = _System()
    dns: _Names = _Names()


class _Answer(msgspec.Struct, frozen=True):
    result: _Result


class Censys(Source[Address]):
    """Ask Censys for the services and names of an address; the key is `id:secret`."""

    name = "censys"
    terms = Terms(
        url="https://search.censys.io/api",
        key="basic",
        key_needed=True,
        per_minute=24,
        kept=timedelta(days=1),
        conditions="https://censys.com/terms-of-service/",
    )

    def paths(self, target: Address) -> Iterable[str]:
        """See `Source.paths`."""
        return (f"/v2/hosts/{target.ip}",)

    def read(self, body: bytes, target: Address) -> Iterator[Found]:
        """See `Source.read`."""
        result = decoded(body, _Answer).result
        if 0 < result.autonomous_system.asn < 2**32:
            holder = storable(result.autonomous_system.name, 500)
            yield Address(ip=target.ip, asn=result.autonomous_system.asn, holder=holder)
        yield from domains(result.dns.names)
        for service in result.services[:_SERVICES_LIMIT]:
            protocol = "udp" if service.transport_protocol.upper() in ("UDP", "QUIC") else "tcp"
            if 0 < service.port < 65_536:
                port = Port(address=target.ip, protocol=protocol, number=service.port)
                yield port
                yield Relationship(RelationshipType.HAS_PORT, target.key, port.key)
