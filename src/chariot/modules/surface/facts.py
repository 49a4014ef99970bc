"""Indexed facts: the fields that a kind declares as indexed, as plain values that every store can compare.

A store keeps up to `SLOTS` of them beside each version, so that an index needs no look into the JSON. Words with
an order (severity, state, decision) become their place in it, so that `severity>=high` means what it says.

Before the declared ones stands where the entity is, behind them what it is about in the end where its own field does
not say that (see `places`): what somebody may see is asked of them. The place follows from the key, and is at the same
slot for all kinds: a store keeps it beside the others, or only from when somebody asks on.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from typing import Any

from chariot.model.base import Entity
from chariot.model.drafts import Draft
from chariot.model.registry import KINDS, spec_of
from chariot.modules.surface.places import FOLLOWED, PLACE, ROOT, root_of
from chariot.modules.surface.query import plain_type
from chariot.modules.surface.states import micros

SLOTS = 10
"""The most facts that a store keeps of one entity, its place included."""

Fact = str | int | float | None


@cache
def words(kind: str, field: str) -> tuple[str, ...]:
    """Return the words that an indexed field of *kind* may have, in their order; none where it may have any value."""
    if field not in slots(kind):
        return ()
    plain = plain_type(spec_of(kind)[field].type) if field in spec_of(kind) else None
    if not (isinstance(plain, type) and issubclass(plain, Enum)):
        return ()
    return tuple(str(member.value) for member in plain)


@cache
def slots(kind: str) -> tuple[str, ...]:
    """Return `PLACE`, the indexed fields of *kind* in the order of its declaration, and `ROOT` where it has one.

    Raises:
        TypeError: they are more than `SLOTS`.
    """
    names = (PLACE, *_declared(kind), *((ROOT,) if FOLLOWED[kind] else ()))
    if len(names) > SLOTS:
        raise TypeError(f"{kind} has {len(names)} indexed facts; there are {SLOTS} places")
    return names


def _declared(kind: str) -> tuple[str, ...]:
    return tuple(name for name, spec in spec_of(kind).items() if spec.mark.indexed and not spec.mark.secret)


@cache
def _places(enum: type[Enum]) -> dict[Any, int]:
    return {key: place for place, member in enumerate(enum) for key in (member, member.value)}


def fact(value: Any, hint: Any) -> Fact:
    """Return *value*, of a field of type *hint*, as a store compares it; an empty text is no value."""
    if value is None or value == "":
        return None
    plain = plain_type(hint)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return _places(plain)[value]
    if isinstance(value, datetime):
        return micros(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"a {type(value).__name__} cannot be indexed")


def _converter(hint: Any) -> Callable[[Any], Fact] | None:
    """Return `fact` for one type, with what depends on the type alone looked up once; None where it is `_plain`."""
    plain = plain_type(hint)
    if isinstance(plain, type) and issubclass(plain, Enum):
        return {None: None, **_places(plain)}.__getitem__
    if plain in (str, int, float):
        return None
    return lambda value: None if value is None else fact(value, hint)


def _plain(value: Any) -> Fact:
    return None if value == "" else value


@cache
def _reader(kind: str) -> Callable[[Any], tuple[Fact, ...]]:
    if not FOLLOWED[kind]:
        return _declared_reader(kind, SLOTS - 1)
    declared = _declared_reader(kind, len(_declared(kind)))
    padding = (None,) * (SLOTS - len(slots(kind)))
    about = attrgetter(FOLLOWED[kind])

    def read(entity: Any) -> tuple[Fact, ...]:
        target = about(entity)
        root = root_of(target)
        return (*declared(entity), None if root == target else root, *padding)

    return read


def _declared_reader(kind: str, width: int) -> Callable[[Any], tuple[Fact, ...]]:
    names = _declared(kind)
    padding = (None,) * (width - len(names))
    hints = [spec_of(kind)[name].type for name in names]
    if not names:
        return lambda _: padding
    read = attrgetter(*names)
    converters = [_converter(hint) for hint in hints]
    if len(names) == 1:
        only = converters[0] or _plain
        return lambda entity: (only(read(entity)), *padding)
    if not any(converters):
        # An empty text is no value; the other plain types are kept as they are.
        return lambda entity: tuple([None if value == "" else value for value in read(entity)]) + padding
    # A call for each plain value would take half of the time; `strict` a tenth, and both have one member a field.
    return lambda entity: (
        tuple(
            [
                convert(value) if convert is not None else None if value == "" else value
                for convert, value in zip(converters, read(entity))  # noqa: B905 - see above
            ]
        )
        + padding
    )


_readers = {kind: _reader(kind) for kind in KINDS}


def facts_of(entity: Entity | Draft) -> tuple[Fact, ...]:
    """Return the indexed facts of *entity* behind its place, padded with None to `SLOTS` - 1."""
    return _readers[entity.kind](entity)
