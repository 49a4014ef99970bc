"""Being told of commits: LISTEN on a connection of its own, opened again when it is lost."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import asyncpg

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.errors import LOST, place_of, translated
from chariot.adapters.postgres.writing import CHANNEL
from chariot.modules.work.traces import Told

_PAUSE_S = (0.1, 5.0)
"""The first and the longest wait before the next try to connect."""

_TRACED = re.compile(r"(\d{1,19}) (\d{1,19}) (\S+)")
"""What is told of a commit in a trace; processes of an older version tell less."""

_PROBE_S = 30.0
"""How often a silent connection is asked whether it is still there."""


async def watch(url: str, tell: Callable[[Told], None] = lambda _: None) -> AsyncIterator[None]:
    """Yield once when listening begins, and again after commits that wrote changes; many may be told as one.

    Notices are hints: what was committed while no connection stood is told by the first yield after it. It ends
    only when the caller ends it. Each commit in a trace is told to *tell* before the yield.

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
            async for _ in _heard(connection, tell):
                yield
        except LOST:
            continue
        finally:
            connection.terminate()


async def _heard(connection: Connection, tell: Callable[[Told], None]) -> AsyncIterator[None]:
    """Yield once, and again for each notice, until the connection is lost."""
    told = asyncio.Event()

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        found = _TRACED.fullmatch(str(payload))
        if found is not None:
            tell(Told(int(found[1]), int(found[2]), found[3]))
        told.set()

    await connection.add_listener(CHANNEL, hear)
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
