"""How a field is declared: its merge rule and its marks, read by the registry, the merge and the stores."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

Check = Callable[[Any], Any]
"""Takes a value on its way into an entity; returns its canonical form or raises ValueError."""

OUTSIDE_LIMIT = 65_536
"""The longest text from outside that one field may hold, in characters."""


class Merge(Enum):
    """What a sighting does to a value that is already there."""

    NEWEST = "newest wins"
    """The newest sighting that states the field wins; an empty value says nothing."""
    CLEARABLE = "newest wins, may clear"
    """As NEWEST, but an empty value, unlike None, clears the field."""
    REPLACE = "replace"
    """The newest sighting wins whole, even where it states nothing."""
    UNION = "union"
    """Everything that was ever stated, sorted, each once."""
    FIRST = "keep first"
    """The oldest sighting that states the field wins."""
    DECISION = "decision"
    """Only an edit changes it; sightings leave it as it is."""


class FieldMark(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind declares of one field beside its type."""

    merge: Merge = Merge.NEWEST
    identity: bool = False
    """Part of the key, in the order of declaration."""
    key_part: bool = False
    """An identity field that is itself a key, written into ours as it is."""
    indexed: bool = False
    """Stores keep an index on it: it can be filtered by and sorted on."""
    secret: bool = False
    """Never shown, logged or exported; stored encrypted."""
    outside: bool = False
    """Text that a target, a file or another tool wrote: escaped on output, never executed or obeyed."""
    max_length: int | None = None
    """The most characters, or items, the value may have."""
    check: Check | None = None


def field(
    description: str,
    *,
    check: Check | None = None,
    merge: Merge = Merge.NEWEST,
    identity: bool = False,
    key_part: bool = False,
    indexed: bool = False,
    secret: bool = False,
    outside: bool = False,
    max_length: int | None = None,
) -> msgspec.Meta:
    """Return the annotation that declares a field; *description* goes into the schemas and the reference."""
    limit = OUTSIDE_LIMIT if outside and max_length is None else max_length
    mark = FieldMark(
        max_length=limit,
        merge=merge,
        identity=identity,
        key_part=key_part,
        indexed=indexed,
        secret=secret,
        outside=outside,
        check=check,
    )
    return msgspec.Meta(
        description=description,
        extra={"field": mark},
        extra_json_schema=_schema_marks(mark),
    )


def _schema_marks(mark: FieldMark) -> dict[str, Any]:
    marks: dict[str, Any] = {"x-merge": mark.merge.value} if not mark.identity else {"x-identity": True}
    if mark.max_length is not None:
        marks["x-max-length"] = mark.max_length
    for name in ("indexed", "secret", "outside"):
        if getattr(mark, name):
            marks[f"x-{name}"] = True
    return marks
