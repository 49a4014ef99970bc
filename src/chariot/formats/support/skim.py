"""Whether a file is sound to its end, found out in a fraction of the time that its records take to read."""

from collections.abc import Collection
from typing import IO

from chariot.errors import InvalidError
from chariot.formats.support.json_reader import JsonReader
from chariot.formats.support.packed import unpacked
from chariot.formats.support.scanners import beginning, is_json, is_xml
from chariot.formats.support.xml import check_xml

_DEPTH = 4
"""So deep stand the records of all formats; what is deeper is passed over whole."""


def skim(stream: IO[bytes], tags: Collection[str] = ()) -> bool:
    """Read JSON, or XML whose records are called one of *tags*, to the end; False where it is neither.

    Raises:
        InvalidError: it is broken; the text names the line.
    """
    head = beginning(stream)
    if is_xml(head) and tags:
        check_xml(stream, tags)
        return True
    if not is_json(head):
        return False
    reader = JsonReader(unpacked(stream))
    if _is_lines(reader):
        _skim_lines(reader)
    else:
        _skim(reader, _DEPTH)
        reader.finish()
    return True


def _is_lines(reader: JsonReader) -> bool:
    """Tell whether the file is one object after another; the first is passed over then."""
    return reader.peek() == b"{" and reader.fills_line()


def _skim_lines(reader: JsonReader) -> None:
    while reader.peek():
        try:
            reader.skip()
        except InvalidError:
            if reader.full:
                raise
            # A broken line is refused alone.
            reader.skip_line()


def _skim(reader: JsonReader, depth: int) -> None:
    first = reader.peek()
    if depth == 0 or first not in (b"{", b"["):
        reader.skip()
        return
    reader.take(first)
    closing = b"}" if first == b"{" else b"]"
    number = 0
    while not reader.take(closing):
        if number and not reader.take(b","):
            reader.fail("expected a comma or the end")
        # Some tools leave a comma behind the last item.
        if number and reader.take(closing):
            return
        number += 1
        if first == b"{":
            reader.name()
            _skim(reader, depth - 1)
        else:
            reader.skip()
