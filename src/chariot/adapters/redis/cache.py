"""The shared cache on Redis."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from chariot.adapters.redis.connection import RedisConnection
from chariot.modules.caching.ports import VALUE_LIMIT_BYTES, Shelf

_VERSION_TTL_S = 30 * 86_400


class RedisCache:
    """See `Cache`.

    Names of values carry organisation, shelf and version. A version is drawn by chance and never counted: when
    Redis comes back from an old copy of its data or evicts a version, no number can come a second time.
    """

    def __init__(self, connection: RedisConnection, *, name: str = "chariot") -> None:
        """*name* tells installations on one server apart."""
        self._connection = connection
        self._name = name

    def _base(self, shelf: Shelf) -> str:
        # The braces keep a shelf on one node of a cluster. What is in them is a digest: a name can hold anything.
        label = f"{len(shelf.organisation)}:{shelf.organisation}{shelf.name}"
        return f"{self._name}:cache:{{{_digest(label)}}}"

    def _key(self, base: str, version: str, key: str) -> str:
        return f"{base}:{version}:{_digest(key)}"

    async def version(self, shelf: Shelf) -> str:
        """See `Cache.version`."""
        base = self._base(shelf)

        async def work(client: Redis) -> str:
            found: Any = await client.get(base)
            if found is None:
                await client.set(base, uuid4().hex, ex=_VERSION_TTL_S, nx=True)
                found = await client.get(base)
            return found.decode() if found else uuid4().hex

        return await self._connection.run(work)

    async def get_many(self, shelf: Shelf, version: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See `Cache.get_many`."""
        if not keys:
            return {}
        base = self._base(shelf)
        names = [self._key(base, version, key) for key in keys]

        async def work(client: Redis) -> Any:
            return await client.mget(names)

        values: Sequence[bytes | None] = await self._connection.run(work)
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    async def set_many(
        self, shelf: Shelf, version: str, values: Mapping[str, bytes], *, ttl_s: float
    ) -> None:
        """See `Cache.set_many`."""
        kept = {key: value for key, value in values.items() if len(value) <= VALUE_LIMIT_BYTES}
        ttl_ms = round(ttl_s * 1_000)
        if not kept or ttl_ms <= 0:
            return
        base = self._base(shelf)

        async def work(client: Redis) -> None:
            async with client.pipeline(transaction=False) as pipeline:
                for key, value in kept.items():
                    # A pipeline only notes the command; what it returns is itself.
                    _ = pipeline.set(self._key(base, version, key), value, px=ttl_ms)
                await pipeline.execute()

        await self._connection.run(work)

    async def delete(self, shelf: Shelf, keys: Sequence[str]) -> None:
        """See `Cache.delete`."""
        if not keys:
            return
        version, base = await self.version(shelf), self._base(shelf)
        names = [self._key(base, version, key) for key in keys]

        async def work(client: Redis) -> None:
            await client.unlink(*names)

        await self._connection.run(work)

    async def bump(self, shelf: Shelf) -> str:
        """See `Cache.bump`."""
        base, version = self._base(shelf), uuid4().hex

        async def work(client: Redis) -> None:
            await client.set(base, version, ex=_VERSION_TTL_S)

        await self._connection.run(work)
        return version


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
