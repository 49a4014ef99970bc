"""Whatever is done to the database by hand, `Verifier` finds it. Subclass it and provide `log` and `run`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.keeping import Keeper
from chariot.modules.audit.ports import AuditLog
from chariot.modules.audit.seals import Signed
from chariot.modules.audit.verification import Verification, Verifier
from chariot.modules.audit.writing import AuditWriter

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
Run = Callable[[str], Awaitable[None]]

COLUMNS = {
    "at": "at + 1",
    "actor": "'user:nobody'",
    "action": "'risks:read'",
    "object": "'#domain#other.example.com'",
    "ending": "'refused'",
    "address": "'198.51.100.1'",
    "request_id": "'r0'",
    "before": "'00'",
    "after": "'00'",
    "details": "'[]'",
}

CHANGES = [
    *(
        (f"UPDATE audit_entry SET {name} = {value} WHERE {{}} AND sequence = 5", 5)
        for name, value in COLUMNS.items()
    ),
    (
        "UPDATE audit_entry SET hash = (SELECT max(hash) FROM audit_entry) WHERE {} AND sequence = 5",
        5,
    ),
    ("UPDATE audit_entry SET sequence = 99 WHERE {} AND sequence = 5", 5),
    ("UPDATE audit_entry SET sequence = 0 WHERE {} AND sequence = 1", 0),
    ("UPDATE audit_entry SET sequence = -7 WHERE {} AND sequence = 5", -7),
    ("UPDATE audit_entry SET organisation = 'globex', sequence = 5 + 1000 WHERE {} AND sequence = 5", 5),
    ("DELETE FROM audit_entry WHERE {} AND sequence = 1", 1),
    ("DELETE FROM audit_entry WHERE {} AND sequence = 5", 5),
    ("DELETE FROM audit_entry WHERE {} AND sequence = 9", 9),
    ("DELETE FROM audit_entry WHERE {} AND sequence >= 5", 5),
    ("DELETE FROM audit_entry WHERE {}", 1),
    ("DELETE FROM audit_entry WHERE {} AND sequence <= 4", 1),
    (
        (
            "INSERT INTO audit_entry SELECT organisation, 10, at, actor, action, object, ending, address, request_id,"
            " before, after, details, hash FROM audit_entry WHERE {} AND sequence = 9"
        ),
        10,
    ),
    (
        (
            "UPDATE audit_entry SET sequence = -1 WHERE {} AND sequence = 3;"
            " UPDATE audit_entry SET sequence = 3 WHERE {} AND sequence = 4;"
            " UPDATE audit_entry SET sequence = 4 WHERE {} AND sequence = -1"
        ),
        3,
    ),
    ("DELETE FROM audit_checkpoint WHERE {}", 8),
    ("DELETE FROM audit_checkpoint WHERE {} AND sequence = 1", 4),
    ("DELETE FROM audit_checkpoint WHERE {} AND sequence = 8", 8),
    (
        "UPDATE audit_checkpoint SET body = replace(body, '\"at_us\":', '\"at_us\":1') WHERE {} AND sequence = 4",
        4,
    ),
    ("UPDATE audit_checkpoint SET signature = substr(signature, 3) || 'ab' WHERE {} AND sequence = 4", 4),
    ("UPDATE audit_checkpoint SET key = substr(key, 3) || 'ab' WHERE {} AND sequence = 4", 4),
    ("UPDATE audit_checkpoint SET sequence = 3 WHERE {} AND sequence = 4", 3),
    ("UPDATE audit_checkpoint SET body = '{{' WHERE {} AND sequence = 1", 0),
    ("UPDATE audit_head SET start = 5 WHERE {}", 5),
    ("DELETE FROM audit_head WHERE {}", 0),
    ("UPDATE audit_head SET body = replace(body, '\"sequence\":9', '\"sequence\":8') WHERE {}", 0),
    ("UPDATE audit_head SET body = '{{' WHERE {}", 0),
    ("UPDATE audit_head SET signature = '' WHERE {}", 0),
    (
        (
            "UPDATE audit_head SET body = (SELECT body FROM audit_head WHERE organisation = 'globex'),"
            " key = (SELECT key FROM audit_head WHERE organisation = 'globex'),"
            " signature = (SELECT signature FROM audit_head WHERE organisation = 'globex') WHERE {}"
        ),
        0,
    ),
    (
        "DELETE FROM audit_entry WHERE {}; DELETE FROM audit_checkpoint WHERE {}; DELETE FROM audit_head WHERE {}",
        0,
    ),
]
"""What is done by hand, with the number of the entry that is named first."""


def changed(statement: str) -> str:
    return statement.replace("{}", "organisation = 'acme'").replace("{{", "{")


class Kept:
    """A log with nine entries, checkpoints at the first, fourth and eighth, and the last one kept apart."""

    def __init__(self, log: AuditLog, folder: Path) -> None:
        self.log = log
        self.signer = FileSigner(folder)
        self.anchors = FileAnchors(folder)
        self.at = datetime(2026, 3, 1, tzinfo=UTC)
        self.keeper = Keeper(self.signer, checkpoint_entries=1_000)

    def writer(self) -> AuditWriter:
        return AuditWriter(self.log, self.keeper, self.anchors, now=lambda: self.at)

    async def grow(self, organisation: Organisation, count: int) -> None:
        writer = self.writer()
        self.at += timedelta(seconds=1)
        entries = [
            Entry(organisation=organisation, actor="user:ann", action="risks:write", object=f"#x#{number}")
            for number in range(count)
        ]
        await asyncio.gather(*map(writer.record, entries))

    async def fill(self) -> None:
        for organisation in (ACME, GLOBEX):
            await self.grow(organisation, 1)
            await self.grow(organisation, 3)
            await self.writer().checkpoint(organisation)
            await self.grow(organisation, 4)
            await self.writer().checkpoint(organisation)
            await self.grow(organisation, 1)

    async def verify(self, organisation: Organisation = ACME, against: Sequence[Signed] = ()) -> Verification:
        kept = self.anchors.kept()
        return await Verifier(self.log, self.signer).verify(
            organisation, [*against, *([kept[organisation]] if organisation in kept else [])]
        )


class TamperingContract:
    @pytest.fixture
    async def kept(self, log: AuditLog, tmp_path: Path) -> Kept:
        made = Kept(log, tmp_path / "audit")
        await made.fill()
        return made

    async def test_a_log_that_nobody_touched_holds(self, kept: Kept) -> None:
        found = await kept.verify()

        assert (found.holds, found.entries, found.last, found.checkpoints) == (True, 9, 9, 3)

    @pytest.mark.parametrize(("statement", "sequence"), CHANGES)
    async def test_every_change_by_hand_is_found_and_named(
        self, kept: Kept, run: Run, statement: str, sequence: int
    ) -> None:
        await run(changed(statement))

        found = await kept.verify()

        assert not found.holds
        assert found.faults[0].sequence == sequence, found.faults
        assert (await kept.verify(GLOBEX)).holds is ("globex', sequence" not in statement)

    async def test_an_older_copy_that_is_put_back_is_found_by_the_checkpoint_that_is_kept_apart(
        self, kept: Kept, run: Run
    ) -> None:
        for table in ("entry", "checkpoint", "head"):
            await run(f"CREATE TABLE old_{table} AS SELECT * FROM audit_{table}")
        await kept.grow(ACME, 5)
        await kept.writer().checkpoint(ACME)
        for table in ("entry", "checkpoint", "head"):
            await run(f"DELETE FROM audit_{table}; INSERT INTO audit_{table} SELECT * FROM old_{table}")
            await run(f"DROP TABLE old_{table}")

        found = await kept.verify()

        assert [fault.sequence for fault in found.faults] == [14]
        assert "an older copy" in found.faults[0].reason

    @pytest.mark.parametrize("more", [1, 20])
    async def test_an_older_copy_is_found_also_when_the_log_went_on_from_it(
        self, kept: Kept, run: Run, more: int
    ) -> None:
        for table in ("entry", "checkpoint", "head"):
            await run(f"CREATE TABLE old_{table} AS SELECT * FROM audit_{table}")
        await kept.grow(ACME, 5)
        await kept.writer().checkpoint(ACME)
        for table in ("entry", "checkpoint", "head"):
            await run(f"DELETE FROM audit_{table}; INSERT INTO audit_{table} SELECT * FROM old_{table}")
            await run(f"DROP TABLE old_{table}")

        await kept.grow(ACME, more)
        await kept.writer().checkpoint(ACME)
        found = await kept.verify()

        assert [fault.sequence for fault in found.faults] == [14]

    async def test_a_log_that_is_written_anew_with_another_key_is_found(
        self, kept: Kept, run: Run, tmp_path: Path
    ) -> None:
        await run(changed(CHANGES[-1][0]))
        forger = Kept(kept.log, tmp_path / "forged")
        await forger.grow(ACME, 9)

        found = await kept.verify()

        assert not found.holds
        assert "not trusted" in found.faults[0].reason

    async def test_nothing_is_built_on_a_head_that_is_not_ours(self, kept: Kept, run: Run) -> None:
        await run("UPDATE audit_head SET signature = 'ab' WHERE organisation = 'acme'")

        with pytest.raises(Exception, match="signature that is not its own"):
            await kept.grow(ACME, 1)

    async def test_a_checkpoint_of_another_organisation_is_not_taken(self, kept: Kept) -> None:
        theirs = await kept.log.checkpoints(GLOBEX, after=0, limit=1)

        found = await kept.verify(against=theirs)

        assert "belongs to another organisation" in found.faults[0].reason

    async def test_a_log_that_grows_meanwhile_holds(self, kept: Kept) -> None:
        class Growing:
            def __getattr__(self, name: str) -> object:
                return getattr(kept.log, name)

            async def checkpoints(
                self, organisation: Organisation, *, after: int, limit: int
            ) -> Sequence[Signed]:
                await kept.grow(organisation, 2)
                return await kept.log.checkpoints(organisation, after=after, limit=limit)

        found = await Verifier(Growing(), kept.signer).verify(ACME)  # type: ignore[arg-type]  # it passes on

        assert found.holds
        assert found.last > 9
