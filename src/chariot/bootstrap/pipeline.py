"""The stages that work, what feeds them, and what happens by the clock."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from chariot.adapters.network.answers import AnswerBudget
from chariot.adapters.network.names import resolver_at
from chariot.adapters.network.network import ScanNetworkFactory
from chariot.bootstrap.discovering import Discovery, forget_journal
from chariot.bootstrap.engines import Engines
from chariot.bootstrap.sourcing import make_desk
from chariot.errors import BusyError, UnavailableError
from chariot.model.keys import SHARED, Organisation
from chariot.model.records import Change
from chariot.modules.alerts.stage import routes as alert_routes
from chariot.modules.discovery.budgets import Budget
from chariot.modules.discovery.chains import Chains
from chariot.modules.discovery.ending import ScanEnd
from chariot.modules.discovery.fingerprints.matching import rules_with
from chariot.modules.discovery.horizon import Horizon, Reach
from chariot.modules.discovery.ownership import OwnershipService
from chariot.modules.discovery.plan import Paces, ScanPlans
from chariot.modules.discovery.planner import Planner
from chariot.modules.discovery.ports import Files, Sources
from chariot.modules.discovery.registry import QUEUES, AnyCapability, Registry
from chariot.modules.discovery.runner import Runner
from chariot.modules.discovery.scans import ScanService
from chariot.modules.risk import routes as risk_routes
from chariot.modules.risk.assess import Assessor, AssessStage
from chariot.modules.risk.correlate import CorrelateStage, Correlator
from chariot.modules.risk.follow import IntelFollower
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work import scheduler as schedule
from chariot.modules.work.owners import this_owner
from chariot.modules.work.pipeline import Pipeline
from chariot.modules.work.queues import ASSET, RISK, SCAN, STAGES
from chariot.modules.work.relay import Relay, Route
from chariot.modules.work.relays import Relays
from chariot.modules.work.scheduler import Scheduler
from chariot.modules.work.stages import Stage, StageSettings
from chariot.modules.work.traces import ChangeTraces, ToldTraces
from chariot.modules.work.worker import Worker
from chariot.settings import Limits, Settings


def make_pipeline(
    settings: Settings,
    engines: Engines,
    surface: SurfaceService,
    discovery: Discovery,
    correlator: Correlator,
    assessor: Assessor,
    ownership: OwnershipService,
    files: Files,
    more: Sequence[Stage] = (),
) -> Pipeline:
    """Return the stages with their workers, and the relay that feeds them from the change log."""
    bus, keeper, scanners = engines.bus, discovery.keeper, discovery.scanners
    registry = Registry(scanners.classes, _parameters(scanners.classes, settings))
    planner = Planner(
        registry, surface, keeper, bus, cadence=scanners.cadence, left_out=scanners.left_out, now=engines.now
    )
    relay = _relays(engines, (*planner.routes(), *risk_routes.routes(), *alert_routes()))
    stages: list[Stage] = [
        planner,
        ScanEnd(surface, keeper, bus, relay.is_caught_up, settle=ownership.settle, now=engines.now),
        *_runners(
            settings,
            engines,
            registry,
            surface,
            discovery,
            Chains(registry, surface.store, bus, left_out=scanners.left_out),
            ownership,
            files,
            make_desk(settings, scanners.classes, engines.breakers.sources),
        ),
        CorrelateStage(surface, correlator, bus),
        AssessStage(surface, assessor, bus),
        *more,
    ]
    owner = this_owner()
    workers = [
        Worker(
            bus,
            stage,
            _limited(stage, settings.limits),
            owner=owner,
            now=engines.now,
            after=relay.nudge,
            tracing=engines.tracing,
        )
        for stage in stages
    ]
    return Pipeline(bus, relay, workers)


def _relays(engines: Engines, routes: Sequence[Route]) -> Relays:
    """Return a relay for each log; what is known to all is told by the shared one alone."""
    return Relays(
        {
            name: Relay(
                home.store,
                engines.bus,
                home.checkpoints,
                routes,
                besides=(SHARED,) if name else (),
                hints=home.hints,
                trace_of=partial(_trace_of, engines.traces, home.told),
            )
            for name, home in engines.homes.items()
        }
    )


def _trace_of(own: ChangeTraces, told: ToldTraces, change: Change) -> str:
    """Return the `traceparent` of whoever made *change*, in this process or in another that its database tells of."""
    return own.of(change) or told.of(change)


def make_scheduler(
    settings: Settings,
    engines: Engines,
    surface: SurfaceService,
    follower: IntelFollower,
    scans: ScanService,
    more: Mapping[str, schedule.Action],
) -> Scheduler:
    """Return what the clock starts: exactly one process runs it at a time."""
    actions: dict[str, schedule.Action] = {
        schedule.FOLLOW_FEEDS: lambda _: follower.follow(),
        schedule.EXPIRE: surface.expire,
        schedule.RECHECK: follower.recheck,
        schedule.UPKEEP: lambda _: _upkeep(engines, settings),
        # What is known is looked at again; a capability whose period has not passed leaves its target alone.
        schedule.RESCAN: lambda organisation: _rescan(scans, organisation),
        **more,
    }
    return Scheduler(engines.store, engines.checkpoints, actions, now=engines.now)


async def _rescan(scans: ScanService, organisation: Organisation) -> None:
    # While everything is stopped there is nothing to order; what is due then is due the next time as well.
    if not (await scans.guard(organisation)).stopped:
        await scans.start(organisation, (), requested_by="schedule", due_only=True)


async def _upkeep(engines: Engines, settings: Settings) -> None:
    """Do what each database needs; one that is away holds up no other, and is told in the end.

    Raises:
        UnavailableError: not all was done; the next time does the rest.
    """
    work: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        (name, partial(home.upkeep, settings.history_days))
        for name, home in engines.homes.items()
        if home.upkeep is not None
    ]
    if settings.journal_days:
        work += [
            (name, partial(forget_journal, engines, name, settings.journal_days))
            for name in await engines.store.organisations()
        ]
    failures = []
    for name, one in work:
        try:
            await one()
        except (BusyError, UnavailableError) as error:
            failures.append(f"{name}: {error}" if name else str(error))
    if failures:
        raise UnavailableError("; ".join(failures))


def _parameters(classes: Sequence[type[AnyCapability]], settings: Settings) -> dict[str, dict[str, Any]]:
    """Give every capability those of its parameters that the settings know.

    Raises:
        ConfigurationError: a file of fingerprints is malformed; told now, and not by each scan.
    """
    if settings.fingerprints:
        rules_with(settings.fingerprints)
    known = {
        "ports": list(settings.ports),
        "fingerprints": list(settings.fingerprints),
        "ca_file": settings.ca_file,
    }
    found = {}
    for cls in classes:
        names = {field.name for field in msgspec.structs.fields(cls.parameters_type)}
        if taken := {name: value for name, value in known.items() if name in names}:
            found[cls.name] = taken
    return found


def make_plans(
    settings: Settings, engines: Engines, surface: SurfaceService, discovery: Discovery
) -> ScanPlans:
    """Return what tells what a scan will do."""
    scanners, limits = discovery.scanners, settings.limits
    return ScanPlans(
        Registry(scanners.classes, _parameters(scanners.classes, settings)),
        surface,
        discovery.keeper,
        discovery.journal,
        Paces(limits.packets_per_s, limits.packets_per_target_per_s),
        cadence=scanners.cadence,
        left_out=scanners.left_out,
        budget=Budget(limits.packets_per_day, limits.scan_seconds_per_day),
        now=engines.now,
    )


def _runners(
    settings: Settings,
    engines: Engines,
    registry: Registry,
    surface: SurfaceService,
    discovery: Discovery,
    chains: Chains,
    ownership: OwnershipService,
    files: Files,
    sources: Sources,
) -> list[Runner]:
    limits = settings.limits
    networks = ScanNetworkFactory(
        resolver_at(settings.resolver),
        discovery.buckets,
        discovery.writer,
        sources=sources,
        answers=AnswerBudget(
            body_s=limits.body_seconds, host_s=limits.host_seconds, host_bytes=limits.host_bytes
        ),
        now=engines.now,
    )
    horizon = Horizon(surface.store, Reach(limits.generations, limits.led_to), now=engines.now)
    return [
        Runner(
            queue,
            registry,
            surface,
            discovery.keeper,
            networks,
            chains=chains,
            ownership=ownership,
            files=files,
            budgets=discovery.budgets,
            horizon=horizon,
            worked=discovery.writer.worked,
            now=engines.now,
        )
        for queue in QUEUES.values()
    ]


def _limited(stage: Stage, limits: Limits) -> StageSettings:
    usual = STAGES[stage.queue]
    workers = {ASSET: limits.asset_workers, RISK: limits.risk_workers, SCAN: limits.scan_workers}
    return msgspec.structs.replace(usual, concurrency=workers.get(stage.queue, usual.concurrency))
