"""What is packed in a file, or written in UTF-16, as a stream that can be read again from its beginning."""

import codecs
import gzip
import io
import os
import zipfile
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from typing import IO, Any, cast

from chariot.errors import InvalidError

RATIO_LIMIT = 250
"""How many bytes one packed byte may become; scanners' files pack to a tenth or a fiftieth."""

_FREE_BYTES = 16 * 1024 * 1024
"""So much may be unpacked whatever the ratio: a small file of zeros is no attack."""
_CHUNK_BYTES = 1024 * 1024
_MEMBERS_LIMIT = 10_000
_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BROKEN = (
    gzip.BadGzipFile,
    zipfile.BadZipFile,
    EOFError,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
)


def unpacked(given: IO[bytes], name: str, size_bytes: int, stack: ExitStack) -> IO[bytes]:
    """Return what *given* holds: the content of a gzip file or of the one file in a zip, in UTF-8 where it is text.

    Raises:
        InvalidError: a zip is broken, encrypted, or holds no or several files; while reading, what is packed is
            broken or grows beyond all measure.
    """
    stream = given
    start = _start(given)
    if start.startswith(_GZIP):
        stream = _again(lambda: _gunzipped(given), size_bytes, name)
    elif start == _ZIP:
        archive, member = _only_member(given, name, stack)
        stream = _again(lambda: archive.open(member), size_bytes, name)
    inside = stream
    start = _start(inside)
    # XML says itself how it is written, and its reader believes it.
    if start.startswith(_WIDE) and b"<" not in start:
        return _again(lambda: cast("IO[bytes]", _Utf8(inside)), size_bytes, name)
    return stream


def _start(stream: IO[bytes]) -> bytes:
    try:
        stream.seek(0)
        found = stream.read(len(_ZIP))
        stream.seek(0)
    except InvalidError:
        # What is wrong is said where it is read.
        return b""
    return found


def _gunzipped(given: IO[bytes]) -> IO[bytes]:
    given.seek(0)
    return cast("IO[bytes]", gzip.GzipFile(fileobj=given))


def _only_member(given: IO[bytes], name: str, stack: ExitStack) -> tuple[zipfile.ZipFile, zipfile.ZipInfo]:
    try:
        archive = stack.enter_context(zipfile.ZipFile(given))
    except _BROKEN as error:
        raise InvalidError(f"the zip is broken: {error}", place=name) from None
    # Nothing is ever written under a member's name; the folder of macOS holds no reports.
    members = [
        one for one in archive.infolist()[:_MEMBERS_LIMIT]
        if not one.is_dir() and not one.filename.startswith("__MACOSX/")
    ]  # fmt: skip
    if len(members) != 1:
        raise InvalidError(f"the zip holds {len(members):,} files; unpack it and name them", place=name)
    if members[0].flag_bits & 1:
        raise InvalidError("the zip is encrypted; unpack it yourself", place=name)
    return archive, members[0]


def _again(begin: Callable[[], IO[bytes]], size_bytes: int, name: str) -> IO[bytes]:
    return cast("IO[bytes]", io.BufferedReader(_Unpacked(begin, size_bytes, name), _CHUNK_BYTES))


class _Unpacked(io.RawIOBase):
    """The content of a packed file, refused where it grows beyond all measure."""

    def __init__(self, begin: Callable[[], IO[bytes]], size_bytes: int, name: str) -> None:
        self._begin = begin
        self._name = name
        self._limit_bytes = max(_FREE_BYTES, RATIO_LIMIT * size_bytes)
        self._stream: IO[bytes] | None = None
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
        if self._position:
            self._stream = None
            self._position = 0
        while self._position < offset:
            self.readinto(memoryview(bytearray(min(_CHUNK_BYTES, offset - self._position))))
        return self._position

    def readinto(self, buffer: Any) -> int:
        try:
            if self._stream is None:
                self._stream = self._begin()
            data = self._stream.read(len(buffer))
        except _BROKEN as error:
            # Read again, it must not look as if it merely ended here.
            self._stream = None
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


class _Utf8:
    """Text in UTF-16 as UTF-8; what is no text becomes replacement characters."""

    def __init__(self, stream: IO[bytes]) -> None:
        stream.seek(0)
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-16")(errors="replace")
        self._held = b""

    def read(self, size: int) -> bytes:
        while len(self._held) < size:
            data = self._stream.read(_CHUNK_BYTES)
            self._held += self._decoder.decode(data, final=not data).encode()
            if not data:
                break
        found, self._held = self._held[:size], self._held[size:]
        return found
