"""Fields that a store holds encrypted: sealed before anything is compared, written or logged."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import repeat
from operator import attrgetter
from typing import Protocol

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.base import Entity
from chariot.model.keys import Organisation, kind_of
from chariot.model.observations import Edit
from chariot.model.registry import KINDS, entity_decoder
from chariot.modules.surface.decide import Part, Seen, seen

_key_of = attrgetter("key")
Seal = Callable[[Organisation, str], str]
"""Makes of an organisation's secret what a store may hold."""


class Ready(Protocol):
    """Has what `Seal` needs for an organisation."""

    async def __call__(self, organisation: Organisation, /) -> None:
        """Return when it is there."""
        ...


@cache
def sealed_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of *kind* that a store holds encrypted."""
    cls = KINDS.get(kind)
    return tuple(spec.name for spec in cls.specs if spec.mark.sealed) if cls is not None else ()


@cache
def secret_fields(kind: str) -> tuple[str, ...]:
    """Return the fields of *kind* that are secrets."""
    cls = KINDS.get(kind)
    return tuple(spec.name for spec in cls.specs if spec.mark.secret) if cls is not None else ()


SEALED_KINDS = frozenset(kind for kind in KINDS if sealed_fields(kind))
"""Kinds with fields that a store holds encrypted."""
_SEALED_STARTS = tuple(f"#{kind}#" for kind in sorted(SEALED_KINDS))


def wants_seal(edits: Sequence[Edit]) -> bool:
    """Tell whether any of *edits* is about a kind with fields to seal."""
    return any(kind_of(edit.target) in SEALED_KINDS for edit in edits)


def sealed(edit: Edit, organisation: Organisation, seal: Seal | None) -> Edit:
    """Return *edit* with its secrets and personal fields sealed.

    Raises:
        ConfigurationError: it brings a secret, and nothing here seals.
    """
    kind = kind_of(edit.target)
    names = sealed_fields(kind)
    if seal is None:
        _check_no_secret(edit, kind)
        return edit
    fields = {name: _text(edit.fields[name], organisation, seal) for name in names if edit.fields.get(name)}
    entity = sealed_entity(edit.entity, organisation, seal) if edit.entity is not None else None
    if not fields and entity is edit.entity:
        return edit
    return msgspec.structs.replace(edit, entity=entity, fields={**edit.fields, **fields})


def sealed_entity(entity: Entity, organisation: Organisation, seal: Seal) -> Entity:
    """Return *entity* with its secrets and personal fields sealed."""
    stated = {name: getattr(entity, name) for name in sealed_fields(entity.kind)}
    changed = {name: _text(value, organisation, seal) for name, value in stated.items() if value}
    return msgspec.structs.replace(entity, **changed) if changed else entity


def sealed_part(part: Part, organisation: Organisation, seal: Seal) -> Part:
    """Return *part* of a batch with secrets and personal fields sealed."""
    if not part_wants_seal(part):
        return part
    items = [_sealed_seen(one, organisation, seal) for one in part.seen]
    return Part(items, part.links, part.by)


def part_wants_seal(part: Part) -> bool:
    """Tell whether *part* has anything of a kind with fields to seal."""
    # This looks at every item of every batch, so at no more than how its key starts, and without a step of Python each.
    return any(map(str.startswith, map(_key_of, part.seen), repeat(_SEALED_STARTS)))


def _sealed_seen(one: Seen, organisation: Organisation, seal: Seal) -> Seen:
    if kind_of(one.key) not in SEALED_KINDS:
        return one
    try:
        entity = one.entity if one.entity is not None else entity_decoder.decode(one.doc)
    except (msgspec.ValidationError, ValueError):
        # The merge says what is wrong with it, and refuses it.
        return one
    made = sealed_entity(entity, organisation, seal)
    return one if made is entity else seen(one.place, made)


def _check_no_secret(edit: Edit, kind: str) -> None:
    stated = [edit.fields.get(name) or getattr(edit.entity, name, "") for name in secret_fields(kind)]
    if any(isinstance(value, str) and value for value in stated):
        raise ConfigurationError("this service has no keys, so it takes no secrets")


def _text(value: object, organisation: Organisation, seal: Seal) -> object:
    if isinstance(value, str):
        return seal(organisation, value)
    # The check of the field says what is wrong with anything else.
    return value
