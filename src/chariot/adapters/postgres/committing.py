"""Whether a transaction was committed whose connection was lost while it was."""

from datetime import datetime

import asyncpg
import msgspec

from chariot.adapters.postgres.connecting import Connection
from chariot.errors import UnavailableError

_MARK = """
SELECT pg_current_xact_id()::text AS number, pg_current_wal_insert_lsn() AS written, clock_timestamp() AS at
"""
_FORGOTTEN = """
SELECT checkpoint_time >= date_trunc('second', $1::timestamptz) AND redo_lsn < $2::pg_lsn
FROM pg_control_checkpoint()
"""


class Mark(msgspec.Struct, frozen=True):
    """What is known of a transaction right before it is committed."""

    number: str
    written: int
    """How far the server's log was by then: all that the transaction wrote stands before it."""
    at: datetime
    """The server's clock."""


async def mark(connection: Connection) -> Mark:
    """Return what the transaction on *connection* is known by after its work was done."""
    row = await connection.fetchrow(_MARK)
    assert row is not None
    return Mark(row["number"], row["written"], row["at"])


async def was_committed(connection: Connection, mark: Mark, place: str) -> bool:
    """Tell on another connection what became of the transaction.

    Raises:
        UnavailableError: it is under way still.
    """
    if await _is_forgotten(connection, mark):
        return False
    try:
        status = await connection.fetchval("SELECT pg_xact_status($1::text::xid8)", mark.number)
    except asyncpg.InvalidParameterValueError:
        # The server that came back has not given out that number yet: it knows nothing of it.
        return False
    if status == "in progress":
        raise UnavailableError(f"{place} does not say whether it committed; read again")
    return bool(status == "committed")


async def _is_forgotten(connection: Connection, mark: Mark) -> bool:
    """Tell whether the server crashed before its log reached the disk as far as *mark*.

    The number of such a transaction is given out again, so that its status would be that of another one. A server
    that recovered begins with a checkpoint where its log ends; one that never crashed has none that is
    younger than the mark and stands before it.
    """
    try:
        return bool(await connection.fetchval(_FORGOTTEN, mark.at, mark.written))
    except (asyncpg.InsufficientPrivilegeError, asyncpg.FeatureNotSupportedError):
        # A server of a provider that hides its control data: there the status has to do.
        return False
