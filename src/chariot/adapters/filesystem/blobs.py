"""Blobs as files below one folder, written beside their name and renamed when they are whole. See `Blobs`."""

import asyncio
import hashlib
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO, Final, TypeVar

from chariot.errors import InvalidError, NotFoundError, TooLargeError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.files.ports import Blob

T = TypeVar("T")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")
_CHUNK_BYTES: Final = 256 * 1024
_PART: Final = ".part"
_ABANDONED_S: Final = 24 * 3_600.0
"""A part this old belongs to a process that died: nothing is written so long without a pause."""


class FolderBlobs:
    """See `Blobs`. Files are readable by their owner alone: they tell where one can be hurt."""

    def __init__(self, root: Path) -> None:
        """*root* is made when the first blob comes."""
        self._root = root

    async def put(
        self, organisation: Organisation, name: str, chunks: AsyncIterator[bytes], *, limit_bytes: int
    ) -> Blob:
        """See `Blobs.put`."""
        path = self._path(organisation, name)
        part = path.with_name(f".{secrets.token_hex(8)}{_PART}")
        digest = hashlib.sha256()
        size_bytes = 0
        file = await _run(lambda: _begun(part))
        try:
            async for chunk in chunks:
                size_bytes += len(chunk)
                if size_bytes > limit_bytes:
                    raise TooLargeError(f"is larger than {limit_bytes:,} bytes", place="body")
                digest.update(chunk)
                await _run(partial(file.write, chunk))
            await _run(lambda: _finished(file, part, path))
        finally:
            # What failed, or was cancelled, leaves nothing; a whole file is no part any more.
            file.close()
            part.unlink(missing_ok=True)
        return Blob(name, digest.hexdigest(), size_bytes)

    async def size(self, organisation: Organisation, name: str) -> int | None:
        """See `Blobs.size`."""
        path = self._path(organisation, name)
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _away(error) from error

    async def get(self, organisation: Organisation, name: str, *, start: int = 0) -> AsyncIterator[bytes]:
        """See `Blobs.get`."""
        path = self._path(organisation, name)
        file = await _run(lambda: _opened(path, name))
        try:
            await _run(lambda: file.seek(start))
            while chunk := await _run(lambda: file.read(_CHUNK_BYTES)):
                yield chunk
        finally:
            file.close()

    @asynccontextmanager
    async def local(self, organisation: Organisation, name: str) -> AsyncIterator[Path]:
        """See `Blobs.local`."""
        path = self._path(organisation, name)
        if await self.size(organisation, name) is None:
            raise _missing(name)
        yield path

    async def delete(self, organisation: Organisation, name: str) -> bool:
        """See `Blobs.delete`."""
        path = self._path(organisation, name)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _away(error) from error
        return True

    async def tidy(self) -> int:
        """Remove what processes that died had begun; return how many."""
        return await asyncio.to_thread(_tidied, self._root, time.time() - _ABANDONED_S)

    def _path(self, organisation: Organisation, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InvalidError("is not a name that a blob can have", place="name")
        # The organisation's own name may be anything; its digest is a safe folder.
        folder = hashlib.sha256(organisation.encode()).hexdigest()[:40]
        return self._root / folder / name


async def _run(work: Callable[[], T]) -> T:
    """Do *work*, which waits for the disk, on a thread."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        raise _away(error) from error


def _begun(part: Path) -> IO[bytes]:
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _finished(file: IO[bytes], part: Path, path: Path) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()
    part.replace(path)
    # The new name is durable only when its folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _opened(path: Path, name: str) -> IO[bytes]:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise _missing(name) from None


def _tidied(root: Path, before: float) -> int:
    found = [part for part in root.glob(f"*/.*{_PART}") if part.stat().st_mtime < before]
    for part in found:
        part.unlink(missing_ok=True)
    return len(found)


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"there is no content {name}; it was deleted")


def _away(error: OSError) -> UnavailableError:
    return UnavailableError(f"the folder of files does not take or give them: {error.strerror}")
