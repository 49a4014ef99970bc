"""The EntityStore port. What it promises is `EntityStoreContract` in the tests; every adapter passes it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, Protocol

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.query import Filter, Page, Query
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import Applied, Decide, EdgeId

Direction = Literal["out", "in"]


class Span(msgspec.Struct, frozen=True):
    """Moments at equal distances: *first*, and *count* - 1 more, each *step* after the one before."""

    first: datetime
    step: timedelta
    count: int

    def moments(self) -> list[datetime]:
        """Return the moments, the oldest first."""
        return [self.first + number * self.step for number in range(self.count)]


class Tally(msgspec.Struct, frozen=True):
    """How many entities have the same values and the same age."""

    values: tuple[str | None, ...]
    """Of the fields that were asked for, in their order; None where nothing is stated."""
    age: int
    """At or before how many of the moments it was there already."""
    entities: int


class Group(msgspec.Struct, frozen=True):
    """Entities that have one value in common."""

    value: str
    entities: int
    holding: tuple[int, ...]
    """For how many of them each condition holds that was asked for, in their order."""


class Groups(msgspec.Struct, frozen=True):
    """The first groups, and how much there is in all."""

    first: tuple[Group, ...] = ()
    groups: int = 0
    entities: int = 0


class EntityWriter(Protocol):
    """Writes decisions, each batch in one transaction."""

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """Load *keys* and *edges*, ask *decide*, write what it returns: all of it or nothing.

        The ends of *edges* are loaded too; an end that the organisation does not have may be one that is shared
        by all: it is read, and writing it is a LookupError. What *decide* raises rolls back and comes through.
        All that one call writes gets one moment, later than that of every earlier call.

        Raises:
            BusyError: the bounded queue of writes is full.
            UnavailableError: the engine cannot write now (locked, read only, disk full).
        """
        ...


class EntityReader(Protocol):
    """Reads the surface of one organisation, now or at a moment of the past."""

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """Return the records there are, by key, also those that left the surface; unknown keys are absent."""
        ...

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """Return one page in the order of the query; inserts between two pages neither repeat nor hide items."""
        ...

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
        """Return relationships that begin (`out`) or end (`in`) at *key*.

        They stand by type, then in the order in which their other ends first arrived.

        Raises:
            InvalidError: *limit* is not from 1 to `PAGE_LIMIT`, here as in `History`.
        """
        ...

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
        """Return the first page of `edges` of each of *keys*, read at once: of what is not there, an empty one."""
        ...

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """Return how many entities there are, by kind and status; kept, never counted.

        With a *sight* only of what that shows, which is counted each time.
        """
        ...


class Tallies(Protocol):
    """Counts of what a filter holds for."""

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """Count what *query* finds, on all its pages, by *fields* with few values, and by age.

        The age is the number of *moments*, the newest first, at or before which an entity was first seen. What
        nothing has is absent.

        Raises:
            InvalidError: *query* asks for several kinds, or a field may have any number of values.
        """
        ...

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """Gather what *query* finds, on all its pages, by an indexed *field* with any number of values.

        The group with the highest value of the sort field is first, of equal ones the largest, then the one whose
        value sorts first; the query's limit is that of groups. What has no value of *field* is in no group.

        Raises:
            InvalidError: *query* asks for several kinds or sorts by no field of its own; *field* is no indexed text.
        """
        ...


class History(Protocol):
    """What was, and what changed."""

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """Return the versions of one entity, newest first."""
        ...

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
        """Return how the surface at *until* differs from that at *since*, in the order of first arrival."""
        ...

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """Return how many entities of *kind* were on the surface at each moment of *span*, by the value of *field*.

        None stands for what states no value, and for all when *field* is empty. Values that nothing had are absent.
        With a *sight* only what that shows now is counted.
        """
        ...

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """Return changes with a sequence above *after*, in order; without an organisation, those of all."""
        ...

    async def last_sequence(self, organisation: Organisation | None = None) -> int:
        """Return the sequence of the newest change, 0 when there is none.

        With an organisation, that of the log which its changes are in, whoever made it.
        """
        ...

    async def silent(
        self, organisation: Organisation, kind: str, *, before: datetime, limit: int, after: Key | None = None
    ) -> Sequence[Key]:
        """Return entities of *kind* that are active, pending or stale and were last seen before *before*.

        In the order of their keys, from behind *after* on.
        """
        ...

    async def organisations(self) -> Sequence[Organisation]:
        """Return every organisation that has ever written."""
        ...


class Freshness(Protocol):
    """Tells, for next to nothing, whether what was read may be another thing by now.

    Take the stamp, then read; what was read holds while the stamp stays the same, `max_age_s` at most.
    """

    @property
    def max_age_s(self) -> float:
        """How long a commit of another process may go unnoticed, in seconds; infinite where the stamp tells of each."""
        ...

    def stamp(self) -> int:
        """Return a number that is another one after each commit of this process, before its caller learns of it."""
        ...


class EntityStore(EntityWriter, EntityReader, Tallies, History, Freshness, Protocol):
    """Entities, relationships and their history. See `EntityWriter`, `EntityReader`, `History`, `Freshness`."""

    async def close(self) -> None:
        """Finish what was accepted and let go of the engine; harmless when repeated."""
        ...
