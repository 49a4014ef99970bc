"""What the servers of one installation share besides their store: limits, and pages that one of them has read."""

from contextlib import AsyncExitStack

import msgspec

from chariot.bootstrap.homes import adapter, scheme
from chariot.errors import ConfigurationError
from chariot.modules.caching.breaker import Breaker
from chariot.modules.caching.layered import LayeredCache, ResilientRateLimits
from chariot.modules.caching.memory import MemoryCache, MemoryRateLimits
from chariot.modules.caching.ports import Cache
from chariot.settings import Settings

_FRESH_S = 0.5
"""How long another process's word that a page is old may wait here."""
_MEMORY_BYTES = 16_000_000
"""The encoded answers of the API are kept before this, so little is needed."""


class Shared(msgspec.Struct, frozen=True):
    """The shared cache in its two uses; one breaker tells of both whether it is away."""

    rate_limits: ResilientRateLimits
    cache: Cache


def open_shared(settings: Settings, stack: AsyncExitStack) -> Shared | None:
    """Return what the cache of *settings* gives, None where each process has only its own; *stack* closes it.

    Raises:
        ConfigurationError: the URL names nothing that is known, or its driver is missing.
    """
    match scheme(settings.cache):
        case "":
            return None
        case "redis" | "rediss":
            connection = adapter("redis", "connection").RedisConnection(settings.cache)
            stack.push_async_callback(connection.close)
            breaker = Breaker("the shared cache")
            limits = adapter("redis", "limits").RedisRateLimits(connection)
            pages = adapter("redis", "cache").RedisCache(connection)
            return Shared(
                ResilientRateLimits(limits, MemoryRateLimits(), breaker),
                LayeredCache(
                    MemoryCache(size_bytes=_MEMORY_BYTES), pages, breaker, fresh_s=_FRESH_S, alone_s=_FRESH_S
                ),
            )
        case other:
            raise ConfigurationError(f"the cache {other!r} is not known; use redis://host:6379/0")
