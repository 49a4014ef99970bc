"""Connections: how each is opened and what holds on it."""

from typing import TYPE_CHECKING, Any

import asyncpg

if TYPE_CHECKING:
    # Only the type stubs of the driver know its classes as generic.
    _Base = asyncpg.Connection[asyncpg.Record]
else:
    _Base = asyncpg.Connection

CONNECT_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_MS = 60_000
LOCK_TIMEOUT_MS = 30_000


class Connection(_Base):
    """A connection on which every setting lasts for one transaction, so that nothing is reset between two."""

    def get_reset_query(self) -> str:
        """Return nothing: a round trip less each time a connection goes back to its pool."""
        return ""


def session(statement_timeout_ms: int = STATEMENT_TIMEOUT_MS) -> dict[str, Any]:
    """Return how a session is opened, for `asyncpg.connect` and `asyncpg.create_pool`."""
    return {
        "timeout": CONNECT_TIMEOUT_S,
        "connection_class": Connection,
        "server_settings": {
            "application_name": "chariot",
            "statement_timeout": str(statement_timeout_ms),
            "lock_timeout": str(min(LOCK_TIMEOUT_MS, statement_timeout_ms)),
            "idle_in_transaction_session_timeout": str(statement_timeout_ms),
            # Compiling a plan takes longer than most of these statements do.
            "jit": "off",
            # Nor is a page there before processes that help with it would be started.
            "max_parallel_workers_per_gather": "0",
            # Each statement walks along an index and stops when its page is full, also while the planner knows
            # nothing of new tables yet. What no index answers is still sorted or read through.
            "enable_seqscan": "off",
            "enable_hashjoin": "off",
            "enable_mergejoin": "off",
            "enable_memoize": "off",
            "enable_sort": "off",
            "enable_incremental_sort": "off",
            "enable_bitmapscan": "off",
        },
    }


async def connect(url: str) -> Connection:
    """Return one connection of its own."""
    connection: Connection = await asyncpg.connect(url, **session())
    return connection
