"""Checkpoints that are told elsewhere."""

import apsw

from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.seals import Checkpoint, Signed, opened
from chariot.modules.audit.service import AuditService
from chariot.modules.audit.witness import Witnessing

ACME, GLOBEX = Organisation("acme"), Organisation("globex")


class Elsewhere:
    """See `Witness` and `Checkpoints`: keeps what it is told, and may be away."""

    def __init__(self) -> None:
        self.told: list[Signed] = []
        self.away: set[str] = set()
        self.kept: dict[str, int] = {}

    async def tell(self, checkpoint: Signed) -> None:
        if opened(checkpoint, Checkpoint).organisation in self.away:
            raise UnavailableError("is away")
        self.told.append(checkpoint)

    async def get(self, name: str) -> int:
        return self.kept.get(name, 0)

    async def put(self, name: str, sequence: int) -> None:
        self.kept[name] = sequence

    @property
    def last(self) -> list[tuple[str, int]]:
        marks = [opened(one, Checkpoint) for one in self.told]
        return [(mark.organisation, mark.sequence) for mark in marks]


async def tell(audit: AuditService, *organisations: Organisation) -> None:
    for organisation in organisations:
        await audit.record(Entry(organisation=organisation, actor="schedule", action="risks:write"))


async def test_what_is_new_in_a_log_is_told_once(audit: AuditService) -> None:
    elsewhere = Elsewhere()
    witnessing = Witnessing(audit, elsewhere, elsewhere)
    await tell(audit, ACME, GLOBEX)

    assert [await witnessing.tick(), await witnessing.tick()] == [2, 0]
    await tell(audit, ACME)
    assert await witnessing.tick() == 1

    assert elsewhere.last == [("acme", 1), ("globex", 1), ("acme", 2)]


async def test_a_witness_that_was_away_is_told_later_and_of_others_meanwhile(audit: AuditService) -> None:
    elsewhere = Elsewhere()
    witnessing = Witnessing(audit, elsewhere, elsewhere)
    await tell(audit, ACME, GLOBEX)
    elsewhere.away.add(ACME)
    await witnessing.tick()
    elsewhere.away.clear()

    assert await witnessing.tick() == 1
    assert elsewhere.last == [("globex", 1), ("acme", 1)]


async def test_a_log_of_which_all_is_gone_here_is_missed_by_what_was_told_elsewhere(
    audit: AuditService, log: SqliteAuditLog
) -> None:
    elsewhere = Elsewhere()
    await tell(audit, ACME, ACME)
    await Witnessing(audit, elsewhere, elsewhere).tick()
    with apsw.Connection(log._database.path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for table in ("audit_entry", "audit_checkpoint", "audit_head"):
            connection.execute(f"DELETE FROM {table}")

    (found,) = await audit.verify_all({ACME: elsewhere.told})

    assert [fault.reason for fault in found.faults] == ["all of it is gone"]
