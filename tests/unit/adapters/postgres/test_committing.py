"""What became of a transaction is told right, also by a server that crashed and forgot it."""

import asyncio
from collections.abc import Iterator

import asyncpg
import pytest

from chariot.adapters.postgres.committing import Mark, mark, was_committed
from support.engines import PrivatePostgres

_PLACE = "PostgreSQL at db.test:5432/surface"


@pytest.fixture(scope="module")
def server() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres(durable=True)
    yield server
    server.stop()


@pytest.fixture
async def url(server: PrivatePostgres) -> str:
    url = server.url(await server.create())
    await server.run("CREATE TABLE noted (number integer)", url=url)
    return url


async def begun(url: str) -> tuple[asyncpg.Connection, asyncpg.transaction.Transaction, Mark]:
    """Return a transaction that has written and is not committed."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("INSERT INTO noted VALUES (1)")
    return connection, transaction, await mark(connection)


async def told(url: str, marked: Mark) -> bool:
    connection = await asyncpg.connect(url)
    try:
        return await was_committed(connection, marked, _PLACE)
    finally:
        await connection.close()


async def crash(server: PrivatePostgres) -> None:
    await asyncio.to_thread(server.kill)
    await asyncio.to_thread(server.start)


async def test_what_was_committed_is_so_after_a_crash(server: PrivatePostgres, url: str) -> None:
    connection, transaction, marked = await begun(url)
    await transaction.commit()

    await crash(server)

    assert await told(url, marked)
    connection.terminate()


@pytest.mark.parametrize("others", [0, 1])
async def test_a_transaction_that_a_crash_forgot_is_not_taken_for_the_one_that_got_its_number(
    server: PrivatePostgres, url: str, others: int
) -> None:
    connection, _, marked = await begun(url)

    await crash(server)
    for number in range(others):
        await server.run(f"INSERT INTO noted VALUES ({number})", url=url)

    assert not await told(url, marked)
    connection.terminate()


async def test_a_checkpoint_alone_makes_nobody_forgotten(server: PrivatePostgres, url: str) -> None:
    connection, transaction, marked = await begun(url)
    await transaction.commit()

    await server.run("CHECKPOINT", url=url)

    assert await told(url, marked)
    await connection.close()


async def test_what_was_rolled_back_was_not_committed(url: str) -> None:
    connection, transaction, marked = await begun(url)
    await transaction.rollback()

    assert not await told(url, marked)
    await connection.close()
