"""The surface of a server: see `Reads`. Each read is one request or a few, and pages are the server's own."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import record_of, version_of
from chariot.entrypoints.rest.shapes import plural
from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.registry import GROUPS
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.filters import filter_text
from chariot.modules.surface.ports import Direction
from chariot.modules.surface.query import PAGE_LIMIT, Page, Query
from chariot.modules.surface.sight import Sight

_AT_ONCE = 8
_Plain = dict[str, Any]
_ENTITY = "/api/v1/entities/{key}"


class RemoteStore:
    """See `Reads`; the organisation is the one that the connection asks for."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        keys: Sequence[Key],
        *,
        as_of: datetime | None = None,
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`; several are asked for at once."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(key: Key) -> Record | None:
            async with slots:
                try:
                    flat = await self._connection.call(_Plain, "GET", _ENTITY, key, query={"as_of": as_of})
                except NotFoundError:
                    return None
            return record_of(flat)

        wanted = list(dict.fromkeys(keys))
        found = await asyncio.gather(*map(one, wanted))
        return {key: record for key, record in zip(wanted, found, strict=True) if record is not None}

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:  # noqa: ARG002 - the connection's
        """See `EntityReader.find`."""
        asked = {
            "filter": filter_text(query.where) or None,
            "sort": query.sort,
            "limit": query.limit,
            "cursor": query.cursor or None,
            "as_of": query.as_of,
            "everything": query.everything or None,
        }
        page = await self._connection.page(_Plain, f"/api/v1/{_noun(query.kinds)}", query=asked)
        return Page(tuple(map(record_of, page.items)), page.cursor)

    async def edges(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        key: Key,
        *,
        direction: Direction,
        types: Sequence[RelationshipType] = (),
        as_of: datetime | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Edge]:
        """See `EntityReader.edges`."""
        asked = {
            "direction": direction,
            "type": ",".join(one.value for one in types) or None,
            "as_of": as_of,
            "limit": limit,
            "cursor": cursor or None,
        }
        try:
            page = await self._connection.page(Edge, f"{_ENTITY}/relationships", key, query=asked)
        except NotFoundError:
            return Page((), "")
        return Page(page.items, page.cursor)

    async def edges_of_many(
        self,
        organisation: Organisation,
        keys: Sequence[Key],
        *,
        direction: Direction,
        types: Sequence[RelationshipType] = (),
        as_of: datetime | None = None,
        limit: int = 100,
    ) -> Mapping[Key, Page[Edge]]:
        """See `EntityReader.edges_of_many`; a server is asked once for each."""
        return {
            key: await self.edges(
                organisation, key, direction=direction, types=types, as_of=as_of, limit=limit
            )
            for key in keys
        }

    async def counts(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        *,
        sight: Sight | None = None,  # noqa: ARG002 - the server knows what the caller may see
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        state = await self._connection.call(_Plain, "GET", "/api/v1/scans/current")
        counts: Mapping[str, Mapping[str, int]] = state["counts"]
        return counts

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        asked = {"limit": limit, "cursor": cursor or None}
        page = await self._connection.page(_Plain, f"{_ENTITY}/versions", key, query=asked)
        return Page(tuple(version_of(item, organisation, key) for item in page.items), page.cursor)

    async def differences(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[str] = (),
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Difference]:
        """See `History.differences`."""
        asked = {
            "since": since,
            "until": until,
            "kind": ",".join(kinds) or None,
            "limit": limit,
            "cursor": cursor or None,
        }
        page = await self._connection.page(_Plain, "/api/v1/diff", query=asked)
        return Page(tuple(map(_difference, page.items)), page.cursor)

    async def changes(
        self,
        after: int,
        limit: int,
        *,
        organisation: Organisation | None = None,  # noqa: ARG002 - the connection's
    ) -> Sequence[Change]:
        """See `History.changes`."""
        asked = {"after": after, "limit": min(limit, PAGE_LIMIT)}
        return (await self._connection.page(Change, "/api/v1/changes", query=asked)).items


def _noun(kinds: tuple[str, ...]) -> str:
    """Return under which address a list of *kinds* stands.

    Raises:
        InvalidError: there is none for just these.
    """
    if len(kinds) == 1:
        return plural(kinds[0])
    for name, members in GROUPS.items():
        if members == kinds:
            return name
    raise InvalidError("a server lists one kind or one group at a time", place="kind")


def _difference(item: _Plain) -> Difference:
    return Difference(
        key=Key(item["key"]),
        kind=item["kind"],
        before=record_of(item["before"]) if item["before"] else None,
        after=record_of(item["after"]) if item["after"] else None,
        fields=tuple(item["fields"]),
    )
