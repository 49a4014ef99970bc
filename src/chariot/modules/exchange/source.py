"""The file that an import reads: opened, unpacked where it is gzip or zip, bounded, and known by its digest."""

import hashlib
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

import msgspec

from chariot.errors import InvalidError, NotFoundError, UnavailableError
from chariot.modules.exchange.unpacking import unpacked

STANDARD_INPUT = Path("-")
"""What stands for standard input."""
_CHUNK_BYTES = 1024 * 1024


class Source(msgspec.Struct, frozen=True):
    """A file to import. *stream* holds what was packed in it, and can be read again from its beginning."""

    name: str
    given: IO[bytes]
    """The file itself, packed or not."""
    stream: IO[bytes]
    sha256: str
    """Of the file as it was given."""
    size_bytes: int


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open *path* for an import; `-`, and what cannot be read twice, is kept in a temporary file meanwhile.

    Raises:
        NotFoundError: there is no such file.
        InvalidError: it is a folder, cannot be read, holds several files, or is packed beyond all measure.
    """
    with ExitStack() as stack:
        given = _raw(path, stack)
        digest, size_bytes = _digest(given)
        given.seek(0)
        stream = unpacked(given, path.name, size_bytes, stack)
        yield Source(
            "standard input" if path == STANDARD_INPUT else str(path), given, stream, digest, size_bytes
        )


def _raw(path: Path, stack: ExitStack) -> IO[bytes]:
    if path == STANDARD_INPUT:
        return _spooled(sys.stdin.buffer, stack)
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise InvalidError("is a folder; name the files in it", place=str(path))
        stream = stack.enter_context(path.open("rb"))
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {path}") from None
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(path)[:200]) from error
    except ValueError as error:
        raise InvalidError(f"cannot be read: {error}", place=str(path)[:200]) from error
    return stream if stat.S_ISREG(mode) else _spooled(stream, stack)


def _spooled(stream: IO[bytes], stack: ExitStack) -> IO[bytes]:
    try:
        kept = tempfile.TemporaryFile()  # noqa: SIM115 - the stack closes it
        stack.callback(kept.close)
        while data := stream.read(_CHUNK_BYTES):
            kept.write(data)
    except OSError as error:
        raise UnavailableError(f"what is read cannot be kept meanwhile: {error.strerror}") from error
    return cast("IO[bytes]", kept)


def _digest(stream: IO[bytes]) -> tuple[str, int]:
    stream.seek(0)
    digest = hashlib.sha256()
    while data := stream.read(_CHUNK_BYTES):
        digest.update(data)
    return digest.hexdigest(), stream.seek(0, os.SEEK_END)
