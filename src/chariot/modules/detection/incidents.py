"""Incidents as people handle them: raised by rules, contained, resolved or dismissed, told to whom it has to be."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.incident import Incident, IncidentState
from chariot.model.observations import Edit, Observations
from chariot.model.records import Record, Version
from chariot.model.registry import AnyEntity
from chariot.modules.audit.service import AuditRecord, AuditService
from chariot.modules.detection.detector import Hit
from chariot.modules.detection.regimes import DUTIES, REGIMES, Deadline, deadlines
from chariot.modules.surface.service import SurfaceService

CAPABILITY: Final = "detection"
_CLOSED: Final = frozenset({IncidentState.RESOLVED, IncidentState.DISMISSED})
_NEXT: Final[Mapping[IncidentState, frozenset[IncidentState]]] = {
    IncidentState.OPEN: frozenset({IncidentState.CONTAINED, IncidentState.RESOLVED, IncidentState.DISMISSED}),
    IncidentState.CONTAINED: frozenset({IncidentState.OPEN, IncidentState.RESOLVED, IncidentState.DISMISSED}),
    IncidentState.RESOLVED: frozenset({IncidentState.OPEN}),
    IncidentState.DISMISSED: frozenset({IncidentState.OPEN}),
}
_VERSIONS: Final = 100


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an incident's timeline."""

    at: datetime
    what: str
    entry: int = 0
    """The number of the entry of the audit log; 0 for what people decided."""


class Dossier(msgspec.Struct, frozen=True, kw_only=True):
    """All that is known of one incident."""

    record: Record
    incident: Incident
    deadlines: tuple[Deadline, ...]
    timeline: tuple[Moment, ...]
    missing: int = 0
    """How many entries of the audit log retention has taken away since."""


class Incidents:
    """What rules and people do with incidents."""

    def __init__(
        self,
        surface: SurfaceService,
        audit: AuditService,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._audit = audit
        self._now = now

    async def raise_all(self, organisation: Organisation, log: Organisation, hits: Sequence[Hit]) -> int:
        """Keep what rules found in *log* as incidents of *organisation*; return how many there are.

        Hits of one rule about the same subject on the same day are one incident.
        """
        found: dict[Key, AnyEntity] = {made.key: made for made in (incident_of(log, hit) for hit in hits)}
        if found:
            batch = Observations(capability=CAPABILITY, seen_at=self._now(), entities=tuple(found.values()))
            await self._surface.observe(organisation, batch)
        return len(found)

    async def move(
        self, organisation: Organisation, incident_id: str, to: IncidentState, *, why: str, actor: str
    ) -> Incident:
        """Bring an incident into another state; return it as it is then.

        Raises:
            NotFoundError: there is none of that id.
            InvalidError: it is closed, or opened again, without a reason.
            ConflictError: no way leads there from its present state.
        """
        record, incident = await self._one(organisation, incident_id)
        if to not in _NEXT[incident.state]:
            raise ConflictError(f"an incident that is {incident.state.value} cannot become {to.value}")
        if not why.strip() and (to in _CLOSED or incident.state in _CLOSED):
            raise InvalidError("say why", place="why")
        fields: dict[str, Any] = {"state": to.value, "reason": why if to in _CLOSED else ""}
        if incident.aware_at is None:
            fields["aware_at"] = self._now().isoformat()
        return await self._edit(organisation, record, fields, actor=actor, why=why)

    async def apply_regimes(
        self,
        organisation: Organisation,
        incident_id: str,
        regimes: Sequence[str],
        *,
        aware_at: datetime | None = None,
        actor: str,
    ) -> Incident:
        """Say by which rules somebody has to be told, and since when it is known.

        Raises:
            NotFoundError: there is none of that id.
            InvalidError: there is no such regime.
        """
        unknown = sorted(set(regimes) - set(REGIMES))
        if unknown:
            raise InvalidError(f"{unknown[0][:40]!r} is none of {', '.join(REGIMES)}", place="regimes")
        record, incident = await self._one(organisation, incident_id)
        known = aware_at or incident.aware_at or self._now()
        if known > self._now():
            raise InvalidError("lies in the future", place="aware_at")
        fields = {"regimes": sorted(set(regimes)), "aware_at": known.isoformat()}
        return await self._edit(organisation, record, fields, actor=actor, why="regimes")

    async def done(self, organisation: Organisation, incident_id: str, duty: str, *, actor: str) -> Incident:
        """Say that a duty was done now.

        Raises:
            NotFoundError: there is none of that id.
            InvalidError: it is no duty of the incident.
        """
        record, incident = await self._one(organisation, incident_id)
        if duty not in DUTIES or DUTIES[duty].regime not in incident.regimes:
            raise InvalidError(f"{duty[:40]!r} is no duty of this incident", place="duty")
        notified = {**incident.notified, duty: self._now().isoformat(timespec="seconds")}
        return await self._edit(
            organisation, record, {"notified": notified}, actor=actor, why=f"told: {duty}"
        )

    async def dossier(self, organisation: Organisation, incident_id: str) -> Dossier:
        """Return all that is known of one incident.

        Raises:
            NotFoundError: there is none of that id.
        """
        record, incident = await self._one(organisation, incident_id)
        entries = await self._entries(Organisation(incident.log or organisation), incident.entries)
        decided = await self._surface.store.versions(organisation, record.key, limit=_VERSIONS)
        timeline = [_of_entry(entry) for entry in entries]
        timeline += [_of_version(version) for version in decided.items if version.change.actor != CAPABILITY]
        return Dossier(
            record=record,
            incident=incident,
            deadlines=tuple(deadlines(incident, self._now())),
            timeline=tuple(sorted(timeline, key=lambda moment: moment.at)),
            missing=len(incident.entries) - len(entries),
        )

    async def _entries(self, log: Organisation, numbers: Sequence[int]) -> list[AuditRecord]:
        found: list[AuditRecord] = []
        for number in numbers:
            records = await self._audit.records(log, after=number - 1, limit=1)
            found += [record for record in records if record.sequence == number]
        return found

    async def _one(self, organisation: Organisation, incident_id: str) -> tuple[Record, Incident]:
        try:
            key = Incident(id=incident_id).key
        except ValueError:
            raise NotFoundError(f"no incident is called {incident_id[:80]!r}") from None
        return await self._read(organisation, key)

    async def _read(self, organisation: Organisation, key: Key) -> tuple[Record, Incident]:
        record = (await self._surface.store.get(organisation, [key])).get(key)
        if record is None or not isinstance(record.entity, Incident):
            raise NotFoundError(f"no incident is called {key.rpartition('#')[2][:80]!r}")
        return record, record.entity

    async def _edit(
        self, organisation: Organisation, record: Record, fields: dict[str, Any], *, actor: str, why: str
    ) -> Incident:
        edit = Edit(actor=actor, why=why, key=record.key, fields=fields, if_revision=record.revision)
        await self._surface.edit(organisation, [edit])
        return (await self._read(organisation, record.key))[1]


def incident_of(log: Organisation, hit: Hit) -> Incident:
    """Return *hit* in *log* as an incident: the same for the same rule, subject and day."""
    digest = sha256(f"{log}\n{hit.rule.name}\n{hit.subject}".encode()).hexdigest()[:12]
    return Incident(
        id=f"{hit.rule.name}.{hit.began_at:%Y%m%d}.{digest}",
        rule=hit.rule.name,
        title=hit.rule.title,
        severity=hit.rule.severity,
        subject=hit.subject,
        log=log,
        began_at=hit.began_at,
        last_at=hit.last_at,
        events=hit.events,
        entries=hit.entries,
        evidence=hit.evidence,
    )


def _of_entry(entry: AuditRecord) -> Moment:
    who = entry.actor or "somebody unknown"
    where = f" from {entry.address}" if entry.address else ""
    return Moment(
        at=entry.at,
        what=f"{who}{where}: {entry.action} {entry.object}".rstrip() + f", {entry.ending}",
        entry=entry.sequence,
    )


def _of_version(version: Version) -> Moment:
    change = version.change
    what = f"{change.actor} decided {', '.join(change.fields)}"
    return Moment(at=version.valid_from, what=f"{what}: {change.why}" if change.why else what)
