"""Until when a risk must be mended: set when it opens, by the organisation's policy, and told when it passed."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from chariot.errors import ConflictError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import ON_SURFACE, RiskState
from chariot.modules.risk.life import UNRESOLVED
from chariot.modules.risk.policy import Policies, Sla
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Query
from chariot.modules.surface.service import SurfaceService

DEADLINES: Final = "sla"
"""Who the history names for what the policy decided."""
_HISTORY: Final = 100


class Deadlines:
    """Keeps due dates as the policy has them. A date that a person set is never moved."""

    def __init__(
        self,
        surface: SurfaceService,
        policies: Policies,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._store = surface.store
        self._policies = policies
        self._now = now

    async def keep(self, organisation: Organisation, keys: Sequence[Key]) -> int:
        """Set, tighten or clear the due dates of the risks with *keys*; return how many were changed."""
        records = await self._store.get(organisation, keys)
        risks = [(one, one.entity) for one in records.values() if isinstance(one.entity, Risk)]
        if not risks:
            return 0
        sla = (await self._policies.of(organisation)).sla
        known = await self._known(organisation, sla, [risk for _, risk in risks])
        changed = 0
        for record, risk in risks:
            fields = await self._fields(organisation, record, risk, sla, known.get(risk.weakness))
            changed += bool(fields) and await self._write(organisation, record, fields)
        return changed

    async def tick(self, organisation: Organisation) -> int:
        """Mark what became overdue since the last call; return how many risks."""
        unresolved = Compare("state", "=", tuple(sorted(state.value for state in UNRESOLVED)))
        passed = Compare("due_at", "<=", (self._now(),))
        marked = 0
        cursor = ""
        while True:
            query = Query(kinds=("risk",), where=All((unresolved, passed)), limit=PAGE_LIMIT, cursor=cursor)
            page = await self._store.find(organisation, query)
            fresh = [
                record.key
                for record in page.items
                if isinstance(record.entity, Risk) and not record.entity.overdue
            ]
            if fresh:
                marked += await self.keep(organisation, fresh)
            cursor = page.cursor
            if not cursor:
                return marked

    async def _known(
        self, organisation: Organisation, sla: Sla, risks: Sequence[Risk]
    ) -> Mapping[str, Vulnerability]:
        """Return what is known of the weaknesses that a due date may stand on."""
        if sla == Sla():
            return {}
        wanted = {Vulnerability(id=risk.weakness).key for risk in risks if risk.state is RiskState.OPEN}
        found = await self._store.get(organisation, sorted(wanted))
        return {
            record.entity.id: record.entity
            for record in found.values()
            if isinstance(record.entity, Vulnerability)
        }

    async def _fields(
        self,
        organisation: Organisation,
        record: Record,
        risk: Risk,
        sla: Sla,
        vulnerability: Vulnerability | None,
    ) -> dict[str, Any]:
        """Return what must be written of one risk."""
        now = self._now()
        if risk.state not in UNRESOLVED or record.status not in ON_SURFACE:
            due_at = None if risk.state not in UNRESOLVED else risk.due_at
            return _different(risk, due_at, overdue=False)
        due_at = risk.due_at
        by_policy = sla.due_at(risk, vulnerability, now) if risk.state is RiskState.OPEN else None
        if by_policy is not None and (
            due_at is None or (by_policy < due_at and await self._is_ours(organisation, record.key))
        ):
            due_at = by_policy
        return _different(risk, due_at, overdue=due_at is not None and due_at <= now)

    async def _is_ours(self, organisation: Organisation, key: Key) -> bool:
        """Tell whether the policy set the due date, not a person."""
        page = await self._store.versions(organisation, key, limit=_HISTORY)
        actors = (version.change.actor for version in page.items if "due_at" in version.change.fields)
        return next(actors, "") == DEADLINES

    async def _write(self, organisation: Organisation, record: Record, fields: dict[str, Any]) -> bool:
        why = "its due date passed" if fields.get("overdue") else "by the policy of due dates"
        edit = Edit(actor=DEADLINES, why=why, key=record.key, fields=fields, if_revision=record.revision)
        try:
            await self._surface.edit(organisation, [edit])
        except ConflictError:
            # Somebody decided something meanwhile; that change leads here again.
            return False
        return True


def _different(risk: Risk, due_at: datetime | None, *, overdue: bool) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if due_at != risk.due_at:
        fields["due_at"] = due_at.isoformat() if due_at else None
    if overdue != risk.overdue:
        fields["overdue"] = overdue
    return fields
