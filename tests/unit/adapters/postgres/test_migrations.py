import re
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.errors import translated
from chariot.adapters.postgres.migrations import MIGRATIONS, Migration, migrate
from chariot.errors import BusyError, ConfigurationError, UnavailableError
from chariot.model.keys import SHARED
from chariot.model.kinds.weakness import Risk
from chariot.modules.surface.query import Query
from support.engines import postgres

from .world import ACME, CVE, GLOBEX, see

MONTH = re.compile(r"_\d{4}_\d{2}$")
TOMORROW = Migration(
    "tomorrow", "ALTER TABLE presence ADD COLUMN mood text", "ALTER TABLE presence DROP COLUMN mood"
)
BROKEN = Migration("broken", "CREATE TABLE half (a integer); CREATE TABLE half (a integer)", "")
RISKS = tuple(Risk(target="#domain#a.test", weakness=f"w-{number}", score=number) for number in range(1, 12))
BY_SCORE = Query(kinds=("risk",), sort="-score")


@pytest.fixture
async def bare() -> AsyncIterator[str]:
    name = await postgres().create()
    yield postgres().url(name)
    await postgres().drop(name)


@pytest.fixture
async def raw(bare: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(bare)
    yield connection
    await connection.close()


async def schema(raw: asyncpg.Connection) -> set[tuple[str, ...]]:
    """Return all columns, indexes, policies, grants and functions."""
    found: set[tuple[str, ...]] = set()
    for statement in (
        "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'",
        "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "SELECT proname, proacl::text, prosrc FROM pg_proc WHERE proname LIKE 'chariot%'",
        "SELECT tablename, policyname, coalesce(qual, '') || coalesce(with_check, '') FROM pg_policies",
        """
        SELECT table_name, grantee, privilege_type FROM information_schema.role_table_grants
        WHERE grantee LIKE 'chariot\\_%' AND table_schema = 'public'
        """,
    ):
        found |= {tuple(map(str, row)) for row in await raw.fetch(statement)}
    # The months hold history, which stays whatever a program knows of making more of them.
    return {row for row in found if MONTH.search(row[0]) is None}


async def filled_store(url: str) -> PostgresEntityStore:
    store = PostgresEntityStore(await PostgresDatabase.open(url))
    for organisation in (ACME, GLOBEX):
        await see(store, *RISKS, by=organisation)
    await see(store, CVE, by=SHARED)
    return store


@pytest.mark.parametrize("down_to", range(len(MIGRATIONS) + 1))
async def test_each_step_has_a_way_back_and_forth_again(
    bare: str, raw: asyncpg.Connection, down_to: int
) -> None:
    await migrate(bare, down_to)
    then = await schema(raw)
    await migrate(bare)
    whole = await schema(raw)

    assert await migrate(bare, down_to) == down_to
    assert await schema(raw) == then
    assert await migrate(bare) == len(MIGRATIONS)
    assert await schema(raw) == whole


async def test_migrating_twice_changes_nothing(bare: str, raw: asyncpg.Connection) -> None:
    await migrate(bare)
    before = await schema(raw)

    await migrate(bare)

    assert await schema(raw) == before


async def test_data_outlives_a_step_up_and_down_again_under_a_running_store(bare: str) -> None:
    await migrate(bare)
    store = await filled_store(bare)
    before = await store.find(ACME, BY_SCORE)

    await migrate(bare, steps=(*MIGRATIONS, TOMORROW))
    await see(store, *RISKS)
    there = await store.find(ACME, BY_SCORE)
    await migrate(bare, len(MIGRATIONS), steps=(*MIGRATIONS, TOMORROW))
    await see(store, *RISKS)
    back = await store.find(ACME, BY_SCORE)
    await store.close()

    assert [record.key for record in before.items] == [risk.key for risk in reversed(RISKS)]
    assert before.items == there.items == back.items


async def test_a_step_that_fails_leaves_the_database_as_it_was(bare: str, raw: asyncpg.Connection) -> None:
    await migrate(bare)
    before = await schema(raw)

    with pytest.raises(UnavailableError, match="half"):
        await migrate(bare, steps=(*MIGRATIONS, BROKEN))

    assert await schema(raw) == before
    assert await raw.fetchval("SELECT steps FROM schema_version") == len(MIGRATIONS)


async def test_a_schema_of_a_newer_program_is_refused(bare: str) -> None:
    await migrate(bare, steps=(*MIGRATIONS, TOMORROW))

    with pytest.raises(ConfigurationError, match="use a newer Chariot"):
        await migrate(bare)
    with pytest.raises(ConfigurationError, match="use a newer Chariot"):
        await PostgresDatabase.open(bare)


@pytest.mark.parametrize("to", [-1, len(MIGRATIONS) + 1])
async def test_a_step_that_is_not_there_is_refused(bare: str, to: int) -> None:
    with pytest.raises(ConfigurationError, match="there is no schema"):
        await migrate(bare, to)


async def test_a_store_on_a_database_without_the_schema_says_what_to_do(bare: str) -> None:
    with pytest.raises(ConfigurationError, match="run `chariot migrate`"):
        await PostgresDatabase.open(bare)


async def test_a_server_without_the_roles_says_what_to_do(raw: asyncpg.Connection) -> None:
    with pytest.raises(asyncpg.PostgresError) as raised:
        await raw.execute("SELECT set_config('role', 'chariot_nobody', true)")

    error = translated(raised.value, "PostgreSQL at db.test")
    assert isinstance(error, ConfigurationError)
    assert "run `chariot migrate`" in str(error)


async def test_a_store_on_an_old_schema_says_what_to_do(bare: str) -> None:
    await migrate(bare)
    await migrate(bare, 0)

    with pytest.raises(ConfigurationError, match=r"has schema 0.*run `chariot migrate`"):
        await PostgresDatabase.open(bare)


async def test_facts_are_filled_anew_when_the_indexed_fields_changed(
    bare: str, raw: asyncpg.Connection
) -> None:
    await migrate(bare)
    store = await filled_store(bare)
    before = {organisation: await store.find(organisation, BY_SCORE) for organisation in (ACME, GLOBEX)}
    await store.close()
    await raw.execute(
        "UPDATE slot SET field = 'older' WHERE field = 'score'; UPDATE version SET fact_5 = NULL"
    )

    with pytest.raises(ConfigurationError, match="does not index risk"):
        await PostgresDatabase.open(bare)
    await migrate(bare)

    store = PostgresEntityStore(await PostgresDatabase.open(bare))
    after = {organisation: await store.find(organisation, BY_SCORE) for organisation in (ACME, GLOBEX)}
    await store.close()
    assert after == before


async def test_a_migration_waits_for_nobody_for_long(
    bare: str, raw: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chariot.adapters.postgres.migrations._LOCK_TIMEOUT_MS", 200)
    await migrate(bare)

    async with raw.transaction():
        await raw.execute("SELECT * FROM presence")
        with pytest.raises(BusyError, match="try again"):
            await migrate(bare, 0)

    assert await raw.fetchval("SELECT steps FROM schema_version") == len(MIGRATIONS)


async def test_a_user_that_may_not_change_the_schema_is_told(bare: str, raw: asyncpg.Connection) -> None:
    await raw.execute("CREATE ROLE chariot_test_guest LOGIN PASSWORD 'guest'")
    try:
        with pytest.raises(ConfigurationError, match=r"may not.*docs/postgres.md"):
            await migrate(
                postgres().url(bare.rpartition("/")[2], user="chariot_test_guest", password="guest")
            )
    finally:
        await raw.execute("DROP ROLE chariot_test_guest")
