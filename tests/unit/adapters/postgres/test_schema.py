"""Row-level security as the only guard left: raw statements, without a word about the organisation."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from chariot.adapters.postgres.entity_store import PostgresEntityStore

OWNED = ("version", "presence", "edge", "edge_presence", "counter")


@pytest.fixture
async def raw(url: str, filled: PostgresEntityStore) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def become(raw: asyncpg.Connection, organisation: str, role: str = "chariot_app") -> None:
    await raw.execute(
        "SELECT set_config('role', $1, true), set_config('chariot.organisation', $2, true)",
        role,
        organisation,
    )


async def attempt(raw: asyncpg.Connection, organisation: str, role: str, statement: str) -> None:
    async with raw.transaction():
        await become(raw, organisation, role)
        await raw.execute(statement)


async def snapshot(raw: asyncpg.Connection) -> dict[str, list[str]]:
    """Return all rows of all organisations, as the superuser of the test sees them."""
    return {
        table: sorted(row[0] for row in await raw.fetch(f"SELECT t::text FROM {table} AS t"))
        for table in ("organisation", *OWNED)
    }


@pytest.mark.parametrize("table", OWNED)
async def test_an_organisation_sees_its_own_rows_and_those_shared_by_all(
    raw: asyncpg.Connection, table: str
) -> None:
    own = {row[0] for row in await raw.fetch("SELECT id FROM organisation WHERE name IN ('acme', 'shared')")}
    everything = {row[0] for row in await raw.fetch(f"SELECT organisation FROM {table}")}
    async with raw.transaction():
        await become(raw, "acme")
        seen = {row[0] for row in await raw.fetch(f"SELECT organisation FROM {table}")}

    assert seen == everything & own
    assert len(seen) < len(everything)


@pytest.mark.parametrize("organisation", ["", "nobody", "ACME", "acme ", "%", "0"])
@pytest.mark.parametrize("table", OWNED)
async def test_whoever_is_no_organisation_sees_only_what_is_shared(
    raw: asyncpg.Connection, table: str, organisation: str
) -> None:
    async with raw.transaction():
        await become(raw, organisation)
        seen = {row[0] for row in await raw.fetch(f"SELECT organisation FROM {table}")}

    assert seen <= {0}


@pytest.mark.parametrize("table", [*OWNED, "organisation", "checkpoint"])
async def test_without_a_setting_nobody_sees_a_row_of_an_organisation(
    raw: asyncpg.Connection, table: str
) -> None:
    column = {"organisation": "id", "checkpoint": "sequence"}.get(table, "organisation")
    await raw.execute("SET ROLE chariot_app")
    try:
        rows = await raw.fetch(f"SELECT {column} FROM {table}")
    except asyncpg.InsufficientPrivilegeError:
        rows = []

    assert {row[0] for row in rows} <= {0}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version SET valid_to = 1",
        "UPDATE version SET valid_to = 1 WHERE organisation = (SELECT max(organisation) FROM counter)",
        "UPDATE edge SET valid_to = 1",
        "UPDATE presence SET origins = 'eve', visited = 0",
        "UPDATE edge_presence SET origins = 'eve'",
        "UPDATE counter SET entities = 0",
    ],
)
async def test_an_update_of_everything_changes_nothing_of_another_organisation(
    raw: asyncpg.Connection, statement: str
) -> None:
    before = await snapshot(raw)
    async with raw.transaction():
        await become(raw, "eve")
        await raw.execute(statement)

    assert await snapshot(raw) == before


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM version",
        "DELETE FROM organisation",
        "TRUNCATE counter",
        "UPDATE version SET doc = '{}'",
        "UPDATE version SET organisation = 1",
        "UPDATE presence SET organisation = 1",
        "UPDATE organisation SET name = 'eve'",
        "SELECT * FROM version_present",
        "SELECT * FROM version_rest",
        "SELECT * FROM edge_present",
        "SELECT * FROM checkpoint",
        "INSERT INTO counter VALUES (1, 1, 'active', 9)",
        "INSERT INTO counter VALUES (0, 1, 'active', 9)",
        "INSERT INTO presence VALUES (99, 1, 0, 0, '', '')",
        "INSERT INTO edge_presence VALUES (99, 2, 0, 0, 0, '')",
        "INSERT INTO organisation (name) VALUES ('shared')",
        "INSERT INTO organisation (id, name) VALUES (0, 'eve')",
        "INSERT INTO organisation (id, name) VALUES (77, 'other')",
        "INSERT INTO presence VALUES (1, 1, 0, 0, '', '') ON CONFLICT (entity) DO UPDATE SET origins = 'eve'",
        "ALTER TABLE version DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_or_shared ON version",
        "CREATE TABLE mine (a integer)",
    ],
)
async def test_what_an_organisation_has_no_right_to_is_refused(
    raw: asyncpg.Connection, statement: str
) -> None:
    before = await snapshot(raw)

    with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.IntegrityConstraintViolationError)):
        await attempt(raw, "eve", "chariot_app", statement)

    assert await snapshot(raw) == before


async def test_the_relay_reads_the_log_of_all_and_nothing_else(raw: asyncpg.Connection) -> None:
    async with raw.transaction():
        await become(raw, "", "chariot_relay")
        seen = await raw.fetch("SELECT DISTINCT organisation FROM version")
    assert len(seen) == 3

    for statement in ("SELECT doc FROM version", "SELECT * FROM presence", "UPDATE version SET valid_to = 1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await attempt(raw, "", "chariot_relay", statement)


@pytest.mark.parametrize("role", ["chariot_app", "chariot_relay"])
async def test_the_roles_can_not_pass_the_guard(raw: asyncpg.Connection, role: str) -> None:
    row = await raw.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole, rolcreatedb,"
        " EXISTS (SELECT FROM pg_class WHERE relowner = r.oid) FROM pg_roles AS r WHERE rolname = $1",
        role,
    )

    assert tuple(row) == (False,) * 6


async def test_every_table_with_an_organisation_is_guarded_even_against_its_owner(
    raw: asyncpg.Connection,
) -> None:
    rows = await raw.fetch(
        """
        SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity OR c.relispartition
        FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
        WHERE a.attname = 'organisation' AND c.relkind IN ('r', 'p')
        """
    )

    assert {row[0] for row in rows} >= set(OWNED)
    assert all(row[1] and row[2] for row in rows), rows
