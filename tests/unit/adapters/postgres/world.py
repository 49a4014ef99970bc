"""Who and what the tests of PostgreSQL are about."""

from datetime import UTC, datetime

from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.service import SurfaceService

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACME, GLOBEX = Organisation("acme"), Organisation("globex")
SHOP, HOST = Domain(host="shop.test"), Address(ip="192.0.2.7")
RESOLVES = Relationship(RelationshipType.RESOLVES_TO, SHOP.key, HOST.key)
CVE = Vulnerability(id="CVE-2023-12345")


async def see(
    store: PostgresEntityStore,
    *entities: Entity,
    by: Organisation = ACME,
    links: tuple[Relationship, ...] = (),
) -> None:
    batch = Observations(capability="probe", seen_at=NOON, entities=entities, relationships=links)
    applied = await SurfaceService(store).observe(by, batch)
    assert not applied.refused
