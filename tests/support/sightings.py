"""A long import as batches of sightings: hosts seen three times, with one fact that changes and changes back."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Technology
from chariot.model.observations import Observations
from chariot.model.registry import AnyEntity
from chariot.model.relationships import Relationship, RelationshipType

_PER_HOST = 10
"""Observations of one host in all three passes."""
_BATCH_HOSTS = 25
_WEAK = Technology(cpe="cpe:2.3:a:f5:nginx:1.18.0:*:*:*:*:*:*:*", product="nginx", version="1.18.0")
_EVERY_WEAK = 50
"""One host in so many runs something with known weaknesses."""


def batches(observations: int, seen_at: datetime) -> Iterator[bytes]:
    """Return JSON batches with about *observations* in all, the first seen at *seen_at*, each a second later."""
    hosts = observations // _PER_HOST
    number = 0
    for turn in range(3):
        for first in range(0, hosts, _BATCH_HOSTS):
            some = range(first, min(first + _BATCH_HOSTS, hosts))
            entities: list[AnyEntity] = []
            relationships: list[Relationship] = []
            for host in some:
                entities += _entities(host, turn)
                relationships += _relationships(host, turn)
            batch = Observations(
                capability=f"import-{turn}",
                seen_at=seen_at + timedelta(seconds=number),
                entities=tuple(entities),
                relationships=tuple(relationships),
            )
            yield msgspec.json.encode(batch)
            number += 1


def _parts(host: int) -> tuple[Domain, Address, Port]:
    # Documentation names, and addresses for benchmarks: nobody's, and below no seed.
    ip = f"198.{18 + host // 65_536}.{host // 256 % 256}.{host % 256}"
    return (
        Domain(host=f"host-{host}.imported.example"),
        Address(ip=ip),
        Port(address=ip, protocol="tcp", number=443),
    )


def _entities(host: int, turn: int) -> list[AnyEntity]:
    domain, address, port = _parts(host)
    banner = "second" if turn == 1 else "first"
    seen: list[AnyEntity] = [domain, msgspec.structs.replace(port, banner=banner)]
    if turn < 2:
        seen.append(address)
    if turn == 0 and not host % _EVERY_WEAK:
        seen.append(_WEAK)
    return seen


def _relationships(host: int, turn: int) -> list[Relationship]:
    domain, address, port = _parts(host)
    if turn == 1:
        return []
    seen = [Relationship(RelationshipType.RESOLVES_TO, domain.key, address.key)]
    if turn == 0 and not host % _EVERY_WEAK:
        seen.append(Relationship(RelationshipType.HAS_TECHNOLOGY, port.key, _WEAK.key))
    return seen
