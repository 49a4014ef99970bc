"""JSON read in constant memory below given paths: what stands there comes one by one, the rest is passed over."""

from collections.abc import Iterator, Sequence
from typing import IO, Any

import msgspec

from chariot.errors import InvalidError
from chariot.format import SNIFFED_BYTES
from chariot.formats.support.files import decoded
from chariot.formats.support.json_reader import JsonReader

_ITEM = ["*"]


class Found(msgspec.Struct, frozen=True, gc=False):
    """One value that stands at a wanted path."""

    place: str
    path: tuple[str, ...]
    """Member names and item numbers from the outermost value."""
    value: Any


def json_at(stream: IO[bytes], *paths: str) -> Iterator[Found]:
    """Yield each value that stands at one of *paths*, in the order of the file.

    A path is written like `runs.*.results.*`; `*` stands for any member of an object or item of an array.

    Raises:
        InvalidError: the file is broken; the text names the line.
    """
    reader = JsonReader(stream)
    yield from _walk(reader, (), [path.split(".") for path in paths])
    reader.finish()


def look_ahead(stream: IO[bytes], start: int, *paths: str) -> list[Found]:
    """Return what stands at *paths* anywhere behind *start*, and go back to where the stream was.

    It is for what a file says only after its records.

    Raises:
        InvalidError: the file is broken, or cannot be read twice; the text names the line.
    """
    try:
        here = stream.tell()
        stream.seek(start)
    except OSError as error:
        raise InvalidError("names its subject behind its records, so it must be a file") from error
    found = list(json_at(stream, *paths))
    stream.seek(here)
    return found


def require(stream: IO[bytes], start: int, title: str, *names: str) -> None:
    """Check that a file without records has at least one of the members that *title* always writes.

    Raises:
        InvalidError: it has none, so it is something else.
    """
    if not look_ahead(stream, start, *names):
        raise InvalidError(f"is no report of {title}: it has no {' or '.join(names)}", place="line 1")


def begins_with_array(stream: IO[bytes]) -> bool:
    """Tell whether the outermost value is an array; the stream stays where it is."""
    here = stream.tell()
    head = stream.read(SNIFFED_BYTES)
    stream.seek(here)
    return decoded(head).startswith("[")


def _walk(reader: JsonReader, path: tuple[str, ...], wanted: Sequence[list[str]]) -> Iterator[Found]:
    first = reader.peek()
    is_wanted = bool(wanted) and not all(wanted)
    if is_wanted or first not in (b"{", b"["):
        place = f"line {reader.line}"
        if is_wanted:
            yield Found(place, path, reader.value())
        else:
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
        if first == b"[" and not wanted and reader.skip_items():
            number += 1
            continue
        if first == b"[" and _ITEM in wanted:
            for line, value in reader.items():
                yield Found(f"line {line}", (*path, str(number)), value)
                number += 1
            continue
        name = reader.name() if first == b"{" else str(number)
        number += 1
        if wanted:
            yield from _walk(reader, (*path, name), [one[1:] for one in wanted if one[0] in ("*", name)])
        else:
            # What nobody wants may be the largest part of the file, so it is passed over item by item.
            reader.skip()
