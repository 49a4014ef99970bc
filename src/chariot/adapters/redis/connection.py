"""One pool of connections to Redis, and its errors in our words."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import AuthenticationError, RedisError

from chariot.errors import ConfigurationError, UnavailableError

_ANSWER_S = 0.5
_CONNECTIONS = 20

T = TypeVar("T")


class RedisConnection:
    """A bounded pool; nothing connects before the first call, and a broken connection is made again."""

    def __init__(self, url: str, *, answer_s: float = _ANSWER_S, connections: int = _CONNECTIONS) -> None:
        """*answer_s* is how long Redis may take: what is asked here must never be slower than doing without.

        Raises:
            ConfigurationError: *url* is not one of Redis.
        """
        self._place = _place(url)
        self._answer_s = answer_s
        try:
            pool = BlockingConnectionPool.from_url(
                url,
                max_connections=connections,
                timeout=answer_s,
                socket_timeout=answer_s,
                socket_connect_timeout=answer_s,
            )
        except ValueError as error:
            raise ConfigurationError("the URL of Redis is wrong: its database must be a number") from error
        self._client = Redis(connection_pool=pool)

    async def run(self, work: Callable[[Redis], Awaitable[T]]) -> T:
        """Return what *work* returns.

        Raises:
            UnavailableError: Redis is away, refuses, or takes too long.
        """
        try:
            async with asyncio.timeout(self._answer_s * 2):
                return await work(self._client)
        except AuthenticationError as error:
            raise UnavailableError(f"{self._place} refuses the user or password of its URL") from error
        except TimeoutError as error:
            raise UnavailableError(f"{self._place} did not answer in time") from error
        except (RedisError, OSError) as error:
            raise UnavailableError(f"{self._place} cannot be used: {_reason(error)}") from error

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()
        await self._client.connection_pool.aclose()


def _place(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 6379
    except ValueError:
        parts, host, port = urlsplit(""), None, 0
    if parts.scheme not in ("redis", "rediss") or not host:
        raise ConfigurationError("the URL of Redis must look like redis://user:password@host:6379/0")
    return f"Redis at {host}:{port}"


def _reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, ConnectionRefusedError) or "Connect call failed" in text or "refused" in text:
        return "nothing listens there"
    return text.splitlines()[0][:200] if text else type(error).__name__
