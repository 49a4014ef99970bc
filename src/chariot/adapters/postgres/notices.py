"""Being told of commits: LISTEN on a connection of its own, opened again when it is lost."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.errors import LOST, place_of, translated
from chariot.adapters.postgres.writing import CHANNEL

_PAUSE_S = (0.1, 5.0)
"""The first and the longest wait before the next try to connect."""

_PROBE_S = 30.0
"""How often a silent connection is asked whether it is still there."""


async def watch(url: str) -> AsyncIterator[None]:
    """Yield once when listening begins, and again after commits that wrote changes; many may be told as one.

    Notices are hints: what was committed while no connection stood is told by the first yield after it. It ends
    only when the caller ends it.

    Raises:
        ConfigurationError: the URL, the user or the database is wrong.
    """
    place = place_of(url)
    pause_s = _PAUSE_S[0]
    while True:
        try:
            connection = await connect(url)
        except LOST:
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _PAUSE_S[1])
            continue
        except asyncpg.PostgresError as error:
            raise translated(error, place) from error
        pause_s = _PAUSE_S[0]
        try:
            async for _ in _heard(connection):
                yield
        except LOST:
            continue
        finally:
            connection.terminate()


async def _heard(connection: Connection) -> AsyncIterator[None]:
    """Yield once, and again for each notice, until the connection is lost."""
    told = asyncio.Event()
    await connection.add_listener(CHANNEL, lambda *_: told.set())
    connection.add_termination_listener(lambda *_: told.set())
    yield
    while not connection.is_closed():
        try:
            await asyncio.wait_for(told.wait(), _PROBE_S)
        except TimeoutError:
            await connection.execute("SELECT 1")
            continue
        told.clear()
        if not connection.is_closed():
            yield
