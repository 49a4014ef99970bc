import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.partitions import maintain, upkeep
from chariot.adapters.postgres.schema import APP, PARTITIONED, RELAY
from chariot.adapters.postgres.schema_upkeep import MONTHS_AHEAD
from chariot.model.kinds.network import Domain
from chariot.modules.surface.query import Query

from .world import ACME, HOST, RESOLVES, SHOP, see

JULY = datetime(2031, 7, 15, tzinfo=UTC)


async def partitions_of(url: str, table: str) -> dict[str, int]:
    """Return how many rows each partition holds."""
    raw = await asyncpg.connect(url)
    rows = await raw.fetch(f"SELECT tableoid::regclass::text AS name, count(*) FROM {table} GROUP BY 1")
    await raw.close()
    return {row["name"]: row["count"] for row in rows}


async def lived(database: PostgresDatabase, *months: int) -> PostgresEntityStore:
    """Return a store in which a domain was rewritten in the middle of each of the *months* of 2031."""
    clock = [JULY]
    store = PostgresEntityStore(database, now=lambda: clock[0])
    for month in months:
        clock[0] = JULY.replace(month=month)
        await see(store, Domain(host="shop.test", registrar=f"r-{month:02}"), HOST, links=(RESOLVES,))
    return store


@pytest.fixture
async def maintained(url: str) -> str:
    await maintain(url, JULY)
    return url


async def test_what_ends_moves_into_the_month_in_which_it_ended(
    maintained: str, database: PostgresDatabase
) -> None:
    await lived(database, 7, 8, 9)

    assert await partitions_of(maintained, "version") == {
        "version_present": 2,
        "version_2031_08": 1,
        "version_2031_09": 1,
    }


async def test_what_ended_before_its_partition_was_there_moves_over(
    url: str, database: PostgresDatabase
) -> None:
    store = await lived(database, 3, 4)
    before = await store.versions(ACME, SHOP.key)
    assert (await partitions_of(url, "version"))["version_rest"] == 1

    await maintain(url, JULY.replace(month=2))

    assert await partitions_of(url, "version") == {"version_present": 2, "version_2031_04": 1}
    assert await store.versions(ACME, SHOP.key) == before


async def test_retention_drops_months_and_never_the_present(
    maintained: str, database: PostgresDatabase
) -> None:
    store = await lived(database, 7, 8, 9, 10)

    done = await maintain(maintained, JULY, retain_since=JULY.replace(month=10))

    assert set(done.partitions) >= {"version_2031_08", "version_2031_09", "edge_2031_09"}
    history = (await store.versions(ACME, SHOP.key)).items
    assert [version.change.revision for version in history] == [4, 3]
    found = await store.find(ACME, Query(kinds=("domain", "address")))
    assert [record.key for record in found.items] == [HOST.key, SHOP.key]
    (edge,) = (await store.edges(ACME, SHOP.key, direction="out")).items
    assert (edge.source, edge.target) == (SHOP.key, HOST.key)


async def test_the_log_still_names_the_ends_of_relationships_whose_first_versions_are_gone(
    maintained: str, database: PostgresDatabase
) -> None:
    store = await lived(database, 7, 9)

    await maintain(maintained, JULY, retain_since=JULY.replace(month=12))

    assert [(change.sequence, change.key, change.target) for change in await store.changes(0, 100)] == [
        (1, HOST.key, None),
        (3, SHOP.key, HOST.key),
        (4, SHOP.key, None),
    ]


async def test_what_no_month_holds_is_retained_by_its_moment(url: str, database: PostgresDatabase) -> None:
    store = await lived(database, 1, 2, 3)

    done = await maintain(url, JULY.replace(year=2030), retain_since=JULY.replace(month=3))

    assert done.rows == 1
    assert [one.change.revision for one in (await store.versions(ACME, SHOP.key)).items] == [3, 2]


async def test_history_is_kept_when_nobody_says_otherwise(
    maintained: str, database: PostgresDatabase
) -> None:
    await lived(database, 7, 8)

    done = await maintain(maintained, JULY + timedelta(days=3_650))

    assert (done.partitions, done.rows) == ((), 0)
    assert (await partitions_of(maintained, "version"))["version_2031_08"] == 1


async def test_a_process_that_owns_nothing_asks_for_the_upkeep(url: str, database: PostgresDatabase) -> None:
    await lived(database, 7, 8)
    raw = await asyncpg.connect(url)
    month = f"version_{datetime.now(UTC):%Y_%m}"
    await raw.execute(f"DROP TABLE IF EXISTS {month}")

    done = await upkeep(database, 0)

    is_there = await raw.fetchval("SELECT to_regclass($1) IS NOT NULL", month)
    await raw.close()
    assert (done.partitions, done.rows, is_there) == ((), 0, True)


async def test_a_process_cannot_drop_what_is_younger_than_a_month(
    url: str, database: PostgresDatabase
) -> None:
    now = datetime.now(UTC)
    clock = [now - timedelta(days=400)]
    store = PostgresEntityStore(database, now=lambda: clock[0])
    await maintain(url, clock[0])
    for at in (clock[0], now - timedelta(days=380), now - timedelta(days=3), now):
        clock[0] = at
        await see(store, Domain(host="shop.test", registrar=f"r-{at:%j}"))

    done = await upkeep(database, 1)

    history = (await store.versions(ACME, SHOP.key)).items
    assert [version.change.revision for version in history] == [4, 3, 2]
    assert len([name for name in done.partitions if name.startswith("version")]) >= 1


@pytest.mark.parametrize(
    "call",
    ["chariot_keep_since(now() + interval '1 year')", "chariot_make_months(now(), 9)"],
)
@pytest.mark.parametrize("role", [APP, RELAY])
async def test_the_owners_own_functions_are_not_for_the_processes(url: str, role: str, call: str) -> None:
    raw = await asyncpg.connect(url)
    await raw.execute(f"SET ROLE {role}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.execute(f"SELECT {call}")
    await raw.close()


async def test_processes_that_make_the_same_month_make_it_one_after_the_other(
    url: str, database: PostgresDatabase
) -> None:
    raw = await asyncpg.connect(url)
    for name in await partitions_there(url):
        await raw.execute(f"DROP TABLE {name}")
    await raw.close()

    await asyncio.gather(*(upkeep(database, 0) for _ in range(4)), maintain(url, datetime.now(UTC)))

    assert len(await partitions_there(url)) >= len(PARTITIONED) * (1 + MONTHS_AHEAD)


async def partitions_there(url: str) -> list[str]:
    """Return the names of the months' partitions."""
    raw = await asyncpg.connect(url)
    rows = await raw.fetch(
        "SELECT relname::text AS name FROM pg_class"
        " WHERE relkind = 'r' AND relname ~ '_[0-9]{4}_[0-9]{2}$' ORDER BY 1"
    )
    await raw.close()
    return [row["name"] for row in rows]
