"""Intelligence: in a file, which many machines keep the same through PostgreSQL."""

from contextlib import AsyncExitStack
from pathlib import Path

from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.bootstrap.engines import Engines
from chariot.bootstrap.homes import adapter
from chariot.bootstrap.places import now, private
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.service import Intelligence


async def open_intelligence(home: Path, engines: Engines, stack: AsyncExitStack) -> Intelligence:
    """Open what is known, with the starter pack where nothing is; *stack* closes it.

    Raises:
        ConfigurationError: the file is no such store, or of a later version of this program.
        UnavailableError: a later version of this program wrote what is shared.
    """
    path = private(home / "intel.db")
    database = engines.homes[""].database
    if database is None:
        store = SqliteIntelStore(path, now=now)
        stack.push_async_callback(store.close)
        intel = Intelligence(store, Aliases.built_in())
        await intel.ensure_starter()
        return intel
    shelf = adapter("postgres_intel", "shelf").PostgresIntelShelf(database)
    shared = adapter("postgres_intel", "store").SharedIntelStore(path, shelf, now)
    stack.push_async_callback(shared.close)
    intel = Intelligence(shared, Aliases.built_in())
    await shared.prepare()
    if not await shared.feeds():
        # Processes that start together do it one after the other, and all but the first find it done.
        async with shared.alone():
            await intel.ensure_starter()
    return intel
