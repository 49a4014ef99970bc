"""Where the file of intelligence lies for all processes: in pieces, and a pack that names them."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.errors import TROUBLE, place_of, translated
from chariot.adapters.postgres_intel.pieces import DIGEST_BYTES, Pack
from chariot.errors import BusyError

_LOCK: Final = 0x494E54454C
_LOCK_WAIT_S: Final = 120.0
_PAUSE_S: Final = 0.2
AT_ONCE: Final = 32
"""Pieces in one statement."""

_PUBLISH: Final = """
INSERT INTO intel_pack (identity, tables, size_bytes, digests) VALUES ($1, $2, $3, $4)
ON CONFLICT (one) DO UPDATE SET identity = excluded.identity, tables = excluded.tables,
    size_bytes = excluded.size_bytes, digests = excluded.digests, packed = now()
WHERE intel_pack.identity = $5
RETURNING 1
"""


class PostgresIntelShelf:
    """The one shared copy, read and written as the relay: it is no organisation's."""

    def __init__(self, database: PostgresDatabase, *, lock_wait_s: float = _LOCK_WAIT_S) -> None:
        self._database = database
        self._lock_wait_s = lock_wait_s

    async def current(self) -> Pack | None:
        """Return the present pack, None before the first."""

        async def read(connection: Connection) -> Pack | None:
            row = await connection.fetchrow("SELECT identity, tables, size_bytes, digests FROM intel_pack")
            return None if row is None else Pack(**{**row, "digests": _split(row["digests"])})

        return await self._database.read_log(read)

    async def missing(self, digests: Sequence[bytes]) -> set[bytes]:
        """Return those of *digests* whose pieces are not there."""

        async def read(connection: Connection) -> set[bytes]:
            asked = "SELECT digest FROM intel_piece WHERE digest = ANY($1::bytea[])"
            return set(digests) - {digest for (digest,) in await connection.fetch(asked, list(digests))}

        return await self._database.read_log(read)

    async def fetch(self, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the pieces that there are of *digests*, `AT_ONCE` at most, as they were put."""

        async def read(connection: Connection) -> dict[bytes, bytes]:
            asked = "SELECT digest, data FROM intel_piece WHERE digest = ANY($1::bytea[])"
            rows = await connection.fetch(asked, list(digests)[:AT_ONCE])
            return {row["digest"]: row["data"] for row in rows}

        return await self._database.read_log(read)

    async def put(self, pieces: Mapping[bytes, bytes]) -> None:
        """Keep *pieces*; nobody sees them before a pack names them."""

        async def write(connection: Connection) -> None:
            await connection.execute(
                "INSERT INTO intel_piece SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT DO NOTHING",
                *(list(pieces), list(pieces.values())),
            )

        await self._database.write_log(write)

    async def publish(self, pack: Pack, replaced: Pack | None) -> bool:
        """Make *pack* the present one; False when another one than *replaced* is.

        The pieces of *replaced* stay until the next one, for whoever reads them now.
        """
        digests = b"".join(pack.digests)
        kept = {*pack.digests, *(replaced.digests if replaced else ())}

        async def write(connection: Connection) -> bool:
            before = replaced.identity if replaced else None
            values = (pack.identity, pack.tables, pack.size_bytes, digests, before)
            if await connection.fetchval(_PUBLISH, *values) is None:
                # A connection that was lost during the commit may have published it already.
                return bool(await connection.fetchval("SELECT identity FROM intel_pack") == pack.identity)
            await connection.execute(
                "DELETE FROM intel_piece WHERE NOT digest = ANY($1::bytea[])", list(kept)
            )
            return True

        return await self._database.write_log(write)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Let nobody else load meanwhile; the right ends with the process, however it ends.

        Raises:
            BusyError: another process loads for too long.
        """
        place = place_of(self._database.url)
        try:
            connection = await connect(self._database.url)
        except TROUBLE as error:
            raise translated(error, place) from error
        try:
            await self._locked(connection, place)
            yield
        finally:
            # The lock is the session's.
            connection.terminate()

    async def _locked(self, connection: Connection, place: str) -> None:
        clock = asyncio.get_running_loop().time
        until = clock() + self._lock_wait_s
        while not await self._tried(connection, place):
            if clock() >= until:
                raise BusyError("another process loads intelligence; try again when it is done")
            await asyncio.sleep(_PAUSE_S)

    @staticmethod
    async def _tried(connection: Connection, place: str) -> bool:
        try:
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK))
        except TROUBLE as error:
            raise translated(error, place) from error


def _split(digests: bytes) -> tuple[bytes, ...]:
    return tuple(digests[at : at + DIGEST_BYTES] for at in range(0, len(digests), DIGEST_BYTES))
