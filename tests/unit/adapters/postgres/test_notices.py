import asyncio

import pytest

from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.notices import watch
from chariot.errors import ConfigurationError
from chariot.model.kinds.network import Domain
from chariot.modules.work.relay import Interest, Relay, Route
from chariot.modules.work.traces import ToldTraces
from chariot.telemetry import following
from chariot.testing.bus import MemoryBus, MemoryCheckpoints
from support.engines import postgres

from .world import HOST, SHOP, see

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


async def told(notices: object, timeout_s: float = 60.0) -> bool:
    try:
        await asyncio.wait_for(anext(notices), timeout_s)  # type: ignore[call-overload]  # an async generator
    except TimeoutError:
        return False
    return True


async def test_a_commit_that_wrote_changes_is_told_and_another_is_not(
    url: str, store: PostgresEntityStore
) -> None:
    notices = watch(url)
    assert await told(notices)

    await see(store, SHOP)
    assert await told(notices)

    await see(store, SHOP)
    assert not await told(notices, 0.3)
    await notices.aclose()


async def test_a_change_that_another_process_wrote_is_relayed_in_the_trace_in_which_it_was_made(
    url: str, store: PostgresEntityStore
) -> None:
    traces, bus = ToldTraces(), MemoryBus()
    notices = watch(url, traces.tell)
    assert await told(notices)

    await see(store, SHOP)
    with following(None, "a request", PARENT):
        await see(store, HOST, Domain(host="www.shop.test"))
    while len([one for one in await store.changes(0, 10) if traces.of(one)]) < 2:
        assert await told(notices)
    relay = Relay(store, bus, MemoryCheckpoints(), [Route("project", Interest())], trace_of=traces.of)
    await relay.step()

    waiting = await bus.lease("project", limit=10, lease_s=30, owner="test")
    found = {one.message.order_key: one.message.trace for one in waiting}
    assert found == {SHOP.key: "", HOST.key: PARENT, "#domain#www.shop.test": PARENT}
    await notices.aclose()


async def test_listening_begins_again_when_its_connection_is_lost(
    url: str, store: PostgresEntityStore
) -> None:
    notices = watch(url)
    assert await told(notices)

    await postgres().run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'", url=url
    )
    assert await told(notices)

    await see(store, SHOP)
    assert await told(notices)
    await notices.aclose()


async def test_a_wrong_database_ends_the_watch_with_a_sentence() -> None:
    with pytest.raises(ConfigurationError, match="no such database"):
        await anext(watch(postgres().url("chariot_test_absent")))
