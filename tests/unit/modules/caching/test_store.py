"""Pages that two servers share, one store and one worker below them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from chariot.adapters.redis.cache import RedisCache
from chariot.adapters.redis.connection import RedisConnection
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import SHARED, Organisation
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.observations import Observations
from chariot.modules.caching.breaker import Breaker, Circuit
from chariot.modules.caching.layered import LayeredCache
from chariot.modules.caching.memory import MemoryCache
from chariot.modules.caching.ports import Cache
from chariot.modules.caching.store import CachedStore, TellingStore
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from support.redis_server import RedisServer

ACME = Organisation("acme")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOMAINS = Query(kinds=("domain",))
CVES = Query(kinds=("vulnerability",))


@pytest.fixture
async def store(tmp_path) -> AsyncIterator[SqliteEntityStore]:
    opened = SqliteEntityStore(SqliteDatabase(tmp_path / "store.db"))
    yield opened
    await opened.close()


async def see(store: EntityStore, *hosts: str, organisation: Organisation = ACME) -> None:
    batch = Observations(capability="test", seen_at=NOON, entities=tuple(Domain(host=host) for host in hosts))
    await SurfaceService(store).observe(organisation, batch)


async def names(store: EntityStore, organisation: Organisation = ACME) -> list[str]:
    return [record.name for record in (await store.find(organisation, DOMAINS)).items]


async def test_a_page_that_one_server_read_is_not_read_again_by_another(store) -> None:
    cache = MemoryCache()
    one, other = CachedStore(store, cache), CachedStore(store, cache)
    await see(store, "a.test")
    await names(one)

    # Nobody tells of this one, so only who reads anew can see it.
    await see(store, "b.test")

    assert await names(other) == ["a.test"]
    assert (await other.find(ACME, DOMAINS)).items[0] == (await store.find(ACME, DOMAINS)).items[0]


async def test_what_a_worker_writes_is_seen_by_every_server(store) -> None:
    cache = MemoryCache()
    worker, server = TellingStore(store, cache), CachedStore(store, cache)
    await see(worker, "a.test")
    assert await names(server) == ["a.test"]

    await see(worker, "b.test")

    assert await names(server) == ["a.test", "b.test"]
    assert (await server.counts(ACME))["domain"]["active"] == 2


async def test_counts_are_shared_until_somebody_writes(store) -> None:
    cache = MemoryCache()
    server = CachedStore(store, cache)
    await see(server, "a.test")
    assert (await server.counts(ACME))["domain"]["active"] == 1

    await see(store, "b.test")
    assert (await server.counts(ACME))["domain"]["active"] == 1
    await see(server, "c.test")

    assert (await server.counts(ACME))["domain"]["active"] == 3


async def test_pages_of_one_organisation_are_never_anothers(store) -> None:
    server = CachedStore(store, MemoryCache())
    await see(server, "a.test")
    await see(server, "b.test", organisation=Organisation("other"))

    assert await names(server) == ["a.test"]
    assert await names(server, Organisation("other")) == ["b.test"]


async def test_what_all_organisations_share_and_what_was_is_read_where_it_is_kept(store) -> None:
    server = CachedStore(store, MemoryCache())
    await server.find(SHARED, CVES)
    past = Query(kinds=("domain",), as_of=datetime.now(UTC))
    await server.find(ACME, past)

    known = Observations(capability="test", seen_at=NOON, entities=(Vulnerability(id="CVE-2024-1"),))
    await SurfaceService(store).observe(SHARED, known)

    assert len((await server.find(SHARED, CVES)).items) == 1


async def test_the_present_goes_on_when_redis_is_killed_and_when_it_comes_back(store, tmp_path) -> None:
    redis = RedisServer(tmp_path).start()
    connection = RedisConnection(redis.url)
    layered = LayeredCache(MemoryCache(), RedisCache(connection), Breaker("the shared cache"), alone_s=0.0)
    cache: Cache = layered
    server = CachedStore(store, cache)
    await see(server, "a.test")
    assert await names(server) == ["a.test"]

    redis.kill()
    for number in range(4):
        await see(server, f"b-{number}.test")
        assert len(await names(server)) == 2 + number
    assert layered.state().circuit is not Circuit.CLOSED
    assert "Redis" in layered.state().error

    redis.start()
    await see(server, "c.test")
    assert len(await names(server)) == 6
    redis.kill()
    await connection.close()
