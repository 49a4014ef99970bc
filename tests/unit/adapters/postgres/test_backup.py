import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from chariot.adapters.postgres.audit import PostgresAuditLog
from chariot.adapters.postgres.backup import _PASSING, PostgresSource, PostgresTarget, _kept
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.migrations import MIGRATIONS
from chariot.errors import ConfigurationError, ConflictError, InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.audit.chain import GENESIS, chained
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Addition
from chariot.modules.audit.seals import Signed
from chariot.modules.backup.keys import KeyFile
from chariot.modules.backup.service import restore_backup, write_backup
from chariot.modules.surface.service import SurfaceService
from support.databases import databases

KEY = KeyFile(bytes(range(32)))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ACME, GLOBEX = Organisation("acme"), Organisation("globex")

Rows = dict[str, list[str]]


async def observe(url: str, organisation: Organisation, name: str) -> None:
    database = await PostgresDatabase.open(url, size=2)
    surface = SurfaceService(PostgresEntityStore(database, now=lambda: NOON), now=lambda: NOON)
    host, address = Domain(host=f"{name}.example.com"), Address(ip="192.0.2.7")
    link = Relationship(RelationshipType.RESOLVES_TO, host.key, address.key)
    batch = Observations(capability="dns", seen_at=NOON, entities=(host, address), relationships=(link,))
    await surface.observe(organisation, batch)
    log = PostgresAuditLog(database)
    last = len(await log.rows(organisation, after=0, limit=100))
    entry = Entry(organisation=organisation, actor=name, action="risks:read")
    made = chained(organisation, [entry], last=last, previous=GENESIS, at_us=1)
    head = Signed("head", "key", "signature")
    addition = Addition(rows=made, checkpoint=(last + 1, head), head=head)
    await log.write(organisation, lambda _: addition)
    await database.close()


async def rows(url: str) -> Rows:
    connection = await asyncpg.connect(url)
    try:
        return {
            table: sorted(repr(tuple(row)) for row in await connection.fetch(f"SELECT * FROM {table}"))
            for table in _kept(len(MIGRATIONS))
        }
    finally:
        await connection.close()


@pytest.fixture
async def url() -> AsyncIterator[str]:
    url = await databases().take()
    await observe(url, ACME, "www")
    await observe(url, GLOBEX, "shop")
    yield url
    await databases().give_back(url)


@pytest.fixture
async def empty() -> AsyncIterator[str]:
    url = await databases().take()
    yield url
    await databases().give_back(url)


@pytest.fixture
async def copy(url: str, tmp_path: Path) -> Path:
    await write_backup(tmp_path / "a.backup", PostgresSource(url), KEY)
    return tmp_path / "a.backup"


async def test_every_row_of_every_organisation_comes_back_in_another_database(
    url: str, empty: str, copy: Path
) -> None:
    manifest = await restore_backup(copy, PostgresTarget(empty), KEY)

    assert await rows(empty) == await rows(url)
    assert {part.name: part.counts[part.name] for part in manifest.parts}["organisation"] == 2


async def test_the_restored_database_goes_on_working(empty: str, copy: Path) -> None:
    await restore_backup(copy, PostgresTarget(empty), KEY)
    await observe(empty, ACME, "new")
    await observe(empty, Organisation("third"), "www")

    assert len((await rows(empty))["organisation"]) == 3


async def test_data_is_replaced_only_when_that_was_said(url: str, copy: Path) -> None:
    before = await rows(url)
    await observe(url, ACME, "later")
    with pytest.raises(ConflictError, match="--force"):
        await restore_backup(copy, PostgresTarget(url), KEY)
    await restore_backup(copy, PostgresTarget(url), KEY, force=True)

    assert await rows(url) == before


async def test_every_table_is_in_a_backup_or_passes(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition"
        )
    finally:
        await connection.close()

    kept = {*_kept(len(MIGRATIONS)), *(table for _, table in _PASSING), "schema_version"}
    assert {row["relname"] for row in found} == kept


def cut(path: Path) -> Path:
    damaged = path.with_name("damaged.backup")
    shutil.copy(path, damaged)
    with damaged.open("r+b") as file:
        file.truncate(path.stat().st_size - 1)
    return damaged


async def test_a_damaged_backup_changes_nothing(url: str, copy: Path) -> None:
    before = await rows(url)
    with pytest.raises(InvalidError):
        await restore_backup(cut(copy), PostgresTarget(url), KEY, force=True)

    assert await rows(url) == before


async def test_a_user_who_would_not_see_everything_is_told_so_and_nothing_is_written(
    url: str, tmp_path: Path
) -> None:
    server = databases().server
    await server.run(
        "CREATE ROLE backup_test LOGIN PASSWORD 'p'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO backup_test",
        url=url,
    )
    narrow = server.url(url.rpartition("/")[2], user="backup_test", password="p")

    with pytest.raises(ConfigurationError, match="row-level security"):
        await write_backup(tmp_path / "b.backup", PostgresSource(narrow), KEY)
    assert not (tmp_path / "b.backup").exists()
    await server.run("DROP OWNED BY backup_test; DROP ROLE backup_test", url=url)
