"""Writing a backup, checking it, and bringing it back."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from chariot import __version__
from chariot.errors import ConfigurationError, ConflictError, InvalidError, UnavailableError
from chariot.modules.backup.keys import Secret
from chariot.modules.backup.parts import Begin, Data, End, PartsWriter, read_parts
from chariot.modules.backup.ports import Manifest, Source, Target
from chariot.modules.backup.sealed import SealedReader, SealedWriter


async def write_backup(
    path: Path,
    source: Source,
    secret: Secret,
    *,
    replace: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Manifest:
    """Write everything in *source* to *path* and return what is in it.

    It is written beside its place, read again, made durable and then renamed: a file of that name is whole.

    Raises:
        ConflictError: the file exists, and it may not be replaced.
        ConfigurationError: it cannot be written there.
        UnavailableError: the disk is full, or the store is away.
    """
    if not replace:
        _refuse_existing(path)
    draft = path.with_name(f".{path.name}.part")
    began_at = now()
    with _disk(path):
        try:
            with _created(draft) as file:
                sealed = SealedWriter(file, secret, source.engine)
                parts = PartsWriter(sealed, source.engine, __version__, began_at)
                await source.copy(parts)
                manifest = await asyncio.to_thread(parts.close)
                sealed.close()
                file.flush()
                os.fsync(file.fileno())
            await verify_backup(draft, secret)
            draft.replace(path)
            sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    return manifest


async def verify_backup(path: Path, secret: Secret) -> Manifest:
    """Read the backup in *path* to its end, compare every hash, and return what is in it.

    Raises:
        InvalidError: it is damaged, not whole, or was made with another secret.
        ConfigurationError: it cannot be read.
    """
    return await asyncio.to_thread(_verified, path, secret)


def _verified(path: Path, secret: Secret) -> Manifest:
    with _opened(path) as file:
        *_, last = read_parts(SealedReader(file, secret).chunks())
    assert isinstance(last, Manifest)  # Nothing else ends without an error.
    return last


async def restore_backup(path: Path, target: Target, secret: Secret, *, force: bool = False) -> Manifest:
    """Bring the backup in *path* back into *target*, all or nothing, and return what was in it.

    Raises:
        ConflictError: there is data already and *force* was not said, or a process uses it.
        InvalidError: the backup is damaged, not whole, of another engine, or was made with another secret.
        ConfigurationError: it was written by a newer program, or cannot be read or written.
        UnavailableError: the disk is full, or the store is away.
    """
    with _opened(path) as file, _disk(path):
        sealed = SealedReader(file, secret)
        if sealed.header.engine != target.engine:
            raise InvalidError(f"the backup is one of {sealed.header.engine}, the store is {target.engine}")
        events = read_parts(sealed.chunks())
        async with target.staging(force=force) as staging:
            while (event := await asyncio.to_thread(next, events, None)) is not None:
                match event:
                    case Begin(name):
                        await staging.begin(name)
                    case Data(data):
                        await staging.write(data)
                    case End(part):
                        await staging.end(part)
                    case Manifest():
                        await staging.commit(event)
                        return event
    raise AssertionError("a backup without a manifest raises")


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise ConflictError(f"{path} exists already; name another file, or say --force")


@contextmanager
def _created(path: Path) -> Iterator[BinaryIO]:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from error
    with file:
        yield file


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """Turn the file system's errors into ours."""
    try:
        yield
    except FileNotFoundError as error:
        raise ConfigurationError(f"cannot write {path}: its folder is not there") from error
    except PermissionError as error:
        raise ConfigurationError(f"cannot write {error.filename or path}: {error.strerror}") from error
    except OSError as error:
        raise UnavailableError(f"{error.filename or path}: {error.strerror}; nothing was changed") from error


def sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
