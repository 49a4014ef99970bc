import asyncio

import pytest

from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.notices import watch
from chariot.errors import ConfigurationError
from support.engines import postgres

from .world import SHOP, see


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
