import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.capability import CannotRunError
from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Sent, Usage
from chariot.modules.discovery.journal_writer import JournalWriter

ACME = Organisation("acme")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


def sent(port: int = 443, seconds: float = 0.0, organisation: Organisation = ACME) -> Sent:
    return Sent(
        at=NOON + timedelta(seconds=seconds),
        organisation=organisation,
        scan="s1",
        capability="tcp-ports",
        target="#address#192.0.2.7",
        what="tcp",
        host="192.0.2.7",
        address="192.0.2.7",
        port=port,
        authority="contract c1",
    )


@pytest.fixture
async def store(tmp_path):
    database = SqliteDatabase(tmp_path / "t.db")
    yield SqliteJournalStore(database)
    await database.close()


class Away:
    """A store that is away until it is told otherwise."""

    def __init__(self, store: SqliteJournalStore) -> None:
        self.store = store
        self.is_away = True
        self.tried = asyncio.Event()

    async def append(self, *arguments) -> Usage:
        self.tried.set()
        if self.is_away:
            raise UnavailableError("away")
        return await self.store.append(*arguments)


async def test_the_same_thing_is_one_line_with_a_count(store) -> None:
    totals: list[Usage] = []
    writer = JournalWriter(store, lambda _, usage: totals.append(usage), now=lambda: NOON, pause_s=0)

    for each in (sent(), sent(seconds=2), sent(seconds=1), sent(port=80)):
        writer.record(each)
    writer.worked(ACME, 2.5)
    await writer.close()

    lines = {row.line.port: row.line for row in await store.rows(ACME, after=0, limit=10)}
    assert (lines[443].times, lines[443].last_us - lines[443].first_us) == (3, 2_000_000)
    assert (lines[80].times, lines[80].authority) == (1, "contract c1")
    assert totals[-1] == Usage(NOON.date(), 4, 2.5)


async def test_how_much_is_not_written_yet_is_told_at_each_line(store) -> None:
    unwritten: list[int] = []
    writer = JournalWriter(
        store, now=lambda: NOON, pause_s=0, sending=lambda _, count: unwritten.append(count)
    )

    for each in (sent(), sent(), sent(port=80)):
        writer.record(each)
    await writer.close()
    writer.record(sent())
    await writer.close()

    assert unwritten == [1, 2, 3, 1]


async def test_lines_are_written_without_being_asked(store) -> None:
    written = asyncio.Event()
    writer = JournalWriter(store, lambda _, __: written.set(), now=lambda: NOON)
    writer.record(sent())

    await asyncio.wait_for(written.wait(), 60)

    assert (await store.head(ACME)).number == 1


async def test_nothing_is_lost_while_the_store_is_away_for_a_while(store) -> None:
    away = Away(store)
    writer = JournalWriter(away, now=lambda: NOON, pause_s=0)
    writer.record(sent())
    await asyncio.wait_for(away.tried.wait(), 60)
    writer.record(sent(seconds=9))
    away.is_away = False
    await writer.close()

    (row,) = await store.rows(ACME, after=0, limit=10)
    assert (row.line.times, row.line.last_us - row.line.first_us) == (2, 9_000_000)


async def test_nothing_is_sent_that_cannot_be_written_down(store) -> None:
    writer = JournalWriter(Away(store), now=lambda: NOON, limit=2)
    for port in (1, 2):
        writer.record(sent(port))

    with pytest.raises(CannotRunError, match="nothing is sent without it"):
        writer.record(sent(3))
    await writer.close()


async def test_each_organisation_has_a_journal_of_its_own(store) -> None:
    writer = JournalWriter(store, now=lambda: NOON, pause_s=0)
    globex = Organisation("globex")
    writer.record(sent())
    writer.record(sent(organisation=globex))
    await writer.close()

    assert [(await store.head(name)).number for name in (ACME, globex)] == [1, 1]
