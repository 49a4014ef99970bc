"""A small world with the real stores, bus and relay, in one file of the test's own folder."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import UnavailableError
from chariot.model.evidence import Banner
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute, File
from chariot.model.observations import Observations
from chariot.model.records import Edge, Record
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.records import (
    Advisory,
    AffectedPackage,
    CpeMatch,
    Cve,
    EpssScore,
    FeedHeader,
    IntelRecord,
    KevEntry,
    Node,
    PackageRange,
)
from chariot.modules.intel.scores import score_vector
from chariot.modules.intel.service import Intelligence
from chariot.modules.risk.assess import Assessor, AssessStage
from chariot.modules.risk.correlate import CorrelateStage, Correlator
from chariot.modules.risk.follow import IntelFollower
from chariot.modules.risk.routes import routes
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Page, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.relay import Relay

ACME = Organisation("acme")
WIDGET = "cpe:2.3:a:acme:widget:{}:*:*:*:*:*:*:*"
OVERFLOW = "CVE-2024-1000"
LEAK = "CVE-2024-2000"
EASY = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"


def cve(name: str, *matches: CpeMatch, vector: str = EASY, summary: str = "It overflows. Badly.") -> Cve:
    at = datetime(2024, 1, 1, tzinfo=UTC)
    return Cve(
        name, at, at, summary, (score_vector(vector),), ("CWE-787",), (), (Node("OR", tuple(matches)),)
    )


def before(version: str, product: str = "widget") -> CpeMatch:
    return CpeMatch(f"cpe:2.3:a:acme:{product}:*:*:*:*:*:*:*:*", end_excluding=version)


def fixed_in(
    version: str, *cves: str, ecosystem: str = "npm", name: str = "lib", id_: str = "GHSA-1"
) -> Advisory:
    """Return an advisory that all versions before *version* are affected."""
    events = (("introduced", "0"), ("fixed", version))
    package = AffectedPackage(ecosystem, name, (PackageRange("ECOSYSTEM", events),))
    at = datetime(2024, 1, 1, tzinfo=UTC)
    return Advisory(id_, at, cves, "A flaw.", (package,), (score_vector(EASY),))


class World:
    """Everything that the stages need, driven by hand."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.database = database
        self.store = SqliteEntityStore(database, now=self.now)
        self.surface = SurfaceService(self.store, now=self.now)
        self.intel_store = MemoryIntelStore(self.now)
        self.intel = Intelligence(self.intel_store, Aliases.built_in())
        self.bus = LocalBus(database)
        self.correlator = Correlator(self.surface, self.intel, now=self.now)
        self.assessor = Assessor(self.surface, now=self.now)
        self.risks = RiskService(self.surface, now=self.now)
        self.checkpoints = SqliteCheckpoints(database)
        self.follower = IntelFollower(
            self.surface, self.intel, self.correlator, self.bus, self.checkpoints, now=self.now
        )
        self.relay = Relay(self.store, self.bus, self.checkpoints, routes())
        self.stages = (
            CorrelateStage(self.surface, self.correlator, self.bus),
            AssessStage(self.surface, self.assessor, self.bus),
        )
        self.handled: list[str] = []

    def now(self) -> datetime:
        # No two moments of a real clock are the same, and of two statements at one moment neither is newer.
        self.at += timedelta(milliseconds=1)
        return self.at

    def later(self, **time: float) -> None:
        self.at += timedelta(**time)

    async def load(self, *records: IntelRecord, feed: str = "nvd", replaces: bool = False) -> None:
        await self.intel_store.load(FeedHeader(feed, "test", "", replaces), [records])

    async def known_exploited(self, *names: str) -> None:
        entries = [KevEntry(name, date(2026, 1, 1)) for name in names]
        await self.load(*entries, feed="kev", replaces=True)

    async def probable(self, name: str, probability: float) -> None:
        await self.load(EpssScore(name, probability, 0.9, date(2026, 1, 1)), feed="epss", replaces=True)

    async def see(
        self,
        version: str,
        *,
        number: int = 443,
        cpe: str = WIDGET,
        capability: str = "http",
        organisation: Organisation = ACME,
        **batch: object,
    ) -> Key:
        """Write that a version of a product runs at a port, and return the port's key."""
        address, port = (
            Address(ip="192.0.2.7"),
            Port(address="192.0.2.7", protocol="tcp", number=number),
        )
        technology = Technology(cpe=cpe.format(version), product="Widget", version=version.strip("*"))
        evidence = (Banner(text=f"Widget/{version}"),)
        links = (
            Relationship(RelationshipType.HAS_PORT, address.key, port.key),
            Relationship(RelationshipType.HAS_TECHNOLOGY, port.key, technology.key, evidence),
        )
        await self.surface.observe(
            organisation,
            Observations(
                capability=capability,
                seen_at=self.at,
                entities=(address, port, technology),
                relationships=links,
                **batch,
            ),
        )
        return port.key

    async def list_packages(
        self, *purls: str, image: str = "image", organisation: Organisation = ACME
    ) -> Key:
        """Write that a bill of materials lists *purls* in an image, and return the image's key."""
        file = File(path=image)
        listed = [Attribute(owner=file.key, label="package", value=purl) for purl in purls]
        links = [Relationship(RelationshipType.HAS_ATTRIBUTE, file.key, one.key) for one in listed]
        batch = Observations(
            capability="import",
            seen_at=self.at,
            entities=(file, *listed),
            relationships=tuple(links),
        )
        await self.surface.observe(organisation, batch)
        return file.key

    async def run(self) -> list[str]:
        """Relay and work until nothing is left; return the keys of the orders that were done."""
        self.handled = []
        busy = True
        while busy:
            busy = await self.relay.step() > 0
            for stage in self.stages:
                while deliveries := await self.bus.lease(stage.queue, limit=100, lease_s=60, owner="t"):
                    busy = True
                    for delivery in deliveries:
                        await stage.handle(delivery.message)
                        self.handled.append(f"{stage.queue} {delivery.message.order_key}")
                    await self.bus.ack(deliveries)
        return self.handled

    async def risk(self, name: str, target: Key, organisation: Organisation = ACME) -> Risk | None:
        key = Risk(target=target, weakness=name).key
        record = (await self.store.get(organisation, [key])).get(key)
        return record.entity if record is not None else None


class Away:
    """A store that has the database of one organisation only while `is_away` is false."""

    def __init__(self, store: EntityStore, organisation: Organisation) -> None:
        self._store = store
        self._organisation = organisation
        self.is_away = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        self._check(organisation)
        return await self._store.find(organisation, query)

    async def edges(self, organisation: Organisation, key: Key, **asked: Any) -> Page[Edge]:
        self._check(organisation)
        return await self._store.edges(organisation, key, **asked)

    def _check(self, organisation: Organisation) -> None:
        if self.is_away and organisation == self._organisation:
            raise UnavailableError("its database is away")


@pytest.fixture
async def world(tmp_path) -> AsyncIterator[World]:
    made = World(SqliteDatabase(tmp_path / "world.db"))
    yield made
    await made.store.close()
