"""A perimeter of any size, the same each time: hosts with names, addresses, ports and web applications."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship, RelationshipType

BATCH = 5_000


def batches(entities: int, seen_at: datetime, *, relationships: bool = False) -> Iterator[bytes]:
    """Yield batches of observations as JSON, `BATCH` entities each: four entities a host."""
    for first in range(0, entities, BATCH):
        some: list[Address | Domain | Port | WebApplication] = []
        links: list[Relationship] = []
        for host in range(first // 4, min(first + BATCH, entities) // 4):
            ip = f"10.{host >> 16 & 255}.{host >> 8 & 255}.{host & 255}"
            name = f"host-{host}.example.com"
            some += (
                Address(ip=ip),
                Domain(host=name),
                Port(address=ip, protocol="tcp", number=443, service="https", banner="nginx/1.24.0"),
                WebApplication(
                    url=f"https://{name}/", status_code=200, title=f"Shop {host}", server="nginx/1.24.0"
                ),
            )
            if relationships:
                address, domain, port, web = (one.key for one in some[-4:])
                links += _links(address, domain, port, web)
        yield msgspec.json.encode(
            Observations(
                capability="bench", seen_at=seen_at, entities=tuple(some), relationships=tuple(links)
            )
        )


def shuffled(some: Iterable[bytes], seen_at: datetime) -> Iterator[bytes]:
    """Yield what *some* batches hold in an order that is none, the same each time."""
    read = [msgspec.json.decode(data, type=Observations) for data in some]
    entities = [one for batch in read for one in batch.entities]
    links = [one for batch in read for one in batch.relationships]
    order = random.Random(7)
    order.shuffle(entities)
    order.shuffle(links)
    for first in range(0, len(entities), BATCH):
        yield msgspec.json.encode(
            Observations(
                capability="bench",
                seen_at=seen_at,
                entities=tuple(entities[first : first + BATCH]),
                relationships=tuple(links[first : first + BATCH]),
            )
        )


def _links(address: Key, domain: Key, port: Key, web: Key) -> tuple[Relationship, ...]:
    return (
        Relationship(RelationshipType.RESOLVES_TO, domain, address),
        Relationship(RelationshipType.HAS_PORT, address, port),
        Relationship(RelationshipType.SERVES, port, web),
        Relationship(RelationshipType.NAMES, domain, web),
    )
