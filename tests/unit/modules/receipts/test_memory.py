from datetime import UTC, datetime, timedelta

from chariot.model.keys import Organisation
from chariot.modules.receipts.memory import MemoryReceipts
from chariot.modules.receipts.ports import CLAIM_S

ACME = Organisation("acme")


async def test_a_claim_without_an_answer_ends():
    at = [datetime(2026, 1, 1, tzinfo=UTC)]
    receipts = MemoryReceipts(lambda: at[0])
    await receipts.begin(ACME, "a", b"1")
    at[0] += timedelta(seconds=CLAIM_S + 1)

    assert await receipts.begin(ACME, "a", b"2") is None


async def test_the_oldest_is_forgotten_when_there_are_too_many():
    receipts = MemoryReceipts(kept=2)
    for name in ("a", "b", "c"):
        await receipts.begin(ACME, name, b"1")

    assert await receipts.begin(ACME, "c", b"2") is not None
    assert await receipts.begin(ACME, "a", b"2") is None
