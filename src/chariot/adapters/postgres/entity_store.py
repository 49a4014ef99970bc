"""`EntityStore` on PostgreSQL: the port's methods, each one transaction as the organisation that asks."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from chariot.adapters.postgres import counting, reading, writing
from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.schema_places import index_places
from chariot.adapters.postgres.tags import keep_tags
from chariot.adapters.sql.ranks import Ranks
from chariot.adapters.sql.tags import looks_for_tags
from chariot.errors import BusyError, InvalidError, UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction, Groups, Span, Tally
from chariot.modules.surface.query import Filter, Page, Query
from chariot.modules.surface.sight import Sight, sees_places
from chariot.modules.surface.states import Applied, Decide, EdgeId, micros


class PostgresEntityStore:
    """Entities, relationships and history in one PostgreSQL database. See `EntityStore`."""

    def __init__(
        self, database: PostgresDatabase, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._now = now
        self._writes = 0
        self._ranks = Ranks()
        self._preparing: dict[str, asyncio.Task[None]] = {}
        self._tagged: set[Organisation] = set()
        self._places_are_indexed = False

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`."""
        now_us, kinds = micros(self._now()), self._database.kinds
        try:
            return await self._database.write(
                organisation,
                lambda connection: writing.apply(
                    connection, organisation, keys, edges, decide, now_us, kinds
                ),
            )
        finally:
            self._writes += 1

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`."""
        return await self._database.read(
            organisation, lambda connection: reading.get(connection, organisation, keys, as_of)
        )

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`."""
        self._index_for(query.sight)
        if organisation not in self._tagged and looks_for_tags(query):
            self._prepare(f"tags of {organisation}", partial(self._keep_tags, organisation))
        kinds, places = self._database.kinds, self._places_are_indexed
        return await self._database.read(
            organisation,
            lambda connection: reading.find(
                connection, organisation, query, kinds, self._ranks, places=places
            ),
        )

    async def edges(
        self,
        organisation: Organisation,
        key: Key,
        *,
        direction: Direction,
        types: Sequence[RelationshipType] = (),
        as_of: datetime | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Edge]:
        """See `EntityReader.edges`."""
        return await self._database.read(
            organisation,
            lambda connection: reading.edges(
                connection, organisation, key, direction, types, as_of, limit, cursor
            ),
        )

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
        """See `EntityReader.edges_of_many`."""
        return await self._database.read(
            organisation,
            lambda connection: reading.edges_of_many(
                connection, organisation, keys, direction, types, as_of, limit
            ),
        )

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        self._index_for(sight)
        return await self._database.read(
            organisation,
            lambda connection: reading.counts(connection, organisation, self._database.kinds, sight),
        )

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """See `Tallies.tally`."""
        self._index_for(query.sight)
        return await self._database.read(
            organisation,
            lambda connection: counting.tally(
                connection, organisation, query, fields, moments, self._database.kinds
            ),
        )

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """See `Tallies.group`."""
        self._index_for(query.sight)
        return await self._database.read(
            organisation,
            lambda connection: counting.group(
                connection, organisation, query, field, conditions, self._database.kinds
            ),
        )

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        return await self._database.read(
            organisation, lambda connection: reading.versions(connection, organisation, key, limit, cursor)
        )

    async def differences(
        self,
        organisation: Organisation,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[str] = (),
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Difference]:
        """See `History.differences`."""
        numbers = [number for kind, number in self._database.kinds.items() if not kinds or kind in kinds]
        return await self._database.read(
            organisation,
            lambda connection: reading.differences(
                connection, organisation, since, until, numbers, limit, cursor
            ),
        )

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """See `History.series`."""
        if kind not in self._database.kinds:
            return {}
        return await self._database.read(
            organisation,
            lambda connection: counting.series(
                connection, organisation, kind, field, span, self._database.kinds, sight
            ),
        )

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """See `History.changes`."""
        if organisation is None:
            return await self._database.read_log(
                lambda connection: reading.changes(connection, after, limit, None)
            )
        return await self._database.read(
            organisation, lambda connection: reading.changes(connection, after, limit, organisation)
        )

    async def last_sequence(self, organisation: Organisation | None = None) -> int:
        """See `History.last_sequence`; there is one log for all."""
        del organisation
        return await self._database.read_log(reading.last_sequence)

    async def silent(
        self, organisation: Organisation, kind: str, *, before: datetime, limit: int, after: Key | None = None
    ) -> Sequence[Key]:
        """See `History.silent`."""
        return await self._database.read(
            organisation,
            lambda connection: reading.silent(connection, organisation, kind, micros(before), limit, after),
        )

    async def organisations(self) -> Sequence[Organisation]:
        """See `History.organisations`."""
        return await self._database.read_log(reading.organisations)

    def _index_for(self, sight: Sight | None) -> None:
        """Have the index made that a look through a sight of places needs; who looks does not wait for it."""
        if not self._places_are_indexed and sees_places(sight):
            self._prepare("places", self._index_places)

    def _prepare(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        """Do what looking is quicker with; until it is done looking takes longer, and the next look tries again."""
        if name not in self._preparing:
            self._preparing[name] = asyncio.create_task(self._prepared(name, work))

    async def _prepared(self, name: str, work: Callable[[], Coroutine[None, None, None]]) -> None:
        with suppress(BusyError, UnavailableError, InvalidError):
            await work()
        del self._preparing[name]

    async def _index_places(self) -> None:
        await self._database.write_log(index_places)
        self._places_are_indexed = True

    async def _keep_tags(self, organisation: Organisation) -> None:
        """Enter who bears which tag in an organisation, piece by piece, so that nobody who writes waits for long."""
        after: str | None = ""
        while after is not None:
            after = await self._database.write(organisation, partial(_keep_tags, organisation, after))
        self._tagged.add(organisation)

    max_age_s = 0.5
    """See `Freshness`: what other processes commit is not told."""

    def stamp(self) -> int:
        """See `Freshness.stamp`."""
        return self._writes

    async def close(self) -> None:
        """See `EntityStore.close`."""
        tasks = list(self._preparing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._database.close()


async def _keep_tags(organisation: Organisation, after: str, connection: Connection) -> str | None:
    number = await writing.organisation_id(connection, organisation)
    return await keep_tags(connection, number, after) if number is not None else None
