"""Secret fields of edits: sealed before anything is compared, written or logged."""

from collections.abc import Callable

import msgspec

from chariot.errors import ConfigurationError
from chariot.model.base import Entity
from chariot.model.keys import Organisation, kind_of
from chariot.model.observations import Edit
from chariot.model.registry import KINDS

Seal = Callable[[Organisation, str], str]
"""Makes of an organisation's secret what a store may hold."""


def sealed(edit: Edit, organisation: Organisation, seal: Seal | None) -> Edit:
    """Return *edit* with its secrets sealed.

    Raises:
        ConfigurationError: it brings a secret, and nothing here seals.
    """
    cls = KINDS.get(kind_of(edit.target))
    names = [spec.name for spec in cls.specs if spec.mark.secret] if cls is not None else []
    fields = {name: _text(edit.fields[name], organisation, seal) for name in names if edit.fields.get(name)}
    entity = _entity(edit.entity, names, organisation, seal)
    if not fields and entity is edit.entity:
        return edit
    return msgspec.structs.replace(edit, entity=entity, fields={**edit.fields, **fields})


def _entity(
    entity: Entity | None, names: list[str], organisation: Organisation, seal: Seal | None
) -> Entity | None:
    stated = {name: getattr(entity, name) for name in names if getattr(entity, name, "")}
    if entity is None or not stated:
        return entity
    return msgspec.structs.replace(
        entity, **{name: _text(value, organisation, seal) for name, value in stated.items()}
    )


def _text(value: object, organisation: Organisation, seal: Seal | None) -> object:
    if not isinstance(value, str):
        # The check of the field says what is wrong with it.
        return value
    if seal is None:
        raise ConfigurationError("this service has no keys, so it takes no secrets")
    return seal(organisation, value)
