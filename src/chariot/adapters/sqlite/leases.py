"""Leases in the SQLite file, for the processes of one machine."""

import time
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.modules.work.leases import Lease

_BOOT = Path("/proc/sys/kernel/random/boot_id")

# A lease is over when its time is, when the machine was started anew since, or when its end lies further ahead than
# it may: then the clock began again without our being told.
_ACQUIRE = """
INSERT INTO lease (name, owner, token, boot, until, ttl) VALUES (:name, :owner, 1, :boot, :now + :ttl, :ttl)
ON CONFLICT (name) DO UPDATE
SET owner = excluded.owner, token = token + 1, boot = excluded.boot, until = excluded.until, ttl = excluded.ttl
WHERE boot != excluded.boot OR until <= :now OR until - ttl > :now
RETURNING token
"""
_RENEW = """
UPDATE lease SET until = :now + ttl
WHERE name = :name AND owner = :owner AND token = :token AND boot = :boot AND until > :now RETURNING token
"""
_RELEASE = "UPDATE lease SET until = 0, ttl = 0 WHERE name = :name AND owner = :owner AND token = :token"


class SqliteLeases:
    """See `Leases`. The clock is the machine's monotonic one, which all its processes share and nobody can set."""

    def __init__(
        self,
        database: SqliteDatabase,
        *,
        clock: Callable[[], float] = time.monotonic,
        boot: str | None = None,
    ) -> None:
        """*boot* names the present run of the machine: times of another one mean nothing."""
        self._database = database
        self._clock = clock
        self._boot = this_boot() if boot is None else boot

    async def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """See `Leases.acquire`."""
        asked = self._clock()

        def write(connection: apsw.Connection) -> int | None:
            # The moment is read when the write has its turn: it may have waited for others.
            values = {"name": name, "owner": owner, "boot": self._boot, "now": self._clock(), "ttl": ttl_s}
            row = connection.execute(_ACQUIRE, values).fetchall()
            return int(str(row[0][0])) if row else None

        token = await self._database.write(write)
        if token is None:
            return None
        return Lease(name=name, owner=owner, token=token, ttl_s=ttl_s, until=asked + ttl_s)

    async def renew(self, lease: Lease) -> Lease | None:
        """See `Leases.renew`."""
        asked = self._clock()

        def write(connection: apsw.Connection) -> bool:
            values = self._named(lease) | {"now": self._clock(), "boot": self._boot}
            return bool(connection.execute(_RENEW, values).fetchall())

        if not await self._database.write(write):
            return None
        return msgspec.structs.replace(lease, until=asked + lease.ttl_s)

    async def release(self, lease: Lease) -> None:
        """See `Leases.release`."""
        await self._database.write(
            lambda connection: connection.execute(_RELEASE, self._named(lease)).fetchall()
        )

    @staticmethod
    def _named(lease: Lease) -> dict[str, str | int | float]:
        return {"name": lease.name, "owner": lease.owner, "token": lease.token}


def this_boot() -> str:
    """Return what names this run of the machine, empty where the system does not tell."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return ""
