"""`EntityStore` over several: the shared one, and one each for organisations that must stand apart."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from chariot.errors import UnavailableError
from chariot.model.keys import SHARED, Key, Organisation, kind_of
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.records import Change, Difference, Edge, Op, Record, Version
from chariot.model.registry import entity_decoder
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.facts import facts_of
from chariot.modules.surface.ports import Direction, EntityStore, Groups, Span, Tally
from chariot.modules.surface.query import Filter, Page, Query
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import Applied, Decide, EdgeId, EntityWrite, Presence, Stored, Writes


class RoutedEntityStore:
    """See `EntityStore`. Each organisation is asked about, and written, in its own store alone.

    What all may read (vulnerabilities) is kept in the shared store. A relationship needs both its ends in one
    store, so the vulnerabilities that a dedicated store points at are copied there; what is known of them is read
    from the shared one. The shared store is asked about vulnerabilities only, so that no other key of an
    organisation that stands apart is ever sent there.

    Each store has a log of its own: what is asked without an organisation is answered by the shared one.
    """

    def __init__(self, shared: EntityStore, dedicated: Mapping[Organisation, EntityStore]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, organisation: Organisation | None) -> EntityStore:
        return self._shared if organisation is None else self._dedicated.get(organisation, self._shared)

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`."""
        home = self._home(organisation)
        if home is not self._shared:
            await self._lend(home, (end for source, _, target in edges for end in (source, target)))
        return await home.apply(organisation, keys, edges, decide)

    async def _lend(self, home: EntityStore, ends: Iterable[Key]) -> None:
        """Copy into *home* what of *ends* is shared and not there yet."""
        wanted = [end for end in dict.fromkeys(ends) if _may_be_shared(end)]
        if not wanted:
            return
        held = await home.get(SHARED, wanted)
        known = await self._shared.get(SHARED, [end for end in wanted if end not in held])
        if not known:
            return
        originals: dict[Key, Stored] = {}

        def look(stored: Mapping[Key, Stored], _: object) -> Writes:
            originals.update(stored)
            return Writes()

        def copy(stored: Mapping[Key, Stored], _: object) -> Writes:
            return Writes(entities=[_copy(key, held) for key, held in originals.items() if key not in stored])

        await self._shared.apply(SHARED, list(known), (), look)
        await home.apply(SHARED, list(originals), (), copy)

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`."""
        home = self._home(organisation)
        found = await home.get(organisation, keys, as_of=as_of)
        if home is self._shared:
            return found
        # A copy only holds relationships together; what it says may be old.
        own = {key: record for key, record in found.items() if record.organisation == organisation}
        wanted = [key for key in keys if key not in own and _may_be_shared(key)]
        return {**own, **await self._shared.get(SHARED, wanted, as_of=as_of)} if wanted else own

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`."""
        return await self._home(organisation).find(organisation, query)

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
        return await self._home(organisation).edges(
            organisation, key, direction=direction, types=types, as_of=as_of, limit=limit, cursor=cursor
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
        return await self._home(organisation).edges_of_many(
            organisation, keys, direction=direction, types=types, as_of=as_of, limit=limit
        )

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        return await self._home(organisation).counts(organisation, sight=sight)

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """See `Tallies.tally`."""
        return await self._home(organisation).tally(organisation, query, fields, moments=moments)

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """See `Tallies.group`."""
        return await self._home(organisation).group(organisation, query, field, conditions)

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        home = self._home(organisation)
        if home is not self._shared and _may_be_shared(key):
            record = (await home.get(organisation, [key])).get(key)
            if record is None or record.organisation == SHARED:
                return await self._shared.versions(SHARED, key, limit=limit, cursor=cursor)
        return await home.versions(organisation, key, limit=limit, cursor=cursor)

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
        return await self._home(organisation).differences(
            organisation, since, until, kinds=kinds, limit=limit, cursor=cursor
        )

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """See `History.series`."""
        return await self._home(organisation).series(organisation, kind, field, span, sight=sight)

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """See `History.changes`; without an organisation, those of all in the shared store."""
        return await self._home(organisation).changes(after, limit, organisation=organisation)

    async def last_sequence(self, organisation: Organisation | None = None) -> int:
        """See `History.last_sequence`."""
        return await self._home(organisation).last_sequence(organisation)

    async def silent(
        self, organisation: Organisation, kind: str, *, before: datetime, limit: int, after: Key | None = None
    ) -> Sequence[Key]:
        """See `History.silent`."""
        return await self._home(organisation).silent(
            organisation, kind, before=before, limit=limit, after=after
        )

    async def organisations(self) -> Sequence[Organisation]:
        """See `History.organisations`; one whose store is away is named: there may be work for it."""
        found = set(await self._shared.organisations())
        for organisation, store in self._dedicated.items():
            try:
                if organisation in await store.organisations():
                    found.add(organisation)
            except UnavailableError:
                found.add(organisation)
        return sorted(found)

    @property
    def max_age_s(self) -> float:
        """See `Freshness.max_age_s`."""
        return min(store.max_age_s for store in (self._shared, *self._dedicated.values()))

    def stamp(self) -> int:
        """See `Freshness.stamp`: each grows, so the sum is another one after each commit."""
        return sum(store.stamp() for store in (self._shared, *self._dedicated.values()))

    async def close(self) -> None:
        """See `EntityStore.close`."""
        for store in (*self._dedicated.values(), self._shared):
            await store.close()


def _may_be_shared(key: Key) -> bool:
    return kind_of(key) == Vulnerability.kind


def _copy(key: Key, original: Stored) -> EntityWrite:
    entity = entity_decoder.decode(original.doc)
    return EntityWrite(
        key=key,
        kind=entity.kind,
        revision=1,
        op=Op.CREATED,
        status=original.status,
        facts=facts_of(entity),
        doc=original.doc,
        common=original.common,
        fields="",
        actor="",
        why="",
        presence=Presence(
            key, original.first_seen_us, original.visited_us, original.origins, original.stamps
        ),
    )
