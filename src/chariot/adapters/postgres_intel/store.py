"""`IntelStore` for many machines: answers from a file beside the process that is kept the same as the shared one."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from chariot.adapters.postgres_intel.pieces import Pack, Piece, pieces_of, pressed, unpressed
from chariot.adapters.postgres_intel.shelf import AT_ONCE, PostgresIntelShelf
from chariot.adapters.sqlite_intel import copies
from chariot.adapters.sqlite_intel.schema import VERSION
from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.errors import ConflictError, UnavailableError
from chariot.modules.intel.ports import Section
from chariot.modules.intel.records import Changes, FeedInfo, PackMark

_IDENTITIES: Final = 2**31 - 2


class SharedIntelStore(SqliteIntelStore):
    """See `IntelStore`. One load at a time, for all processes; each answers from its own file.

    Whoever asks what changed is asked first whether the shared file is another one by now: so a process that
    works on a consequence of a load knows at least what that load brought.
    """

    def __init__(self, path: Path, shelf: PostgresIntelShelf, now: Callable[[], datetime]) -> None:
        super().__init__(path, now)
        self._file = path
        self._shelf = shelf
        self._syncing = asyncio.Lock()
        self._is_alone = False

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Let nobody else load meanwhile, and know all that was loaded before.

        Raises:
            BusyError: another process loads for too long.
            UnavailableError: the database does not answer.
        """
        if self._is_alone:
            yield
            return
        async with self._shelf.alone():
            self._is_alone = True
            try:
                await self.sync()
                yield
            finally:
                self._is_alone = False

    async def prepare(self) -> None:
        """Take in what is shared; where nothing is yet, share what was loaded here before."""
        if await self._shelf.current() is None:
            async with self.alone():
                if await self._shelf.current() is None and await super().feeds():
                    with _beside(self._file) as copy:
                        await asyncio.to_thread(copies.take, self._file, copy)
                        await self._share(copy)
        await self.sync()

    async def sync(self) -> None:
        """Make the file here the same as the shared one.

        Raises:
            UnavailableError: the database does not answer, or a later version of this program wrote it.
        """
        async with self._syncing:
            pack = await self._shelf.current()
            if pack is None or pack.identity == await asyncio.to_thread(copies.identity_of, self._file):
                return
            if pack.tables > VERSION:
                raise UnavailableError(
                    f"intelligence was loaded by a later version of this program (tables {pack.tables}, known"
                    f" {VERSION}): bring this process up to date"
                )
            with _beside(self._file) as copy:
                await self._take(pack, copy)
                await asyncio.to_thread(copies.replace, self._file, copy)

    async def _take(self, pack: Pack, copy: Path) -> None:
        """Write the file of *pack* to *copy*; pieces that are here already are not fetched."""
        with _beside(self._file) as held:
            await asyncio.to_thread(copies.take, self._file, held)
            here = {piece.digest: piece for piece in await asyncio.to_thread(pieces_of, held)}
            with copy.open("r+b") as out:
                for start in range(0, len(pack.digests), AT_ONCE):
                    wanted = pack.digests[start : start + AT_ONCE]
                    fetched = await self._shelf.fetch([one for one in wanted if one not in here])
                    for digest in wanted:
                        out.write(await asyncio.to_thread(_piece, digest, here, held, fetched))

    async def load_together(
        self, sections: Iterable[Section], mark: PackMark | None = None
    ) -> tuple[FeedInfo, ...]:
        """See `IntelStore.load_together`: into a copy first, which all get, or nobody.

        Raises:
            BusyError: another process loads for too long.
            UnavailableError: the database does not answer.
        """
        async with self.alone():
            with _beside(self._file) as copy:
                await asyncio.to_thread(copies.take, self._file, copy)
                loading = SqliteIntelStore(copy, now=self._now)
                try:
                    loaded = await loading.load_together(sections, mark)
                finally:
                    await loading.close()
                await self._share(copy)
            await self.sync()
        return loaded

    async def _share(self, copy: Path) -> None:
        before = await self._shelf.current()
        identity = 1 + secrets.randbelow(_IDENTITIES)
        tables = await asyncio.to_thread(copies.mark, copy, identity)
        pieces = await asyncio.to_thread(pieces_of, copy)
        missing = await self._shelf.missing([piece.digest for piece in pieces])
        new = list({piece.digest: piece for piece in pieces if piece.digest in missing}.values())
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            await self._shelf.put(await asyncio.to_thread(_pressed, some, copy))
        pack = Pack(
            identity=identity,
            tables=tables,
            size_bytes=sum(piece.size_bytes for piece in pieces),
            digests=tuple(piece.digest for piece in pieces),
        )
        if not await self._shelf.publish(pack, before):
            raise ConflictError("another process has loaded intelligence meanwhile; load the file again")

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """See `IntelStore.feeds`."""
        await self.sync()
        return await super().feeds()

    async def changed_products(self, since: int) -> Changes:
        """See `IntelStore.changed_products`."""
        await self.sync()
        return await super().changed_products(since)


def _pressed(pieces: Iterable[Piece], path: Path) -> dict[bytes, bytes]:
    return {piece.digest: pressed(piece.read(path)) for piece in pieces}


def _piece(digest: bytes, here: Mapping[bytes, Piece], held: Path, fetched: Mapping[bytes, bytes]) -> bytes:
    if digest in here:
        return here[digest].read(held)
    if digest in fetched:
        return unpressed(digest, fetched[digest])
    raise UnavailableError("intelligence was loaded again meanwhile; try again")


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """Give a new file beside *path*, readable by its owner alone, and remove it with what SQLite puts beside it."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    draft.touch(mode=0o600)
    try:
        yield draft
    finally:
        for rest in ("", "-wal", "-shm", "-journal"):
            draft.with_name(f"{draft.name}{rest}").unlink(missing_ok=True)
