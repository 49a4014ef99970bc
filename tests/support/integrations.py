"""A store with risks, emulated systems on loopback, and a clock that a test moves."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chariot.adapters.filesystem.blobs import FolderBlobs
from chariot.adapters.keyfile.keys import FileKeys
from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.outgoing.client import Outgoing
from chariot.adapters.outgoing.systems import HttpSystems
from chariot.adapters.sqlite.data_keys import SqliteDataKeys
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.leases import SqliteLeases
from chariot.adapters.webhook.guard import Guard
from chariot.formats.mapped import Mapped
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.integration import Integration, Ticket
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import File
from chariot.model.observations import Edit, Observations
from chariot.model.states import RiskState, Severity
from chariot.modules.exchange.exports.service import ExportService, installed_exporters
from chariot.modules.exchange.imports import ImportService, installed_formats
from chariot.modules.files.service import FileService
from chariot.modules.integrations.hooks import Hooks
from chariot.modules.integrations.job_stage import ImportStage
from chariot.modules.integrations.jobs import ImportJobs
from chariot.modules.integrations.runs import Runs
from chariot.modules.integrations.service import IntegrationService
from chariot.modules.integrations.watching import PlainLedger
from chariot.modules.risk.service import RiskService
from chariot.modules.secrets.keyring import KeyRing
from chariot.modules.secrets.store import OpeningStore
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.queues import IMPORT, INTEGRATE

ACME = Organisation("acme")
NOON = datetime(2026, 1, 10, 12, tzinfo=UTC)
SHOP = Domain(host="shop.test")
NUCLEI = (
    b'{"template-id":"weak-cipher","info":{"name":"Weak cipher","severity":"low"},"type":"http",'
    b'"host":"https://shop.test","matched-at":"https://shop.test/","ip":"192.0.2.7",'
    b'"timestamp":"2026-01-09T10:00:00Z"}\n'
)


class World:
    """All services on one SQLite file."""

    def __init__(self, folder: Path) -> None:
        self.now = NOON
        self.slept: list[float] = []
        database = SqliteDatabase(folder / "t.db")
        masters = FileKeys(folder / "master.key")
        vault = Vault(KeyRing(masters, SqliteDataKeys(database)), masters)
        self.store = OpeningStore(SqliteEntityStore(database, now=self._tick), vault)
        self.surface = SurfaceService(self.store, now=self._tick, seal=vault.seal, ready=vault.ready)
        self.bus = LocalBus(database, now=self._tick)
        self.blobs = FolderBlobs(folder / "blobs")
        self.files = FileService(self.surface, self.blobs)
        self.risks = RiskService(self.surface, now=self._tick)
        formats = installed_formats()
        self.jobs = ImportJobs(
            self.surface,
            self.blobs,
            self.bus,
            formats=frozenset(formats),
            make_map=Mapped.from_toml,
            now=self._tick,
        )
        self.stage = ImportStage(
            self.surface,
            self.blobs,
            self.jobs,
            formats,
            make_map=Mapped.from_toml,
            now=self._tick,
            look_s=0.01,
        )
        ledger = PlainLedger(self.surface, now=self._tick)
        self.imports = ImportService(self.surface, formats, ledger=ledger, now=self._tick)
        self.exports = ExportService(self.store, installed_exporters(), now=self._tick)
        outgoing = Outgoing(Guard(["127.0.0.0/8"]), now=self._tick, timeout_s=10, sleep=self.sleep)
        self.systems = HttpSystems(outgoing)
        self.runs = Runs(
            self.surface,
            self.risks,
            self.imports,
            self.exports,
            self.systems,
            self.files,
            make_map=Mapped.from_toml,
            now=self._tick,
        )
        self.integrations = IntegrationService(
            self.surface,
            self.runs,
            self.bus,
            SqliteLeases(database),
            reveal=vault.open,
            now=self._tick,
        )
        self.hooks = Hooks(self.integrations, self.jobs, self.files, now=self._tick)

    def _tick(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)

    async def see(self, *weaknesses: str, score: int = 80, **more: Any) -> list[Key]:
        """Let risks be seen at the shop, and return their keys."""
        risks = [
            Risk(target=SHOP.key, weakness=weakness, severity=Severity.HIGH, title=f"Old {weakness}", **more)
            for weakness in weaknesses
        ]
        batch = Observations(capability="probe", seen_at=self._tick(), entities=(SHOP, *risks))
        assert not (await self.surface.observe(ACME, batch)).refused
        edits = [Edit(actor="assess", key=risk.key, fields={"score": score}) for risk in risks]
        await self.surface.edit(ACME, edits)
        return [risk.key for risk in risks]

    async def see_in_code(self, told: Mapping[str, str]) -> None:
        """Let a weakness be seen in each of some files."""
        files = [File(path=path) for path in told]
        risks = [
            Risk(target=file.key, weakness=told[file.path], severity=Severity.HIGH, title="In code")
            for file in files
        ]
        batch = Observations(capability="probe", seen_at=self._tick(), entities=(*files, *risks))
        assert not (await self.surface.observe(ACME, batch)).refused

    async def risk(self, key: Key) -> Risk:
        entity = (await self.store.get(ACME, [key]))[key].entity
        assert isinstance(entity, Risk)
        return entity

    async def decide(self, key: Key, state: RiskState, why: str = "") -> None:
        until = self.now + timedelta(days=9) if state is RiskState.ACCEPTED else None
        await self.risks.transition(ACME, key, state, "ann", why, until=until)

    async def tickets(self) -> dict[str, Ticket]:
        page = await self.store.find(ACME, Query(kinds=("ticket",), limit=1_000))
        return {one.entity.risk: one.entity for one in page.items if isinstance(one.entity, Ticket)}

    async def add(self, label: str, **stated: Any) -> None:
        await self.integrations.put(ACME, Integration(label=label, **stated), actor="ann")

    async def integration(self, label: str) -> Integration:
        return (await self.integrations.get(ACME, label))[1]

    async def work(self) -> None:
        """Do what waits in the two queues until nothing does."""
        while True:
            found = [
                (queue, delivery)
                for queue in (IMPORT, INTEGRATE)
                for delivery in await self.bus.lease(queue, limit=10, lease_s=30, owner="test")
            ]
            if not found:
                return
            for queue, delivery in found:
                handle = self.stage.handle if queue == IMPORT else self.integrations.handle
                await handle(delivery.message)
                await self.bus.ack([delivery])


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
