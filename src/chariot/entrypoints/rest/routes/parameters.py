"""Query parameters that several operations share."""

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta

from chariot.entrypoints.rest.caller import Caller
from chariot.errors import DeniedError, InvalidError
from chariot.model.keys import Key, kind_of
from chariot.model.registry import KINDS
from chariot.modules.surface.query import PAGE_LIMIT

Limit = Annotated[int, Meta(ge=1, le=PAGE_LIMIT, description="The most items on one page")]
Cursor = Annotated[
    str, Meta(max_length=4_096, description="Where the page begins: `pagination.cursor` of the page before")
]
AsOf = Annotated[
    str,
    Meta(
        max_length=64,
        description="Read as it was at this instant (ISO 8601; UTC unless it says otherwise)",
        examples=["2026-01-31T12:00:00Z"],
    ),
]
Fields = Annotated[
    str,
    Meta(
        max_length=2_000,
        description="Only these fields, separated by commas; the key is always there",
        examples=["name,status"],
    ),
]
FilterText = Annotated[
    str,
    Meta(
        max_length=4_000,
        description="Filter language: `score>=70 state=open`, `severity=high,critical`, `not (tag.env=test)`",
    ),
]
Why = Annotated[str, Meta(max_length=2_000, description="Why; kept in history")]
IF_MATCH = {"if-match": "The ETag that was read; refuse when the entity changed since"}
KEY = {"key": "Key of an entity, percent-encoded: `%23domain%23example.com`"}


def key_in(names: Any) -> Key:
    """Return the key in the path.

    Raises:
        InvalidError: it has not the form of a key, or its kind is none.
    """
    key = names["key"]
    if kind_of(key) not in KINDS or len(key) > 16_384 or "\0" in key:
        raise InvalidError("is not a key such as #domain#example.com, percent-encoded", place="key")
    return Key(key)


READ_BY = {
    "apikey": "keys:read",
    "alertrule": "alerts:read",
    "incident": "incidents:read",
    "scan": "scans:read",
    "setting": "settings:read",
    "role": "roles:read",
    "member": "members:read",
}
"""Kinds that not everybody who reads entities may read, each with the permission that it needs."""


def unread_kinds(caller: Caller, permission: str) -> frozenset[str]:
    """Return the kinds that *caller* may not read by what *permission* shows."""
    return frozenset(kind for kind, needed in READ_BY.items() if not caller.may_within(needed, permission))


def readable_kinds(caller: Caller, permission: str, named: Sequence[str]) -> tuple[str, ...]:
    """Return the kinds of *named*; of all kinds, where none is named, those that *caller* may read.

    Raises:
        DeniedError: one that is named may not be read.
    """
    unread = unread_kinds(caller, permission)
    for kind in named:
        if kind in unread:
            raise DeniedError(f"this needs the permission {READ_BY[kind]}")
    return tuple(named) or (tuple(kind for kind in KINDS if kind not in unread) if unread else ())
