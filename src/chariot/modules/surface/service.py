"""The surface service: what comes in is checked item by item, merged, and written in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record
from chariot.model.registry import LIFETIMES
from chariot.modules.surface import decide
from chariot.modules.surface.incoming import check_size, frame_of, read_batch
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.retract import Facts, Retraction, Standing
from chariot.modules.surface.sealing import (
    Ready,
    Seal,
    part_wants_seal,
    sealed,
    sealed_entity,
    sealed_part,
    wants_seal,
)
from chariot.modules.surface.states import (
    Applied,
    Decide,
    EdgeId,
    Refusal,
    Stored,
    StoredEdge,
    Writes,
    instant,
    micros,
    summary,
)
from chariot.modules.surface.telling import Tell, Watched
from chariot.modules.surface.trace import Keep, Touched, Trace, Traced, Tracer

_CLOCK_SKEW = timedelta(minutes=10)
"""How far in the future a sighting may lie: clocks differ, but nobody saw tomorrow."""
_SWEEP_LIMIT = 5_000


_by_key = attrgetter("key")


class _PreviewedError(Exception):
    """Carries what a batch would write out of a transaction that must not happen."""

    def __init__(self, writes: Writes) -> None:
        super().__init__("previewed")
        self._writes = writes

    def applied(self) -> Applied:
        return summary(0, self._writes)


class SurfaceService:
    """Writes observations and decisions of one store; reads are the store's own (`store`)."""

    def __init__(
        self,
        store: EntityStore,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        seal: Seal | None = None,
        ready: Ready | None = None,
        tell: Tell | None = None,
    ) -> None:
        """*seal* makes of a secret what a store may hold; without it, an edit that brings a secret is refused.

        *ready* is awaited before the first thing of an organisation is sealed. *tell* is told of each decision
        that was written.
        """
        self.store = store
        self._now = now
        self._seal = seal
        self._ready = ready
        self._tell = tell

    def over(self, store: EntityStore) -> "SurfaceService":
        """Return the same service over another view of its store."""
        return SurfaceService(store, now=self._now, seal=self._seal, ready=self._ready, tell=self._tell)

    async def observe(self, organisation: Organisation, batch: Observations) -> Applied:
        """Merge one batch; bad items are refused alone and listed in the result.

        Raises:
            InvalidError: the batch as a whole is wrong (too large, seen in the future).
        """
        keys, edges, parts = self._parts([batch])
        parts = await self._sealed_parts(organisation, parts)
        return await self.store.apply(organisation, keys, edges, decide.observe_parts(parts))

    async def conclude(self, organisation: Organisation, batch: Observations) -> Applied:
        """Merge what follows from what is known: it is no sighting, so it moves no `visited` and brings nothing back.

        What is not there is refused, as are bad items.

        Raises:
            InvalidError: see `observe`.
        """
        keys, edges, parts = self._parts([batch])
        concluded = [
            msgspec.structs.replace(part, by=msgspec.structs.replace(part.by, is_conclusion=True))
            for part in await self._sealed_parts(organisation, parts)
        ]
        return await self.store.apply(organisation, keys, edges, decide.observe_parts(concluded))

    async def observe_json(self, organisation: Organisation, data: bytes) -> Applied:
        """Merge one batch from JSON; see `observe`.

        Raises:
            InvalidError: the bytes are not a batch; the text names the place.
        """
        came = read_batch(data)
        self._check(came.seen_at)
        parts = await self._sealed_parts(organisation, [came.part])
        keys = [item.key for item in came.part.seen]
        applied = await self.store.apply(organisation, keys, _edges(parts), decide.observe_parts(parts))
        if not came.refused:
            return applied
        return msgspec.structs.replace(applied, refused=_in_order([*came.refused, *applied.refused]))

    async def trace(
        self,
        organisation: Organisation,
        parts: Sequence[decide.Part],
        *,
        why: str,
        page: Key | None = None,
        keep: Keep | None = None,
    ) -> Traced:
        """Merge what one capability saw in one transaction, and keep in it, as *page*, what it touched.

        Without *keep* it tells what it would touch, and does nothing. Of *parts*, as `decide.prepared` and
        `decide.link` make them, each has its items sorted by key; a refusal's place is the number that they have.

        Raises:
            InvalidError: see `observe`.
            ConflictError: the page is there already.
        """
        check_size(sum(len(part.seen) for part in parts), sum(len(part.links) for part in parts))
        for part in parts:
            self._check(instant(part.by.seen_us))
        parts = await self._sealed_parts(organisation, parts)
        keys, edges = _keys(parts), _edges(parts)
        capability = parts[0].by.capability
        at_us = micros(self._now())
        tracer = Tracer(decide.observe_parts(parts), capability, why, at_us=at_us, page=page, keep=keep)
        return await self._traced(organisation, keys, edges, tracer, page)

    async def trace_edits(
        self,
        organisation: Organisation,
        edits: Sequence[Edit],
        decided_at: datetime,
        *,
        page: Key | None = None,
        keep: Keep | None = None,
    ) -> Traced:
        """Write decisions of one actor that were true at *decided_at*, traced; see `edit` and `trace`."""
        wanted = await self._sealed(organisation, edits)
        keys = sorted({one.target for one in wanted})
        watched = Watched(decide.edit(wanted, micros(decided_at)))
        tracer = Tracer(
            watched, edits[0].actor, edits[0].why, at_us=micros(self._now()), page=page, keep=keep
        )
        traced = await self._traced(organisation, keys, (), tracer, page)
        if page is not None:
            await self._told(organisation, watched)
        return traced

    async def _traced(
        self,
        organisation: Organisation,
        keys: Sequence[Key],
        edges: Sequence[EdgeId],
        tracer: Tracer,
        page: Key | None,
    ) -> Traced:
        if page is None:
            await self._look(organisation, keys, edges, tracer)
        else:
            await self.store.apply(organisation, [*keys, page], edges, tracer)
        return tracer.traced

    async def retract(
        self,
        organisation: Organisation,
        trace: Trace,
        standing: Standing,
        *,
        actor: str,
        why: str,
        done: Edit | None = None,
    ) -> Retraction:
        """Take back what a traced transaction did, and write *done* with it; without *done* only look.

        Raises:
            NotFoundError: *done* names nothing.
        """
        versions = await self._versions(organisation, trace, standing)
        retraction = Retraction(trace, versions, standing, actor=actor, why=why)
        keys = [one.key for one in trace.entities]
        edges = [one.id for one in trace.edges]
        if done is None:
            await self._look(organisation, keys, edges, retraction)
            return retraction
        marked = decide.edit(await self._sealed(organisation, [done]), micros(self._now()))

        def both(stored: Mapping[Key, Stored], links: Mapping[EdgeId, StoredEdge]) -> Writes:
            writes = retraction(stored, links)
            writes.entities += marked(stored, links).entities
            return writes

        watched = Watched(both)
        await self.store.apply(organisation, [*keys, done.target], edges, watched)
        await self._told(organisation, watched)
        return retraction

    async def _versions(
        self, organisation: Organisation, trace: Trace, standing: Standing
    ) -> Mapping[tuple[Key, int], Facts]:
        """Return what was said before and after, where it has to be told apart from what was said since."""
        records = await self.store.get(organisation, [one.key for one in trace.entities])
        found: dict[tuple[Key, int], Facts] = {}
        for one in trace.entities:
            record = records.get(one.key)
            if record is None or not _is_contested(one, record, trace.capability, standing):
                continue
            wanted = {one.revision, one.was.revision if one.was is not None else one.revision}
            cursor = ""
            while wanted:
                page = await self.store.versions(organisation, one.key, cursor=cursor)
                for version in page.items:
                    if version.change.revision in wanted:
                        wanted.discard(version.change.revision)
                        entity = version.entity
                        if self._seal is not None:
                            # A journal holds what it touched as it is stored.
                            entity = sealed_entity(entity, organisation, self._seal)
                        found[one.key, version.change.revision] = Facts(entity, version.status.value)
                cursor = page.cursor
                if not cursor:
                    break
        return found

    async def _sealed(self, organisation: Organisation, edits: Sequence[Edit]) -> list[Edit]:
        """Return *edits* as they may be stored."""
        if self._ready is not None and wants_seal(edits):
            await self._ready(organisation)
        return [sealed(one, organisation, self._seal) for one in edits]

    async def _sealed_parts(
        self, organisation: Organisation, parts: Sequence[decide.Part]
    ) -> Sequence[decide.Part]:
        """Return *parts* as they may be stored."""
        if self._seal is None or not any(map(part_wants_seal, parts)):
            return parts
        if self._ready is not None:
            await self._ready(organisation)
        return [sealed_part(part, organisation, self._seal) for part in parts]

    async def _look(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decision: Decide
    ) -> Applied:
        """Return what *decision* would do, and do nothing."""

        def look(stored: Mapping[Key, Stored], links: Mapping[EdgeId, StoredEdge]) -> Writes:
            # What a decision raises rolls the transaction back and comes through: nothing is written.
            raise _PreviewedError(decision(stored, links))

        try:
            return await self.store.apply(organisation, keys, edges, look)
        except _PreviewedError as previewed:
            return previewed.applied()

    async def preview(self, organisation: Organisation, batch: Observations) -> Applied:
        """Return what `observe` would do, and do nothing."""
        keys, edges, parts = self._parts([batch])
        parts = await self._sealed_parts(organisation, parts)
        return await self._look(organisation, keys, edges, decide.observe_parts(parts))

    def _parts(
        self, batches: Sequence[Observations]
    ) -> tuple[list[Key], list[EdgeId], Sequence[decide.Part]]:
        check_size(
            sum(len(batch.entities) for batch in batches), sum(len(batch.relationships) for batch in batches)
        )
        parts: list[decide.Part] = []
        entities = relationships = 0
        for batch in batches:
            self._check(batch.seen_at)
            seen = [decide.seen(place, entity) for place, entity in enumerate(batch.entities, entities)]
            seen.sort(key=_by_key)
            edges = [decide.link(place, one) for place, one in enumerate(batch.relationships, relationships)]
            parts.append(decide.Part(seen, edges, frame_of(batch)))
            entities += len(batch.entities)
            relationships += len(batch.relationships)
        return _keys(parts), _edges(parts), parts

    def _check(self, seen_at: datetime) -> None:
        if seen_at > self._now() + _CLOCK_SKEW:
            raise InvalidError(f"{seen_at.isoformat()} lies in the future", place="seen_at")

    async def edit(self, organisation: Organisation, edits: Iterable[Edit]) -> Applied:
        """Write decisions: all of *edits* or none. See `decide.edit` for what it raises."""
        wanted = await self._sealed(organisation, list(edits))
        keys = sorted({one.target for one in wanted})
        watched = Watched(decide.edit(wanted, micros(self._now())))
        applied = await self.store.apply(organisation, keys, (), watched)
        await self._told(organisation, watched)
        return applied

    async def _told(self, organisation: Organisation, watched: Watched) -> None:
        if self._tell is not None and watched.decided:
            await self._tell(organisation, watched.decided)

    async def expire(self, organisation: Organisation, *, grace: timedelta = timedelta(days=7)) -> Applied:
        """Let what nobody confirmed turn stale, and what stayed silent for *grace* more leave the surface."""
        now = self._now()
        total = Applied(0, 0, 0, 0, 0, ())
        for kind, lifetime in LIFETIMES.items():
            last: Key | None = None
            # What waits out its grace, or was decided, stays silent: the walk goes on behind it.
            while keys := await self.store.silent(
                organisation, kind, before=now - lifetime, limit=_SWEEP_LIMIT, after=last
            ):
                last = keys[-1]
                done = await self.store.apply(
                    organisation, keys, (), decide.silence(micros(now), grace, keys)
                )
                total = msgspec.structs.replace(
                    total, sequence=done.sequence, changed=total.changed + done.changed
                )
        return total


def _keys(parts: Sequence[decide.Part]) -> list[Key]:
    keys = [item.key for part in parts for item in part.seen]
    if len(parts) > 1:
        keys.sort()
    return keys


def _edges(parts: Iterable[decide.Part]) -> list[EdgeId]:
    return [one.id for part in parts for one in part.links]


def _in_order(refused: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Return refusals in the order of the input: entities first, each by its number."""

    def order(refusal: Refusal) -> tuple[str, int]:
        items, _, place = refusal.place.rstrip("]").partition("[")
        return items, int(place)

    return tuple(sorted(refused, key=order))


def _is_contested(one: Touched, record: Record, capability: str, standing: Standing) -> bool:
    """Tell whether its versions are needed: it was changed, or others stand for what was brought."""
    if one.was is not None:
        return one.was.revision != one.revision
    others = standing.names(",".join(record.origins)) - {capability}
    return bool(others or record.decided or standing.others(one.key))
