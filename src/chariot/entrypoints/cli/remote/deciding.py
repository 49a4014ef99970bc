"""What people decide at a server: risks, edits, alert rules, scans. See `chariot.entrypoints.cli.services`."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from chariot.entrypoints.cli.remote.connection import Connection
from chariot.entrypoints.cli.remote.records import converted, entity_of, record_of
from chariot.errors import InvalidError, UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Factor, Vulnerability
from chariot.model.kinds.work import AlertRule, Setting
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Decision, Depth, RiskState
from chariot.modules.risk.comparing import Comparison
from chariot.modules.risk.groups import RiskGroups
from chariot.modules.risk.remedies import Remedy
from chariot.modules.risk.service import Explanation
from chariot.modules.surface.query import Page
from chariot.modules.surface.states import Applied

_Plain = dict[str, Any]
_RULE = "/api/v1/alertrules/{label}"


class _Scored(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an explanation that is the same in answers and here."""

    score: int
    decision: Decision
    formula: str
    factors: tuple[Factor, ...]
    remedies: tuple[Remedy, ...]
    since: Comparison | None = None


class RemoteRisks:
    """See `Risks`. Who decides is the holder of the token."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def explain(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        key: Key,
        *,
        since: datetime | None = None,
    ) -> Explanation:
        """See `RiskService.explain`."""
        asked = {"since": since} if since else None
        path = "/api/v1/risks/{key}/explanation"
        plain = await self._connection.call(_Plain, "GET", path, key, query=asked)
        scored = converted(plain, _Scored)
        weakness = plain["vulnerability"]
        known = entity_of("vulnerability", weakness) if weakness else None
        assert known is None or isinstance(known, Vulnerability)
        return Explanation(
            record=record_of(plain["risk"]),
            score=scored.score,
            decision=scored.decision,
            factors=scored.factors,
            formula=scored.formula,
            vulnerability=known,
            target=record_of(plain["target"]) if plain["target"] else None,
            remedies=scored.remedies,
            since=scored.since,
        )

    async def groups(self, organisation: Organisation, limit: int = 100) -> RiskGroups:  # noqa: ARG002 - the connection's
        """See `RiskService.groups`."""
        asked = {"limit": limit}
        return await self._connection.call(RiskGroups, "GET", "/api/v1/risks/groups", query=asked)

    async def overdue(self, organisation: Organisation, limit: int = 100) -> Page[Record]:  # noqa: ARG002 - the connection's
        """See `RiskService.overdue`."""
        passed = f'state=triage,open due_at<="{datetime.now(UTC).isoformat()}"'
        asked = {"filter": passed, "sort": "due_at", "limit": limit}
        page = await self._connection.page(_Plain, "/api/v1/risks", query=asked)
        return Page(tuple(map(record_of, page.items)), page.cursor)

    async def transition(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        key: Key,
        to: RiskState,
        actor: str,  # noqa: ARG002 - the server knows who asks
        why: str = "",
        *,
        until: datetime | None = None,
        owner: str | None = None,
        due_at: datetime | None = None,
    ) -> Record:
        """See `RiskService.transition`."""
        body = {"state": to, "reason": why, "until": until, "owner": owner, "due_at": due_at}
        try:
            flat = await self._connection.call(
                _Plain, "POST", "/api/v1/risks/{key}/transition", key, body=body, repeatable=True
            )
        except InvalidError as error:
            # The API calls it `reason`; who called this method calls it `why`.
            place = "why" if error.place == "reason" else error.place
            raise InvalidError(error.message, place=place) from error
        return record_of(flat)


class RemoteSurface:
    """See `Edits`; what a command edits is a setting, or the place of an entity in its life."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def edit(self, organisation: Organisation, edits: Iterable[Edit]) -> None:  # noqa: ARG002 - the connection's
        """See `SurfaceService.edit`; each edit is one request."""
        for one in edits:
            if isinstance(one.entity, Setting):
                path, value = "/api/v1/settings/{label}", {"value": one.fields["value"]}
                label = one.entity.label
                await self._connection.call(_Plain, "PUT", path, label, body=value, repeatable=True)
                continue
            body = {"status": one.status, "why": one.why}
            await self._connection.call(
                _Plain, "PATCH", "/api/v1/entities/{key}", one.target, body=body, repeatable=True
            )

    async def expire(self, organisation: Organisation) -> Applied:  # noqa: ARG002 - the connection's
        """See `SurfaceService.expire`."""
        return await self._connection.call(Applied, "POST", "/api/v1/expiry", repeatable=True)


class RemoteAlerts:
    """See `Alerts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def put(self, organisation: Organisation, rule: AlertRule, *, actor: str) -> None:  # noqa: ARG002 - the server knows who asks
        """See `AlertService.put`."""
        body = {name: getattr(rule, name) for name in ("channel", "signing_key", "minimum_score", "enabled")}
        body["known_exploited_only"] = rule.known_exploited_only
        await self._connection.call(_Plain, "PUT", _RULE, rule.label, body=body, repeatable=True)

    async def try_out(self, organisation: Organisation, label: str) -> None:  # noqa: ARG002 - the connection's
        """See `AlertService.try_out`."""
        tried = await self._connection.call(_Plain, "POST", f"{_RULE}/trial", label, repeatable=True)
        if not tried["delivered"]:
            raise UnavailableError(tried["reason"])

    async def end(self, organisation: Organisation, label: str, *, actor: str) -> None:  # noqa: ARG002 - the server knows who asks
        """See `AlertService.end`."""
        await self._connection.call(_Plain, "DELETE", _RULE, label, repeatable=True)


class RemoteScans:
    """See `Scans`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def start(
        self,
        organisation: Organisation,  # noqa: ARG002 - the connection's
        seeds: Sequence[str],
        *,
        deny: Sequence[str] = (),
        requested_by: str,  # noqa: ARG002 - the server knows who asks
        depth: Depth | None = None,
        due_only: bool = False,
    ) -> str:
        """See `ScanService.start`."""
        body: _Plain = {"seeds": list(seeds), "deny": list(deny), "due_only": due_only}
        body |= {"depth": depth.value} if depth is not None else {}
        started = await self._connection.call(_Plain, "POST", "/api/v1/scans", body=body, repeatable=True)
        return str(started["scan"])
