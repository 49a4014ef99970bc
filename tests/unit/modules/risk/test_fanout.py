from chariot.modules.risk.fanout import fan_out

from .conftest import ACME

KEYS = ["#port#192.0.2.7#tcp#80", "#port#192.0.2.7#tcp#443"]


async def test_the_same_cause_is_shared_out_once(world):
    await fan_out(world.bus, "assess", "1", ACME, KEYS)
    await fan_out(world.bus, "assess", "1", ACME, KEYS)
    await fan_out(world.bus, "assess", "2", ACME, KEYS[:1])

    deliveries = await world.bus.lease("assess", limit=10, lease_s=60, owner="t")
    (depth,) = await world.bus.depths()

    assert {delivery.message.order_key for delivery in deliveries} == set(KEYS)
    assert depth.live == 3
