"""Intelligence: in a file, which many machines keep the same through PostgreSQL."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path

from chariot.adapters.keyfile.signing import FilePackKeys
from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.bootstrap.engines import Engines
from chariot.bootstrap.homes import adapter
from chariot.bootstrap.places import now, private
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.ports import Download, Downloads
from chariot.modules.intel.service import Intelligence
from chariot.modules.intel.stock import Stock
from chariot.settings import Settings


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


def make_stock(settings: Settings, home: Path, intel: Intelligence) -> Stock:
    """Return what fills the intelligence store and packs it."""
    # Imported when a feed is fetched: the client takes longer than any other command.
    downloads = LateDownloads(home / "feeds", settings.feed_networks)
    return Stock(intel.store, FilePackKeys(home / "pack-keys"), downloads, now=now)


class LateDownloads:
    """See `Downloads`. The client is made at the first fetch."""

    def __init__(self, folder: Path, networks: Sequence[str]) -> None:
        self._folder = folder
        self._networks = networks

    @cached_property
    def _downloads(self) -> Downloads:
        guard = adapter("webhook", "guard").Guard(self._networks)
        made: Downloads = adapter("feed_download", "download").HttpDownloads(self._folder, guard)
        return made

    async def fetch(self, url: str, name: str) -> Download:
        """See `Downloads.fetch`."""
        return await self._downloads.fetch(url, name)

    def taken_in(self, name: str) -> None:
        """See `Downloads.taken_in`."""
        self._downloads.taken_in(name)

    def discard(self, name: str) -> None:
        """See `Downloads.discard`."""
        self._downloads.discard(name)
