"""Read a large JSON document as a stream: the objects of one top-level array, one at a time."""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from chariot.errors import InvalidError

CHUNK_BYTES: Final = 1 << 20
MAX_ITEM_BYTES: Final = 32 << 20
"""A single record larger than this is refused."""
MAX_EDGE_BYTES: Final = 1 << 20
"""What stands before or after the array, at most."""
_MAX_DEPTH: Final = 16

_STRING = rb'"(?:[^"\\]++|\\.)*+"'
_OTHER = rb'[^"{}]++'


def _object_pattern(depth: int) -> re.Pattern[bytes]:
    # Possessive throughout: linear time, and a failure to match means "incomplete or too deep" at once.
    pattern = rb"\{(?:" + _OTHER + rb"|" + _STRING + rb")*+\}"
    for _ in range(depth - 1):
        pattern = rb"\{(?:" + _OTHER + rb"|" + _STRING + rb"|" + pattern + rb")*+\}"
    return re.compile(pattern, re.DOTALL)


_OBJECT = _object_pattern(_MAX_DEPTH)
_SEPARATOR = re.compile(rb"[ \t\r\n]*+([,\]{]?)")


class ArrayReader:
    """The objects of the array under one top-level *name*, as slices of bytes.

    Iterating needs memory for one chunk and one object, however long the document is. After the last
    object, `tail` holds what followed the array.
    """

    def __init__(self, stream: BinaryIO, name: str, file: str = "") -> None:
        """*file* is what errors call the document."""
        self._start = f"{file}: $" if file else "$"
        self._stream = stream
        self.name = name
        self._buffer = b""
        self._position = 0
        self._ended = False
        self.count = 0
        self.head = self._read_head()
        """The document's bytes before the array's bracket."""
        self.tail = b""

    def _read_head(self) -> bytes:
        opening = re.compile(rb'"' + re.escape(self.name.encode()) + rb'"\s*:\s*\[')
        while True:
            self._fill()
            match = opening.search(self._buffer)
            if match:
                self._position = match.end()
                return self._buffer[: match.start()]
            if self._ended or len(self._buffer) > MAX_EDGE_BYTES + CHUNK_BYTES:
                raise InvalidError(
                    f"no array named {self.name!r} at the start of the document", place=self._start
                )

    def _fill(self) -> None:
        chunk = self._stream.read(CHUNK_BYTES)
        self._ended = not chunk
        self._buffer = self._buffer[self._position :] + chunk
        self._position = 0

    def __iter__(self) -> Iterator[bytes]:
        """Yield the bytes of each object in order.

        Raises:
            InvalidError: the document ends early, an object is too large, or something else stands there.
        """
        expected = b"{]"
        while (mark := self._next_mark(expected)) != b"]":
            if mark == b",":
                expected = b"{"
                continue
            yield self._take_object()
            expected = b",]"
        self._read_tail()

    def _next_mark(self, expected: bytes) -> bytes:
        while True:
            match = _SEPARATOR.match(self._buffer, self._position)
            mark = match.group(1) if match else b""
            end = match.end() if match else self._position
            if mark and mark in expected:
                self._position = end - (mark == b"{")
                return mark
            if mark or end < len(self._buffer):
                raise InvalidError("something else than an object of the array", place=self._place)
            if self._ended:
                raise InvalidError("the document ends inside the array: it is cut short", place=self._place)
            self._position = end
            self._fill()

    def _take_object(self) -> bytes:
        while not (match := _OBJECT.match(self._buffer, self._position)):
            if self._ended:
                raise InvalidError(
                    f"the document ends inside an object, or the object is nested deeper than {_MAX_DEPTH}",
                    place=self._place,
                )
            if len(self._buffer) - self._position > MAX_ITEM_BYTES:
                raise InvalidError(f"one record is larger than {MAX_ITEM_BYTES} bytes", place=self._place)
            self._fill()
        self._position = match.end()
        self.count += 1
        return match.group()

    def _read_tail(self) -> None:
        while not self._ended and len(self._buffer) - self._position <= MAX_EDGE_BYTES:
            self._fill()
        self.tail = self._buffer[self._position :].rstrip()
        if not self._ended or not self.tail.endswith(b"}"):
            raise InvalidError(
                "the document does not end after its array: it is cut short", place=self._start
            )

    @property
    def _place(self) -> str:
        return f"{self._start}.{self.name}[{self.count}]"
