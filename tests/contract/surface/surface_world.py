"""What the contracts of the surface share: a clock, organisations, entities, and short ways to write."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import count

from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.observations import Edit, Observations
from chariot.model.records import Change, Record
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Page, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.states import Applied

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
ACME, GLOBEX = Organisation("acme"), Organisation("globex")

SHOP = Domain(host="shop.test")
HOST = Address(ip="192.0.2.7")
HTTPS = Port(address="192.0.2.7", protocol="tcp", number=443, service="https")
CVE = Vulnerability(id="CVE-2023-12345", title="Known to all")
RISK = Risk(target=HTTPS.key, weakness="CVE-2023-12345")
HAS_HTTPS = Relationship(RelationshipType.HAS_PORT, HOST.key, HTTPS.key)
RESOLVES = Relationship(RelationshipType.RESOLVES_TO, SHOP.key, HOST.key)

NewStore = Callable[[], Awaitable[EntityStore]]
_numbers = count()


class MadeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


class Surface:
    """A store with its service, and what tests do again and again."""

    def __init__(self, store: EntityStore, clock: MadeClock) -> None:
        self.store = store
        self.clock = clock
        self.service = SurfaceService(store, now=clock.now, seal=lambda _, secret: secret)

    async def see(
        self,
        *entities: Entity,
        by: Organisation = ACME,
        at: datetime | None = None,
        capability: str = "probe",
        links: tuple[Relationship, ...] = (),
        tags: dict[str, str] | None = None,
    ) -> Applied:
        batch = Observations(
            capability=capability,
            seen_at=at or self.clock.now(),
            entities=entities,
            relationships=links,
            tags=tags or {},
        )
        return await self.service.observe(by, batch)

    async def decide(self, *edits: Edit, by: Organisation = ACME) -> Applied:
        return await self.service.edit(by, edits)

    async def one(self, key: Key, by: Organisation = ACME, as_of: datetime | None = None) -> Record | None:
        return (await self.store.get(by, [key], as_of=as_of)).get(key)

    async def keys(self, query: Query, by: Organisation = ACME) -> list[Key]:
        """Walk all pages of *query* and return the keys in order."""
        return [record.key async for record in self.walk(query, by)]

    async def walk(self, query: Query, by: Organisation = ACME) -> AsyncIterator[Record]:
        cursor = query.cursor
        while True:
            page: Page[Record] = await self.store.find(by, moved(query, cursor))
            for record in page.items:
                yield record
            cursor = page.cursor
            if not cursor:
                return

    async def log(self, by: Organisation | None = None) -> list[Change]:
        return list(await self.store.changes(0, 100_000, organisation=by))


def moved(query: Query, cursor: str) -> Query:
    """Return *query* from *cursor* on."""
    return Query(
        kinds=query.kinds,
        where=query.where,
        sort=query.sort,
        limit=query.limit,
        cursor=cursor,
        as_of=query.as_of,
        everything=query.everything,
    )


def fresh_organisation() -> Organisation:
    """Return an organisation that no test used before: each example of a property starts empty."""
    return Organisation(f"org-{next(_numbers)}")


def domains(number: int) -> list[Domain]:
    """Return *number* domains in the order of their keys."""
    return [Domain(host=f"host-{place:05}.test") for place in range(number)]
