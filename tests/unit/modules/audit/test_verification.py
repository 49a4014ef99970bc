from chariot.adapters.keyfile.audit import FileSigner
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.service import AuditService
from chariot.modules.audit.verification import Verifier

ACME = Organisation("acme")
# What is done to a database by hand is tried in tests/contract/audit/tampering_contract.py.


async def test_a_log_in_which_nothing_was_ever_written_holds(log: SqliteAuditLog, signer: FileSigner) -> None:
    found = await Verifier(log, signer).verify(ACME)

    assert (found.holds, found.entries) == (True, 0)


async def test_a_log_longer_than_a_page_is_followed_to_its_end(
    audit: AuditService, log: SqliteAuditLog, signer: FileSigner
) -> None:
    for number in range(6_000):
        audit.note(Entry(organisation=ACME, actor=f"user:{number}", action="risks:read"))
    await audit.flush()

    found = await Verifier(log, signer).verify(ACME)

    assert (found.holds, found.entries, found.first, found.last) == (True, 6_000, 1, 6_000)
