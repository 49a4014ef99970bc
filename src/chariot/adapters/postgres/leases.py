"""Leases in the database, for the processes of many machines: its clock decides, theirs do not matter."""

import time
from collections.abc import Callable

import msgspec

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.modules.work.leases import Lease

# The clock is read when the row is held, not when the transaction began: it may have waited for another.
_ACQUIRE = """
INSERT INTO lease (name, owner, token, until)
VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, token = lease.token + 1, until = clock_timestamp() + make_interval(secs => $3)
WHERE lease.until <= clock_timestamp()
RETURNING token
"""
_RENEW = """
UPDATE lease SET until = clock_timestamp() + make_interval(secs => $4)
WHERE name = $1 AND owner = $2 AND token = $3 AND until > clock_timestamp() RETURNING token
"""
_RELEASE = "UPDATE lease SET until = '-infinity' WHERE name = $1 AND owner = $2 AND token = $3"


class PostgresLeases:
    """See `Leases`."""

    def __init__(self, database: PostgresDatabase, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock

    async def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """See `Leases.acquire`."""
        asked = self._clock()

        async def write(connection: Connection) -> int | None:
            token: int | None = await connection.fetchval(_ACQUIRE, name, owner, ttl_s)
            return token

        token = await self._database.write_log(write)
        if token is None:
            return None
        return Lease(name=name, owner=owner, token=token, ttl_s=ttl_s, until=asked + ttl_s)

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`."""
        asked = self._clock()

        async def write(connection: Connection) -> bool:
            values = (lease.name, lease.owner, lease.token, lease.ttl_s)
            return await connection.fetchval(_RENEW, *values) is not None

        if not await self._database.write_log(write):
            return None
        return msgspec.structs.replace(lease, until=asked + lease.ttl_s)

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`."""

        async def write(connection: Connection) -> None:
            await connection.execute(_RELEASE, lease.name, lease.owner, lease.token)

        await self._database.write_log(write)
