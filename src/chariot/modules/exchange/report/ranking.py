"""Which risks to fix first: open ones by score, with the reasons of each."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Record
from chariot.modules.exchange.report.data import Listed, OverdueRow, RankedRisk
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Query

OPEN_RISKS = parse_filter("state=triage,open", ("risk",))
"""Risks that nobody has accepted, rejected or remediated."""


async def ranked_risks(reader: EntityReader, organisation: Organisation, limit: int) -> Listed[RankedRisk]:
    """Return the *limit* open risks with the highest scores."""
    query = Query(kinds=("risk",), where=OPEN_RISKS, sort="-score", limit=min(limit, PAGE_LIMIT))
    page = await reader.find(organisation, query)
    ranked = await describe(reader, organisation, page.items)
    return Listed(ranked, None if page.cursor else 0)


async def overdue_risks(
    reader: EntityReader, organisation: Organisation, now: datetime, limit: int
) -> Listed[OverdueRow]:
    """Return the open risks whose due date has passed at *now*, the one that waits longest first."""
    where = parse_filter(f'state=triage,open due_at<="{now.isoformat()}"', ("risk",))
    query = Query(kinds=("risk",), where=where, sort="due_at", limit=min(limit, PAGE_LIMIT))
    page = await reader.find(organisation, query)
    risks = [record.entity for record in page.items if isinstance(record.entity, Risk)]
    targets = await reader.get(organisation, sorted({Key(risk.target) for risk in risks}))
    rows = tuple(
        OverdueRow(
            weakness=risk.weakness,
            target=targets[Key(risk.target)].name if Key(risk.target) in targets else risk.target,
            score=risk.score,
            decision=risk.decision.value if risk.decision else "",
            owner=risk.owner,
            due_at=risk.due_at,
            days_late=(now - risk.due_at).days,
        )
        for risk in risks
        if risk.due_at is not None
    )
    return Listed(rows, None if page.cursor else 0)


async def describe(
    reader: EntityReader, organisation: Organisation, records: Iterable[Record]
) -> tuple[RankedRisk, ...]:
    """Return *records* of risks with the names of their targets and what is known of their weaknesses."""
    risks = [(record, record.entity) for record in records if isinstance(record.entity, Risk)]
    wanted = {Key(risk.target) for _, risk in risks} | {_vulnerability(risk) for _, risk in risks}
    known = await reader.get(organisation, sorted(wanted))
    return tuple(_ranked(record, risk, known) for record, risk in risks)


def _vulnerability(risk: Risk) -> Key:
    return Vulnerability(id=risk.weakness).key


def _ranked(record: Record, risk: Risk, known: Mapping[Key, Record]) -> RankedRisk:
    target = known.get(Key(risk.target))
    about = known.get(_vulnerability(risk))
    weakness = about.entity if about is not None and isinstance(about.entity, Vulnerability) else None
    return RankedRisk(
        key=record.key,
        score=risk.score,
        decision=risk.decision.value if risk.decision else "",
        severity=risk.severity.value if risk.severity else "",
        state=risk.state.value,
        target=target.name if target is not None else risk.target.split("#", 2)[2],
        target_key=risk.target,
        weakness=risk.weakness,
        title=risk.title or (weakness.title if weakness else ""),
        factors=tuple(sorted(risk.factors, key=lambda factor: -abs(factor.points))),
        formula=risk.formula,
        confidence=risk.confidence,
        remediation=risk.remediation,
        evidence=risk.evidence,
        first_seen=record.created,
        last_seen=record.visited,
        known_exploited=bool(weakness and weakness.known_exploited),
        epss=weakness.epss if weakness else None,
        cvss=weakness.cvss_score if weakness else None,
    )
