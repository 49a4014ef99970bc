"""What the platform achieved since this process started, counted from the change log when somebody asks."""

from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge

from chariot.model.keys import Organisation
from chariot.model.kinds.work import Scan
from chariot.model.records import Change, Op
from chariot.model.registry import GROUPS
from chariot.model.states import RiskState
from chariot.modules.surface.ports import EntityStore, Span
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Query

_PAGE = 1_000
_PAGES = 50
"""The most of the log that one request for metrics reads; the next one goes on behind it."""
_RISKS_EVERY = timedelta(minutes=1)
"""So often the risks are counted anew; the numbers stand still in between."""
_OVERDUE_PAGES = 50
_UNRESOLVED = (RiskState.OPEN.value, RiskState.TRIAGE.value)
_ASSETS = frozenset(GROUPS["assets"])
_ALERT = "#job#alert."


class Business:
    """Counts of what people pay for: assets, risks, assessments, looks at targets, alerts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._assets = Counter(
            "chariot_assets_discovered", "Assets that appeared", ("kind",), registry=registry
        )
        self._risks = Counter("chariot_risks_found", "Risks that appeared", registry=registry)
        self._assessments = Counter("chariot_assessments", "Scores that changed", registry=registry)
        self._scans = Counter("chariot_scans", "Scans that were ordered", registry=registry)
        self._jobs = Counter("chariot_jobs", "Capabilities' answers that changed", registry=registry)
        self._alerts = Counter("chariot_alerts", "Alerts delivered or refused", registry=registry)
        self._left = Counter("chariot_entities_left", "Entities that left the surface", registry=registry)
        self._by_fact = {
            name: Gauge(
                f"chariot_risks_by_{name}", f"Risks on the surface, by {name}", (name,), registry=registry
            )
            for name in ("decision", "severity", "state")
        }
        self._overdue = Gauge(
            "chariot_risks_overdue", "Unresolved risks past their due date", registry=registry
        )
        self._reached: dict[Organisation, int] = {}
        self._counted: tuple[Organisation, datetime] | None = None

    async def count_risks(self, organisation: Organisation, store: EntityStore, now: datetime) -> None:
        """Count the risks as they stand at *now*, unless that was done a moment ago."""
        if self._counted is not None:
            counted, at = self._counted
            if counted == organisation and timedelta(0) <= now - at < _RISKS_EVERY:
                return
        for name, gauge in self._by_fact.items():
            series = await store.series(organisation, "risk", name, Span(now, _RISKS_EVERY, 1))
            gauge.clear()
            for value, (number,) in series.items():
                gauge.labels(value or "none").set(number)
        self._overdue.set(await self._count_overdue(organisation, store, now))
        self._counted = (organisation, now)

    async def _count_overdue(self, organisation: Organisation, store: EntityStore, now: datetime) -> int:
        where = All((Compare("state", "=", _UNRESOLVED), Compare("due_at", "<=", (now,))))
        number, cursor = 0, ""
        for _ in range(_OVERDUE_PAGES):
            query = Query(kinds=("risk",), where=where, limit=PAGE_LIMIT, cursor=cursor)
            page = await store.find(organisation, query)
            number += len(page.items)
            cursor = page.cursor
            if not cursor:
                break
        return number

    async def follow(self, organisation: Organisation, store: EntityStore) -> None:
        """Count what changed since the last time; the first time sets the beginning."""
        if organisation not in self._reached:
            self._reached[organisation] = await store.last_sequence()
            return
        for _ in range(_PAGES):
            after = self._reached[organisation]
            changes = await store.changes(after, _PAGE, organisation=organisation)
            for change in changes:
                self._count(change)
            if changes:
                self._reached[organisation] = changes[-1].sequence
            if len(changes) < _PAGE:
                return

    def _count(self, change: Change) -> None:
        appeared = change.op in (Op.CREATED, Op.RETURNED)
        if change.op is Op.GONE:
            self._left.inc()
        if change.kind in _ASSETS and appeared:
            self._assets.labels(change.kind).inc()
        elif change.kind == "risk":
            self._risks.inc(appeared)
            self._assessments.inc("score" in change.fields)
        elif change.kind == "job":
            is_alert = change.key.startswith(_ALERT)
            (self._alerts if is_alert else self._jobs).inc()
        elif change.kind == Scan.kind:
            self._scans.inc(change.op is Op.CREATED)
