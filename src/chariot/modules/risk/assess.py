"""Stage `assess`: the score of a risk, again whenever something that it stands on changes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Final

import msgspec

from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE, RiskState, Source, Status, Surface
from chariot.modules.risk.facts import inputs_of, parents
from chariot.modules.risk.fanout import fan_out
from chariot.modules.risk.formula import assess
from chariot.modules.risk.walk import all_edges
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Publisher
from chariot.modules.work.queues import ASSESS
from chariot.modules.work.relay import notice_of

ASSESSOR: Final = "assessor"
RISKS_AT_ONCE: Final = 200
"""So many risks are scored together."""
PAGES_IN_PLACE: Final = 20
"""A vulnerability at more targets than these pages hold is shared out: each further risk becomes a message."""

_PARTS: Final = (RelationshipType.HAS_PORT, RelationshipType.SERVES, RelationshipType.NAMES)
"""What leads from an asset to what belongs to it, and inherits its criticality."""


class Around(msgspec.Struct, frozen=True):
    """What a risk stands on."""

    target: Record | None
    vulnerability: Vulnerability | None
    parents: Mapping[Key, Record]


class Surroundings:
    """Reads what risks stand on, for many at once."""

    def __init__(self, store: EntityReader) -> None:
        self._store = store

    async def of(self, organisation: Organisation, risks: Sequence[Risk]) -> Sequence[Around]:
        """Return what each of *risks* stands on, in their order."""
        weaknesses = {risk.weakness: Vulnerability(id=risk.weakness).key for risk in risks}
        wanted = dict.fromkeys([*weaknesses.values(), *(Key(risk.target) for risk in risks)])
        found = dict(await self._store.get(organisation, list(wanted)))
        above = [key for record in found.values() for key in parents(record.entity) if key not in found]
        if above:
            found |= await self._store.get(organisation, list(dict.fromkeys(above)))
        around = []
        for risk in risks:
            known = found.get(weaknesses[risk.weakness])
            vulnerability = known.entity if known is not None else None
            around.append(
                Around(
                    found.get(Key(risk.target)),
                    vulnerability if isinstance(vulnerability, Vulnerability) else None,
                    found,
                )
            )
        return around


class Assessor:
    """Keeps scores as the formula has them. Doing it again changes nothing."""

    def __init__(
        self, surface: SurfaceService, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._surface = surface
        self._around = Surroundings(surface.store)
        self._now = now

    async def assess(self, organisation: Organisation, keys: Sequence[Key]) -> None:
        """Score the risks with *keys*; a risk whose target left the surface leaves it too."""
        # Read first: whatever a person decides after this moment is newer than what is written below.
        seen_at = self._now()
        records = await self._surface.store.get(organisation, keys)
        live = [
            (record, risk)
            for record in (records[key] for key in keys if key in records)
            if isinstance(risk := record.entity, Risk) and _counts(record.status, risk)
        ]
        batches: dict[tuple[Source, Surface], list[Risk]] = {}
        left: list[Edit] = []
        around = await self._around.of(organisation, [risk for _, risk in live])
        for (record, risk), stands_on in zip(live, around, strict=True):
            if stands_on.target is None or stands_on.target.status not in ON_SURFACE:
                why = "what it was found at left the surface"
                left.append(Edit(actor=ASSESSOR, why=why, key=record.key, status=Status.GONE))
                continue
            scored = _scored(risk, stands_on, stands_on.target)
            if _differs(scored, risk):
                batches.setdefault((record.source, record.surface), []).append(scored)
        for (source, surface), entities in batches.items():
            batch = Observations(
                capability=ASSESSOR,
                seen_at=seen_at,
                source=source,
                surface=surface,
                entities=tuple(entities),
            )
            await self._surface.observe(organisation, batch)
        if left:
            await self._surface.edit(organisation, left)


def _counts(status: Status, risk: Risk) -> bool:
    """Tell whether a score is kept; a sighting would open again what is remediated."""
    return status in ON_SURFACE and risk.state is not RiskState.REMEDIATED


def _scored(risk: Risk, around: Around, target: Record) -> Risk:
    result = assess(inputs_of(risk, target, around.vulnerability, around.parents))
    return Risk(
        target=risk.target,
        weakness=risk.weakness,
        score=result.score,
        decision=result.decision,
        factors=result.factors,
        formula=result.formula,
    )


def _differs(scored: Risk, stored: Risk) -> bool:
    return any(
        getattr(scored, name) != getattr(stored, name) for name in ("score", "decision", "factors", "formula")
    )


class AssessStage:
    """See `Stage`. A notice names a risk, a vulnerability, or an asset that risks stand at."""

    queue = ASSESS

    def __init__(self, surface: SurfaceService, assessor: Assessor, bus: Publisher) -> None:
        self._store = surface.store
        self._assessor = assessor
        self._bus = bus

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`."""
        notice = notice_of(message)
        if notice.kind == Risk.kind:
            await self._assessor.assess(message.organisation, [notice.key])
        elif notice.kind == Vulnerability.kind:
            organisations = (
                await self._store.organisations()
                if message.organisation == SHARED
                else (message.organisation,)
            )
            for organisation in organisations:
                if organisation != SHARED:
                    await self._vulnerability(organisation, notice.key, message.id)
        else:
            await self._asset(message.organisation, notice.key, message.id)

    async def _vulnerability(self, organisation: Organisation, key: Key, cause: str) -> None:
        cursor = ""
        for page_number in count():
            page = await self._store.edges(
                organisation,
                key,
                direction="in",
                types=(RelationshipType.INSTANCE_OF,),
                limit=RISKS_AT_ONCE,
                cursor=cursor,
            )
            risks = [edge.source for edge in page.items]
            if page_number < PAGES_IN_PLACE:
                await self._assessor.assess(organisation, risks)
            else:
                await fan_out(self._bus, ASSESS, cause, organisation, risks)
            cursor = page.cursor
            if not cursor:
                return

    async def _asset(self, organisation: Organisation, key: Key, cause: str) -> None:
        """Assess the risks of an asset and of what inherits from it: ports and web applications."""
        assets = dict.fromkeys([key])
        for edge in await all_edges(self._store, organisation, key, direction="out", types=_PARTS):
            assets[edge.target] = None
        for asset in assets:
            edges = await all_edges(
                self._store, organisation, asset, direction="out", types=(RelationshipType.HAS_RISK,)
            )
            risks = [edge.target for edge in edges]
            if len(risks) <= RISKS_AT_ONCE:
                await self._assessor.assess(organisation, risks)
            else:
                await fan_out(self._bus, ASSESS, cause, organisation, risks)
