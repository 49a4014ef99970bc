"""Gzip read in constant memory: a file that grows without end is refused."""

import io
import zlib
from typing import IO, Any

from chariot.errors import InvalidError

GZIP = b"\x1f\x8b"
RATIO_LIMIT = 300
"""How many times larger than the file its content may be; JSON and CSV shrink to a tenth or a thirtieth."""

_FREE_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024


def unpacked(stream: IO[bytes]) -> IO[bytes]:
    """Return *stream*, or what it holds where it is gzip.

    Raises:
        InvalidError: while reading, when the gzip is broken or a bomb; the text names the offset.
    """
    start = stream.read(2)
    stream.seek(0)
    return io.BufferedReader(_Unpacked(stream), _CHUNK_BYTES) if start == GZIP else stream


def peeked(head: bytes, limit: int = 8_192) -> bytes:
    """Return the beginning of what a file holds, given the beginning of the file."""
    if not head.startswith(GZIP):
        return head
    try:
        return zlib.decompressobj(31).decompress(head, limit)
    except zlib.error:
        return b""


class _Unpacked(io.RawIOBase):
    """The content of one or more gzip members."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._gzip = zlib.decompressobj(31)
        self._waiting = b""
        self._packed_bytes = 0
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while True:
            data = self._gzip.unconsumed_tail or self._waiting or self._stream.read(_CHUNK_BYTES)
            if data and not self._gzip.unconsumed_tail and not self._waiting:
                self._packed_bytes += len(data)
            self._waiting = b""
            if not data and not self._gzip.eof:
                raise InvalidError("the gzip ends too early", place=f"offset {self._packed_bytes:,}")
            if not data:
                return 0
            found = self._unpack(data, len(buffer))
            if found:
                buffer[: len(found)] = found
                return len(found)

    def _unpack(self, data: bytes, size: int) -> bytes:
        try:
            found = self._gzip.decompress(data, size)
        except zlib.error as error:
            raise InvalidError(
                f"the gzip is broken: {error}", place=f"offset {self._packed_bytes:,}"
            ) from None
        if self._gzip.eof and self._gzip.unused_data:
            self._waiting = self._gzip.unused_data
            self._gzip = zlib.decompressobj(31)
        self._bytes += len(found)
        if self._bytes > _FREE_BYTES and self._bytes > RATIO_LIMIT * self._packed_bytes:
            raise InvalidError(
                f"grows more than {RATIO_LIMIT} times when it is unpacked",
                place=f"offset {self._packed_bytes:,}",
            )
        return found
