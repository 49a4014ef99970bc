"""JSON read in constant memory: lines, concatenated values, and arrays item by item, each value bounded."""

from collections.abc import Collection, Iterator
from typing import IO, Any

import msgspec

from chariot.errors import InvalidError
from chariot.format import Refused
from chariot.formats.support.json_reader import JsonReader


class Value(msgspec.Struct, frozen=True, gc=False):
    """One value of a file, and where it begins."""

    place: str
    value: Any
    member: str = ""
    """The name under which it stands in the outermost object, where that is read member by member."""


def json_values(stream: IO[bytes], *, epilogue: str = "") -> Iterator[Value | Refused]:
    """Yield the items of one array, or each value of a file of values (JSON lines, or one after another).

    *epilogue* is what some tool writes behind the last item of its array that is no JSON.

    A broken line among lines is refused and the next one is read; what stands inside an array cannot be left
    out, because nobody knows where it ends.

    Raises:
        InvalidError: the file is broken at its first value or inside its array, or a value is too large.
    """
    reader = JsonReader(stream)
    if reader.take(b"["):
        yield from _items(reader, epilogue=epilogue)
        reader.finish()
        return
    first = True
    while reader.peek():
        line = reader.line
        try:
            found = reader.lines()
        except InvalidError as error:
            if first or reader.full:
                raise
            yield Refused(f"line {line}", error.message)
            reader.skip_line()
            continue
        first = False
        for number, value in found:
            yield Value(f"line {number}", value)


def json_members(stream: IO[bytes], streamed: Collection[str]) -> Iterator[Value]:
    """Yield the members of one object in their order; an array called one of *streamed* comes item by item.

    Raises:
        InvalidError: the file is broken, or is no object; the text names the line.
    """
    reader = JsonReader(stream)
    if not reader.take(b"{"):
        reader.fail("expected an object")
    if not reader.take(b"}"):
        while True:
            name = reader.name()
            if name in streamed and reader.take(b"["):
                yield from _items(reader, name)
            else:
                place = f"line {reader.line}"
                yield Value(place, reader.value(), name)
            if reader.take(b"}"):
                break
            if not reader.take(b","):
                reader.fail("expected a comma or the end of the object")
    reader.finish()


def _items(reader: JsonReader, member: str = "", epilogue: str = "") -> Iterator[Value]:
    if reader.take(b"]"):
        return
    while True:
        if epilogue and reader.take(epilogue.encode()):
            if not reader.take(b"]"):
                reader.fail("expected the end of the array")
            return
        for line, value in reader.items():
            yield Value(f"line {line}", value, member)
        if reader.take(b"]"):
            return
        if not reader.take(b","):
            reader.fail("expected a comma or the end of the array")
        # Some tools leave a comma behind the last item.
        if reader.take(b"]"):
            return
