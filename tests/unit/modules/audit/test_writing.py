import asyncio

import apsw
import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.errors import BusyError, InvalidError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.audit.chain import Row
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.keeping import Keeper
from chariot.modules.audit.ports import Addition, Decide
from chariot.modules.audit.seals import Signed
from chariot.modules.audit.writing import AuditWriter

ACME, GLOBEX = Organisation("acme"), Organisation("globex")


class Failing(SqliteAuditLog):
    """A log that is away for as long as somebody says so."""

    away = False

    async def write(self, organisation: Organisation, decide: Decide) -> None:
        if self.away:
            raise UnavailableError("the disk is full")
        await super().write(organisation, decide)


@pytest.fixture
def failing(log: SqliteAuditLog) -> Failing:
    return Failing(log._database)


@pytest.fixture
def writer(failing: Failing, signer: FileSigner, anchors: FileAnchors) -> AuditWriter:
    return AuditWriter(failing, Keeper(signer), anchors, limit=5, pause_s=60.0)


def entry(number: int = 0, organisation: Organisation = ACME, **more: object) -> Entry:
    return Entry(organisation=organisation, actor=f"user:{number}", action="risks:read", **more)  # type: ignore[arg-type]  # fields of an entry


async def rows(log: SqliteAuditLog, organisation: Organisation = ACME) -> list[Row]:
    return list(await log.rows(organisation, after=0, limit=100))


async def test_what_is_recorded_is_durable_when_it_returns(log: SqliteAuditLog, writer: AuditWriter) -> None:
    await writer.record(entry(1))

    assert [row.actor for row in await rows(log)] == ["user:1"]


async def test_the_same_notes_are_one_entry_with_a_count_and_the_first_request(
    log: SqliteAuditLog, writer: AuditWriter
) -> None:
    for number in range(3):
        writer.note(entry(1, request_id=f"r{number}"))
    writer.note(entry(2))
    for number in range(4):
        assert writer.seen(
            (ACME, "user:3", "risks:read", "/api/v1/risks?x=secret", "192.0.2.1"), f"s{number}"
        )
    await writer.flush()

    found = {row.actor: (row.details, row.request_id, row.object) for row in await rows(log)}
    assert found == {
        "user:1": ('{"count":"3"}', "r0", ""),
        "user:2": ("{}", "", ""),
        "user:3": ('{"count":"4"}', "s0", "/api/v1/risks"),
    }


async def test_more_than_may_wait_is_refused_and_nothing_is_lost(
    log: SqliteAuditLog, writer: AuditWriter
) -> None:
    for number in range(5):
        writer.note(entry(number))

    with pytest.raises(BusyError):
        writer.note(entry(6))
    assert not writer.seen((ACME, "user:7", "risks:read", "/", ""), "r")

    await writer.flush()
    assert len(await rows(log)) == 5


async def test_what_cannot_be_recorded_is_refused_and_notes_wait_on(
    failing: Failing, writer: AuditWriter
) -> None:
    failing.away = True
    writer.note(entry(1, ending=Ending.REFUSED))

    with pytest.raises(UnavailableError, match="disk is full"):
        await writer.record(entry(2))

    failing.away = False
    await writer.record(entry(3))
    assert {row.actor for row in await rows(failing)} == {"user:1", "user:3"}


async def test_many_at_once_are_in_one_chain_each(log: SqliteAuditLog, writer: AuditWriter) -> None:
    await asyncio.gather(
        *(writer.record(entry(number, ACME if number % 2 else GLOBEX)) for number in range(5))
    )

    assert [row.sequence for row in await rows(log)] == [1, 2]
    assert [row.sequence for row in await rows(log, GLOBEX)] == [1, 2, 3]


async def test_what_is_announced_goes_in_with_the_write_in_one_transaction(
    log: SqliteAuditLog, writer: AuditWriter
) -> None:
    seen: list[int] = []

    def write(connection: apsw.Connection) -> None:
        seen.append(connection.execute("SELECT count(*) FROM audit_entry").get)

    async with writer.announced(entry(1)):
        assert await rows(log) == []
        await log._database.write(write)

    assert seen == [1]
    assert [row.actor for row in await rows(log)] == ["user:1"]


async def test_what_is_announced_goes_in_at_the_end_when_nothing_was_written(
    log: SqliteAuditLog, writer: AuditWriter
) -> None:
    with pytest.raises(InvalidError):
        async with writer.announced(entry(1)):
            raise InvalidError("is no batch")

    assert [row.actor for row in await rows(log)] == ["user:1"]


async def test_what_many_announce_is_one_chain_with_its_first_checkpoint_kept(
    log: SqliteAuditLog, writer: AuditWriter, anchors: FileAnchors
) -> None:
    async def written(number: int) -> None:
        async with writer.announced(entry(number)):
            await log._database.write(lambda _: None)

    await asyncio.gather(*map(written, range(5)))

    assert [row.sequence for row in await rows(log)] == [1, 2, 3, 4, 5]
    assert anchors.last(ACME) == (await log.checkpoints(ACME, after=0, limit=1))[0]


async def test_a_write_is_not_done_whose_entry_the_log_does_not_take(
    log: SqliteAuditLog, writer: AuditWriter
) -> None:
    foreign = Signed("{}", "00" * 32, "11" * 64)
    await log.write(ACME, lambda _: Addition(head=foreign))

    with pytest.raises(UnavailableError, match="audit log"):
        async with writer.announced(entry(1)):
            await log._database.write(
                lambda connection: connection.execute("INSERT INTO kind (name) VALUES ('x')")
            )

    kinds = await log._database.read(
        lambda connection: connection.execute("SELECT name FROM kind").fetchall()
    )
    assert ("x",) not in kinds


async def test_closing_writes_what_waits_and_takes_nothing_more(
    log: SqliteAuditLog, writer: AuditWriter
) -> None:
    writer.note(entry(1))

    await writer.close()

    assert len(await rows(log)) == 1
    with pytest.raises(UnavailableError):
        writer.note(entry(2))


class Slow(SqliteAuditLog):
    """A log that takes its time to write."""

    def __init__(self, log: SqliteAuditLog) -> None:
        super().__init__(log._database)
        self.begun, self.let = asyncio.Event(), asyncio.Event()

    async def write(self, organisation: Organisation, decide: Decide) -> None:
        self.begun.set()
        await self.let.wait()
        await super().write(organisation, decide)


async def test_closing_waits_for_what_is_being_written(
    log: SqliteAuditLog, signer: FileSigner, anchors: FileAnchors
) -> None:
    slow = Slow(log)
    writer = AuditWriter(slow, Keeper(signer), anchors, pause_s=0.0)
    writer.note(entry(1))
    await slow.begun.wait()

    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    slow.let.set()
    await closing

    assert [row.actor for row in await rows(log)] == ["user:1"]
