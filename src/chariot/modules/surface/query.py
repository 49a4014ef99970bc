"""What can be asked of the surface: a query is checked when it is built, so a store never meets a wrong one."""

import re
from datetime import datetime
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin

import msgspec

from chariot.errors import InvalidError
from chariot.model.registry import spec_of
from chariot.model.states import Status, Surface
from chariot.modules.surface.sight import Sight

PAGE_LIMIT = 1_000
"""The most items one page may hold."""

COMMON_FIELDS: dict[str, Any] = {
    "key": str,
    "kind": str,
    "status": Status,
    "surface": Surface,
    "origin": str,
    "created": datetime,
    "visited": datetime,
    "updated": datetime,
    "revision": int,
}
"""Fields that every kind can be filtered by, with their types; `tag.<label>` stands beside them."""

COMMON_SORTS = ("key", "updated")
"""Sorts that every kind has."""

ITEM = TypeVar("ITEM")
_TAG = re.compile(r"tag\.[\w.-]+")
_OPERATORS = frozenset({"=", "!=", "<", "<=", ">", ">=", "~"})


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """One field against values: `operator` is one of `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains)."""

    field: str
    operator: str
    values: tuple[Any, ...]


class Not(msgspec.Struct, frozen=True, tag="not"):
    """What does not hold."""

    term: "Filter"


class All(msgspec.Struct, frozen=True, tag="all"):
    """All terms hold."""

    terms: tuple["Filter", ...]


class Some(msgspec.Struct, frozen=True, tag="some"):
    """At least one term holds."""

    terms: tuple["Filter", ...]


Filter = Compare | Not | All | Some


def check_limit(limit: int) -> None:
    """Refuse a page that is too long, or has no items.

    Raises:
        InvalidError: *limit* is not from 1 to `PAGE_LIMIT`.
    """
    if not 1 <= limit <= PAGE_LIMIT:
        raise InvalidError(f"must be from 1 to {PAGE_LIMIT:,}, not {limit}", place="limit")


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which entities, in which order, how many; `as_of` asks for a moment of the past.

    Raises:
        InvalidError: a limit, a sort or a filter field is wrong; the text says what there is.
    """

    kinds: tuple[str, ...]
    where: Filter | None = None
    """Made by `filters.parse_filter`."""
    sort: str = "key"
    """A field; with `-` before it, descending. Ties stand in the order of first arrival, and what has no value
    below all values, in the order of its last change."""
    limit: int = 100
    cursor: str = ""
    as_of: datetime | None = None
    everything: bool = False
    """Also what is not on the surface (gone, excluded)."""
    sight: Sight | None = None
    """What whoever asks may see; None is everything. `RestrictedStore` states it."""

    def __post_init__(self) -> None:
        if not self.kinds:
            raise InvalidError("names no kind", place="kinds")
        check_limit(self.limit)
        allowed = sorts(self.kinds)
        if self.sort.removeprefix("-") not in allowed:
            raise InvalidError(
                f"cannot sort by {self.sort[:40]!r}; there are {', '.join(allowed)}", place="sort"
            )
        if self.as_of is not None and self.as_of.tzinfo is None:
            raise InvalidError("needs a time zone", place="as_of")
        if self.where is not None:
            _check(self.where, filter_fields(self.kinds), personal_fields(self.kinds))


def _check(term: Filter, fields: dict[str, Any], personal: frozenset[str]) -> None:
    match term:
        case Not(inner):
            _check(inner, fields, personal)
        case All(terms) | Some(terms):
            for one in terms:
                _check(one, fields, personal)
        case Compare(field, operator, values):
            if field not in fields and not _TAG.fullmatch(field):
                known = ", ".join([*fields, "tag.<label>"])
                raise InvalidError(f"cannot filter by {field[:40]!r}; there are {known}", place="filter")
            if operator not in _OPERATORS or not values:
                raise InvalidError(f"cannot compare {field} in this way", place="filter")
            if field in personal and operator not in ("=", "!="):
                raise InvalidError(f"{field} is stored encrypted: compare it with = or !=", place="filter")


def compared_fields(term: Filter | None) -> frozenset[str]:
    """Return the fields that a filter looks at."""
    match term:
        case None:
            return frozenset()
        case Not(inner):
            return compared_fields(inner)
        case All(terms) | Some(terms):
            return frozenset().union(*map(compared_fields, terms))
        case Compare(field):
            return frozenset({field})


class Page(msgspec.Struct, Generic[ITEM], frozen=True):
    """Some items, and the cursor after the last of them; an empty cursor is the end."""

    items: tuple[ITEM, ...]
    cursor: str = ""


def sorts(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the fields that *kinds* can be sorted by: always indexed ones."""
    if len(kinds) > 1:
        return COMMON_SORTS
    own = [name for name, spec in spec_of(kinds[0]).items() if spec.mark.indexed and not spec.mark.sealed]
    return (*COMMON_SORTS, *own)


def filter_fields(kinds: tuple[str, ...]) -> dict[str, Any]:
    """Return the fields that *kinds* can be filtered by, each with its type."""
    found = dict(COMMON_FIELDS)
    for kind in kinds:
        for name, spec in spec_of(kind).items():
            if (spec.mark.indexed or spec.mark.identity) and not spec.mark.secret:
                found.setdefault(name, plain_type(spec.type))
    return found


def personal_fields(kinds: tuple[str, ...]) -> frozenset[str]:
    """Return the fields of *kinds* that are about a person: only a whole value can be looked for in them."""
    return frozenset(name for kind in kinds for name, spec in spec_of(kind).items() if spec.mark.personal)


def plain_type(hint: Any) -> Any:
    """Return the one type behind *hint*: `int | None` is `int`."""
    if get_origin(hint) in (Union, UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        return members[0] if len(members) == 1 else str
    return hint
