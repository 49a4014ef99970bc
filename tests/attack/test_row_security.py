"""Row-level security as the only guard left: whoever speaks SQL as the application, for another organisation."""

from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import msgspec
import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.receipts import PostgresReceipts
from chariot.adapters.postgres.schema import APP, RELAY
from chariot.model.keys import SHARED, Organisation
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.observations import Observations
from chariot.modules.surface.service import SurfaceService
from support.databases import databases
from support.two_organisations import (
    ADDRESS,
    LINKS,
    MARK,
    NAME,
    NOON,
    PORT,
    RISK,
    SECRET,
    SERVER,
    THIEF,
    VICTIM,
)

NOBODYS = {"kind", "slot", "schema_version", "log_end"}
"""What holds no row of any organisation, and may be read by all: names of kinds and fields, counts of the log."""
RELAYS = {"checkpoint", "lease", "intel_pack", "intel_piece"}
"""What is the installation's own: the application cannot even read it."""

INJECTED = (
    "'; SELECT set_config('chariot.organisation', 'victim-corp', true); --",
    "victim-corp' OR '1'='1",
    "thief', true), set_config('role', 'chariot_relay",
    "$1$2$3; RESET ROLE; --",
    "victim-corp\u0000",
    "%victim%",
    "{victim-corp,thief}",
    'victim-corp"; SET row_security = off; --',
)


@pytest.fixture
async def url() -> AsyncIterator[str]:
    taken = await databases().take()
    database = await PostgresDatabase.open(taken, size=2)
    surface = SurfaceService(PostgresEntityStore(database), seal=lambda _, secret: secret)
    await surface.observe(SHARED, seen(Vulnerability(id="CVE-2023-12345", title="Known to all")))
    for organisation in (VICTIM, THIEF):
        name = NAME if organisation == VICTIM else Domain(host="own.thief.test")
        await surface.observe(organisation, seen(name))
    await surface.observe(
        VICTIM,
        msgspec.structs.replace(
            seen(msgspec.structs.replace(NAME, registrar=f"{SECRET}-later"), ADDRESS, PORT, SERVER, RISK),
            relationships=LINKS,
            seen_at=NOON + timedelta(hours=1),
        ),
    )
    receipts = PostgresReceipts(database)
    await receipts.begin(VICTIM, MARK, SECRET.encode())
    await receipts.finish(VICTIM, MARK, SECRET.encode())
    yield taken
    await database.close()
    await databases().give_back(taken)


def seen(*entities: object) -> Observations:
    return Observations(capability="probe", seen_at=NOON, entities=entities)


@pytest.fixture
async def raw(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def become(raw: asyncpg.Connection, organisation: str = THIEF, role: str = APP) -> None:
    await raw.execute(
        "SELECT set_config('role', $1, true), set_config('chariot.organisation', $2, true)",
        role,
        organisation,
    )


async def relations(raw: asyncpg.Connection) -> dict[str, str]:
    """Return every table, partition, view, sequence and foreign table there is, with what it is."""
    rows = await raw.fetch("""
        SELECT c.relname, c.relkind::text FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    """)
    return {row["relname"]: row["relkind"] for row in rows}


async def everything(raw: asyncpg.Connection) -> dict[str, list[str]]:
    """Return all rows of all tables, as the superuser of the test sees them."""
    return {
        name: sorted(str(row[0]) for row in await raw.fetch(f'SELECT t::text FROM ONLY "{name}" AS t'))
        for name, kind in (await relations(raw)).items()
        if kind == "r"
    }


async def attempted(raw: asyncpg.Connection, statement: str, role: str = APP) -> list[str]:
    """Run *statement* as the thief, undo it, and return what it gave; nothing when it was refused."""
    transaction = raw.transaction()
    await transaction.start()
    try:
        await become(raw, role=role)
        return [str(tuple(row)) for row in await raw.fetch(statement)]
    except asyncpg.PostgresError:
        return []
    finally:
        await transaction.rollback()


async def changed(raw: asyncpg.Connection, statement: str, role: str = APP) -> list[str]:
    """Run *statement* as the thief; return the victim's rows that are not as they were, and undo it."""
    before = await everything(raw)
    transaction = raw.transaction()
    await transaction.start()
    try:
        await become(raw, role=role)
        await raw.execute(statement)
        await raw.execute("RESET ROLE")
        after = await everything(raw)
    except asyncpg.PostgresError:
        return []
    finally:
        await transaction.rollback()
    return [
        row for name, rows in before.items() for row in rows if row not in after[name] and is_victims(row)
    ]


def is_victims(row: str) -> bool:
    return MARK in row or SECRET in row or SECRET.encode().hex() in row


async def test_every_table_is_guarded_or_holds_nothing_of_anybody(raw: asyncpg.Connection) -> None:
    rows = await raw.fetch("""
        SELECT relname, relrowsecurity AS enabled, relforcerowsecurity OR relispartition AS forced FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
    """)

    open_to_all = {row["relname"] for row in rows if not (row["enabled"] and row["forced"])}

    assert open_to_all <= NOBODYS


async def test_there_are_no_views_and_nothing_foreign(raw: asyncpg.Connection) -> None:
    assert set((await relations(raw)).values()) <= {"r", "p", "S"}


async def test_no_table_gives_a_row_of_the_victim(raw: asyncpg.Connection) -> None:
    readable, leaks = set(), []
    for name in await relations(raw):
        for statement in (f'SELECT t::text FROM "{name}" AS t', f'SELECT t::text FROM ONLY "{name}" AS t'):
            rows = await attempted(raw, statement)
            readable |= {name} if rows else set()
            leaks += [f"{name}: {row}" for row in rows if is_victims(row)]

    assert leaks == []
    assert readable & RELAYS == set()
    assert {"version", "counter"} <= readable


async def test_what_is_read_is_ones_own_or_known_to_all(raw: asyncpg.Connection) -> None:
    allowed = {
        row[0] for row in await raw.fetch("SELECT id FROM organisation WHERE name IN ('thief', 'shared')")
    }
    unclassified = []
    for name, kind in (await relations(raw)).items():
        if kind == "S" or name in NOBODYS | RELAYS | {"organisation"}:
            continue
        rows = await attempted(raw, f'SELECT DISTINCT organisation::text FROM "{name}"')
        unclassified += [name for row in rows if row not in {f"('{one}',)" for one in (*allowed, THIEF)}]

    assert unclassified == []


async def test_every_table_refuses_changes_of_the_victims_rows(raw: asyncpg.Connection) -> None:
    columns = await raw.fetch("""
        SELECT table_name AS name, column_name AS field FROM information_schema.columns
        WHERE table_schema = 'public'
    """)
    statements = [f'UPDATE "{row["name"]}" SET "{row["field"]}" = NULL' for row in columns]
    statements += [f'UPDATE "{row["name"]}" SET "{row["field"]}" = DEFAULT' for row in columns]
    for name in await relations(raw):
        statements += [f'DELETE FROM "{name}"', f'TRUNCATE "{name}" CASCADE', f'DROP TABLE "{name}" CASCADE']
        statements += [f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY', f'LOCK TABLE "{name}"']
    before = await everything(raw)
    for statement in statements:
        await attempted(raw, statement)
    writable = [
        "UPDATE version SET valid_to = 1",
        "UPDATE edge SET valid_to = 1",
        "UPDATE presence SET origins = 'eve', visited = 0",
        "UPDATE edge_presence SET origins = 'eve'",
        "UPDATE counter SET entities = 0",
        "UPDATE receipt SET answer = 'x'",
        "DELETE FROM receipt",
        "DELETE FROM version",
    ]

    assert [row for statement in writable for row in await changed(raw, statement)] == []
    assert await everything(raw) == before


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO version SELECT * FROM version",
        "INSERT INTO organisation (name) VALUES ('victim-corp')",
        "INSERT INTO organisation (name) VALUES ('somebody-else')",
        "INSERT INTO counter SELECT id, 1, 'active', 9 FROM generate_series(0, 3) AS id",
        "INSERT INTO presence SELECT e, id, 0, 0, '', '' FROM generate_series(1, 9) AS e, generate_series(0, 3) AS id",
        "INSERT INTO receipt VALUES ('victim-corp', 'x', '', NULL, now())",
        """
        INSERT INTO receipt VALUES ('thief', 'x', '', NULL, now())
        ON CONFLICT (organisation, name) DO UPDATE SET organisation = 'victim-corp'
        """,
        "MERGE INTO counter USING (SELECT 1) AS s ON true WHEN MATCHED THEN UPDATE SET entities = 0",
    ],
)
async def test_nothing_can_be_written_into_another_organisation(
    raw: asyncpg.Connection, statement: str
) -> None:
    count = "SELECT organisation, count(*) FROM counter GROUP BY 1 ORDER BY 1"
    before = (await everything(raw), await raw.fetch(count))

    assert await changed(raw, statement) == []
    assert (await everything(raw), await raw.fetch(count)) == before


async def test_copy_gives_and_takes_nothing(raw: asyncpg.Connection) -> None:
    got = bytearray()

    async def keep(data: bytes) -> None:
        got.extend(data)

    for name in await relations(raw):
        for source in (f'"{name}"', f'(SELECT * FROM "{name}")'):
            transaction = raw.transaction()
            await transaction.start()
            try:
                await become(raw)
                await raw.copy_from_query(f"SELECT * FROM {source} AS t", output=keep)
            except asyncpg.PostgresError:
                pass
            finally:
                await transaction.rollback()

    assert not is_victims(got.decode(errors="replace"))


async def test_a_function_of_ones_own_is_shown_no_row_before_the_guard(raw: asyncpg.Connection) -> None:
    """A cheap function in a condition would be called first, if the guard were an ordinary condition."""
    heard: list[str] = []
    raw.add_log_listener(lambda _, message: heard.append(str(message)))
    leaky = """
        CREATE FUNCTION pg_temp.leak(said text) RETURNS boolean COST 0.0000001 LANGUAGE plpgsql
        AS $$ BEGIN RAISE NOTICE 'heard %', said; RETURN true; END $$
    """
    for field in ("doc", "key", "common"):
        transaction = raw.transaction()
        await transaction.start()
        await become(raw)
        try:
            await raw.execute(leaky)
            await raw.fetch(f"SELECT key FROM version WHERE pg_temp.leak({field})")
        except asyncpg.PostgresError:
            pass
        finally:
            await transaction.rollback()

    assert [said for said in heard if is_victims(said)] == []


async def test_statistics_tell_no_value_of_the_victim(raw: asyncpg.Connection) -> None:
    await raw.execute("ANALYZE")
    for view in ("pg_stats", "pg_stats_ext"):
        assert [
            row for row in await attempted(raw, f"SELECT s::text FROM {view} AS s") if is_victims(row)
        ] == []


async def test_an_error_quotes_no_row_of_the_victim(raw: asyncpg.Connection) -> None:
    said = []
    for condition in ("(key || 'x')::int > 0", "1 / (length(doc) - length(doc)) > 0", "doc::xml IS DOCUMENT"):
        try:
            async with raw.transaction():
                await become(raw)
                await raw.fetch(f"SELECT key FROM version WHERE {condition} AND key <> ''")
        except asyncpg.PostgresError as error:
            said.append(f"{error} {error.detail}")

    assert [text for text in said if is_victims(text)] == []


@pytest.mark.parametrize("role", [APP, RELAY])
async def test_the_roles_own_nothing_and_pass_nothing(raw: asyncpg.Connection, role: str) -> None:
    row = await raw.fetchrow(
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole, rolcanlogin, rolreplication"
        " FROM pg_roles WHERE rolname = $1",
        role,
    )
    owned = await raw.fetchval(
        "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = $1)", role
    )
    member = await raw.fetch(
        "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = $1::text::regrole", role
    )
    may_create = await raw.fetchval("SELECT has_schema_privilege($1, 'public', 'CREATE')", role)

    assert row is not None
    assert (tuple(row), owned, member, may_create) == ((False,) * 6, 0, [], False)


FOR_THE_APPLICATION = {
    "chariot_audit_forget",
    "chariot_journal_forget",
    "chariot_mend_version",
    "chariot_mend_edge",
    "chariot_mend_origins",
}
"""What the application may have done as the owner: each holds to the organisation that is named."""
FOR_THE_RELAY = {"chariot_upkeep", "chariot_index_places"}
"""What the relay may: it keeps tables and indexes, whoever's rows stand in them, and shows none."""


async def test_what_runs_as_the_owner_is_known_by_name(raw: asyncpg.Connection) -> None:
    found = await raw.fetch("""
        SELECT proname, prosecdef, has_function_privilege('chariot_app', oid, 'EXECUTE') AS app,
               has_function_privilege('chariot_relay', oid, 'EXECUTE') AS relay
        FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """)

    assert {row["proname"] for row in found if row["app"]} == FOR_THE_APPLICATION
    assert {row["proname"] for row in found if row["relay"]} == FOR_THE_RELAY
    assert {row["proname"] for row in found if row["prosecdef"]} <= FOR_THE_RELAY | FOR_THE_APPLICATION


async def test_nobody_ends_the_retention_of_another_organisation(raw: asyncpg.Connection) -> None:
    await raw.execute("INSERT INTO audit_head VALUES ($1, 9, '', '', '')", VICTIM)
    await raw.execute(
        "INSERT INTO audit_entry VALUES ($1, 1, 0, '', '', '', '', '', '', '', '', '{}', '')", VICTIM
    )

    assert await attempted(raw, f"SELECT chariot_audit_forget('{VICTIM}', 9)") == ["(0,)"]


async def test_the_relay_reads_the_log_and_no_facts(raw: asyncpg.Connection) -> None:
    leaks = []
    for name in await relations(raw):
        for field in ("doc", "common", "evidence", "origins", "stamps", "answer", "fact_0"):
            leaks += [name for _ in await attempted(raw, f'SELECT "{field}" FROM "{name}"', role=RELAY)]

    assert leaks == []


@pytest.mark.parametrize("text", INJECTED)
async def test_a_value_is_never_a_statement(url: str, raw: asyncpg.Connection, text: str) -> None:
    database = await PostgresDatabase.open(url, size=2)
    store = PostgresEntityStore(database)
    before = await everything(raw)
    try:
        key = NAME.key
        assert await store.get(Organisation(text), [key]) == {}
        assert (await store.versions(Organisation(text), key)).items == ()
        assert list(await store.changes(0, 100, organisation=Organisation(text))) == []
        assert (await store.edges(Organisation(text), key, direction="out")).items == ()
        for named in (f"#domain#{text}", text):
            assert await store.get(THIEF, [named]) == {}
            assert (await store.versions(THIEF, named)).items == ()
        assert await store.get(THIEF, [key]) == {}
    finally:
        await database.close()

    assert await everything(raw) == before
