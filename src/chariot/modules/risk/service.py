"""The risk service: the ranked list, the reasons of a score with what would lower it, and a risk's life."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Factor, Risk, Vulnerability
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Decision, RiskState
from chariot.modules.risk.comparing import Comparison, compare
from chariot.modules.risk.facts import inputs_of
from chariot.modules.risk.formula import assess
from chariot.modules.risk.groups import Grouping, RiskGroups, group
from chariot.modules.risk.life import UNRESOLVED, step
from chariot.modules.risk.policy import Policies
from chariot.modules.risk.remedies import Remedy, remedies
from chariot.modules.risk.surroundings import Surroundings
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Filter, Page, Query
from chariot.modules.surface.service import SurfaceService

_ATTEMPTS: Final = 5
"""So often a decision is tried on what it reads anew, when something else writes in between."""
_KINDS: Final = ("risk",)


class Explanation(msgspec.Struct, frozen=True):
    """Why a risk has its score, and what would lower it."""

    record: Record
    score: int
    """By the formula now; `record` shows the same unless an assessment waits."""
    decision: Decision
    factors: tuple[Factor, ...]
    """The one that adds most first."""
    formula: str
    vulnerability: Vulnerability | None
    target: Record | None
    remedies: tuple[Remedy, ...]
    """The cheapest first."""
    since: Comparison | None = None
    """What changed since a moment, when that was asked."""


class RiskService:
    """What people ask and decide about risks."""

    def __init__(
        self,
        surface: SurfaceService,
        policies: Policies | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._policies = policies or Policies(surface.store)
        self._store = surface.store
        self._around = Surroundings(surface.store)
        self._now = now

    def over(self, surface: SurfaceService) -> "RiskService":
        """Return the same service over another view of the surface; what an organisation set stays as it is."""
        return RiskService(surface, self._policies, now=self._now)

    async def ranked(
        self,
        organisation: Organisation,
        limit: int = 100,
        *,
        states: Sequence[RiskState] = tuple(UNRESOLVED),
        where: Filter | None = None,
        cursor: str = "",
        as_of: datetime | None = None,
    ) -> Page[Record]:
        """Return risks in *states*, what to fix first at the top."""
        return await self._store.find(
            organisation,
            Query(
                kinds=_KINDS,
                where=_among(states, where),
                sort="-score",
                limit=limit,
                cursor=cursor,
                as_of=as_of,
            ),
        )

    async def groups(
        self,
        organisation: Organisation,
        limit: int = 100,
        *,
        states: Sequence[RiskState] = tuple(UNRESOLVED),
        where: Filter | None = None,
        by: Grouping = Grouping.WEAKNESS,
    ) -> RiskGroups:
        """Return the risks gathered by what they have in common; see `groups.group`."""
        if not 1 <= limit <= PAGE_LIMIT:
            raise InvalidError(f"must be from 1 to {PAGE_LIMIT:,}, not {limit}", place="limit")
        query = Query(kinds=_KINDS, where=_among(states, where), sort="-score", limit=limit)
        return await group(self._store, organisation, query, by, now=self._now())

    async def overdue(
        self, organisation: Organisation, limit: int = 100, *, cursor: str = ""
    ) -> Page[Record]:
        """Return the unresolved risks whose due date has passed, the one that waits longest first."""
        unresolved = Compare("state", "=", tuple(sorted(state.value for state in UNRESOLVED)))
        passed = Compare("due_at", "<=", (self._now(),))
        query = Query(
            kinds=_KINDS, where=All((unresolved, passed)), sort="due_at", limit=limit, cursor=cursor
        )
        return await self._store.find(organisation, query)

    async def explain(
        self, organisation: Organisation, key: Key, *, since: datetime | None = None
    ) -> Explanation:
        """Return the reasons of a risk's score, and what changed in them *since* a moment.

        Raises:
            NotFoundError: there is no such risk.
            InvalidError: *since* is no moment of the past.
        """
        if since is not None and (since.tzinfo is None or since > self._now()):
            raise InvalidError("must be a moment of the past, with a time zone", place="since")
        record, risk = await self._risk(organisation, key)
        (around,) = await self._around.of(organisation, [risk])
        if around.target is None:
            raise NotFoundError(f"what {key} was found at is not known any more")
        policy = await self._policies.of(organisation)
        inputs = inputs_of(
            risk,
            around.target,
            around.vulnerability,
            around.beside,
            policy.criticality,
            holder=around.holder,
        )
        result = assess(inputs, policy.weights)
        return Explanation(
            record=record,
            score=result.score,
            decision=result.decision,
            factors=tuple(sorted(result.factors, key=lambda factor: -factor.points)),
            formula=result.formula,
            vulnerability=around.vulnerability,
            target=around.target,
            remedies=remedies(risk, inputs, policy.weights),
            since=await compare(self._store, organisation, record, result.factors, around.target, since)
            if since is not None
            else None,
        )

    async def transition(
        self,
        organisation: Organisation,
        key: Key,
        to: RiskState,
        actor: str,
        why: str = "",
        *,
        until: datetime | None = None,
        owner: str | None = None,
        due_at: datetime | None = None,
        if_revision: int | None = None,
    ) -> Record:
        """Move a risk to state *to*, recorded with who and why; return it as it is then.

        Raises:
            NotFoundError: there is no such risk.
            ConflictError: the step is not allowed, or the risk is not at *if_revision*.
            InvalidError: a reason or the end of an acceptance is missing.
        """
        if due_at is not None and due_at.tzinfo is None:
            raise InvalidError("must be an instant with a time zone", place="due_at")
        more: dict[str, Any] = {} if owner is None else {"owner": owner}
        if due_at is not None:
            more["due_at"] = due_at.isoformat()
        for attempt in range(_ATTEMPTS):
            record, risk = await self._risk(organisation, key)
            fields = {**step(risk, to, why, until, self._now()), **more}
            revision = record.revision if if_revision is None else if_revision
            edit = Edit(actor=actor, why=why, key=key, fields=fields, if_revision=revision)
            try:
                await self._surface.edit(organisation, [edit])
                break
            except ConflictError:
                # A new score may have come in between; only the caller's own revision is a real conflict.
                if if_revision is not None or attempt == _ATTEMPTS - 1:
                    raise
        record, _ = await self._risk(organisation, key)
        return record

    async def end_acceptances(self, organisation: Organisation) -> int:
        """Open again what was accepted until a moment that has passed; return how many."""
        now = self._now()
        ended = 0
        cursor = ""
        while True:
            accepted = Compare("state", "=", (RiskState.ACCEPTED.value,))
            page = await self._store.find(
                organisation, Query(kinds=_KINDS, where=accepted, limit=PAGE_LIMIT, cursor=cursor)
            )
            edits = (
                Edit(
                    actor="expiry",
                    why=f"its acceptance ended on {risk.accepted_until:%Y-%m-%d}",
                    key=record.key,
                    fields=step(risk, RiskState.OPEN, "", None, now),
                    if_revision=record.revision,
                )
                for record in page.items
                if isinstance(risk := record.entity, Risk)
                if risk.accepted_until is not None and risk.accepted_until <= now
            )
            for edit in edits:
                try:
                    await self._surface.edit(organisation, [edit])
                except ConflictError:
                    # Somebody else decided at the same moment: if it is still due, the next round ends it.
                    continue
                ended += 1
            cursor = page.cursor
            if not cursor:
                return ended

    async def _risk(self, organisation: Organisation, key: Key) -> tuple[Record, Risk]:
        record = (await self._store.get(organisation, [key])).get(key)
        if record is None or not isinstance(record.entity, Risk):
            raise NotFoundError(f"no risk has the key {key[:200]}")
        return record, record.entity


def _among(states: Sequence[RiskState], where: Filter | None) -> Filter:
    in_state = Compare("state", "=", tuple(sorted(state.value for state in states)))
    return in_state if where is None else All((in_state, where))
