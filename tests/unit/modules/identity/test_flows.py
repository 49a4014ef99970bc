import asyncio

import pytest

from chariot.modules.identity.flows import Flows
from chariot.modules.identity.proof import UnprovenError
from chariot.modules.receipts.memory import MemoryReceipts
from identity_fakes import Clock, PlainSealer


async def reason(flows, purpose, text):
    with pytest.raises(UnprovenError) as told:
        await flows.take(purpose, text)
    return told.value.reason


async def test_what_a_browser_carries_comes_back_once_and_for_its_purpose_alone():
    flows = Flows(PlainSealer(), MemoryReceipts(), now=Clock())
    text = await flows.carry("issuer", {"state": "x"})

    assert await reason(flows, "passkey", text) == "purpose"
    assert await flows.take("issuer", text) == {"state": "x"}
    assert await reason(flows, "issuer", text) == "replayed"


async def test_what_one_process_took_another_one_does_not_take_again():
    receipts, clock = MemoryReceipts(), Clock()
    one, other = (Flows(PlainSealer(), receipts, now=clock) for _ in range(2))
    text = await one.carry("passkey", {"challenge": "x"})

    assert await other.take("passkey", text) == {"challenge": "x"}
    assert await reason(one, "passkey", text) == "replayed"


async def test_of_many_who_take_it_at_once_one_has_it():
    flows = Flows(PlainSealer(), MemoryReceipts(), now=Clock())
    text = await flows.carry("passkey", {})

    taken = await asyncio.gather(*(flows.take("passkey", text) for _ in range(8)), return_exceptions=True)

    assert [one for one in taken if not isinstance(one, UnprovenError)] == [{}]


async def test_it_does_not_hold_for_ever():
    clock = Clock()
    flows = Flows(PlainSealer(), MemoryReceipts(), now=clock)
    text = await flows.carry("issuer", {})
    clock.pass_(minutes=11)

    assert await reason(flows, "issuer", text) == "expired"


@pytest.mark.parametrize(
    "text", ["", "x", "sealed:" + b"{}".hex(), "sealed:" + b"[]".hex(), "sealed:" + "a" * 5_000, "sealed:ü"]
)
async def test_what_was_not_made_here_is_refused(text):
    assert await reason(Flows(PlainSealer(), MemoryReceipts(), now=Clock()), "issuer", text) in (
        "malformed",
        "signature",
    )
