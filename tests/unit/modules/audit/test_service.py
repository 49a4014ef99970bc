from datetime import timedelta

import pytest

from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.ports import Question
from chariot.modules.audit.service import AuditService

from .conftest import Clock

ACME = Organisation("acme")
DAY = timedelta(days=1)


async def tell(audit: AuditService, count: int = 1) -> None:
    for number in range(count):
        await audit.record(Entry(organisation=ACME, actor=f"user:{number}", action="risks:write"))


async def test_pages_go_on_before_the_number_that_the_one_before_names(audit: AuditService) -> None:
    await tell(audit, 5)

    first, before = await audit.find(ACME, Question(limit=3))
    second, end = await audit.find(ACME, Question(limit=3, before=before))

    assert [one.sequence for one in (*first, *second)] == [5, 4, 3, 2, 1]
    assert end == 0


@pytest.mark.parametrize("limit", [0, -1, 1_001])
async def test_a_page_has_a_limit(audit: AuditService, limit: int) -> None:
    with pytest.raises(InvalidError):
        await audit.find(ACME, Question(limit=limit))


async def test_what_was_only_noted_is_verified_too(audit: AuditService) -> None:
    audit.note(Entry(organisation=ACME, actor="user:ann", action="risks:read"))

    assert (await audit.verify(ACME)).entries == 1


async def test_an_organisation_whose_whole_log_is_gone_is_still_asked_for(
    audit: AuditService, signer: FileSigner, anchors: FileAnchors
) -> None:
    kept = signer.sign(
        b'{"type":"checkpoint","organisation":"gone","sequence":3,"hash":"%b","at_us":1}' % (b"0" * 64)
    )
    anchors.keep(Organisation("gone"), kept)

    (found,) = await audit.verify_all()

    assert (found.organisation, found.holds) == ("gone", False)


async def test_a_checkpoint_of_nothing_is_none(audit: AuditService) -> None:
    with pytest.raises(NotFoundError):
        await audit.checkpoint(ACME)


async def test_retention_takes_away_what_is_old_and_the_log_still_holds(
    audit: AuditService, log: SqliteAuditLog, clock: Clock
) -> None:
    clock.now -= 3_000 * DAY
    await tell(audit, 3)
    await audit.checkpoint(ACME)
    clock.now += 2_999 * DAY
    await tell(audit, 2)

    assert await audit.retain(ACME)
    assert not await audit.retain(ACME)

    found = await audit.verify(ACME)
    assert (found.holds, found.first, found.last) == (True, 4, 6)
    assert (await log.rows(ACME, after=0, limit=9))[-1].action == "audit:retain"


async def test_what_an_organisation_says_of_retention_is_held_to_the_least(
    log: SqliteAuditLog, signer: FileSigner, anchors: FileAnchors, clock: Clock
) -> None:
    async def one_day(_: Organisation) -> int:
        return 1

    audit = AuditService(log, signer, anchors, retention=one_day, now=clock)
    await tell(audit, 2)
    clock.now += 20 * DAY

    assert not await audit.retain(ACME)
    await audit.close()
