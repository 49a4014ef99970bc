"""What happens when the server is away, full, wrong or busy."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.migrations import migrate
from chariot.errors import BusyError, ConfigurationError, UnavailableError
from chariot.model.kinds.network import Domain
from chariot.model.records import Change
from chariot.modules.surface.query import Query
from support.engines import PrivatePostgres, postgres

from .world import ACME, SHOP, see

DOMAINS = Query(kinds=("domain",))


@pytest.fixture(scope="module")
def mortal() -> Iterator[PrivatePostgres]:
    """A server that a test may kill: it writes to disk what it says it wrote."""
    server = PrivatePostgres(durable=True)
    yield server
    server.stop()


@pytest.fixture
async def doomed(mortal: PrivatePostgres) -> AsyncIterator[PostgresEntityStore]:
    url = mortal.url(await mortal.create())
    await migrate(url)
    store = PostgresEntityStore(await PostgresDatabase.open(url, size=3))
    yield store
    await store.close()


async def keys(store: PostgresEntityStore) -> list[str]:
    return [record.key for record in (await store.find(ACME, DOMAINS)).items]


async def whole_log(store: PostgresEntityStore) -> AsyncIterator[Change]:
    """Yield every change: a quick machine writes more of them than one page holds."""
    after = 0
    while page := await store.changes(after, 100):
        for change in page:
            yield change
        after = page[-1].sequence


async def test_a_server_that_came_back_is_used_again_without_a_word(
    mortal: PrivatePostgres, doomed: PostgresEntityStore
) -> None:
    await see(doomed, SHOP)
    await asyncio.gather(*(keys(doomed) for _ in range(3)))

    mortal.kill()
    mortal.start()

    assert await keys(doomed) == [SHOP.key]
    await see(doomed, Domain(host="late.test"))
    assert len(await keys(doomed)) == 2


async def test_a_server_that_is_away_is_told_in_one_sentence(
    mortal: PrivatePostgres, doomed: PostgresEntityStore
) -> None:
    await see(doomed, SHOP)

    mortal.kill()
    try:
        with pytest.raises(UnavailableError, match="does not answer"):
            await keys(doomed)
        with pytest.raises(UnavailableError, match="does not answer"):
            await see(doomed, SHOP)
    finally:
        mortal.start()

    assert await keys(doomed) == [SHOP.key]


async def test_nothing_that_was_said_to_be_written_is_lost_by_a_crash(
    mortal: PrivatePostgres, doomed: PostgresEntityStore
) -> None:
    written: list[str] = []
    under_way, came_back = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        for number in itertools.count():
            domain = Domain(host=f"host-{number}.test")
            try:
                await see(doomed, domain)
            except UnavailableError:
                return
            written.append(domain.key)
            if number == 20:
                under_way.set()
            if came_back.is_set():
                return

    task = asyncio.create_task(write())
    await under_way.wait()
    await asyncio.to_thread(mortal.kill)
    await asyncio.to_thread(mortal.start)
    came_back.set()
    await task

    log = [change async for change in whole_log(doomed)]
    assert set(written) <= {change.key for change in log}
    assert [change.sequence for change in log] == list(range(1, len(log) + 1))
    assert len({change.key for change in log}) == len(log)


async def test_a_commit_whose_answer_was_lost_is_not_done_twice(url: str, database: PostgresDatabase) -> None:
    runs = 0

    async def work(connection: Connection) -> int:
        nonlocal runs
        runs += 1
        await connection.execute("INSERT INTO organisation (name) VALUES ('acme')")
        pid = await connection.fetchval("SELECT pg_backend_pid()")
        if runs == 1:
            # The commit trips over a connection that is closed under it: whether it happened is not known here.
            await postgres().run(f"SELECT pg_terminate_backend({pid})", url=url)
            await asyncio.sleep(0.2)
        return runs

    assert await database.write(ACME, work) == 2
    assert await database.read_log(names) == ["acme"]


_LINGER = """
CREATE SEQUENCE commits;
GRANT USAGE ON commits TO chariot_app;
CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('commits') = 1 THEN PERFORM pg_sleep(300); END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER linger AFTER INSERT ON organisation DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION linger();
"""
"""Lets the first commit take so long that its connection can be ended within it."""


async def test_a_commit_that_did_not_happen_is_done_again(url: str, database: PostgresDatabase) -> None:
    runs = 0

    async def work(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        await connection.execute("INSERT INTO organisation (name) VALUES ('acme')")

    await postgres().run(_LINGER, url=url)
    onlooker = await asyncpg.connect(url)
    writing = asyncio.create_task(database.write(ACME, work))
    ending = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    while not await onlooker.fetchval(f"{ending} AND datname = current_database()"):  # noqa: ASYNC110 - a server tells.
        await asyncio.sleep(0.02)
    await onlooker.close()
    await writing

    assert runs == 2
    assert await database.read_log(names) == ["acme"]


async def names(connection: Connection) -> list[str]:
    return [row[0] for row in await connection.fetch("SELECT name FROM organisation")]


async def test_a_conflict_with_another_transaction_runs_the_decision_again(
    database: PostgresDatabase,
) -> None:
    runs = 0

    async def work(connection: Connection) -> int:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise asyncpg.SerializationError("could not serialize access")
        return runs

    assert await database.write(ACME, work) == 3


async def test_conflicts_without_end_are_given_up_with_a_sentence(database: PostgresDatabase) -> None:
    runs = 0

    async def work(connection: Connection) -> None:
        nonlocal runs
        runs += 1
        raise asyncpg.DeadlockDetectedError("deadlock detected")

    with pytest.raises(UnavailableError, match="other writers were faster"):
        await database.write(ACME, work)
    assert runs == 5


async def test_when_all_connections_are_in_use_the_caller_is_asked_to_come_again(url: str) -> None:
    database = await PostgresDatabase.open(url, size=1, acquire_s=0.1)
    release = asyncio.Event()

    async def hold(connection: Connection) -> None:
        await release.wait()

    held = asyncio.create_task(database.read(ACME, hold))
    await asyncio.sleep(0.05)
    with pytest.raises(BusyError, match="are in use") as raised:
        await database.read(ACME, names)
    release.set()
    await held
    await database.close()

    assert raised.value.retry_after_s > 0


async def test_a_statement_that_takes_too_long_is_ended(url: str) -> None:
    database = await PostgresDatabase.open(url, statement_timeout_ms=100)

    async def sleep(connection: Connection) -> None:
        await connection.execute("SELECT pg_sleep(120)")

    with pytest.raises(UnavailableError, match="longer than a statement may take"):
        await database.read(ACME, sleep)
    await database.close()


async def test_a_writer_that_waits_too_long_for_another_process_is_asked_to_come_again(url: str) -> None:
    database = await PostgresDatabase.open(url, statement_timeout_ms=200)
    raw = await asyncpg.connect(url)
    async with raw.transaction():
        await raw.execute("SELECT * FROM log_end FOR UPDATE")
        with pytest.raises((BusyError, UnavailableError)):
            await see(PostgresEntityStore(database), SHOP)
    await raw.close()
    await database.close()


async def test_reading_can_not_write(database: PostgresDatabase) -> None:
    async def write(connection: Connection) -> None:
        await connection.execute("INSERT INTO organisation (name) VALUES ('acme')")

    with pytest.raises(UnavailableError, match="read-only"):
        await database.read(ACME, write)


async def test_a_read_only_server_is_told_in_one_sentence(url: str, store: PostgresEntityStore) -> None:
    name = urlsplit(url).path.strip("/")
    await see(store, SHOP)
    await postgres().run(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    try:
        late = PostgresEntityStore(await PostgresDatabase.open(url))
        with pytest.raises(UnavailableError, match="read-only"):
            await see(late, SHOP)
        assert await keys(late) == [SHOP.key]
        await late.close()
    finally:
        await postgres().run(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"password": "wrong-secret"}, "refuses user or password"),
        ({"user": "nobody", "password": "wrong-secret"}, "refuses user or password"),
        ({"database": "chariot_test_absent"}, "no such database"),
    ],
)
async def test_a_wrong_setting_is_told_in_one_sentence(
    mortal: PrivatePostgres, change: dict[str, str], says: str
) -> None:
    database = change.get("database", "postgres")
    user = change.get("user", "chariot_test" if "password" in change else "")
    url = mortal.url(database, user=user, password=change.get("password", ""))

    with pytest.raises(ConfigurationError, match=says) as raised:
        await PostgresDatabase.open(url)

    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_a_server_that_is_not_there_is_told_in_one_sentence() -> None:
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1/surface does not answer"):
        await PostgresDatabase.open("postgresql://ana:secret@127.0.0.1:1/surface")


async def test_no_page_waits_for_processes_that_would_help_with_it(
    database: PostgresDatabase, filled: PostgresEntityStore
) -> None:
    del filled

    async def plan(connection: Connection) -> str:
        await connection.execute("SET LOCAL debug_parallel_query = on")
        rows = await connection.fetch("EXPLAIN SELECT key, doc FROM version WHERE organisation > 0")
        return "\n".join(row[0] for row in rows)

    assert "Gather" not in await database.read(ACME, plan)
