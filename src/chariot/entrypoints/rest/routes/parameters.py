"""Query parameters that several operations share."""

from typing import Annotated, Any

from msgspec import Meta

from chariot.errors import InvalidError
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
        examples=["name,score"],
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
