"""Alert rules as people keep them: set, list, end, and try out."""

from collections.abc import Callable
from datetime import UTC, datetime

from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.refusals import refused_entity
from chariot.model.states import Decision, RiskState, Severity, Status
from chariot.modules.alerts.ports import Alert, Channels
from chariot.modules.alerts.stage import job_name
from chariot.modules.surface.query import Compare, Page, Query
from chariot.modules.surface.service import SurfaceService


class AlertService:
    """What people do with alert rules. A rule's channel and key are sealed before they are stored."""

    def __init__(
        self,
        surface: SurfaceService,
        channels: Channels,
        *,
        reveal: Callable[[Organisation, str], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*reveal* opens what was sealed; see `Vault.open`."""
        self._surface = surface
        self._channels = channels
        self._reveal = reveal
        self._now = now

    async def put(self, organisation: Organisation, rule: AlertRule, *, actor: str) -> None:
        """Set *rule*, whole: what it states not falls back to its default.

        Raises:
            InvalidError: it has no channel, or one that is no address.
        """
        if "://" not in rule.channel:
            raise InvalidError("is not an address such as https://hooks.example.com/…", place="channel")
        fields = {spec.name: getattr(rule, spec.name) for spec in rule.specs if not spec.mark.identity}
        edit = Edit(actor=actor, entity=rule, fields=fields, status=Status.ACTIVE)
        await self._surface.edit(organisation, [edit])

    async def deliveries(
        self, organisation: Organisation, label: str, *, limit: int = 100, cursor: str = ""
    ) -> Page[Record]:
        """Return what became of the alerts of the rule called *label*, one job a risk, the newest change first.

        Raises:
            NotFoundError: there is no such rule.
        """
        await self._key(organisation, label)
        told = Compare("capability", "=", (job_name(label),))
        query = Query(kinds=("job",), where=told, sort="-updated", limit=limit, cursor=cursor)
        return await self._surface.store.find(organisation, query)

    async def end(self, organisation: Organisation, label: str, *, actor: str) -> None:
        """Take the rule called *label* out of force; history keeps it.

        Raises:
            NotFoundError: there is no such rule.
        """
        key = await self._key(organisation, label)
        await self._surface.edit(organisation, [Edit(actor=actor, key=key, status=Status.GONE)])

    async def try_out(self, organisation: Organisation, label: str) -> None:
        """Send a made-up alert to the channel of the rule called *label*.

        Raises:
            NotFoundError: there is no such rule.
            InvalidError: the channel will never take it.
            UnavailableError: it does not answer now.
        """
        key = await self._key(organisation, label)
        rule = (await self._surface.store.get(organisation, [key]))[key].entity
        assert isinstance(rule, AlertRule)
        address = self._reveal(organisation, rule.channel)
        alert = _made_up(organisation, label, self._now())
        key_text = self._reveal(organisation, rule.signing_key)
        await self._channels.of(address).send(address, alert, signing_key=key_text)

    async def _key(self, organisation: Organisation, label: str) -> Key:
        try:
            key = AlertRule(label=label).key
        except ValueError as error:
            raise refused_entity(error) from None
        record = (await self._surface.store.get(organisation, [key])).get(key)
        if record is None or record.status is Status.GONE:
            raise NotFoundError(f"no alert rule is called {label}")
        return key


def _made_up(organisation: Organisation, label: str, now: datetime) -> Alert:
    """Return an alert that says of itself that it is a trial; its key and its weakness are nobody's."""
    target = Key("#domain#trial.example")
    return Alert(
        id=f"trial-{now.timestamp():.0f}",
        rule=label,
        cause="trial",
        began_at=now,
        organisation=organisation,
        risk=Key("#risk#domain#trial.example#trial"),
        target=target,
        weakness="trial",
        title="A trial of this alert rule: nothing is wrong",
        score=0,
        decision=Decision.TRACK,
        severity=Severity.INFO,
        state=RiskState.TRIAGE,
        known_exploited=False,
        remediation="",
        factors=(),
    )
