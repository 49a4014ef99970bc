"""Collects a report from the surface, in bounded reads."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Certificate, Netblock, Port, WebApplication
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.records import Difference, Record
from chariot.model.registry import KINDS, UNLISTED
from chariot.model.relationships import RelationshipType
from chariot.model.states import ON_SURFACE
from chariot.modules.exchange.report.coverage import coverage
from chariot.modules.exchange.report.data import (
    AssetRow,
    CertificateRow,
    ChangeRow,
    Listed,
    ReportData,
    RiskSummary,
)
from chariot.modules.exchange.report.ranking import OPEN_RISKS, overdue_risks, ranked_risks
from chariot.modules.graph.answers import FixPlan
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Page, Query

_ASSET_KINDS = ("webapplication", "port", "domain", "address", "netblock")
_CHANGE_KINDS = tuple(kind for kind in KINDS if kind not in UNLISTED | {"job"})
_SOON = timedelta(days=45)


class Source(EntityReader, Protocol):
    """What a report reads."""

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
        ...


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long the lists of a report may get."""

    top: int = 25
    assets: int = 300
    certificates: int = 100
    changes: int = 100
    counted_risks: int = 50_000
    seeds: int = 50
    overdue: int = 50


class _Tally(msgspec.Struct):
    """Numbers over all open risks, gathered in one walk."""

    summary: RiskSummary
    targets: dict[str, tuple[int, int | None]]
    """By target: how many open risks, and their highest score."""
    formulas: set[str]


async def collect_report(
    source: Source,
    organisation: Organisation,
    *,
    made_at: datetime,
    program: str,
    limits: Limits | None = None,
    plan: FixPlan | None = None,
) -> ReportData:
    """Return everything that a report of *organisation* says, with *plan* where the graph made one."""
    limits = limits or Limits()
    counts = await source.counts(organisation)
    exposure = {
        kind: sum(number for status, number in counts[kind].items() if status in _ON_SURFACE)
        for kind in KINDS
        if kind in counts
    }
    tally = await _tally(source, organisation, limits.counted_risks, exposure.get("risk", 0))
    changes_since = made_at - timedelta(days=1)
    changes = await _changes(source, organisation, changes_since, made_at, limits.changes)
    seeds = await source.find(organisation, Query(kinds=("seed",), limit=limits.seeds))
    return ReportData(
        organisation=organisation,
        made_at=made_at,
        program=program,
        seeds=Listed(tuple(record.name for record in seeds.items), None if seeds.cursor else 0),
        exposure=exposure,
        risks=tally.summary,
        top=await ranked_risks(source, organisation, limits.top),
        assets=await _assets(source, organisation, tally, exposure, limits.assets),
        certificates=await _certificates(source, organisation, made_at, limits.certificates),
        coverage=await coverage(source, organisation),
        changes=changes,
        changes_since=changes_since,
        change_counts=dict(Counter(change.how for change in changes.items)),
        formulas=tuple(sorted(tally.formulas)),
        overdue=await overdue_risks(source, organisation, made_at, limits.overdue),
        plan=plan,
    )


_ON_SURFACE = frozenset(status.value for status in ON_SURFACE)


async def _tally(source: Source, organisation: Organisation, limit: int, known_total: int) -> _Tally:
    severity: Counter[str] = Counter()
    decision: Counter[str] = Counter()
    state: Counter[str] = Counter()
    scores, unscored, counted, overdue = [0] * 10, 0, 0, 0
    targets: dict[str, tuple[int, int | None]] = {}
    formulas: set[str] = set()
    weaknesses: Counter[str] = Counter()
    cursor = ""
    while counted < limit:
        query = Query(
            kinds=("risk",), where=OPEN_RISKS, sort="-score", limit=min(PAGE_LIMIT, limit), cursor=cursor
        )
        page = await source.find(organisation, query)
        for record in page.items:
            risk = record.entity
            assert isinstance(risk, Risk)
            counted += 1
            overdue += risk.overdue
            severity[risk.severity.value if risk.severity else "unrated"] += 1
            decision[risk.decision.value if risk.decision else "undecided"] += 1
            state[risk.state.value] += 1
            weaknesses[risk.weakness] += 1
            if risk.score is None:
                unscored += 1
            else:
                scores[min(risk.score // 10, 9)] += 1
            # Scores come highest first, so the first one of a target is its highest.
            number, highest = targets.get(risk.target, (0, risk.score))
            targets[risk.target] = (number + 1, highest)
            formulas |= {risk.formula} - {""}
        cursor = page.cursor
        if not cursor:
            break
    summary = RiskSummary(
        total=known_total if cursor else counted,
        counted=counted,
        by_severity=dict(severity),
        by_decision=dict(decision),
        by_state=dict(state),
        scores=tuple(scores),
        unscored=unscored,
        known_exploited=await _known_exploited(source, organisation, weaknesses),
        targets=len(targets),
        overdue=overdue,
    )
    return _Tally(summary, targets, formulas)


async def _known_exploited(source: Source, organisation: Organisation, weaknesses: Counter[str]) -> int:
    """Return at how many of the counted risks the weakness is known to be exploited."""
    keys = {Vulnerability(id=weakness).key: number for weakness, number in weaknesses.items()}
    names = sorted(keys)
    found = 0
    for start in range(0, len(names), PAGE_LIMIT):
        records = await source.get(organisation, names[start : start + PAGE_LIMIT])
        for key, record in records.items():
            if isinstance(record.entity, Vulnerability) and record.entity.known_exploited:
                found += keys[key]
    return found


async def _assets(
    source: Source, organisation: Organisation, tally: _Tally, exposure: dict[str, int], limit: int
) -> Listed[AssetRow]:
    """Return the assets, those with the highest risks first."""
    risky = [Key(target) for target in list(tally.targets)[:limit]]
    records = dict(await source.get(organisation, risky))
    for kind in _ASSET_KINDS:
        if len(records) >= limit:
            break
        page = await source.find(organisation, Query(kinds=(kind,), limit=min(limit, PAGE_LIMIT)))
        records.update({record.key: record for record in page.items})
    order = sorted(records.values(), key=lambda record: _asset_order(record, tally))
    shown = [record for record in order if record.kind in _ASSET_KINDS][:limit]
    rows = [await _asset(source, organisation, record, tally) for record in shown]
    total = sum(exposure.get(kind, 0) for kind in _ASSET_KINDS)
    return Listed(tuple(rows), max(0, total - len(rows)))


def _asset_order(record: Record, tally: _Tally) -> tuple[int, int, str]:
    _, highest = tally.targets.get(record.key, (0, None))
    place = _ASSET_KINDS.index(record.kind) if record.kind in _ASSET_KINDS else len(_ASSET_KINDS)
    return (-(highest if highest is not None else -1), place, record.key)


async def _asset(source: Source, organisation: Organisation, record: Record, tally: _Tally) -> AssetRow:
    found = await source.edges(
        organisation, record.key, direction="out", types=(RelationshipType.HAS_TECHNOLOGY,), limit=20
    )
    technologies = await source.get(organisation, [edge.target for edge in found.items])
    number, highest = tally.targets.get(record.key, (0, None))
    return AssetRow(
        kind=record.kind,
        name=record.name,
        status=record.status.value,
        details=_details(record.entity),
        technologies=tuple(sorted(technology.name for technology in technologies.values())),
        risks=number,
        highest=highest,
        first_seen=record.created,
        last_seen=record.visited,
    )


def _details(entity: Entity) -> str:
    match entity:
        case Port(service=service, banner=banner):
            return " · ".join(part for part in (service, (banner or "").strip()[:120]) if part)
        case WebApplication(status_code=code, title=title, server=server):
            return " · ".join(part for part in (str(code) if code else "", title or "", server) if part)
        case Address(holder=holder) | Netblock(holder=holder):
            return holder
        case _:
            return ""


async def _certificates(
    source: Source, organisation: Organisation, now: datetime, limit: int
) -> Listed[CertificateRow]:
    """Return certificates that have ended or end soon, the most urgent first."""
    where = parse_filter(f"not_after<={(now + _SOON).isoformat()}", ("certificate",))
    query = Query(kinds=("certificate",), where=where, sort="not_after", limit=limit)
    page = await source.find(organisation, query)
    rows = [
        await _certificate(source, organisation, record.key, record.entity, now)
        for record in page.items
        if isinstance(record.entity, Certificate)
    ]
    return Listed(tuple(rows), None if page.cursor else 0)


async def _certificate(
    source: Source, organisation: Organisation, key: Key, certificate: Certificate, now: datetime
) -> CertificateRow:
    presenters = await source.edges(
        organisation, key, direction="in", types=(RelationshipType.PRESENTS_CERTIFICATE,), limit=5
    )
    records = await source.get(organisation, [edge.source for edge in presenters.items])
    ends = certificate.not_after or now
    return CertificateRow(
        name=certificate.name,
        names=certificate.names[:10],
        issuer=certificate.issuer,
        not_after=ends,
        days_left=(ends - now).days,
        presented_by=tuple(sorted(record.name for record in records.values())),
    )


async def _changes(
    source: Source, organisation: Organisation, since: datetime, until: datetime, limit: int
) -> Listed[ChangeRow]:
    page = await source.differences(organisation, since, until, kinds=_CHANGE_KINDS, limit=limit)
    rows = []
    for one in page.items:
        how = "appeared" if one.before is None else "left" if one.after is None else "different"
        shown: Sequence[Record | None] = (one.after, one.before)
        name = next((record.name for record in shown if record is not None), one.key)
        rows.append(ChangeRow(how=how, kind=one.kind, name=name, fields=one.fields))
    return Listed(tuple(rows), None if page.cursor else 0)
