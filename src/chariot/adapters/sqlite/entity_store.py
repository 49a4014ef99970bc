"""`EntityStore` on SQLite: the port's methods, each a piece of SQL work handed to the database's threads."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import apsw

from chariot.adapters.sql.ranks import Ranks
from chariot.adapters.sql.tags import looks_for_tags
from chariot.adapters.sqlite import counting, reading, writing
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.places import keep_places
from chariot.adapters.sqlite.tags import keep_tags
from chariot.errors import UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction, Groups, Span, Tally
from chariot.modules.surface.query import Filter, Page, Query
from chariot.modules.surface.sight import Sight, sees_places
from chariot.modules.surface.states import Applied, Decide, EdgeId, micros


class SqliteEntityStore:
    """Entities, relationships and history in one SQLite file. See `EntityStore`."""

    def __init__(
        self, database: SqliteDatabase, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._now = now
        self._ranks = Ranks()
        self._keeps_places = False
        self._tagged: set[Organisation] = set()

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`."""
        now_us = micros(self._now())
        return await self._database.write(
            lambda connection: writing.apply(connection, organisation, keys, edges, decide, now_us)
        )

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`."""
        read = self._database.read_briefly if len(keys) == 1 and as_of is None else self._database.read
        return await read(lambda connection: reading.get(connection, organisation, keys, as_of))

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`."""
        await self._keep_for(query.sight)
        await self._keep_tags_for(organisation, query)
        return await self._database.read(
            lambda connection: reading.find(connection, organisation, query, self._ranks)
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
            lambda connection: reading.edges(
                connection, organisation, key, direction, types, as_of, limit, cursor
            )
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
            lambda connection: reading.edges_of_many(
                connection, organisation, keys, direction, types, as_of, limit
            )
        )

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        await self._keep_for(sight)
        return await self._database.read(lambda connection: counting.counts(connection, organisation, sight))

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """See `Tallies.tally`."""
        await self._keep_for(query.sight)
        return await self._database.read(
            lambda connection: counting.tally(connection, organisation, query, fields, moments)
        )

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """See `Tallies.group`."""
        await self._keep_for(query.sight)
        return await self._database.read(
            lambda connection: counting.group(connection, organisation, query, field, conditions)
        )

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        return await self._database.read(
            lambda connection: reading.versions(connection, organisation, key, limit, cursor)
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
        return await self._database.read(
            lambda connection: reading.differences(
                connection, organisation, since, until, kinds, limit, cursor
            )
        )

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """See `History.series`."""
        return await self._database.read(
            lambda connection: counting.series(connection, organisation, kind, field, span, sight)
        )

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """See `History.changes`."""
        return await self._database.read(
            lambda connection: reading.changes(connection, after, limit, organisation)
        )

    async def last_sequence(self, organisation: Organisation | None = None) -> int:
        """See `History.last_sequence`; there is one log for all."""
        del organisation
        return await self._database.read(writing.last_sequence)

    async def silent(
        self, organisation: Organisation, kind: str, *, before: datetime, limit: int, after: Key | None = None
    ) -> Sequence[Key]:
        """See `History.silent`."""
        return await self._database.read(
            lambda connection: reading.silent(connection, organisation, kind, micros(before), limit, after)
        )

    async def organisations(self) -> Sequence[Organisation]:
        """See `History.organisations`."""
        return await self._database.read(reading.organisations)

    async def _keep_for(self, sight: Sight | None) -> None:
        """Keep places, with an index, from the first look through a sight of them on."""
        if self._keeps_places or not sees_places(sight):
            return
        try:
            await self._database.write(keep_places)
        except UnavailableError:
            return  # What can only be read is read, however long it takes.
        self._keeps_places = True

    async def _keep_tags_for(self, organisation: Organisation, query: Query) -> None:
        """Keep it who bears which tag in an organisation, from the first look for a tag on."""
        if organisation in self._tagged or not looks_for_tags(query):
            return
        after: str | None = ""
        try:
            while after is not None:
                after = await self._database.write(partial(_keep_tags, organisation, after))
        except UnavailableError:
            return  # What can only be read is read, however long it takes.
        self._tagged.add(organisation)

    max_age_s = float("inf")
    """See `Freshness`: the engine tells of every commit."""

    def stamp(self) -> int:
        """See `Freshness.stamp`."""
        return self._database.stamp()

    async def close(self) -> None:
        """See `EntityStore.close`."""
        await self._database.close()


def _keep_tags(organisation: Organisation, after: str, connection: apsw.Connection) -> str | None:
    number = writing.organisation_id(connection, organisation)
    return keep_tags(connection, number, after) if number is not None else None
