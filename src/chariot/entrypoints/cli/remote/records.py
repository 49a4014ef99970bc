"""From answers of the API to the records that commands show."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, get_type_hints

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key, Organisation, kind_of
from chariot.model.records import Change, Op, Record, Version
from chariot.model.registry import KINDS, spec_of
from chariot.model.states import Status

T = TypeVar("T")
_HIDDEN = "(hidden)"
"""Stands for a secret that the server keeps to itself; every output hides it again."""
_COMMON = tuple(name for name in Record.__struct_fields__ if name != "entity")
_Common: Any = msgspec.defstruct(
    "_Common",
    [(name, hint) for name, hint in get_type_hints(Record).items() if name in _COMMON],
    kw_only=True,
    frozen=True,
)


def record_of(flat: Mapping[str, Any]) -> Record:
    """Return the record that an answer shows flat.

    Raises:
        ConfigurationError: the server knows what this command line does not.
    """
    common = {name: flat.get(name) for name in _COMMON}
    entity = entity_of(str(flat.get("kind")), flat)
    return Record(**msgspec.structs.asdict(converted(common, _Common)), entity=entity)


def entity_of(kind: str, facts: Mapping[str, Any]) -> Entity:
    """Return the entity that has *facts*; what this program does not know of it is left out.

    Raises:
        ConfigurationError: the server knows what this command line does not.
    """
    if kind not in KINDS:
        raise ConfigurationError(
            f"the server knows the kind {kind[:40]!r}, this command line does not: update it"
        )
    held = facts.get("secret") or ()
    values = {}
    for name, spec in spec_of(kind).items():
        if spec.mark.secret:
            if name in held:
                values[name] = _HIDDEN
        elif name in facts:
            values[name] = facts[name]
    return converted(values, KINDS[kind])


def version_of(item: Mapping[str, Any], organisation: Organisation, key: Key) -> Version:
    """Return the version of the entity with *key* that an answer shows."""
    kind = kind_of(key)
    change = Change(
        sequence=int(item["sequence"]),
        organisation=SHARED if kind == "vulnerability" else organisation,
        at=converted(item["valid_from"], datetime),
        op=Op(item["op"]),
        key=key,
        kind=kind,
        revision=int(item["revision"]),
        fields=tuple(item["fields"]),
        actor=str(item["actor"]),
        why=str(item["why"]),
    )
    return Version(
        change=change,
        status=Status(item["status"]),
        valid_from=change.at,
        valid_to=converted(item["valid_to"], datetime | None),  # type: ignore[arg-type]  # msgspec takes unions
        entity=entity_of(kind, item["entity"]),
        tags=dict(item["tags"]),
    )


def converted(value: Any, type_: type[T]) -> T:
    """Return plain *value* as *type_*.

    Raises:
        ConfigurationError: it is not one.
    """
    try:
        return msgspec.convert(value, type_)
    except (msgspec.ValidationError, ValueError) as error:
        raise ConfigurationError(
            f"the server says what this command line does not understand: {error}; are both of one version?"
        ) from error
