"""What Shodan has seen: names of a domain, ports and products of an address."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from chariot.capabilities.support.reading import storable
from chariot.capabilities.support.sources import decoded, domains, seeded_domain
from chariot.capability import Found
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.weakness import Technology
from chariot.model.kinds.work import Seed
from chariot.model.relationships import Relationship, RelationshipType
from chariot.source import Source, Terms

_SERVICES_LIMIT = 2_000
_VERSION_LIMIT = 200


class _Service(msgspec.Struct, frozen=True):
    port: int = 0
    transport: str = "tcp"
    product: str | None = None
    version: str | None = None
    cpe23: list[str] = []


class _Answer(msgspec.Struct, frozen=True):
    """Of a domain: its subdomains; of an address: names and services."""

    domain: str = ""
    subdomains: list[str] = []
    hostnames: list[str] = []
    data: list[_Service] = []


class _DomainAnswer(msgspec.Struct, frozen=True):
    domain: str
    subdomains: list[str] = []


class Shodan(Source[Seed | Address]):
    """Ask Shodan's database; it sends nothing to the target on our behalf."""

    name = "shodan"
    terms = Terms(
        url="https://api.shodan.io",
        key="query key",
        key_needed=True,
        per_minute=50,
        kept=timedelta(days=1),
        conditions="https://www.shodan.io/terms",
    )

    def paths(self, target: Seed | Address) -> Iterable[str]:
        """See `Source.paths`."""
        if isinstance(target, Address):
            return (f"/shodan/host/{target.ip}",)
        domain = seeded_domain(target)
        return (f"/dns/domain/{domain}",) if domain else ()

    def read(self, body: bytes, target: Seed | Address) -> Iterator[Found]:
        """See `Source.read`."""
        if isinstance(target, Seed):
            answer = decoded(body, _DomainAnswer)
            yield from domains(f"{label}.{answer.domain}" for label in answer.subdomains)
            return
        host = decoded(body, _Answer)
        yield from domains(host.hostnames)
        for service in host.data[:_SERVICES_LIMIT]:
            yield from _service(target, service)


def _service(target: Address, service: _Service) -> Iterator[Found]:
    if service.transport not in ("tcp", "udp") or not 0 < service.port < 65_536:
        return
    port = Port(address=target.ip, protocol=service.transport, number=service.port)
    yield port
    yield Relationship(RelationshipType.HAS_PORT, target.key, port.key)
    for cpe in service.cpe23[:20]:
        try:
            technology = Technology(
                cpe=_padded(cpe),
                product=storable(service.product or "", _VERSION_LIMIT),
                version=storable(service.version or "", _VERSION_LIMIT),
            )
        except ValueError:
            continue
        yield technology
        yield Relationship(RelationshipType.HAS_TECHNOLOGY, port.key, technology.key)


def _padded(cpe: str) -> str:
    """Return a CPE 2.3 string with all its thirteen parts; Shodan leaves the last ones out."""
    return cpe + ":*" * (12 - cpe.count(":"))
