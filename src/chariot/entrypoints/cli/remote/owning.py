"""Candidates at a server. See `chariot.entrypoints.cli.services.Owning`."""

from typing import Any

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import record_of
from chariot.errors import NotFoundError
from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.records import Record
from chariot.model.states import Standing
from chariot.modules.discovery.inventory import Inventoried
from chariot.modules.surface.query import Page

_Plain = dict[str, Any]


class RemoteOwnership:
    """See `Owning`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def candidates(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        *,
        standing: Standing | None = Standing.CANDIDATE,
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Record]:
        """See `OwnershipService.candidates`."""
        asked: _Plain = {"sort": "-confidence", "limit": limit}
        asked |= {"filter": f"standing={standing.value}"} if standing is not None else {}
        asked |= {"cursor": cursor} if cursor else {}
        page = await self._connection.page(_Plain, "/api/v1/candidates", query=asked)
        return Page(tuple(map(record_of, page.items)), page.cursor)

    async def get(self, organisation: Organisation, key: Key) -> Record:  # noqa: ARG002 - the connection's
        """See `OwnershipService.get`."""
        unknown = NotFoundError(f"no candidate has the key {key[:200]}")
        try:
            record = record_of(await self._connection.call(_Plain, "GET", "/api/v1/entities/{key}", key))
        except NotFoundError:
            raise unknown from None
        if kind_of(record.key) != "candidate":
            raise unknown
        return record

    async def decide(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        key: Key,
        standing: Standing,
        *,
        actor: str,  # noqa: ARG002 - the server knows who asks
        why: str = "",
    ) -> Record:
        """See `OwnershipService.decide`."""
        body = {"standing": standing.value, "reason": why}
        path = "/api/v1/candidates/{key}/decision"
        return record_of(await self._connection.call(_Plain, "POST", path, key, body=body, repeatable=True))

    async def place(self, organisation: Organisation, key: Key) -> Inventoried:  # noqa: ARG002 - the connection's
        """See `OwnershipService.place`."""
        return await self._connection.call(Inventoried, "GET", "/api/v1/inventory/{key}", key)
