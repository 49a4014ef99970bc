"""What all audit logs promise. Subclass `AuditLogContract`, name the subclass `Test...`, provide `log`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chariot.errors import ChariotError, ConflictError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import GENESIS, Row, chained
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.ports import Addition, AuditLog, Question
from chariot.modules.audit.seals import Signed
from chariot.modules.surface.states import micros

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
LONG_AGO = datetime(2019, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def head(text: str) -> Signed:
    return Signed(text, "00" * 32, "11" * 64)


def entry(number: int, organisation: Organisation = ACME) -> Entry:
    return Entry(
        organisation=organisation,
        actor=f"user:{number % 2}",
        action="risks:write" if number % 3 else "risks:read",
        object=f"#domain#{number}.example.com",
        ending=Ending.REFUSED if number == 4 else Ending.ALLOWED,
        address="192.0.2.7",
        request_id=f"r{number}",
        details={"fields": "état, 状態"},
    )


def rows(count: int, organisation: Organisation = ACME, *, after: Sequence[Row] = ()) -> list[Row]:
    """Return rows an hour apart, chained."""
    made = list(after)
    for _ in range(count):
        last, previous = (made[-1].sequence, made[-1].hash) if made else (0, GENESIS)
        at_us = micros(LONG_AGO + last * HOUR)
        made += chained(
            organisation, [entry(last + 1, organisation)], last=last, previous=previous, at_us=at_us
        )
    return made[len(after) :]


async def written(log: AuditLog, organisation: Organisation, count: int) -> list[Row]:
    made = rows(count, organisation)
    await log.write(organisation, lambda _: Addition(rows=made, head=head(f"head {count}")))
    return made


class AuditLogContract:
    async def test_rows_come_back_as_they_were_written_in_their_order(self, log: AuditLog) -> None:
        made = await written(log, ACME, 5)

        assert list(await log.rows(ACME, after=0, limit=10)) == made
        assert list(await log.rows(ACME, after=2, limit=2)) == made[2:4]
        assert list(await log.rows(ACME, after=5, limit=2)) == []

    async def test_the_head_is_given_to_whoever_decides_and_replaced_with_what_is_written(
        self, log: AuditLog
    ) -> None:
        given: list[Signed | None] = []

        def decide(present: Signed | None) -> Addition:
            given.append(present)
            return Addition(head=head(f"head {len(given)}"))

        await log.write(ACME, decide)
        await log.write(ACME, decide)

        assert given == [None, head("head 1")]
        assert await log.head(ACME) == head("head 2")
        assert await log.head(GLOBEX) is None

    async def test_nothing_is_written_where_nothing_is_decided(self, log: AuditLog) -> None:
        await log.write(ACME, lambda _: None)

        assert await log.head(ACME) is None

    async def test_what_the_decision_raises_comes_through_and_nothing_is_done(self, log: AuditLog) -> None:
        def refuse(_: Signed | None) -> Addition:
            raise ConflictError("no")

        with pytest.raises(ConflictError):
            await log.write(ACME, refuse)

        assert await log.head(ACME) is None

    async def test_a_number_is_given_once(self, log: AuditLog) -> None:
        made = await written(log, ACME, 3)

        with pytest.raises(ChariotError):
            await log.write(ACME, lambda _: Addition(rows=made[1:2], head=head("again")))

        assert list(await log.rows(ACME, after=0, limit=10)) == made
        assert await log.head(ACME) == head("head 3")

    async def test_of_many_that_write_together_each_builds_on_the_one_before(self, log: AuditLog) -> None:
        def grow(present: Signed | None) -> Addition:
            count = int(present.body) if present is not None else 0
            return Addition(rows=rows(count + 1)[count:], head=head(str(count + 1)))

        await asyncio.gather(*(log.write(ACME, grow) for _ in range(10)))

        assert list(await log.rows(ACME, after=0, limit=20)) == rows(10)

    async def test_organisations_know_nothing_of_each_other(self, log: AuditLog) -> None:
        ours, theirs = await written(log, ACME, 2), await written(log, GLOBEX, 3)

        assert list(await log.rows(ACME, after=0, limit=10)) == ours
        assert list(await log.rows(GLOBEX, after=0, limit=10)) == theirs
        assert list(await log.organisations()) == [ACME, GLOBEX]

    async def test_checkpoints_stand_by_the_entry_at_which_they_were_set(self, log: AuditLog) -> None:
        for number in (2, 3, 7):
            signed = head(f"checkpoint {number}")
            await log.write(
                ACME,
                lambda _, number=number, signed=signed: Addition(checkpoint=(number, signed), head=signed),
            )

        found = [one.body for one in await log.checkpoints(ACME, after=2, limit=10)]

        assert found == ["checkpoint 3", "checkpoint 7"]
        assert len(await log.checkpoints(ACME, after=0, limit=1)) == 1
        assert await log.checkpoints(GLOBEX, after=0, limit=9) == []

    async def test_retention_takes_away_what_stands_before_the_start(self, log: AuditLog) -> None:
        made = await written(log, ACME, 5)
        await written(log, GLOBEX, 5)

        await log.write(ACME, lambda _: Addition(start=3, head=head("cut")))

        assert list(await log.rows(ACME, after=0, limit=10)) == made[3:]
        assert len(await log.rows(GLOBEX, after=0, limit=10)) == 5

    async def test_retention_leaves_what_is_young(self, log: AuditLog) -> None:
        young = chained(
            ACME, [entry(1)], last=0, previous=GENESIS, at_us=micros(datetime.now(UTC) - 24 * HOUR)
        )
        await log.write(ACME, lambda _: Addition(rows=young, head=head("one")))

        await log.write(ACME, lambda _: Addition(start=1, head=head("cut")))

        assert list(await log.rows(ACME, after=0, limit=10)) == young

    @pytest.mark.parametrize(
        ("question", "numbers"),
        [
            (Question(), [6, 5, 4, 3, 2, 1]),
            (Question(limit=2), [6, 5]),
            (Question(before=3), [2, 1]),
            (Question(actor="user:1"), [5, 3, 1]),
            (Question(action="risks:read"), [6, 3]),
            (Question(action="risks:*"), [6, 5, 4, 3, 2, 1]),
            (Question(action="seeds:*"), []),
            (Question(object="#domain#2.example.com"), [2]),
            (Question(ending=Ending.REFUSED), [4]),
            (Question(request_id="r5", address="192.0.2.7"), [5]),
            (Question(since=LONG_AGO + HOUR, until=LONG_AGO + 3 * HOUR), [3, 2]),
            (Question(actor="' OR 1=1 --"), []),
        ],
    )
    async def test_entries_are_found_newest_first_by_all_that_is_asked(
        self, log: AuditLog, question: Question, numbers: list[int]
    ) -> None:
        await written(log, ACME, 6)
        await written(log, GLOBEX, 2)

        assert [row.sequence for row in await log.find(ACME, question)] == numbers
