"""The file that an import reads: opened, unpacked where it is gzip, bounded, and known by its digest."""

import gzip
import hashlib
import io
import os
import stat
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from chariot.errors import InvalidError, NotFoundError, UnavailableError

STANDARD_INPUT = Path("-")
"""What stands for standard input."""
RATIO_LIMIT = 250
"""How many bytes one packed byte may become; scanners' files pack to a tenth or a fiftieth."""

_FREE_BYTES = 16 * 1024 * 1024
"""So much may be unpacked whatever the ratio: a small file of zeros is no attack."""
_CHUNK_BYTES = 1024 * 1024
_GZIP = b"\x1f\x8b"


class Source(msgspec.Struct, frozen=True):
    """A file to import. *stream* holds what was packed in it, and can be read again from its beginning."""

    name: str
    stream: IO[bytes]
    sha256: str
    """Of the file as it was given."""
    size_bytes: int


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """Open *path* for an import; `-`, and what cannot be read twice, is kept in a temporary file meanwhile.

    Raises:
        NotFoundError: there is no such file.
        InvalidError: it is a folder, cannot be read, or is packed beyond all measure.
    """
    with ExitStack() as stack:
        given = _raw(path, stack)
        digest, size_bytes = _digest(given)
        given.seek(0)
        head = given.read(2)
        given.seek(0)
        stream = given
        if head == _GZIP:
            stream = cast(
                "IO[bytes]", io.BufferedReader(_Unpacked(given, size_bytes, path.name), _CHUNK_BYTES)
            )
        yield Source("standard input" if path == STANDARD_INPUT else str(path), stream, digest, size_bytes)


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
    except (OSError, ValueError) as error:
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


class _Unpacked(io.RawIOBase):
    """A gzip file's content, refused where it grows beyond all measure."""

    def __init__(self, packed: IO[bytes], size_bytes: int, name: str) -> None:
        self._packed = packed
        self._name = name
        self._limit_bytes = max(_FREE_BYTES, RATIO_LIMIT * size_bytes)
        self._stream = gzip.GzipFile(fileobj=packed)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to *offset*; only the beginning can be reached from behind it, by unpacking anew."""
        if whence != os.SEEK_SET or offset > self._position:
            raise io.UnsupportedOperation("a packed file is read forwards")
        self._packed.seek(0)
        self._stream = gzip.GzipFile(fileobj=self._packed)
        self._position = 0
        while self._position < offset:
            self._position += len(self._stream.read(min(_CHUNK_BYTES, offset - self._position)))
        return self._position

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read(len(buffer))
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InvalidError(
                f"the packed file is broken: {error}", place=f"{self._name}, offset {self._position:,}"
            ) from error
        self._position += len(data)
        if self._position > self._limit_bytes:
            raise InvalidError(
                f"unpacks to more than {RATIO_LIMIT} times its size; unpack it yourself if you trust it",
                place=self._name,
            )
        buffer[: len(data)] = data
        return len(data)
