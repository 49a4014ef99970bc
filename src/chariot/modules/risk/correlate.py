"""Stage `correlate`: from what runs at a target to what is wrong there."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
import structlog

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key, Organisation, label_of
from chariot.model.kinds.weakness import Risk, Technology, Vulnerability
from chariot.model.kinds.work import Attribute
from chariot.model.observations import Edit, Observations
from chariot.model.records import Edge, Record
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import ON_SURFACE, RiskState, Status
from chariot.modules.intel.answers import Match, State
from chariot.modules.intel.packages import matches_of
from chariot.modules.intel.service import Intelligence
from chariot.modules.risk.fanout import fan_out
from chariot.modules.risk.finding import (
    CANNOT_TELL,
    PACKAGE,
    Affected,
    Installed,
    InstalledPackage,
    Present,
    Product,
    matched_products,
    open_questions,
    present_now,
    read_present,
    risk_at,
)
from chariot.modules.risk.knowledge import vulnerability_of
from chariot.modules.risk.life import UNRESOLVED, settled
from chariot.modules.risk.walk import all_edges
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Publisher
from chariot.modules.work.queues import CORRELATE
from chariot.modules.work.relay import notice_of

CORRELATOR: Final = "correlator"
TARGETS_AT_ONCE: Final = 50
"""A technology at more targets is shared out: each target becomes a message."""

COVERED_KEPT: Final = 4_096
"""Targets whose last look is remembered."""

_log = structlog.get_logger(__name__)


class Findings(msgspec.Struct, frozen=True):
    """What intelligence says of everything at one target."""

    affected: Mapping[str, tuple[Affected, ...]]
    """By CVE."""
    unknown: tuple[tuple[Present, Match], ...]
    runs: Mapping[Product, Present]
    """What runs there now in a known version, by product."""

    def clears(self, risk: Risk) -> Present | None:
        """Return what runs there now in place of what *risk* was found in, when it is free of it."""
        if risk.weakness in self.affected or any(risk.weakness == match.cve for _, match in self.unknown):
            return None
        return next((self.runs[found] for found in matched_products(risk) if found in self.runs), None)


class Correlator:
    """Keeps the risks and open questions of targets as intelligence has them. Doing it again changes nothing."""

    def __init__(
        self,
        surface: SurfaceService,
        intelligence: Intelligence,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._store = surface.store
        self._intelligence = intelligence
        self._now = now

    async def correlate(self, organisation: Organisation, target: Key) -> None:
        """Write what is wrong at *target* by all technologies and packages that are there now."""
        # Read first: whatever a person decides after this moment is newer than what is written below.
        seen_at = self._now()
        record = (await self._store.get(organisation, [target])).get(target)
        if record is None or record.status not in ON_SURFACE:
            return
        present = await self._present(organisation, target)
        if not present:
            return
        findings = await self._findings(present)
        known = await self._know(findings.affected, seen_at)
        kept = await self._standing(organisation, target, findings)
        risks = {
            cve: risk_at(target, affected, known[cve])
            for cve, affected in findings.affected.items()
            if cve in kept
        }
        questions = tuple(open_questions(target, findings.unknown))
        if risks or questions:
            batch = Observations(
                capability=CORRELATOR,
                seen_at=seen_at,
                source=record.source,
                surface=record.surface,
                entities=(*risks.values(), *questions),
                relationships=tuple(_links(target, risks, questions, findings)),
            )
            applied = await self._surface.observe(organisation, batch)
            for refusal in applied.refused:
                _log.warning("finding_refused", place=refusal.place)
        await self._settle(organisation, target, findings, {question.key for question in questions})

    async def _present(self, organisation: Organisation, target: Key) -> tuple[Present, ...]:
        """Return the technologies and the packages at *target*."""
        types = (RelationshipType.HAS_TECHNOLOGY, RelationshipType.HAS_ATTRIBUTE)
        edges = [
            edge
            for edge in await all_edges(self._store, organisation, target, direction="out", types=types)
            if edge.type is RelationshipType.HAS_TECHNOLOGY or label_of(edge.target) == PACKAGE
        ]
        records = await self._store.get(organisation, [edge.target for edge in edges])
        found = (
            _read(edge, record.entity)
            for edge in edges
            if (record := records.get(edge.target)) is not None and record.status in ON_SURFACE
        )
        return present_now(one for one in found if one is not None)

    async def _findings(self, present: Sequence[Present]) -> Findings:
        affected: dict[str, list[Affected]] = {}
        unknown: list[tuple[Present, Match]] = []
        for one, matches in await self._matches(present):
            for match in matches:
                if match.state is State.AFFECTED:
                    affected.setdefault(match.cve, []).append(Affected(one, match))
                elif match.state is State.CANNOT_TELL:
                    unknown.append((one, match))
        return Findings(
            affected={cve: tuple(found) for cve, found in affected.items()},
            unknown=tuple((one, match) for one, match in unknown if match.cve not in affected),
            runs={one.product: one for one in present if one.versioned},
        )

    async def _matches(self, present: Sequence[Present]) -> list[tuple[Present, Sequence[Match]]]:
        names = [one.technology.cpe for one in present if isinstance(one, Installed)]
        # Some weaknesses need two products together; alone there is nothing beside.
        by_name = await self._intelligence.match(names, beside=names if len(names) > 1 else ())
        purls = [one.purl for one in present if isinstance(one, InstalledPackage)]
        by_purl = await self._intelligence.match_packages(purls) if purls else {}
        return [
            (one, by_name[one.technology.cpe])
            if isinstance(one, Installed)
            else (one, [m for answer in by_purl[one.purl] for m in matches_of(one.package.key, answer)])
            for one in present
        ]

    async def _know(self, cves: Iterable[str], seen_at: datetime) -> Mapping[str, Vulnerability]:
        known = await self._intelligence.lookup(list(cves))
        found = {cve: vulnerability_of(knowledge) for cve, knowledge in known.items()}
        stored = await self._store.get(SHARED, [one.key for one in found.values()])
        news = tuple(
            one for one in found.values() if (held := stored.get(one.key)) is None or held.entity != one
        )
        # Most of what a target shows was met at another one before, and need not be written again.
        if news:
            await self._surface.observe(
                SHARED, Observations(capability=CORRELATOR, seen_at=seen_at, entities=news)
            )
        return found

    async def _standing(self, organisation: Organisation, target: Key, findings: Findings) -> frozenset[str]:
        """Return the CVEs to write: not those remediated since their technology was last seen."""
        keys = {cve: Risk(target=target, weakness=cve).key for cve in findings.affected}
        records = await self._store.get(organisation, list(keys.values()))
        return frozenset(
            cve
            for cve, key in keys.items()
            if (record := records.get(key)) is None or not _mended(record, findings.affected[cve])
        )

    async def _settle(
        self, organisation: Organisation, target: Key, findings: Findings, questions: set[Key]
    ) -> None:
        """Close what intelligence no longer says of *target*: by a newer look, never by silence."""
        types = (RelationshipType.HAS_RISK, RelationshipType.HAS_ATTRIBUTE)
        edges = await all_edges(self._store, organisation, target, direction="out", types=types)
        records = await self._store.get(organisation, [edge.target for edge in edges])
        edits = [
            edit
            for record in records.values()
            if CORRELATOR in record.origins and record.status in ON_SURFACE
            if (edit := _settled(record, findings, questions)) is not None
        ]
        if edits:
            await self._surface.edit(organisation, edits)


def _read(edge: Edge, entity: Entity) -> Present | None:
    """Return what *entity* is at the target; None where matching has nothing to go by."""
    if not isinstance(entity, Technology | Attribute):
        return None
    try:
        return read_present(edge, entity)
    except InvalidError as error:
        # What somebody lists as a package may have no package URL: only a technology should be readable.
        if isinstance(entity, Technology):
            _log.warning("unreadable_cpe", key=entity.key, reason=str(error))
        return None


def _mended(record: Record, affected: Sequence[Affected]) -> bool:
    risk = record.entity
    last_seen = max(one.installed.edge.last_seen for one in affected)
    remediated = isinstance(risk, Risk) and risk.state is RiskState.REMEDIATED
    return remediated and last_seen <= record.updated


def _settled(record: Record, findings: Findings, questions: set[Key]) -> Edit | None:
    match record.entity:
        case Risk() as risk if _is_unverified(risk) and (free := findings.clears(risk)) is not None:
            why = f"{free.name}, which runs there now, is not affected"
            by = ", ".join(free.edge.origins)
            verified = settled(
                RiskState.REMEDIATED, f"{why}; seen {free.edge.last_seen:%Y-%m-%d %H:%M} by {by}"
            )
            state = {} if risk.state is RiskState.REMEDIATED else {"state": RiskState.REMEDIATED.value}
            return Edit(
                actor=CORRELATOR,
                why=why,
                key=record.key,
                fields={**state, **verified},
                if_revision=record.revision,
            )
        case Attribute(label=label) if label == CANNOT_TELL and record.key not in questions:
            why = "it can be told now, or the question is another"
            return Edit(actor=CORRELATOR, why=why, key=record.key, status=Status.GONE)
        case _:
            return None


def _is_unverified(risk: Risk) -> bool:
    """Tell whether a look that does not find *risk* says something new."""
    return risk.state in UNRESOLVED or (risk.state is RiskState.REMEDIATED and not risk.verified)


def _links(
    target: Key, risks: Mapping[str, Entity], questions: Iterable[Entity], findings: Findings
) -> Iterable[Relationship]:
    for cve, risk in risks.items():
        vulnerability = Vulnerability(id=cve).key
        yield Relationship(RelationshipType.HAS_RISK, target, risk.key)
        yield Relationship(RelationshipType.INSTANCE_OF, risk.key, vulnerability)
        for one in findings.affected[cve]:
            if isinstance(one.installed, Installed):
                technology = one.installed.technology.key
                yield Relationship(RelationshipType.HAS_VULNERABILITY, technology, vulnerability)
    for question in questions:
        yield Relationship(RelationshipType.HAS_ATTRIBUTE, target, question.key)


class CorrelateStage:
    """See `Stage`. A notice names a target, a technology, or the link between the two."""

    queue = CORRELATE

    def __init__(self, surface: SurfaceService, correlator: Correlator, bus: Publisher) -> None:
        self._store = surface.store
        self._correlator = correlator
        self._bus = bus
        self._covered: OrderedDict[tuple[Organisation, Key], int] = OrderedDict()
        """The newest change that the last look at a target took in."""

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`."""
        notice = notice_of(message)
        if notice.kind == Technology.kind:
            await self.technology(message.organisation, notice.key, message.id)
            return
        place = message.organisation, notice.key
        # A bill of materials links thousands of packages to one target: one look takes in all links so far.
        if 0 < notice.sequence <= self._covered.get(place, 0):
            return
        newest = await self._store.last_sequence(message.organisation)
        await self._correlator.correlate(*place)
        self._covered[place] = newest
        self._covered.move_to_end(place)
        while len(self._covered) > COVERED_KEPT:
            self._covered.popitem(last=False)

    async def technology(self, organisation: Organisation, key: Key, cause: str) -> None:
        """Correlate every target of one technology; many of them become messages of their own."""
        cursor = ""
        first = True
        while first or cursor:
            page = await self._store.edges(
                organisation,
                key,
                direction="in",
                types=(RelationshipType.HAS_TECHNOLOGY,),
                limit=TARGETS_AT_ONCE,
                cursor=cursor,
            )
            targets = [edge.source for edge in page.items]
            cursor = page.cursor
            if first and not cursor:
                for target in targets:
                    await self._correlator.correlate(organisation, target)
            else:
                await fan_out(self._bus, CORRELATE, cause, organisation, targets)
            first = False
