"""What was concluded from what an import brought: when that leaves, the conclusion has nothing to stand on."""

from collections.abc import AsyncIterator, Collection, Iterator
from typing import Final

import msgspec

from chariot.errors import ConflictError
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key, Organisation, label_of
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.model.observations import Edit
from chariot.model.records import Op, Record
from chariot.model.registry import entity_decoder
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE, RiskState, Status
from chariot.modules.exchange.keyset import KeySet
from chariot.modules.risk.assess import ASSESSOR
from chariot.modules.risk.correlate import CORRELATOR
from chariot.modules.risk.finding import CANNOT_TELL, MATCHED, PACKAGE
from chariot.modules.risk.walk import all_edges
from chariot.modules.surface.retract import Retraction
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.states import EdgeId
from chariot.modules.surface.trace import Trace

_CONCLUDE: Final = frozenset({CORRELATOR, ASSESSOR})
"""They tell only of what others saw."""
_TRIES: Final = 3
_TYPES: Final = (
    RelationshipType.HAS_TECHNOLOGY,
    RelationshipType.HAS_ATTRIBUTE,
    RelationshipType.HAS_RISK,
)


class Foreseen(msgspec.Struct):
    """What a store would hold after an import was taken back, as its pages are looked at from the last."""

    gone: KeySet
    """Entities and relationships that would have left."""
    rest: dict[Key, tuple[str, str]] = {}
    """What was concluded and was in the import too: who would stand for it, joined by commas, and its facts where
    they would be other ones."""
    targets: dict[Key, None] = {}
    """What the import said something runs at."""

    def add(self, trace: Trace, retraction: Retraction) -> None:
        """Add what taking *trace* back would do."""
        writes = retraction.writes
        for place in (*retraction.left, *(one.id for one in writes.edges if one.op is Op.UNLINKED)):
            self.gone.add(place)
        kept = [(one.key, one.origins, "") for one in writes.presences]
        kept += [(one.key, one.presence.origins, one.doc) for one in writes.entities]
        self.rest.update((key, (names, doc)) for key, names, doc in kept if CORRELATOR in names.split(","))
        self.targets.update(dict.fromkeys(_targets(trace)))

    def keeps(self, place: Key | EdgeId) -> bool:
        """Tell whether *place*, which is there, would still be."""
        return place not in self.gone

    def after(self, record: Record) -> Record:
        """Return *record* as it would be."""
        if record.key not in self.rest:
            return record
        names, doc = self.rest[record.key]
        entity = entity_decoder.decode(doc) if doc else record.entity
        return msgspec.structs.replace(record, origins=tuple(names.split(",")), entity=entity)


class Concluded:
    """Lets go of conclusions of one organisation that lost their ground."""

    def __init__(self, surface: SurfaceService, organisation: Organisation) -> None:
        self._surface = surface
        self._store = surface.store
        self._organisation = organisation

    async def leave(self, trace: Trace, *, actor: str, why: str) -> list[Key]:
        """Let those go that stood on technologies and packages which *trace* brought; return their keys.

        It is called when the trace was taken back. What somebody saw, or a person decided about, stays.
        """
        targets = dict.fromkeys(_targets(trace))
        return [key for target in targets for key in await self._leave(target, actor, why)]

    async def would_leave(self, foreseen: Foreseen) -> AsyncIterator[Key]:
        """Yield the keys of those that `leave` would let go if all were as *foreseen*."""
        for target in foreseen.targets:
            for one in await self._groundless(target, foreseen):
                yield one.key

    async def _leave(self, target: Key, actor: str, why: str) -> list[Key]:
        for attempt in range(1, _TRIES + 1):
            groundless = await self._groundless(target, Foreseen(KeySet()))
            if not groundless:
                break
            edits = [
                Edit(actor=actor, why=why, key=one.key, status=Status.GONE, if_revision=one.revision)
                for one in groundless
            ]
            try:
                await self._surface.edit(self._organisation, edits)
            except ConflictError:
                # Somebody scored or decided one of them between our look and our write.
                if attempt == _TRIES:
                    raise
            else:
                return [one.key for one in groundless]
        return []

    async def _groundless(self, target: Key, foreseen: Foreseen) -> list[Record]:
        """Return the conclusions at *target* that nothing supports where what is *foreseen* is gone."""
        edges = await all_edges(self._store, self._organisation, target, direction="out", types=_TYPES)
        ends = [edge.target for edge in edges if foreseen.keeps((edge.source, edge.type.value, edge.target))]
        if not any(map(_is_conclusion, ends)):
            return []
        records = await self._store.get(self._organisation, ends)
        there = [
            foreseen.after(one)
            for one in records.values()
            if one.status in ON_SURFACE and foreseen.keeps(one.key)
        ]
        ground = {one.key for one in there if _is_ground(one.key)}
        return [one for one in there if _is_undecided(one) and not _stands(one, ground)]


def _targets(trace: Trace) -> Iterator[Key]:
    return (edge.source for edge in trace.edges if edge.was is None and _runs(edge.id))


def _runs(edge: tuple[Key, str, Key]) -> bool:
    _, kind, target = edge
    return kind == RelationshipType.HAS_TECHNOLOGY.value or (
        kind == RelationshipType.HAS_ATTRIBUTE.value and label_of(target) == PACKAGE
    )


def _is_ground(key: Key) -> bool:
    return key.startswith("#technology#") or (key.startswith("#attribute#") and label_of(key) == PACKAGE)


def _is_conclusion(key: Key) -> bool:
    return key.startswith("#risk#") or label_of(key) == CANNOT_TELL


def _is_undecided(record: Record) -> bool:
    """Tell whether *record* is a conclusion that nobody else saw and no person took up."""
    if CORRELATOR not in record.origins or not _CONCLUDE.issuperset(record.origins):
        return False
    one = record.entity
    if isinstance(one, Attribute):
        return one.label == CANNOT_TELL
    return isinstance(one, Risk) and one.state is RiskState.TRIAGE and not one.owner


def _stands(record: Record, ground: Collection[Key]) -> bool:
    """Tell whether any of *ground* is what *record* was concluded from, as far as it says so."""
    if not ground or not isinstance(record.entity, Risk):
        # While anything runs there, the next look at it settles which questions are open.
        return bool(ground)
    named = set(_ground_of(record.entity))
    return not named or not named.isdisjoint(ground)


def _ground_of(risk: Risk) -> Iterator[Key]:
    for one in risk.evidence:
        if isinstance(one, KeyValues) and one.title == MATCHED:
            try:
                if purl := one.values.get("purl"):
                    yield Attribute(owner=risk.target, label=PACKAGE, value=purl).key
                elif cpe := one.values.get("cpe"):
                    yield Technology(cpe=cpe).key
            except ValueError:
                # Evidence may come from an importer too, and need not hold a name that can be read.
                continue
