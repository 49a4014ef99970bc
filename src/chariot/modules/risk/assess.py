"""Stage `assess`: the score of a risk, again whenever something that it stands on changes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Final

import msgspec

from chariot.errors import UnavailableError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE, RiskState, Source, Status, Surface
from chariot.modules.risk.deadlines import Deadlines
from chariot.modules.risk.facts import inputs_of
from chariot.modules.risk.fanout import fan_out
from chariot.modules.risk.formula import assess, reach_band
from chariot.modules.risk.policy import SETTING_KEYS, Policies, Policy
from chariot.modules.risk.standing import Standing
from chariot.modules.risk.surroundings import Around, Surroundings
from chariot.modules.risk.walk import all_edges
from chariot.modules.surface.query import PAGE_LIMIT, Query
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

_SETTINGS: Final = frozenset(SETTING_KEYS.values())
_PARTS: Final = (RelationshipType.HAS_PORT, RelationshipType.SERVES, RelationshipType.NAMES)
"""What leads from an asset to what belongs to it, and inherits its criticality."""


class Assessor:
    """Keeps scores as the formula has them. Doing it again changes nothing."""

    def __init__(
        self,
        surface: SurfaceService,
        policies: Policies | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._around = Surroundings(surface.store)
        self._policies = policies or Policies(surface.store)
        self._deadlines = Deadlines(surface, self._policies, now=now)
        self._now = now

    async def assess(
        self,
        organisation: Organisation,
        keys: Sequence[Key],
        standings: Mapping[Key, Standing] | None = None,
    ) -> None:
        """Score the risks with *keys*; a risk whose target left the surface leaves it too.

        *standings* are new measurements by target; without them the last one holds, which the risk itself keeps.
        """
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
        policy = await self._policies.of(organisation)
        for (record, risk), stands_on in zip(live, around, strict=True):
            if stands_on.target is None or stands_on.target.status not in ON_SURFACE:
                why = "what it was found at left the surface"
                left.append(Edit(actor=ASSESSOR, why=why, key=record.key, status=Status.GONE))
                continue
            standing = (standings or {}).get(stands_on.target.key)
            scored = _scored(risk, stands_on, stands_on.target, policy, standing)
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
            await self._surface.conclude(organisation, batch)
        if left:
            await self._surface.edit(organisation, left)
        await self._deadlines.keep(organisation, keys)


def _counts(status: Status, risk: Risk) -> bool:
    """Tell whether a score is kept: of what is mended nobody asks for one."""
    return status in ON_SURFACE and risk.state is not RiskState.REMEDIATED


def _scored(risk: Risk, around: Around, target: Record, policy: Policy, standing: Standing | None) -> Risk:
    if standing is not None:
        # The band is stored, not the count: the count moves with every asset that comes or goes behind it.
        risk = msgspec.structs.replace(
            risk,
            reachable=reach_band(standing.reachable),
            leads_to_critical=standing.leads_to_critical,
        )
    inputs = inputs_of(
        risk, target, around.vulnerability, around.beside, policy.criticality, holder=around.holder
    )
    result = assess(inputs, policy.weights)
    return Risk(
        target=risk.target,
        weakness=risk.weakness,
        score=result.score,
        decision=result.decision,
        factors=result.factors,
        formula=result.formula,
        reachable=risk.reachable,
        leads_to_critical=risk.leads_to_critical,
    )


def _differs(scored: Risk, stored: Risk) -> bool:
    names = ("score", "decision", "factors", "formula", "reachable", "leads_to_critical")
    return any(getattr(scored, name) != getattr(stored, name) for name in names)


class AssessStage:
    """See `Stage`. A notice names a risk, a vulnerability, an asset with risks or files, or a setting of ours."""

    queue = ASSESS
    at_once = RISKS_AT_ONCE

    def __init__(self, surface: SurfaceService, assessor: Assessor, bus: Publisher) -> None:
        self._store = surface.store
        self._assessor = assessor
        self._bus = bus

    async def handle_all(self, messages: Sequence[Message]) -> None:
        """See `GatheringStage.handle_all`: risks are scored together."""
        risks: dict[Organisation, list[Key]] = {}
        for message in messages:
            notice = notice_of(message)
            if notice.kind == Risk.kind:
                risks.setdefault(message.organisation, []).append(notice.key)
            else:
                await self.handle(message)
        for organisation, keys in risks.items():
            await self._assessor.assess(organisation, keys)

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
            await self._everywhere(organisations, notice.key, message.id)
        elif notice.relationship is RelationshipType.HAS_FILE and notice.target is not None:
            # What has a file says how exposed it is.
            await self._asset(message.organisation, notice.target, message.id)
        elif notice.kind == Setting.kind:
            if notice.key in _SETTINGS:
                await self._all(message.organisation, message.id)
        else:
            await self._asset(message.organisation, notice.key, message.id)

    async def _all(self, organisation: Organisation, cause: str) -> None:
        """Ask for every risk: what the organisation decided about scores or due dates is another thing now."""
        cursor = ""
        while True:
            page = await self._store.find(
                organisation, Query(kinds=(Risk.kind,), limit=PAGE_LIMIT, cursor=cursor)
            )
            await fan_out(self._bus, ASSESS, cause, organisation, [record.key for record in page.items])
            cursor = page.cursor
            if not cursor:
                return

    async def _everywhere(self, organisations: Sequence[Organisation], key: Key, cause: str) -> None:
        """Assess the risks of a vulnerability in each of *organisations*.

        Raises:
            UnavailableError: the database of one is away; the others are done.
        """
        away: UnavailableError | None = None
        for organisation in organisations:
            if organisation != SHARED:
                try:
                    await self._vulnerability(organisation, key, cause)
                except UnavailableError as error:
                    away = error
        if away is not None:
            raise away

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
