"""The clock of the database, by which all processes tell when something was seen: their own may differ, and jump."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.errors import BusyError, UnavailableError
from chariot.modules.work.clock import wrong_clock

_log = structlog.get_logger(__name__)
_EVERY_S = 30.0
_TRIES = 3
_SLOW_S = 0.1


class PostgresClock:
    """Tells the time of the database without asking it each time.

    Between two looks this machine's monotonic clock goes on from the last one, which nobody sets.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._monotonic = monotonic
        self._wall = wall
        self._looked = wall()
        self._at_s = monotonic()

    def now(self) -> datetime:
        """Return the present instant, as the database tells it."""
        return self._looked + timedelta(seconds=self._monotonic() - self._at_s)

    def skew_s(self) -> float:
        """Return by how much this machine's clock stands ahead of the database's; below zero, behind it."""
        return (self._wall() - self.now()).total_seconds()

    async def look(self) -> None:
        """Ask the database what time it is; the quickest answer of some counts, since it is the most exact.

        Raises:
            BusyError: all connections are in use.
            UnavailableError: the server does not answer.
        """
        best_s = float("inf")
        for _ in range(_TRIES):
            asked = self._monotonic()
            told = await self._database.read_log(_told)
            answered = self._monotonic()
            if answered - asked < best_s:
                best_s = answered - asked
                self._looked, self._at_s = told, asked + best_s / 2
            if best_s < _SLOW_S:
                break
        if reason := wrong_clock(self.skew_s()):
            _log.warning("wrong_clock", reason=reason)

    async def follow(self) -> None:
        """Look again and again, until cancelled; while the database is away the clock goes on by itself."""
        while True:
            await asyncio.sleep(_EVERY_S)
            try:
                await self.look()
            except (BusyError, UnavailableError) as error:
                _log.info("clock_not_set", reason=str(error))


async def _told(connection: Connection) -> datetime:
    told: datetime = await connection.fetchval("SELECT clock_timestamp()")
    return told
