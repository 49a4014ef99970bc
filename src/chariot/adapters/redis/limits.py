"""Token buckets on Redis: one script, so that a bucket is never read and written by two at once."""

from hashlib import blake2b
from typing import Any

from redis.asyncio import Redis

from chariot.adapters.redis.connection import RedisConnection
from chariot.errors import UnavailableError
from chariot.modules.caching.ports import Allowance, check_take

_TAKE = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(kept[1]) or burst, tonumber(kept[2]) or now
if now > at then tokens = tokens + (now - at) * rate else now = at end
if tokens > burst then tokens = burst end
local allowed = tokens >= cost
if allowed then tokens = tokens - cost end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.17g', tokens), 'at', string.format('%.17g', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(math.min((burst - tokens) / rate, 31536000) * 1000) + 1000)
return {allowed and 1 or 0, string.format('%.17g', tokens)}
"""
"""The time is the server's, so that no caller's clock counts; a bucket that would be full again is forgotten."""


class RedisRateLimits:
    """See `RateLimits`."""

    def __init__(self, connection: RedisConnection, *, name: str = "chariot") -> None:
        """*name* tells installations on one server apart."""
        self._connection = connection
        self._name = name

    async def take(self, key: str, *, rate_per_s: float, burst: int, cost: int = 1) -> Allowance:
        """See `RateLimits.take`."""
        check_take(rate_per_s, burst, cost)
        bucket = f"{self._name}:bucket:{blake2b(key.encode(), digest_size=16).hexdigest()}"

        async def work(client: Redis) -> tuple[bool, float]:
            script = client.register_script(_TAKE)
            answer: Any = await script(keys=[bucket], args=[repr(rate_per_s), burst, cost])
            return bool(answer[0]), float(answer[1])

        try:
            allowed, tokens = await self._connection.run(work)
        except (ValueError, TypeError, IndexError) as error:
            raise UnavailableError("Redis answered something else than a bucket") from error
        return Allowance(allowed, int(tokens), 0.0 if allowed else max(0.0, (cost - tokens) / rate_per_s))
