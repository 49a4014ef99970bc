"""What was concluded from what an import brought: when that leaves, the conclusion has nothing to stand on."""

from collections.abc import Collection, Iterator
from typing import Final

from chariot.errors import ConflictError
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key, Organisation, label_of
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.model.observations import Edit
from chariot.model.records import Edge, Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE, RiskState, Status
from chariot.modules.risk.assess import ASSESSOR
from chariot.modules.risk.correlate import CORRELATOR
from chariot.modules.risk.finding import CANNOT_TELL, MATCHED, PACKAGE
from chariot.modules.risk.walk import all_edges
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.trace import Trace

_CONCLUDE: Final = frozenset({CORRELATOR, ASSESSOR})
"""They tell only of what others saw."""
_TRIES: Final = 3
_TYPES: Final = (
    RelationshipType.HAS_TECHNOLOGY,
    RelationshipType.HAS_ATTRIBUTE,
    RelationshipType.HAS_RISK,
)


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
        targets = dict.fromkeys(edge.source for edge in trace.edges if edge.was is None and _runs(edge.id))
        return [key for target in targets for key in await self._leave(target, actor, why)]

    async def _leave(self, target: Key, actor: str, why: str) -> list[Key]:
        for attempt in range(1, _TRIES + 1):
            groundless = await self._groundless(target)
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

    async def _groundless(self, target: Key) -> list[Record]:
        edges = await all_edges(self._store, self._organisation, target, direction="out", types=_TYPES)
        if not any(_is_conclusion(edge) for edge in edges):
            return []
        records = await self._store.get(self._organisation, [edge.target for edge in edges])
        there = [one for one in records.values() if one.status in ON_SURFACE]
        ground = {one.key for one in there if _is_ground(one.key)}
        return [one for one in there if _is_undecided(one) and not _stands(one, ground)]


def _runs(edge: tuple[Key, str, Key]) -> bool:
    _, kind, target = edge
    return kind == RelationshipType.HAS_TECHNOLOGY.value or (
        kind == RelationshipType.HAS_ATTRIBUTE.value and label_of(target) == PACKAGE
    )


def _is_ground(key: Key) -> bool:
    return key.startswith("#technology#") or (key.startswith("#attribute#") and label_of(key) == PACKAGE)


def _is_conclusion(edge: Edge) -> bool:
    return edge.type is RelationshipType.HAS_RISK or label_of(edge.target) == CANNOT_TELL


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
