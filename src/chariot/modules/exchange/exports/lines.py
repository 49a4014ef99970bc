"""The lines of a lossless export: a header, entities, relationships, and an end that says how many there were.

This is a wire format: it has a version, and a reader of a version reads all later writers of that version, which
may add members and never change or drop one. Members and kinds of line that a reader does not know are left out
one by one, never silently.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import IO

import msgspec

from chariot.errors import InvalidError
from chariot.format import Refused
from chariot.model.registry import AnyEntity
from chariot.model.relationships import Relationship
from chariot.model.states import Source, Status, Surface

VERSION = 1
LINE_LIMIT_BYTES = 64 * 1024 * 1024
"""No entity is as large: a longer line is none of ours."""
MARK = b'{"chariot":'
"""How every such file begins."""


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first line."""

    chariot: int = VERSION
    """Version of the format."""
    program: str = ""
    organisation: str = ""
    made_at: datetime | None = None
    kinds: tuple[str, ...] = ()
    filter: str = ""
    as_of: datetime | None = None
    everything: bool = True
    left_out: tuple[str, ...] = ()
    """Secret fields: no export holds them."""


class EntityLine(msgspec.Struct, frozen=True, kw_only=True, tag="entity", tag_field="line"):
    """One entity with its common fields."""

    key: str
    entity: AnyEntity
    status: Status = Status.ACTIVE
    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL
    origins: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    first_seen: datetime
    last_seen: datetime
    updated: datetime
    revision: int = 1
    decided: tuple[str, ...] = ()
    """Fields that a person decided; `status` and `tag:<label>` stand beside the kind's own."""
    shared: bool = False
    """True for what all organisations know."""


class RelationshipLine(msgspec.Struct, frozen=True, kw_only=True, tag="relationship", tag_field="line"):
    """One relationship with who saw it and when; both ends stand above it."""

    relationship: Relationship
    origins: tuple[str, ...] = ()
    first_seen: datetime
    last_seen: datetime


class EndLine(msgspec.Struct, frozen=True, kw_only=True, tag="end", tag_field="line"):
    """The last line: a file without it was cut."""

    entities: int
    relationships: int


Line = EntityLine | RelationshipLine
_BEGINNINGS = (b'{"line":"entity"', b'{"line":"relationship"')
"""How the lines that are counted begin."""
_header = msgspec.json.Decoder(Header)
_line = msgspec.json.Decoder(EntityLine | RelationshipLine | EndLine)


class Placed(msgspec.Struct, frozen=True, gc=False):
    """One line and where it stands."""

    place: str
    line: Line


def read_header(stream: IO[bytes]) -> Header:
    """Return the first line of *stream*.

    Raises:
        InvalidError: it is no export of ours, or one of a later version than this program reads.
    """
    data = _read(stream, 1)
    try:
        header = _header.decode(data) if data.startswith(MARK) else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidError(f"not the header of an export: {error}", place="line 1") from None
    if header is None:
        raise InvalidError("not the header of an export of Chariot", place="line 1")
    if not 1 <= header.chariot <= VERSION:
        raise InvalidError(
            f"is of version {header.chariot} of the format, this program reads {VERSION}; use a newer one",
            place="line 1",
        )
    return header


def read_lines(stream: IO[bytes]) -> Iterator[Placed | Refused]:
    """Yield the lines behind the header; one that cannot be read is refused and the next one is read.

    Raises:
        InvalidError: the file ends without its last line, holds another number than that says, or goes on
            behind it.
    """
    number, entities, relationships = 1, 0, 0
    end: EndLine | None = None
    while data := _read(stream, number + 1):
        number += 1
        if data.isspace():
            continue
        place = f"line {number}"
        if end is not None:
            raise InvalidError("something follows the end of the export", place=place)
        try:
            line = _line.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError) as error:
            # It counts as what it claims to be, so that one bad line does not make the whole file short.
            entities += data.startswith(_BEGINNINGS[0])
            relationships += data.startswith(_BEGINNINGS[1])
            yield Refused(place, str(error) or "is nested too deeply")
            continue
        if isinstance(line, EndLine):
            end = line
            continue
        entities += isinstance(line, EntityLine)
        relationships += isinstance(line, RelationshipLine)
        wrong = _wrong(line)
        yield Refused(place, wrong) if wrong else Placed(place, line)
    if end is None:
        raise InvalidError("the file ends before its last line: it was cut", place=f"line {number}")
    if (end.entities, end.relationships) != (entities, relationships):
        raise InvalidError(
            f"holds {entities:,} entities and {relationships:,} relationships, and its end says"
            f" {end.entities:,} and {end.relationships:,}",
            place=f"line {number}",
        )


def _wrong(line: Line) -> str:
    for at in (line.first_seen, line.last_seen):
        if at.tzinfo is None:
            return "an instant has no time zone"
    if line.first_seen > line.last_seen:
        return "is first seen after it is last seen"
    if isinstance(line, EntityLine) and line.entity.key != line.key:
        return f"the key of the entity is {line.entity.key[:200]}, not {line.key[:200]}"
    return ""


def _read(stream: IO[bytes], number: int) -> bytes:
    data = stream.readline(LINE_LIMIT_BYTES)
    if len(data) == LINE_LIMIT_BYTES and not data.endswith(b"\n"):
        raise InvalidError(f"longer than {LINE_LIMIT_BYTES:,} bytes", place=f"line {number}")
    return data
