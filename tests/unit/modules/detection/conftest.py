"""A surface and an audit log in one file, and a clock."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import SYSTEM, Organisation
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.service import AuditService
from chariot.modules.detection.detector import Detector
from chariot.modules.detection.incidents import Incidents
from chariot.modules.detection.places import Places
from chariot.modules.detection.rules import built_in
from chariot.modules.detection.watching import Watch
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")


class World:
    def __init__(self, database: SqliteDatabase, folder: Path) -> None:
        self.at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.path = database.path
        self.store = SqliteEntityStore(database, now=self.now)
        self.surface = SurfaceService(self.store, now=self.now)
        self.audit = AuditService(
            SqliteAuditLog(database), FileSigner(folder), FileAnchors(folder), now=self.now
        )
        self.incidents = Incidents(self.surface, self.audit, now=self.now)
        self.checkpoints = SqliteCheckpoints(database)

    def now(self) -> datetime:
        return self.at

    def watch(self, clock: Callable[[], float] = time.monotonic) -> Watch:
        return Watch(
            self.audit,
            self.incidents,
            self.checkpoints,
            lambda: Detector(built_in(), Places()),
            home=ACME,
            now=self.now,
            clock=clock,
        )

    async def attack(self, count: int = 10, organisation: Organisation = SYSTEM) -> None:
        for number in range(count):
            self.audit.note(
                Entry(
                    organisation=organisation,
                    actor="",
                    action="session:begin",
                    object="#user#ann",
                    ending=Ending.REFUSED,
                    address="192.0.2.66",
                    details={"try": str(number)},
                )
            )
        await self.audit.flush()

    async def raised(self, organisation: Organisation = ACME) -> list[str]:
        keys = [change.key for change in await self.store.changes(0, 1_000, organisation=organisation)]
        return sorted({key.rpartition("#")[2] for key in keys if key.startswith("#incident#")})


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = SqliteDatabase(tmp_path / "world.db")
    made = World(database, tmp_path / "audit")
    yield made
    await made.audit.close()
    await database.close()
