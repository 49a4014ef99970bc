"""Risks as issues of a tracker, both ways: made once, kept current, closed here when closed there and the reverse.

A ticket remembers where both stood when they last agreed, so that the side that moved since is followed. An issue is
announced in the store before it is asked for, and carries a label that is computed from the risk: after a crash in
between, it is found by its label instead of being made twice.
"""

import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.integration import Ticket
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import ON_SURFACE, RiskState, TicketState
from chariot.modules.integrations.ports import Issue, IssueText, Tracker
from chariot.modules.risk.life import UNRESOLVED
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Filter, Query
from chariot.modules.surface.service import SurfaceService

_SETTLING: Final = timedelta(minutes=10)
"""A tracker's search may know a new issue only after a while: so long nobody asks for it again."""
_KEYS_AT_ONCE: Final = 500
_NOT_OURS: Final = ("duplicate", "cannot reproduce", "not a bug", "false positive", "invalid", "incomplete")
_NOT_NOW: Final = ("won't", "wont", "will not", "declined", "known error", "accepted", "deferred")


class TicketOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Which risks become issues."""

    filter: str = "score>=70"
    at_most: int = 100
    """New issues in one run; the others follow in the next."""
    accept_days: int = 90
    """How long a risk is accepted whose issue was closed as not to be done."""


class Failures:
    """What could not be done with single issues: counted, and the first ones told."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.count = 0

    def add(self, error: Exception) -> None:
        """Count one."""
        self.count += 1
        if len(self.texts) < 3:
            self.texts.append(str(error)[:300])


class TicketSync:
    """One run with one tracker."""

    def __init__(
        self,
        surface: SurfaceService,
        risks: RiskService,
        tracker: Tracker,
        organisation: Organisation,
        label: str,
        options: TicketOptions,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self._surface = surface
        self._risks = risks
        self._tracker = tracker
        self._organisation = organisation
        self._label = label
        self._options = options
        self._now = now
        self._actor = f"integration:{label}"
        self.counts: Counter[str] = Counter()
        self.failures = Failures()

    async def run(self) -> None:
        """Bring both sides together; an issue that cannot be moved keeps no other from it.

        Raises:
            UnavailableError: the tracker is away; what is done is kept, and the next run goes on.
        """
        tickets = {ticket.risk: ticket async for ticket in self._tickets()}
        common = common_label(self._organisation, self._label)
        issues = [issue async for issue in self._tracker.labelled(common)]
        by_label = {label: issue for issue in issues for label in issue.labels if label != common}
        by_key = {issue.key: issue for issue in issues}
        for ticket in list(tickets.values()):
            if ticket.state is TicketState.CREATING:
                tickets[ticket.risk] = await self._settle(ticket, by_label)
        records = await self._records([Key(risk) for risk in tickets])
        for ticket in tickets.values():
            if ticket.state in (TicketState.OPEN, TicketState.CLOSED):
                await self._guarded(ticket, records.get(Key(ticket.risk)), by_key)
        await self._create_missing(tickets, by_label)

    async def _tickets(self) -> AsyncIterator[Ticket]:
        where = Compare("integration", "=", (self._label,))
        async for record in self._found(("ticket",), where, "key"):
            if isinstance(record.entity, Ticket):
                yield record.entity

    async def _found(self, kinds: tuple[str, ...], where: Filter, sort: str) -> AsyncIterator[Record]:
        cursor = ""
        while True:
            query = Query(kinds=kinds, where=where, sort=sort, cursor=cursor, limit=PAGE_LIMIT)
            page = await self._surface.store.find(self._organisation, query)
            for record in page.items:
                yield record
            cursor = page.cursor
            if not cursor:
                return

    async def _records(self, keys: list[Key]) -> Mapping[Key, Record]:
        found: dict[Key, Record] = {}
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            part = keys[start : start + _KEYS_AT_ONCE]
            found.update(await self._surface.store.get(self._organisation, part))
        return found

    async def _settle(self, ticket: Ticket, by_label: Mapping[str, Issue]) -> Ticket:
        """Find out whether an issue that was asked for was made."""
        own = own_label(self._organisation, self._label, ticket.risk)
        issue = by_label.get(own) or await anext(aiter(self._tracker.labelled(own)), None)
        if issue is not None:
            self.counts["found"] += 1
            return await self._adopt(ticket, issue)
        if ticket.asked_at is not None and ticket.asked_at > self._now() - _SETTLING:
            self.counts["waiting"] += 1
            return ticket
        # It was never made: the risk is like any other that has no issue.
        return msgspec.structs.replace(ticket, asked_at=None)

    async def _adopt(self, ticket: Ticket, issue: Issue) -> Ticket:
        state = TicketState.CLOSED if issue.is_closed else TicketState.OPEN
        return await self._set(ticket, issue=issue.key, url=issue.url, state=state)

    async def _create_missing(self, tickets: Mapping[str, Ticket], by_label: Mapping[str, Issue]) -> None:
        unresolved = Compare("state", "=", tuple(sorted(state.value for state in UNRESOLVED)))
        chosen = parse_filter(self._options.filter, ("risk",))
        where = unresolved if chosen is None else All((unresolved, chosen))
        async for record in self._found(("risk",), where, "-score"):
            ticket = tickets.get(record.key)
            if ticket is not None and not (ticket.state is TicketState.CREATING and ticket.asked_at is None):
                continue
            if self.counts["created"] >= self._options.at_most:
                self.counts["left"] += 1
                continue
            try:
                await self._create(record, by_label)
            except (InvalidError, NotFoundError, ConflictError) as error:
                self.failures.add(error)
                if self.failures.count >= 3 and not self.counts["created"]:
                    # The project, its type or the token is wrong, and so it will be for all others.
                    raise

    async def _create(self, record: Record, by_label: Mapping[str, Issue]) -> None:
        assert isinstance(record.entity, Risk)
        own = own_label(self._organisation, self._label, record.key)
        ticket = Ticket(integration=self._label, risk=record.key)
        if (known := by_label.get(own)) is not None:
            await self._adopt(ticket, known)
            self.counts["found"] += 1
            return
        text = issue_text(record)
        ticket = await self._set(ticket, state=TicketState.CREATING, asked_at=self._now(), issue="")
        labels = (common_label(self._organisation, self._label), own)
        try:
            issue = await self._tracker.create(text, labels)
        except (InvalidError, NotFoundError):
            # It was refused, so it was not made: nobody has to wait for it.
            await self._set(ticket, asked_at=self._now() - 2 * _SETTLING)
            raise
        await self._set(
            ticket, issue=issue.key, url=issue.url, state=TicketState.OPEN, digest=digest_of(text)
        )
        self.counts["created"] += 1

    async def _guarded(self, ticket: Ticket, record: Record | None, by_key: Mapping[str, Issue]) -> None:
        try:
            await self._compare(ticket, record, by_key)
        except (ConflictError, InvalidError, NotFoundError) as error:
            self.failures.add(error)

    async def _compare(self, ticket: Ticket, record: Record | None, by_key: Mapping[str, Issue]) -> None:
        issue = by_key.get(ticket.issue) or await self._tracker.find(ticket.issue)
        if issue is None:
            self.counts["gone"] += 1
            await self._set(ticket, state=TicketState.GONE)
            return
        was_closed = ticket.state is TicketState.CLOSED
        is_closed_here = record is None or _is_closed(record)
        if issue.is_closed == is_closed_here:
            await self._agreed(ticket, record, issue)
        elif issue.is_closed != was_closed and record is not None:
            await self._follow_tracker(ticket, record, issue)
        else:
            await self._follow_risk(ticket, record, issue)

    async def _agreed(self, ticket: Ticket, record: Record | None, issue: Issue) -> None:
        state = TicketState.CLOSED if issue.is_closed else TicketState.OPEN
        if state is not ticket.state:
            await self._set(ticket, state=state)
        if issue.is_closed or record is None:
            return
        text = issue_text(record)
        if (digest := digest_of(text)) != ticket.digest:
            await self._tracker.update(issue.key, text)
            await self._set(ticket, digest=digest)
            self.counts["updated"] += 1

    async def _follow_tracker(self, ticket: Ticket, record: Record, issue: Issue) -> None:
        """The issue moved since both agreed: the risk follows."""
        if issue.is_closed:
            state, until = self._meaning(issue.resolution)
            why = f"{issue.key} was closed as {issue.resolution or 'done'}"
        else:
            state, until, why = RiskState.OPEN, None, f"{issue.key} was opened again"
        if record.status in ON_SURFACE:
            why = "".join(letter if letter.isprintable() else " " for letter in why)[:500]
            await self._risks.transition(self._organisation, record.key, state, self._actor, why, until=until)
            self.counts["risks_moved"] += 1
        await self._set(ticket, state=TicketState.CLOSED if issue.is_closed else TicketState.OPEN)

    async def _follow_risk(self, ticket: Ticket, record: Record | None, issue: Issue) -> None:
        """The risk moved since both agreed: the issue follows."""
        if record is None or _is_closed(record):
            await self._tracker.close(issue.key, why_closed(record))
            await self._set(ticket, state=TicketState.CLOSED)
            self.counts["closed"] += 1
        else:
            await self._tracker.reopen(issue.key, "Chariot sees it again: the risk is open.")
            await self._set(ticket, state=TicketState.OPEN)
            self.counts["reopened"] += 1

    def _meaning(self, resolution: str) -> tuple[RiskState, datetime | None]:
        """Return what a tracker's word for a resolution means for the risk."""
        word = resolution.casefold().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        if any(known in word for known in _NOT_OURS):
            return RiskState.REJECTED, None
        if any(known in word for known in _NOT_NOW):
            return RiskState.ACCEPTED, self._now() + timedelta(days=self._options.accept_days)
        return RiskState.REMEDIATED, None

    async def _set(self, ticket: Ticket, **fields: Any) -> Ticket:
        plain: dict[str, Any] = msgspec.to_builtins(fields)
        edit = Edit(actor=self._actor, why="compared", entity=ticket, fields=plain)
        await self._surface.edit(self._organisation, [edit])
        return msgspec.structs.replace(ticket, **fields)


def common_label(organisation: Organisation, label: str) -> str:
    """Return the label of all issues of one integration."""
    return f"chariot-{hashlib.sha256(f'{organisation}/{label}'.encode()).hexdigest()[:10]}"


def own_label(organisation: Organisation, label: str, risk: str) -> str:
    """Return the label of one risk's issue."""
    return f"chariot-risk-{hashlib.sha256(f'{organisation}/{label}/{risk}'.encode()).hexdigest()[:24]}"


def issue_text(record: Record) -> IssueText:
    """Return what the issue of a risk says. Parts of it come from outside; the tracker's adapter escapes them."""
    risk = record.entity
    assert isinstance(risk, Risk)
    facts = [
        f"Where: {risk.target}",
        f"Weakness: {risk.weakness}",
        f"Severity: {risk.severity.value if risk.severity else 'not stated'}",
        f"Score: {risk.score if risk.score is not None else 'not assessed yet'} of 100",
        f"First seen: {record.created:%Y-%m-%d}",
    ]
    if risk.decision is not None:
        facts.append(f"Decision: {risk.decision.value}")
    parts = [f"What to do: {risk.remediation}"] if risk.remediation else []
    target = risk.target.split("#", 2)[2]
    return IssueText(
        summary=f"{risk.title or risk.weakness} at {target}",
        paragraphs=(*facts, *parts, f"Chariot knows it as {record.key}"),
    )


def digest_of(text: IssueText) -> str:
    """Return what tells whether an issue has to be told something new."""
    return hashlib.sha256(msgspec.json.encode(text)).hexdigest()


def why_closed(record: Record | None) -> str:
    """Return the comment with which an issue is closed."""
    if record is None or record.status not in ON_SURFACE:
        return "Chariot does not see it any more: it left the surface."
    assert isinstance(record.entity, Risk)
    reason = f": {record.entity.reason}" if record.entity.reason else ""
    return f"The risk is {record.entity.state.value}{reason}"


def _is_closed(record: Record) -> bool:
    return record.status not in ON_SURFACE or (
        isinstance(record.entity, Risk) and record.entity.state not in UNRESOLVED
    )
