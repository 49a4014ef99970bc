import asyncio
import gc
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sqlite.database import _LOOK_S, SqliteDatabase
from chariot.errors import BusyError, ConfigurationError, UnavailableError
from chariot.telemetry import PoolUse


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "t.db")
    yield opened
    await opened.close()


async def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and long enough to be read as a header " * 10)

    with pytest.raises(ConfigurationError, match=r"notes\.txt"):
        SqliteDatabase(path)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder exists"):
        SqliteDatabase(tmp_path / "absent" / "t.db")


async def test_a_reader_cannot_write(database: SqliteDatabase) -> None:
    with pytest.raises(UnavailableError, match="cannot be written"):
        await database.read(lambda connection: connection.execute("INSERT INTO kind (name) VALUES ('x')"))


async def test_a_write_that_fails_when_nobody_waits_any_more_is_no_news(database: SqliteDatabase) -> None:
    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    begun, go = threading.Event(), threading.Event()

    def work(connection: apsw.Connection) -> None:
        begun.set()
        go.wait(30)
        connection.execute("SELECT * FROM nothing")

    writing = asyncio.create_task(database.write(work))
    await asyncio.to_thread(begun.wait, 30)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go.set()
    await database.write(lambda _: None)
    gc.collect()

    assert failed == []


async def test_a_write_is_seen_by_the_next_read(database: SqliteDatabase) -> None:
    await database.write(lambda connection: connection.execute("INSERT INTO kind (name) VALUES ('x')"))

    found = await database.read(
        lambda connection: connection.execute("SELECT count(*) FROM kind WHERE name = 'x'").get
    )

    assert found == 1


async def test_a_failed_write_rolls_back_alone(database: SqliteDatabase) -> None:
    def half(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO kind (name) VALUES ('half')")
        raise KeyError("half")

    def whole(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO kind (name) VALUES ('whole')")

    results = await asyncio.gather(database.write(half), database.write(whole), return_exceptions=True)

    names = await database.read(
        lambda connection: [name for (name,) in connection.execute("SELECT name FROM kind")]
    )
    assert isinstance(results[0], KeyError)
    assert "whole" in names
    assert "half" not in names


async def test_too_many_waiting_writes_are_told_to_come_back(database: SqliteDatabase) -> None:
    results = await asyncio.gather(
        *(database.write(lambda connection: None) for _ in range(5_000)), return_exceptions=True
    )

    busy = [result for result in results if isinstance(result, BusyError)]
    assert len(busy) == 5_000 - 4_096
    assert busy[0].retry_after_s > 0
    assert await database.write(lambda connection: "again") == "again"


async def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    first = SqliteDatabase(tmp_path / "t.db")
    await first.write(lambda connection: connection.execute("INSERT INTO kind (name) VALUES ('kept')"))
    await first.close()
    second = SqliteDatabase(tmp_path / "t.db")

    found = await second.read(
        lambda connection: connection.execute("SELECT count(*) FROM kind WHERE name = 'kept'").get
    )
    await second.close()

    assert found == 1


def _nothing(connection: apsw.Connection) -> None:
    connection.execute("UPDATE audit_head SET start = start")


async def test_a_quiet_commit_leaves_the_stamp_and_any_other_moves_it_in_every_process(
    database: SqliteDatabase,
) -> None:
    other = SqliteDatabase(database.path)
    for one in (database, other):
        one.stamp()

    await asyncio.sleep(2 * _LOOK_S)
    before = (database.stamp(), other.stamp())
    await database.write(_nothing, quiet=True)
    await asyncio.sleep(2 * _LOOK_S)
    quiet = (database.stamp(), other.stamp())
    await database.write(_nothing)
    await asyncio.sleep(2 * _LOOK_S)
    loud = (database.stamp(), other.stamp())
    await other.close()

    assert before == quiet
    assert loud[0] > quiet[0]
    assert loud[1] > quiet[1]


async def test_it_is_told_how_many_read_and_who_waits(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "t.db", readers=2)
    go_on = threading.Event()
    reads = [asyncio.create_task(database.read(lambda _: go_on.wait(10))) for _ in range(3)]
    await asyncio.sleep(0)

    busy = database.pools()
    go_on.set()
    await asyncio.gather(*reads)

    assert (busy["readers"], busy["writer"]) == (PoolUse(2, 2, 1), PoolUse(1, 0, 0))
    assert database.pools()["readers"] == PoolUse(2, 0, 0)
    await database.close()
