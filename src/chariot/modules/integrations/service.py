"""Integrations as people keep them: set, list, test, run and end; each run's result is kept beside it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
import structlog

from chariot.errors import (
    BusyError,
    ChariotError,
    ConflictError,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.integration import Integration
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.integrations.runs import Ran, Runs
from chariot.modules.integrations.types import checked, type_named
from chariot.modules.surface.query import PAGE_LIMIT, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.leases import Guard, Leases
from chariot.modules.work.messages import Message
from chariot.modules.work.owners import this_owner
from chariot.modules.work.ports import Publisher
from chariot.modules.work.queues import INTEGRATE

SCHEDULE: Final = "schedule"
_ATTEMPTS: Final = 5
_ASKED: Final = "asked"
_DUE: Final = "due"
"""How a message says whether a person asked, or the clock."""
_STATED: Final = ("type", "address", "options", "secret", "every_minutes", "enabled")
_log = structlog.get_logger(__name__)


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What a run did."""

    label: str
    outcome: str
    """`done` or `failed`."""
    message: str
    counts: dict[str, int]


class IntegrationService:
    """What people and the clock do with integrations. Secrets are sealed before they are stored."""

    def __init__(
        self,
        surface: SurfaceService,
        runs: Runs,
        bus: Publisher,
        leases: Leases,
        *,
        reveal: Callable[[Organisation, str], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*reveal* opens what was sealed; see `Vault.open`."""
        self._surface = surface
        self._runs = runs
        self._bus = bus
        self._leases = leases
        self._reveal = reveal
        self._now = now

    async def put(self, organisation: Organisation, integration: Integration, *, actor: str) -> Record:
        """Set an integration, whole but for its secret: without one, the one that is there stays.

        Raises:
            InvalidError: something of it is missing or wrong; the place names it.
            BusyError: others change it all the time.
        """
        blank = Integration(label=integration.label)
        for _ in range(_ATTEMPTS):
            known = await self._record(organisation, integration.label)
            edit = Edit(
                actor=actor,
                why="set",
                entity=blank,
                fields=self._stated(organisation, integration, known),
                status=Status.ACTIVE,
                # A secret that stays was given for the address that was read, and for no other.
                if_revision=0 if known is None else known.revision,
            )
            with suppress(ConflictError):
                await self._surface.edit(organisation, [edit])
                return (await self._surface.store.get(organisation, [blank.key]))[blank.key]
        raise BusyError("the integration changes too quickly to be set")

    def _stated(
        self, organisation: Organisation, integration: Integration, known: Record | None
    ) -> dict[str, object]:
        """Return what is written of *integration* over what is *known*."""
        # What a run remembered of other settings may not hold for these.
        stated = {name: getattr(integration, name) for name in _STATED} | {"memory": {}}
        held = known.entity if known is not None and known.status is not Status.GONE else None
        if not isinstance(held, Integration) or integration.secret:
            checked(integration)
            return stated
        # A secret belongs to the system that it was given for: it does not follow to another address.
        if held.address != integration.address or held.type != integration.type:
            raise InvalidError("say it again: the type or the address is another", place="secret")
        checked(msgspec.structs.replace(integration, secret=self._reveal(organisation, held.secret)))
        del stated["secret"]
        return stated

    async def end(self, organisation: Organisation, label: str, *, actor: str) -> None:
        """Take an integration out of force, and forget its secret; history keeps the rest.

        Raises:
            NotFoundError: there is none of that name.
        """
        record, _ = await self.get(organisation, label)
        fields = {"secret": "", "memory": {}}
        edit = Edit(actor=actor, why="ended", key=record.key, fields=fields, status=Status.GONE)
        await self._surface.edit(organisation, [edit])

    async def list(self, organisation: Organisation) -> Sequence[tuple[Record, Integration]]:
        """Return all integrations, by name."""
        query = Query(kinds=("integration",), limit=PAGE_LIMIT)
        page = await self._surface.store.find(organisation, query)
        return [(one, one.entity) for one in page.items if isinstance(one.entity, Integration)]

    async def get(self, organisation: Organisation, label: str) -> tuple[Record, Integration]:
        """Return an integration; its secret is sealed.

        Raises:
            NotFoundError: there is none of that name.
        """
        record = await self._record(organisation, label)
        if record is None or record.status is Status.GONE or not isinstance(record.entity, Integration):
            raise NotFoundError(f"no integration is called {label[:80]!r}")
        return record, record.entity

    def secret_of(self, organisation: Organisation, integration: Integration) -> str:
        """Return the secret of an integration, for its use alone."""
        return self._reveal(organisation, integration.secret)

    async def test(self, organisation: Organisation, label: str) -> str:
        """Ask the other system whether it knows us, change nothing, and return what it said.

        Raises:
            NotFoundError: there is no such integration.
            InvalidError: the address, the token or an option is wrong.
            UnavailableError: the other system is away.
        """
        _, integration = await self.get(organisation, label)
        return await self._runs.test(integration, self._reveal(organisation, integration.secret))

    async def order(self, organisation: Organisation, label: str) -> None:
        """Have an integration run soon by a worker.

        Raises:
            NotFoundError: there is no such integration.
            ConflictError: it is not run, but sent to.
        """
        _, integration = await self.get(organisation, label)
        _runs_at_all(integration)
        await self._publish(organisation, label, f"asked-{self._now().timestamp():.3f}", _ASKED)

    async def run(self, organisation: Organisation, label: str) -> Result:
        """Run an integration now, after a run of it that is under way anywhere; return and keep what came of it.

        Raises:
            NotFoundError: there is no such integration.
            ConflictError: it is not run, but sent to.
        """
        _, integration = await self.get(organisation, label)
        _runs_at_all(integration)
        stop = asyncio.Event()
        results: list[Result] = []

        async def once(_: asyncio.Event) -> None:
            try:
                results.append(await self._run(organisation, label))
            finally:
                stop.set()

        # Two runs at once would make issues twice.
        await Guard(self._leases, f"integration/{organisation}/{label}", this_owner()).run(once, stop)
        if not results:
            raise UnavailableError("the run was broken off: another process took it over")
        return results[0]

    async def _run(self, organisation: Organisation, label: str) -> Result:
        record, integration = await self.get(organisation, label)
        began_at = self._now()
        ran = Ran()
        try:
            secret = self._reveal(organisation, integration.secret)
            await self._runs.run(organisation, integration, secret, ran)
        except (BusyError, ConflictError, InvalidError, NotFoundError, UnavailableError) as error:
            outcome, message = "failed", str(error)
        except ChariotError as error:
            # Its text may name files of this machine.
            outcome, message = "failed", f"this installation is not set up for it ({type(error).__name__})"
        else:
            outcome, message = "done", ran.message
        result = Result(label=label, outcome=outcome, message=message[:2_000], counts=dict(ran.counts))
        fields: dict[str, Any] = {
            "last_run_at": began_at.isoformat(),
            "last_outcome": result.outcome,
            "last_message": result.message,
            "last_counts": result.counts,
        }
        key = Key(integration.key)
        try:
            remembered = {} if ran.memory is None else {"memory": ran.memory}
            edit = Edit(
                actor=SCHEDULE, why="ran", key=key, fields=fields | remembered, if_revision=record.revision
            )
            await self._surface.edit(organisation, [edit])
        except ConflictError:
            # It was set anew meanwhile: what this run remembers is of the settings before.
            await self._surface.edit(organisation, [Edit(actor=SCHEDULE, why="ran", key=key, fields=fields)])
        _log.info("integration_ran", label=label, organisation=organisation, outcome=outcome)
        return result

    async def publish_due(self, organisation: Organisation) -> int:
        """Have what is due run by a worker; return how many."""
        now = self._now()
        due = [one for _, one in await self.list(organisation) if is_due(one, now)]
        for one in due:
            await self._publish(organisation, one.label, f"{now.timestamp() // 60:.0f}", _DUE)
        return len(due)

    async def handle(self, message: Message) -> None:
        """Do what `order` or `publish_due` asked for; what ended or ran meanwhile is left alone."""
        label, _, word = message.body.decode("utf-8", "replace").partition("\n")
        try:
            _, integration = await self.get(message.organisation, label)
        except NotFoundError:
            return
        if word == _ASKED or is_due(integration, self._now()):
            await self.run(message.organisation, label)

    async def _publish(self, organisation: Organisation, label: str, name: str, word: str) -> None:
        key = Integration(label=label).key
        body = f"{label}\n{word}".encode()
        message = Message(
            queue=INTEGRATE, id=f"{label}-{name}", organisation=organisation, order_key=key, body=body
        )
        await self._bus.publish([message])

    async def _record(self, organisation: Organisation, label: str) -> Record | None:
        try:
            key = Integration(label=label).key
        except ValueError as error:
            raise InvalidError(str(error).removeprefix("label: "), place="label") from None
        return (await self._surface.store.get(organisation, [key])).get(key)


class IntegrateStage:
    """See `Stage`. A run that fails is kept as its result and comes again by its schedule."""

    queue = INTEGRATE

    def __init__(self, service: IntegrationService) -> None:
        self._service = service

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`."""
        await self._service.handle(message)


def is_due(integration: Integration, now: datetime) -> bool:
    """Tell whether the clock asks for a run."""
    if not integration.enabled or not integration.every_minutes:
        return False
    last = integration.last_run_at
    return last is None or last + timedelta(minutes=integration.every_minutes) <= now


def _runs_at_all(integration: Integration) -> None:
    if not type_named(integration.type).runs:
        raise ConflictError(f"{integration.label} is never run: others send to it")
