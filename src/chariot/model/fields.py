"""How a field is declared: its merge rule and its marks, read by the registry, the merge and the stores."""

from collections.abc import Callable
from enum import Enum
from typing import Any

import msgspec

Check = Callable[[Any], Any]
"""Takes a value on its way into an entity; returns its canonical form or raises ValueError."""

OUTSIDE_LIMIT = 65_536
"""The longest text from outside that one field may hold, in characters."""


SEALED = "sealed:"
"""Begins what the vault sealed; such a text stands in a store for the value of a field."""


class Class(Enum):
    """How much harm it does when somebody reads a field who should not; the later, the more."""

    PUBLIC = "public"
    """Anybody on the internet can find it out."""
    INTERNAL = "internal"
    """Of use to an attacker only beside something else."""
    CONFIDENTIAL = "confidential"
    """Tells where one can be hurt, or is about a person."""
    RESTRICTED = "restricted"
    """Opens a door: secrets, and what they protect."""


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
    DERIVED = "derived"
    """Computed from the other fields whenever an entity is made: neither a sighting nor an edit states it."""


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
    personal: bool = False
    """About a person: stored encrypted, shown to whoever may read the entity, never logged or exported."""
    classified: Class = Class.INTERNAL
    """How harmful it is in wrong hands; secret fields are RESTRICTED, personal ones at least CONFIDENTIAL."""
    outside: bool = False
    """Text that a target, a file or another tool wrote: escaped on output, never executed or obeyed."""
    max_length: int | None = None
    """The most characters, or items, the value may have."""
    check: Check | None = None

    @property
    def sealed(self) -> bool:
        """Whether a store holds it encrypted."""
        return self.secret or self.personal


def field(
    description: str,
    *,
    check: Check | None = None,
    merge: Merge = Merge.NEWEST,
    identity: bool = False,
    key_part: bool = False,
    indexed: bool = False,
    secret: bool = False,
    personal: bool = False,
    classified: Class | None = None,
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
        personal=personal,
        classified=_class(classified, secret=secret, personal=personal, outside=outside),
        outside=outside,
        check=check,
    )
    return msgspec.Meta(
        description=description,
        extra={"field": mark},
        extra_json_schema=_schema_marks(mark),
    )


def _class(stated: Class | None, *, secret: bool, personal: bool, outside: bool) -> Class:
    """Return the class of a field: what was stated, but never below what its other marks ask for."""
    if secret:
        return Class.RESTRICTED
    if personal and stated is not Class.RESTRICTED:
        return Class.CONFIDENTIAL
    return stated or (Class.PUBLIC if outside else Class.INTERNAL)


def _schema_marks(mark: FieldMark) -> dict[str, Any]:
    marks: dict[str, Any] = {"x-merge": mark.merge.value} if not mark.identity else {"x-identity": True}
    if mark.merge is Merge.DERIVED:
        marks["readOnly"] = True
    if mark.max_length is not None:
        marks["x-max-length"] = mark.max_length
    for name in ("indexed", "secret", "personal", "outside"):
        if getattr(mark, name):
            marks[f"x-{name}"] = True
    marks["x-class"] = mark.classified.value
    return marks
