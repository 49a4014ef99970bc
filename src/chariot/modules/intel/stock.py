"""What is in the store, in and out: files, folders and archives taken in, packs written and read."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from chariot.errors import ConflictError, InvalidError, UnavailableError
from chariot.modules.intel.feeds import FeedFormat, open_feeds
from chariot.modules.intel.official import DEFAULT, officials
from chariot.modules.intel.packs import (
    Manifest,
    is_pack,
    read_sections,
    refuse_out_of_order,
    verify_pack,
    write_pack,
)
from chariot.modules.intel.ports import Downloads, IntelStore, PackKeys, Section
from chariot.modules.intel.records import FeedHeader, FeedInfo, PackMark

_NEVER: Final = 2**62
"""A revision that no store reaches: nothing changed after it."""


class Update(msgspec.Struct, frozen=True):
    """How it stands with one file of an update."""

    file: str
    url: str
    fetched_bytes: int = 0
    loaded: tuple[FeedInfo, ...] = ()
    """What was loaded; nothing when nothing was newer."""
    refused: str = ""
    """Why it was not loaded."""
    done: bool = False
    """False before it is fetched."""


class Stock:
    """Fills the intelligence store, and hands on what is in it."""

    def __init__(
        self, store: IntelStore, keys: PackKeys, downloads: Downloads, *, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self.keys = keys
        self._downloads = downloads
        self._now = now

    async def update(self, names: Sequence[str], urls: Mapping[str, str]) -> AsyncIterator[Update]:
        """Fetch the feeds *names* and load them; yield each file before it is fetched and after it was loaded.

        *urls* says where else than at its publisher a file is fetched from, by the file's name. A file that
        cannot be fetched or is refused is told with its reason, and the next one follows.

        Raises:
            NotFoundError: a name is no feed.
        """
        files = [one for name in names or DEFAULT for one in officials(name, self._now().date())]
        for file in files:
            url = urls.get(file.file) or urls.get(file.name) or file.url
            yield Update(file.file, url)
            try:
                fetched = await self._downloads.fetch(url, file.file)
                loaded = await self.load(fetched.path) if fetched.path else ()
                self._downloads.taken_in(file.file)
                yield Update(file.file, url, fetched.fetched_bytes, loaded, done=True)
            except (InvalidError, ConflictError) as error:
                self._downloads.discard(file.file)
                yield Update(file.file, url, refused=str(error), done=True)
            except UnavailableError as error:
                yield Update(file.file, url, refused=str(error), done=True)

    async def load(self, path: Path, feed: FeedFormat | None = None) -> tuple[FeedInfo, ...]:
        """Load every feed in *path* (a file, a folder, an archive, a signed pack), each wholly or not at all.

        What was loaded from the very same file before is not read again; so a load that broke off goes on.

        Raises:
            NotFoundError: there is no such file or folder.
            InvalidError: a feed is broken; what was loaded before it stays in use.
            ConflictError: a feed is older than what is loaded.
        """
        if is_pack(path):
            return await self.load_pack(path)
        digest = await asyncio.to_thread(_digest, path)
        known = {(info.feed, info.source): info for info in await self._store.feeds()}
        loaded: list[FeedInfo] = []
        feeds = open_feeds(path, feed)
        try:
            while (opened := await asyncio.to_thread(next, feeds, None)) is not None:
                header = msgspec.structs.replace(opened.header, digest=digest)
                before = known.get((header.feed, header.source))
                if digest and before is not None and before.digest == digest:
                    loaded.append(msgspec.structs.replace(before, changed=0, stale=0))
                else:
                    loaded.append(await self._store.load(header, opened.batches))
        finally:
            feeds.close()
        return tuple(loaded)

    async def pack(self, path: Path, *, since: int = 0) -> Manifest:
        """Write all that changed after revision *since* to the pack *path*, by default everything.

        Raises:
            InvalidError: the file cannot be written.
        """
        mark = PackMark(await self._store.series(), (await self._store.changed_products(_NEVER)).revision)

        def write() -> Manifest:
            sections = self._store.sections(since)
            return write_pack(path, sections, mark, base=since, created_at=self._now(), sign=self.keys.sign)

        return await asyncio.to_thread(write)

    async def verify(self, path: Path) -> Manifest:
        """Return what the pack *path* says of itself, once it holds; see `verify_pack`."""
        return await asyncio.to_thread(verify_pack, path, self.keys.check)

    async def load_pack(self, path: Path) -> tuple[FeedInfo, ...]:
        """Take in the pack *path*, wholly or not at all, after its signature and its order are checked.

        A feed in it of which a newer one is loaded here is passed over.

        Raises:
            NotFoundError: there is no such file.
            InvalidError: it is no pack, damaged, changed, or not signed by a trusted key.
            ConflictError: it is older than what was taken in, or builds on a pack that was not.
        """
        manifest = await self.verify(path)
        refuse_out_of_order(manifest, await self._store.marks())
        newest = {info.feed: info.version for info in await self._store.feeds()}
        mark = PackMark(manifest.series, manifest.revision)
        return await self._store.load_together(_wanted(path, newest), mark)


def _wanted(path: Path, newest: dict[str, str]) -> Iterator[Section]:
    for header, batches in read_sections(path):
        if not _is_older(header, newest):
            yield header, batches


def _is_older(header: FeedHeader, newest: dict[str, str]) -> bool:
    known = newest.get(header.feed, "")
    return header.replaces and header.feed != "exploits" and known > header.version


def _digest(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
