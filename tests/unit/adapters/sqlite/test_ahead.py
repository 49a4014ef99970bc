"""What has to be there before a write goes in with it: never later, and once."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sqlite.ahead import Ahead
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.errors import ConflictError, UnavailableError

PATIENCE_S = 60.0


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "t.db")
    await opened.write(lambda connection: connection.execute("CREATE TABLE told (what TEXT)"))
    yield opened
    await opened.close()


class Named(Ahead, eq=False, kw_only=True):
    name: str


def named(database: SqliteDatabase, name: str, *, together: str = "t") -> Named:
    return Named(database.path, together, _put, name=name)


def _put(some: Sequence[Named], connection: apsw.Connection) -> None:
    connection.executemany("INSERT INTO told VALUES (?)", [(one.name,) for one in some])


def told(name: str, connection: apsw.Connection) -> None:
    connection.execute("INSERT INTO told VALUES (?)", (name,))


class Busy:
    """Keeps the writer busy from *begin* until *end*: what is written meanwhile waits for one transaction."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._begun = threading.Event()
        self._ends = threading.Event()
        self._written: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        self._written = asyncio.create_task(self._database.write(self._hold))
        assert await asyncio.to_thread(self._begun.wait, PATIENCE_S)

    async def end(self) -> None:
        self._ends.set()
        assert self._written is not None
        await self._written

    def _hold(self, _connection: apsw.Connection) -> None:
        self._begun.set()
        self._ends.wait(PATIENCE_S)


async def everything(database: SqliteDatabase) -> list[str]:
    return await database.read(
        lambda connection: [what for (what,) in connection.execute("SELECT what FROM told ORDER BY rowid")]
    )


async def test_it_goes_in_before_the_first_write_of_the_block_and_once(database: SqliteDatabase) -> None:
    with named(database, "ahead") as one:
        await database.write(lambda connection: told("first", connection))
        await database.write(lambda connection: told("second", connection))

    assert await everything(database) == ["ahead", "first", "second"]
    assert one.is_under_way


async def test_a_write_after_the_block_goes_without_it(database: SqliteDatabase) -> None:
    with named(database, "ahead") as one:
        begun = asyncio.Event()

        async def goes_on_by_itself() -> None:
            await begun.wait()
            await database.write(lambda connection: told("later", connection))

        task = asyncio.create_task(goes_on_by_itself())
    begun.set()
    await task

    assert await everything(database) == ["later"]
    assert not one.is_under_way


async def test_it_stays_when_the_write_that_carried_it_is_refused(database: SqliteDatabase) -> None:
    def refuse(_connection: apsw.Connection) -> None:
        raise ConflictError("somebody else was first")

    with named(database, "ahead"), pytest.raises(ConflictError):
        await database.write(refuse)

    assert await everything(database) == ["ahead"]


async def test_a_write_fails_when_what_goes_before_it_cannot_be_put_and_others_do_not(
    database: SqliteDatabase,
) -> None:
    def put(_some: Sequence[Ahead], _connection: apsw.Connection) -> None:
        raise UnavailableError("the log is full")

    async def carrying() -> None:
        with Ahead(database.path, "broken", put):
            await database.write(lambda connection: told("without", connection))

    results = await asyncio.gather(
        carrying(), database.write(lambda connection: told("other", connection)), return_exceptions=True
    )

    assert isinstance(results[0], UnavailableError)
    assert await everything(database) == ["other"]


async def test_it_is_put_with_the_next_write_when_the_first_could_not_take_it(
    database: SqliteDatabase,
) -> None:
    answers = iter([UnavailableError("not now"), None])

    def put(_some: Sequence[Ahead], connection: apsw.Connection) -> None:
        if answer := next(answers):
            raise answer
        told("ahead", connection)

    with Ahead(database.path, "t", put):
        with pytest.raises(UnavailableError):
            await database.write(lambda connection: told("first", connection))
        await database.write(lambda connection: told("second", connection))

    assert await everything(database) == ["ahead", "second"]


async def test_what_waits_for_one_transaction_is_put_at_once(database: SqliteDatabase) -> None:
    sizes: list[int] = []
    busy = Busy(database)

    def put(some: Sequence[Ahead], _connection: apsw.Connection) -> None:
        sizes.append(len(some))

    async def carrying() -> None:
        with Ahead(database.path, "t", put):
            await database.write(lambda _: None)

    await busy.begin()
    waiting = [asyncio.create_task(carrying()) for _ in range(3)]
    await asyncio.sleep(0)
    await busy.end()
    await asyncio.gather(*waiting)

    assert sizes == [3]


async def test_another_file_does_not_carry_it(database: SqliteDatabase, tmp_path: Path) -> None:
    other = SqliteDatabase(tmp_path / "other.db")
    with named(database, "ahead") as one:
        await other.write(lambda _: None)
        await database.write(lambda _: None, quiet=True)
    await other.close()

    assert not one.is_under_way


async def test_a_write_whose_caller_left_still_carries_it(database: SqliteDatabase) -> None:
    busy = Busy(database)
    await busy.begin()
    with named(database, "ahead") as one, pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await database.write(lambda connection: told("slow", connection))
    assert one.is_under_way

    await busy.end()

    await database.write(lambda _: None)
    assert await everything(database) == ["ahead", "slow"]
