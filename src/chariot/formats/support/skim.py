"""Whether a file is sound to its end, found out in a fraction of the time that its records take to read."""

from collections.abc import Collection
from typing import IO, ClassVar

from chariot.errors import InvalidError
from chariot.format import Format
from chariot.formats.support.json_reader import JsonReader
from chariot.formats.support.scanners import beginning, is_json, is_xml
from chariot.formats.support.xml import check_xml


class Skimmed(Format):
    """A format whose files are JSON, or XML with known records: they are checked without reading what they say."""

    records: ClassVar[Collection[str]] = ()
    """How the records are called in XML; none where the format knows no XML."""

    def check(self, stream: IO[bytes]) -> None:
        """See `Format.check`."""
        if not skim(stream, self.records):
            super().check(stream)


def skim(stream: IO[bytes], tags: Collection[str] = ()) -> bool:
    """Read JSON, or XML whose records are called one of *tags*, to the end; False where it is neither.

    Raises:
        InvalidError: it is broken; the text names the line.
    """
    head = beginning(stream)
    if tags and is_xml(head):
        check_xml(stream, tags)
        return True
    if not is_json(head):
        return False
    reader = JsonReader(stream)
    is_array = reader.peek() == b"["
    try:
        _skim(reader)
    except RecursionError:
        reader.fail("is nested too deep")
    if is_array:
        reader.finish()
    while reader.peek():
        if reader.skip_lines():
            continue
        try:
            reader.skip()
        except InvalidError:
            if reader.full:
                raise
            # A broken line among lines is refused alone.
            reader.skip_line()
    return True


def _skim(reader: JsonReader) -> None:
    first = reader.peek()
    if reader.skip_held():
        return
    if first not in (b"{", b"["):
        reader.skip()
        return
    # What is larger than one piece of the file is looked at member by member.
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
        elif reader.skip_items():
            continue
        _skim(reader)
