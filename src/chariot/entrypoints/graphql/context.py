"""What all fields of one request share, and what they are fields of."""

from datetime import datetime
from typing import Any

import msgspec

from chariot.entrypoints.graphql.limits import DEFAULT_PAGE, PAGE
from chariot.entrypoints.graphql.loading import Loading
from chariot.entrypoints.rest.auditing import tell_field
from chariot.entrypoints.rest.caller import Caller
from chariot.entrypoints.rest.problems import UnauthenticatedError
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.parameters import READ_BY
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.shapes import SHAPES
from chariot.errors import DeniedError, InvalidError
from chariot.model.keys import Key, kind_of
from chariot.model.records import Edge, Record
from chariot.model.registry import KINDS
from chariot.modules.surface.query import Page


class Asking(msgspec.Struct, frozen=True):
    """One request: who asks, whom, and what was read for it already."""

    services: RestServices
    caller: Caller
    loading: Loading

    def permit(self, permission: str) -> None:
        """Refuse a caller without *permission*.

        Raises:
            UnauthenticatedError: nobody is known.
            DeniedError: the caller is known, and may not.
            BusyError: the audit log cannot take it.
        """
        if not self.caller.known:
            raise UnauthenticatedError("this needs a token")
        # All of one request is read by the sight of one permission.
        may = self.caller.may_within(permission, "entities:read")
        if not may or not permission.endswith(":read"):
            tell_field(self.services.audit, self.caller, permission, allowed=may)
        if not may:
            raise DeniedError(f"this needs the permission {permission}")

    def permit_kinds(self, kinds: tuple[str, ...]) -> None:
        """Refuse a caller that may not read one of *kinds*; see `permit`."""
        for kind in kinds:
            self.permit(READ_BY.get(kind, "entities:read"))

    async def node(self, key: Key, as_of: datetime | None = None) -> "Node | None":
        """Return the entity of *key*, or None when there is none."""
        self.permit_kinds((kind_of(key),))
        record = await self.loading.records(as_of).load(key)
        return Node(record, as_of) if record is not None else None


class Node:
    """One entity as it is shown: secrets stay behind."""

    def __init__(self, record: Record, as_of: datetime | None) -> None:
        self.record = record
        self.as_of = as_of
        self.facts = SHAPES[record.kind].facts(record.entity)


class Connected(msgspec.Struct, frozen=True):
    """A relationship, and from where it was looked at."""

    edge: Edge
    other: Key
    as_of: datetime | None


def page(items: list[Any], found: Page[Any]) -> dict[str, Any]:
    """Return a page as its type wants it."""
    return {
        "nodes": items,
        "edges": items,
        "items": items,
        "cursor": found.cursor or None,
        "has_more": bool(found.cursor),
    }


def first_in(asked: dict[str, Any]) -> int:
    """Return how many items are asked for.

    Raises:
        InvalidError: more than a page may have, or none.
    """
    first = asked.get("first")
    first = DEFAULT_PAGE if first is None else first
    if not 1 <= first <= PAGE:
        raise InvalidError(f"must be from 1 to {PAGE}", place="first")
    return int(first)


def moment(asked: dict[str, Any], name: str = "as_of") -> datetime | None:
    """Return the instant that an argument names, or None."""
    text = asked.get(name)
    return instant(str(text)[:64], place=name) if text else None


def cursor_in(asked: dict[str, Any]) -> str:
    """Return where a page begins.

    Raises:
        InvalidError: it is longer than any cursor.
    """
    cursor = asked.get("after") or ""
    if len(cursor) > 4_096:
        raise InvalidError("is no cursor of a page", place="after")
    return str(cursor)


def key_of(text: str, *, place: str = "key") -> Key:
    """Return *text* as a key.

    Raises:
        InvalidError: it has not the form of one.
    """
    if kind_of(text) not in KINDS or len(text) > 16_384 or "\0" in text:
        raise InvalidError("is not a key such as #domain#example.com", place=place)
    return Key(text)
