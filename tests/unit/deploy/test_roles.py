"""The users of deploy/postgres/roles.sql can do what their processes do, and nothing that they need not."""

import re
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from chariot.adapters.postgres.backup import PostgresSource, PostgresTarget
from chariot.adapters.postgres.checkpoints import PostgresCheckpoints
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.leases import PostgresLeases
from chariot.adapters.postgres.migrations import migrate
from chariot.adapters.postgres.schema_places import has_place_index, index_places
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.observations import Edit
from chariot.modules.backup.keys import KeyFile
from chariot.modules.backup.service import restore_backup, write_backup
from chariot.modules.surface.service import SurfaceService
from support.databases import databases
from support.engines import Postgres

ROLES = (Path(__file__).parents[3] / "deploy" / "postgres" / "roles.sql").read_text()
ACME = Organisation("acme")
KEY = KeyFile(bytes(32))


# The users of a server are shared by all its databases, and by all who test on it.
MARK = secrets.token_hex(4)


def statements() -> list[str]:
    """Return the script's statements, with users and a database of this test's own."""
    text = re.sub(r":'(\w+)'", r"'\1-password'", re.sub(r"--.*", "", ROLES))
    text = re.sub(r"CREATE ROLE (chariot_app|chariot_relay) [^;]*;", "", text)
    text = re.sub(r"chariot_(owner|login|backup)", rf"chariot_\1_{MARK}", text)
    text = text.replace("DATABASE chariot ", f"DATABASE chariot_{MARK} ")
    return [one.strip() for one in text.split(";") if one.strip()]


@pytest.fixture
async def server() -> AsyncIterator[Postgres]:
    # Migrating any database makes the two roles that all installations of a server share.
    url = await databases().take()
    server = databases().server
    connection = await asyncpg.connect(server.url("postgres"))
    for statement in statements():
        await connection.execute(statement)
    yield server
    await server.drop(f"chariot_{MARK}")
    for role in ("backup", "login", "owner"):
        await connection.execute(f"DROP ROLE chariot_{role}_{MARK}")
    await connection.close()
    await databases().give_back(url)


def url(server: Postgres, role: str) -> str:
    return server.url(f"chariot_{MARK}", user=f"chariot_{role}_{MARK}", password=f"{role}-password")


async def test_each_user_can_do_its_work(server: Postgres, tmp_path: Path) -> None:
    await migrate(url(server, "owner"))
    database = await PostgresDatabase.open(url(server, "login"), size=2)
    surface = SurfaceService(PostgresEntityStore(database))
    await surface.edit(ACME, [Edit(actor="cli:ann", entity=Domain(host="a.example.com"))])
    await PostgresCheckpoints(database).put("relay", 1)
    lease = await PostgresLeases(database).acquire("relay", "a", 5)
    await database.write_log(index_places)
    has_index = await database.read_log(has_place_index)
    await database.close()
    await write_backup(tmp_path / "a.backup", PostgresSource(url(server, "backup")), KEY)
    manifest = await restore_backup(
        tmp_path / "a.backup", PostgresTarget(url(server, "backup")), KEY, force=True
    )

    assert lease is not None
    assert has_index
    assert {part.name: part.counts[part.name] for part in manifest.parts}["version"] == 1


async def test_the_processes_own_nothing_and_see_nothing_as_themselves(server: Postgres) -> None:
    await migrate(url(server, "owner"))
    connection = await asyncpg.connect(url(server, "login"))
    try:
        for statement in ("SELECT * FROM version", "DROP TABLE version", f"SET ROLE chariot_owner_{MARK}"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()
