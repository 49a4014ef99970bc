"""Which network announces an address, and who runs it."""

from collections.abc import Iterable, Iterator
from datetime import timedelta

import msgspec

from chariot.capabilities.support.reading import storable
from chariot.capabilities.support.sources import decoded
from chariot.capability import Found
from chariot.model.kinds.network import Address, Netblock
from chariot.model.relationships import Relationship, RelationshipType
from chariot.source import Source, Terms

_HOLDER_LIMIT = 500


class _System(msgspec.Struct, frozen=True):
    asn: int = 0
    holder: str = ""


class _Data(msgspec.Struct, frozen=True):
    resource: str = ""
    asns: list[_System] = []


class _Answer(msgspec.Struct, frozen=True):
    data: _Data


class RipeStat(Source[Address]):
    """Ask RIPEstat which prefix holds an address and which system announces it."""

    name = "ripestat"
    terms = Terms(
        url="https://stat.ripe.net",
        per_minute=60,
        kept=timedelta(days=7),
        limit_bytes=1024 * 1024,
        conditions="https://stat.ripe.net/docs/data-api/ripestat-data-api",
    )
    period = timedelta(days=7)

    def paths(self, target: Address) -> Iterable[str]:
        """See `Source.paths`."""
        return (f"/data/prefix-overview/data.json?resource={target.ip}&sourceapp=chariot",)

    def read(self, body: bytes, target: Address) -> Iterator[Found]:
        """See `Source.read`."""
        data = decoded(body, _Answer).data
        system = data.asns[0] if data.asns else _System()
        holder = storable(system.holder, _HOLDER_LIMIT)
        if 0 < system.asn < 2**32:
            yield Address(ip=target.ip, asn=system.asn, holder=holder)
        try:
            block = Netblock(cidr=data.resource, holder=holder)
        except ValueError:
            return
        yield block
        yield Relationship(RelationshipType.CONTAINS, block.key, target.key)
