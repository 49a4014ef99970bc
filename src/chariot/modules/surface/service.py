"""The surface service: what comes in is checked item by item, merged, and written in one transaction."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any

import msgspec

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.observations import BATCH_LIMIT, Edit, Observations
from chariot.model.registry import LIFETIMES, AnyEntity, entity_encoder
from chariot.model.relationships import Relationship
from chariot.model.states import Source, Surface
from chariot.modules.surface import decide
from chariot.modules.surface.merge import sighting, undecided
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.states import (
    Applied,
    Common,
    Decide,
    EdgeId,
    Refusal,
    Stored,
    StoredEdge,
    Writes,
    micros,
    summary,
)

_CLOCK_SKEW = timedelta(minutes=10)
"""How far in the future a sighting may lie: clocks differ, but nobody saw tomorrow."""
_SWEEP_LIMIT = 5_000


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    """A batch whose items are still bytes, so that a bad one can be refused alone."""

    capability: str
    seen_at: datetime
    entities: list[msgspec.Raw] = []
    relationships: list[msgspec.Raw] = []
    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL
    tags: dict[str, str] = {}


_by_key = attrgetter("key")
_batch_decoder = msgspec.json.Decoder(Observations)
_raw_decoder = msgspec.json.Decoder(_RawBatch)
_entity_decoder = msgspec.json.Decoder(AnyEntity)
_relationship_decoder = msgspec.json.Decoder(Relationship)


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
        self, store: EntityStore, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.store = store
        self._now = now

    async def observe(
        self,
        organisation: Organisation,
        batch: Observations,
        *,
        refused: Sequence[Refusal] = (),
        places: Sequence[Sequence[int]] = (),
    ) -> Applied:
        """Merge one batch; bad items are refused alone and listed in the result.

        *refused* and *places* come from a reader that already refused items and knows where each one stood.

        Raises:
            InvalidError: the batch as a whole is wrong (too large, seen in the future).
        """
        keys, edges, decision = self._decision(batch, places)
        applied = await self.store.apply(organisation, keys, edges, decision)
        if refused:
            applied = msgspec.structs.replace(applied, refused=(*refused, *applied.refused))
        return applied

    async def preview(self, organisation: Organisation, batch: Observations) -> Applied:
        """Return what `observe` would do, and do nothing."""
        keys, edges, decision = self._decision(batch, ())

        def look(stored: Mapping[Key, Stored], links: Mapping[EdgeId, StoredEdge]) -> Writes:
            # What a decision raises rolls the transaction back and comes through: nothing is written.
            raise _PreviewedError(decision(stored, links))

        try:
            return await self.store.apply(organisation, keys, edges, look)
        except _PreviewedError as previewed:
            return previewed.applied()

    def _decision(
        self, batch: Observations, places: Sequence[Sequence[int]]
    ) -> tuple[list[Key], list[EdgeId], Decide]:
        self._check(batch)
        common = Common(source=batch.source, surface=batch.surface, tags=dict(sorted(batch.tags.items())))
        by = sighting(batch.capability, micros(batch.seen_at), common)
        entity_places, edge_places = places or (
            range(len(batch.entities)),
            range(len(batch.relationships)),
        )
        seen = [_seen(place, entity) for place, entity in zip(entity_places, batch.entities, strict=True)]
        # Sorted keys turn random look-ups in the store into one walk along its index.
        seen.sort(key=_by_key)
        relationships = list(zip(edge_places, batch.relationships, strict=True))
        keys = [item.key for item in seen]
        edges = [decide.edge_id(relationship) for _, relationship in relationships]
        return keys, edges, decide.observe(seen, relationships, by)

    async def observe_json(self, organisation: Organisation, data: bytes) -> Applied:
        """Merge one batch from JSON; see `observe`.

        Raises:
            InvalidError: the bytes are not a batch; the text names the place.
        """
        try:
            return await self.observe(organisation, _batch_decoder.decode(data))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass
        # Something in it is wrong. The slower reading finds out what, and keeps all the rest.
        try:
            raw = _raw_decoder.decode(data)
            batch = Observations(
                capability=raw.capability,
                seen_at=raw.seen_at,
                source=raw.source,
                surface=raw.surface,
                tags=raw.tags,
            )
        except RecursionError:
            raise InvalidError("is nested too deeply", place="batch") from None
        except (msgspec.DecodeError, ValueError) as error:
            raise InvalidError(str(error), place="batch") from None
        refused: list[Refusal] = []
        entities = list(_each(raw.entities, "entities", _entity_decoder.decode, refused))
        relationships = list(_each(raw.relationships, "relationships", _relationship_decoder.decode, refused))
        batch = msgspec.structs.replace(
            batch,
            entities=tuple(entity for _, entity in entities),
            relationships=tuple(relationship for _, relationship in relationships),
        )
        places = ([place for place, _ in entities], [place for place, _ in relationships])
        return await self.observe(organisation, batch, refused=refused, places=places)

    def _check(self, batch: Observations) -> None:
        if max(len(batch.entities), len(batch.relationships)) > BATCH_LIMIT:
            raise InvalidError(f"holds more than {BATCH_LIMIT:,} items; send several", place="batch")
        if batch.seen_at > self._now() + _CLOCK_SKEW:
            raise InvalidError(f"{batch.seen_at.isoformat()} lies in the future", place="seen_at")

    async def edit(self, organisation: Organisation, edits: Iterable[Edit]) -> Applied:
        """Write decisions: all of *edits* or none. See `decide.edit` for what it raises."""
        wanted = list(edits)
        keys = sorted({one.target for one in wanted})
        return await self.store.apply(organisation, keys, (), decide.edit(wanted, micros(self._now())))

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


def _seen(place: int, entity: Entity) -> decide.Seen:
    stated = undecided(entity) if entity.decisions else entity
    return decide.Seen(place, stated.key, stated, entity_encoder.encode(stated).decode())


def _each(
    items: list[msgspec.Raw], name: str, decode: Callable[[msgspec.Raw], object], refused: list[Refusal]
) -> Iterable[tuple[int, Any]]:
    for number, raw in enumerate(items):
        try:
            yield number, decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            refused.append(Refusal(f"{name}[{number}]", str(error)))
