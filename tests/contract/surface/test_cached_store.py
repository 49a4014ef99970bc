"""The store behind pages that servers share on a real Redis: it promises all that the store alone does."""

from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from entity_store_contract import EntityStoreContract
from surface_world import MadeClock, NewStore

from chariot.adapters.redis.cache import RedisCache
from chariot.adapters.redis.connection import RedisConnection
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.modules.caching.breaker import Breaker
from chariot.modules.caching.layered import LayeredCache
from chariot.modules.caching.memory import MemoryCache
from chariot.modules.caching.store import CachedStore
from chariot.modules.surface.ports import EntityStore
from support.redis_server import ENVIRONMENT_URL, RedisServer


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if ENVIRONMENT_URL:
        yield ENVIRONMENT_URL
        return
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server.url
    server.kill()


class TestCachedStore(EntityStoreContract):
    @pytest.fixture
    async def new_store(self, tmp_path: Path, clock: MadeClock, redis_url: str) -> AsyncIterator[NewStore]:
        opened: list[EntityStore] = []
        connections: list[RedisConnection] = []
        names = count()

        async def new() -> EntityStore:
            below = SqliteEntityStore(SqliteDatabase(tmp_path / f"{next(names)}.db"), now=clock.now)
            connection = RedisConnection(redis_url, answer_s=5)
            shared = RedisCache(connection, name=uuid4().hex)
            store = CachedStore(below, LayeredCache(MemoryCache(), shared, Breaker("the shared cache")))
            opened.append(store)
            connections.append(connection)
            return store

        yield new
        for store in opened:
            await store.close()
        for connection in connections:
            await connection.close()
