"""Stage `notify`: a risk that begins to meet a rule is told once to the rule's channel."""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from chariot.errors import InvalidError, UnavailableError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.incident import Incident
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import AlertRule, Job
from chariot.model.observations import Observations
from chariot.model.records import Op, Record
from chariot.model.states import Outcome
from chariot.modules.alerts.incidents import alert_of, begun
from chariot.modules.alerts.meaning import Episode, episode, is_known_exploited
from chariot.modules.alerts.ports import Alert, Channels, UndeliveredError
from chariot.modules.surface.query import PAGE_LIMIT, Compare, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import NOTIFY
from chariot.modules.work.relay import Interest, Route, notice_of

ALERTER: Final = "alerts"

_RISK: Final = frozenset({"risk"})
_INCIDENT: Final = frozenset({"incident"})
_LABEL_LIMIT: Final = 120
_TOLD_LIMIT: Final = 10_000
_SENT_AT_ONCE: Final = 4
_log = structlog.get_logger(__name__)


def routes() -> tuple[Route, ...]:
    """Return which changes the stage wants: those after which a risk may newly meet a rule."""
    fields = frozenset({"score", "decision", "state", "status", "overdue"})
    return (
        Route(NOTIFY, Interest(kinds=_RISK, ops=frozenset({Op.UPDATED, Op.DECIDED}), fields=fields)),
        Route(NOTIFY, Interest(kinds=_RISK, ops=frozenset({Op.RETURNED}))),
        Route(NOTIFY, Interest(kinds=_INCIDENT, ops=frozenset({Op.CREATED}))),
    )


class NotifyStage:
    """See `Stage`. What was delivered is kept as a job of the rule at the risk, so that it is not told twice.

    Between a delivery and its keeping the process can die; then the alert comes again under the same id, by which
    a receiver knows it. Whatever else fails in between, such as a store that is away, sends nothing again.
    """

    queue = NOTIFY
    at_once = 50

    def __init__(
        self,
        surface: SurfaceService,
        channels: Channels,
        *,
        reveal: Callable[[Organisation, str], str] = lambda _, text: text,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*reveal* opens what the rules keep sealed; see `Vault.open`."""
        self._surface = surface
        self._store = surface.store
        self._channels = channels
        self._reveal = reveal
        self._now = now
        self._told: OrderedDict[str, None] = OrderedDict()
        """Ids of what this process delivered; whether that is kept is another matter."""

    async def handle_all(self, messages: Sequence[Message]) -> None:
        """See `GatheringStage.handle_all`: where nobody wants to be told, nothing is looked up."""
        organisations = {message.organisation for message in messages}
        listening = {one for one in organisations if await self._rules(one)}
        room = asyncio.Semaphore(_SENT_AT_ONCE)

        async def one(message: Message) -> None:
            async with room:
                await self.handle(message)

        async with asyncio.TaskGroup() as group:
            for message in messages:
                if message.organisation in listening:
                    group.create_task(one(message))

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`; every rule is tried, whatever became of the one before.

        Raises:
            UndeliveredError: a channel is away; the rules that were told are not told again.
            UnavailableError: the store is away.
            InvalidError: a rule's channel will never take it.
        """
        notice = notice_of(message)
        organisation = message.organisation
        record = (await self._store.get(organisation, [notice.key])).get(notice.key)
        if record is None or not isinstance(record.entity, Risk | Incident):
            return
        away: list[str] = []
        refused: list[str] = []
        for rule_record, rule in await self._rules(organisation):
            current = (
                begun(record.entity, rule)
                if isinstance(record.entity, Incident)
                else await episode(self._store, organisation, record.key, rule)
            )
            if current is None:
                continue
            try:
                await self._tell(organisation, rule_record.key, rule, record, current)
            except UndeliveredError as error:
                away.append(f"rule {rule.label}: {error}")
            except InvalidError as error:
                refused.append(f"rule {rule.label}: {error}")
        if away:
            raise UndeliveredError("; ".join(away))
        if refused:
            raise InvalidError("; ".join(refused))

    async def _rules(self, organisation: Organisation) -> Sequence[tuple[Record, AlertRule]]:
        query = Query(kinds=("alertrule",), where=Compare("enabled", "=", (True,)), limit=PAGE_LIMIT)
        page = await self._store.find(organisation, query)
        if page.cursor:
            _log.warning("too_many_rules", organisation=organisation, limit=PAGE_LIMIT)
        return [(record, record.entity) for record in page.items if isinstance(record.entity, AlertRule)]

    async def _tell(
        self, organisation: Organisation, rule_key: Key, rule: AlertRule, record: Record, current: Episode
    ) -> None:
        delivery = current.delivery_id(organisation, rule_key, record.key)
        job = Job(capability=job_name(rule.label), target=record.key)
        done = f"delivery {delivery}"
        earlier = (await self._store.get(organisation, [job.key])).get(job.key)
        if earlier is not None and isinstance(earlier.entity, Job):
            was = earlier.entity
            if was.outcome is Outcome.DONE and was.reason == done:
                return
        if delivery not in self._told:
            alert = _alert(organisation, rule, record.key, record.entity, current, delivery)
            try:
                await self._send(organisation, rule, alert)
            except InvalidError as error:
                await self._keep(organisation, job, Outcome.UNKNOWN, f"not delivered: {error}")
                raise
            self._told[delivery] = None
            if len(self._told) > _TOLD_LIMIT:
                self._told.popitem(last=False)
        await self._keep(organisation, job, Outcome.DONE, done)

    async def _send(self, organisation: Organisation, rule: AlertRule, alert: Alert) -> None:
        address = self._reveal(organisation, rule.channel)
        signing_key = self._reveal(organisation, rule.signing_key)
        try:
            await self._channels.of(address).send(address, alert, signing_key=signing_key)
        except UnavailableError as error:
            raise UndeliveredError(str(error)) from error

    async def _keep(self, organisation: Organisation, job: Job, outcome: Outcome, reason: str) -> None:
        kept = Job(capability=job.capability, target=job.target, outcome=outcome, reason=reason[:2_000])
        batch = Observations(capability=ALERTER, seen_at=self._now(), entities=(kept,))
        await self._surface.observe(organisation, batch)


def job_name(label: str) -> str:
    """Return what the deliveries of a rule are kept under; a digest tells long labels apart."""
    if len(label) <= _LABEL_LIMIT:
        return f"alert.{label}"
    return f"alert.{label[:80]}.{hashlib.sha256(label.encode()).hexdigest()[:32]}"


def _alert(
    organisation: Organisation, rule: AlertRule, key: Key, risk: Entity, current: Episode, delivery: str
) -> Alert:
    if isinstance(risk, Incident):
        return alert_of(organisation, rule, risk, current, delivery)
    assert isinstance(risk, Risk)
    return Alert(
        id=delivery,
        rule=rule.label,
        cause=current.cause,
        began_at=current.began_at,
        organisation=organisation,
        risk=key,
        target=Key(risk.target),
        weakness=risk.weakness,
        title=risk.title or risk.weakness,
        score=risk.score or 0,
        decision=risk.decision,
        severity=risk.severity,
        state=risk.state,
        known_exploited=is_known_exploited(risk),
        remediation=risk.remediation,
        factors=risk.factors,
    )
