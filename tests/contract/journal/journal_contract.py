"""What all journals promise. Subclass `JournalStoreContract`, name the subclass `Test...`, provide `journal`."""

import asyncio
from datetime import UTC, date, datetime, timedelta

from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Head, JournalStore, Line, Usage, lines_of, verify
from chariot.modules.surface.states import micros

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
DAY = date(2026, 1, 5)
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""Long ago for the clock of any engine: retention may take it away."""


def line(number: int, address: str = "192.0.2.7") -> Line:
    at_us = micros(NOON + timedelta(hours=number))
    return Line(
        at_us, at_us + 5, number + 1, "s1", "tcp-ports", f"#address#{address}", "contract c1", "tcp", "www.example.com",
        address, 443, "é\N{SNOWMAN}",
    )  # fmt: skip


async def added(journal: JournalStore, organisation: Organisation, *lines: Line) -> Usage:
    return await journal.append(organisation, lines, Usage(DAY, sum(one.times for one in lines), 1.5))


class JournalStoreContract:
    async def test_lines_come_back_as_they_were_in_their_order(self, journal: JournalStore) -> None:
        await added(journal, ACME, line(0), line(1))
        await added(journal, ACME, line(2))

        rows = await journal.rows(ACME, after=0, limit=10)

        assert [(row.number, row.line) for row in rows] == [(1, line(0)), (2, line(1)), (3, line(2))]
        assert [row.number for row in await journal.rows(ACME, after=1, limit=1)] == [2]
        assert (await journal.head(ACME)) == Head(3, rows[-1].hash)

    async def test_what_was_sent_to_one_address_is_found(self, journal: JournalStore) -> None:
        await added(journal, ACME, line(0), line(1, "2001:db8::7"), line(2))

        rows = await journal.rows(ACME, after=0, limit=10, address="192.0.2.7")

        assert [row.number for row in rows] == [1, 3]
        assert [row.number async for row in lines_of(journal, ACME, address="2001:db8::7")] == [2]

    async def test_an_empty_journal_holds(self, journal: JournalStore) -> None:
        assert await journal.head(ACME) == Head()
        assert (await verify(journal, ACME)).lines == 0
        assert await journal.usage(ACME, DAY) == Usage(DAY)

    async def test_of_many_that_write_together_each_finds_its_place_in_the_chain(
        self, journal: JournalStore
    ) -> None:
        await asyncio.gather(*(added(journal, ACME, line(number)) for number in range(20)))

        verified = await verify(journal, ACME)

        assert (verified.lines, verified.fault) == (20, "")

    async def test_the_sums_of_a_day_grow(self, journal: JournalStore) -> None:
        assert await added(journal, ACME, line(0), line(1)) == Usage(DAY, 3, 1.5)
        assert await added(journal, ACME, line(2)) == Usage(DAY, 6, 3.0)
        assert await journal.append(ACME, [], Usage(DAY, 0, 1.0)) == Usage(DAY, 6, 4.0)
        assert await journal.usage(ACME, DAY) == Usage(DAY, 6, 4.0)
        assert await journal.usage(ACME, DAY + timedelta(days=1)) == Usage(DAY + timedelta(days=1))

    async def test_organisations_know_nothing_of_each_other(self, journal: JournalStore) -> None:
        await added(journal, ACME, line(0))
        await added(journal, GLOBEX, line(1))

        assert [row.line for row in await journal.rows(GLOBEX, after=0, limit=10)] == [line(1)]
        assert await journal.usage(GLOBEX, DAY) == Usage(DAY, 2, 1.5)
        assert await journal.forget(GLOBEX, NOON + timedelta(days=9)) == 1
        assert (await verify(journal, ACME)).lines == 1

    async def test_what_retention_takes_away_leaves_a_chain_that_holds(self, journal: JournalStore) -> None:
        await added(journal, ACME, *(line(number) for number in range(5)))

        assert await journal.forget(ACME, NOON + timedelta(hours=2)) == 2
        assert await journal.forget(ACME, NOON + timedelta(hours=2)) == 0
        await added(journal, ACME, line(5))

        assert [row.number for row in await journal.rows(ACME, after=0, limit=10)] == [3, 4, 5, 6]
        verified = await verify(journal, ACME)
        assert (verified.lines, verified.fault) == (4, "")

    async def test_a_journal_that_is_all_old_goes_and_goes_on(self, journal: JournalStore) -> None:
        await added(journal, ACME, line(0), line(1))

        assert await journal.forget(ACME, NOON + timedelta(days=9)) == 2
        await added(journal, ACME, line(2))

        assert [row.number for row in await journal.rows(ACME, after=0, limit=10)] == [3]
        assert (await verify(journal, ACME)).lines == 1
