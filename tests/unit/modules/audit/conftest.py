"""A log in a file, its key, and a clock that stands."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.modules.audit.service import AuditService


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteAuditLog]:
    database = SqliteDatabase(tmp_path / "audit.db")
    yield SqliteAuditLog(database)
    await database.close()


@pytest.fixture
def signer(tmp_path: Path) -> FileSigner:
    return FileSigner(tmp_path / "audit")


@pytest.fixture
def anchors(tmp_path: Path) -> FileAnchors:
    return FileAnchors(tmp_path / "audit")


@pytest.fixture
async def audit(
    log: SqliteAuditLog, signer: FileSigner, anchors: FileAnchors, clock: Clock
) -> AsyncIterator[AuditService]:
    made = AuditService(log, signer, anchors, now=clock)
    yield made
    await made.close()
