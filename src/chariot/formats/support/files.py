"""How a format looks at a file before it reads it, and how one bad record leaves the others alone."""

import codecs
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import IO, Any

from chariot.format import SNIFFED_BYTES, Parsed, Refused
from chariot.formats.support.json import Value

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)"(\s*:)?|([\[{])|([\]}])')


def begin(stream: IO[bytes]) -> tuple[bytes, IO[bytes]]:
    """Return the beginning of a stream, and a stream that still has it."""
    head = stream.read(SNIFFED_BYTES)
    return head, io.BufferedReader(_Joined(head, stream), 256 * 1024)


class _Joined(io.RawIOBase):
    """Bytes already read, then the rest; closing it leaves the stream open."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._head = head
        self._stream = stream
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._head[: len(buffer)] or self._stream.read(len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        self._given += len(data)
        return len(data)

    def tell(self) -> int:
        return self._given


def decoded(head: bytes) -> str:
    """Return the beginning of a text file as text, whatever bytes it holds, without blanks before it."""
    wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16" if wide else "utf-8-sig", "replace").lstrip()


def json_names(head: bytes) -> frozenset[str]:
    """Return the names in the first object of a JSON file's beginning, as `name` and `outer.inner`.

    Arrays are transparent: in `[{"a": [{"b": 1}]}]` stand `a` and `a.b`. Deeper names are left out. Empty where
    the file does not begin with an object or an array.
    """
    text = decoded(head)
    if not text.startswith(("{", "[")):
        return frozenset()
    found: set[str] = set()
    names: list[str] = []
    brackets: list[str] = []
    last = ""
    for token in _TOKEN.finditer(text):
        name, colon, opened, closed = token.groups()
        if colon is not None and names and brackets[-1] == "{":
            last = name
            if len(names) <= 2:
                found.add(".".join([*names[1:], name]))
        elif opened:
            brackets.append(opened)
            if opened == "{":
                names.append(last)
        elif closed and brackets and brackets.pop() == "{":
            names.pop()
            if not names:
                break
    return frozenset(found)


def each(values: Iterable[Value | Refused], read: Callable[[Value], Parsed]) -> Iterator[Parsed | Refused]:
    """Yield what *read* makes of each value; one that it cannot take is refused with its place."""
    for item in values:
        if isinstance(item, Refused):
            yield item
            continue
        try:
            yield read(item)
        except ValueError as error:
            yield Refused(item.place, str(error))
