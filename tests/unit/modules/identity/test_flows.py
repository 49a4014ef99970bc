import pytest

from chariot.modules.identity.flows import Flows
from chariot.modules.identity.proof import UnprovenError
from identity_fakes import Clock, PlainSealer


async def reason(flows, purpose, text):
    with pytest.raises(UnprovenError) as told:
        await flows.take(purpose, text)
    return told.value.reason


async def test_what_a_browser_carries_comes_back_once_and_for_its_purpose_alone():
    flows = Flows(PlainSealer(), now=Clock())
    text = await flows.carry("issuer", {"state": "x"})

    assert await reason(flows, "passkey", text) == "purpose"
    assert await flows.take("issuer", text) == {"state": "x"}
    assert await reason(flows, "issuer", text) == "replayed"


async def test_it_does_not_hold_for_ever():
    clock = Clock()
    flows = Flows(PlainSealer(), now=clock)
    text = await flows.carry("issuer", {})
    clock.pass_(minutes=11)

    assert await reason(flows, "issuer", text) == "expired"


@pytest.mark.parametrize(
    "text", ["", "x", "sealed:" + b"{}".hex(), "sealed:" + b"[]".hex(), "sealed:" + "a" * 5_000, "sealed:ü"]
)
async def test_what_was_not_made_here_is_refused(text):
    assert await reason(Flows(PlainSealer(), now=Clock()), "issuer", text) in ("malformed", "signature")
