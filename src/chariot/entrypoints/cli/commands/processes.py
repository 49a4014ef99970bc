"""`chariot work`, `chariot relay`, `chariot migrate`: the processes of an installation on many machines."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, of_option, pass_invocation
from chariot.errors import InvalidError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable

    from chariot.application import Application
    from chariot.entrypoints.cli.terminal import Output

RELAY_LEASE = "relay"
"""The lease of the one process that relays."""

_alive_option = click.option(
    "--alive",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    envvar="CHARIOT_ALIVE",
    help="File that is touched every few seconds while the process is well.",
)


@click.command("work")
@click.option("--queues", default="", help="Only these, with commas between them; by default all.")
@_alive_option
@global_options
@pass_invocation
def work_command(invocation: Invocation, queues: str, alive: Path | None) -> None:
    """Work on queues until SIGTERM or Ctrl-C; then finish what runs, or give it back.

    Another process follows the change log: `chariot relay`, or `chariot serve` on SQLite.
    """
    invocation.run(lambda application: _work(invocation, application, queues, alive))


async def _work(invocation: Invocation, application: "Application", queues: str, alive: Path | None) -> None:
    from chariot.entrypoints.cli.scanning import interruptions, running_pipeline

    chosen = _chosen(queues, application.pipeline.queues)
    interrupted = _event()
    with interruptions(interrupted):
        async with running_pipeline(application, relay=False, queues=chosen) as work:
            _say(invocation, "work", f"working on {', '.join(chosen)}; Ctrl-C ends it", queues=chosen)
            if left := [name for name in application.pipeline.queues if name not in chosen]:
                # Nothing else would tell why a scan does not end when nobody serves its last queue.
                invocation.output.notice(f"other processes have to work on {', '.join(left)}")
            await _until(interrupted, work, alive)


def _chosen(queues: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the queues that *queues* names.

    Raises:
        InvalidError: one is not known.
    """
    wanted = tuple(dict.fromkeys(name.strip() for name in queues.split(",") if name.strip()))
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise InvalidError(
            f"no queue is called {unknown[0][:80]!r}; there are {', '.join(known)}", place="--queues"
        )
    return wanted or known


@click.command("relay")
@click.option(
    "--metrics",
    default="",
    metavar="HOST:PORT",
    envvar="CHARIOT_METRICS",
    help="Tell Prometheus there how much waits in all queues, of all organisations together.",
)
@_alive_option
@global_options
@pass_invocation
def relay_command(invocation: Invocation, alive: Path | None, metrics: str) -> None:
    """Bring changes to the queues, and do periodic work, while no other process does.

    Of any number of these processes one is active; another takes over within seconds when it ends or dies.
    """
    invocation.run(lambda application: _relay(invocation, application, alive, metrics))


async def _relay(
    invocation: Invocation, application: "Application", alive: Path | None, metrics: str
) -> None:
    import asyncio
    from contextlib import nullcontext

    from chariot.entrypoints.cli.backlog import Backlog
    from chariot.entrypoints.cli.scanning import interruptions
    from chariot.modules.work.leases import Guard
    from chariot.modules.work.owners import this_owner
    from chariot.modules.work.scheduler import LEASE

    async def lead(stop: "asyncio.Event") -> None:
        _say(invocation, "active", "active: this process relays and keeps the schedule")
        # A server with workers of its own may keep the schedule already: that has a lease of its own.
        await together(
            application.pipeline.relay.run(stop),
            schedule.run(application.scheduler.run, stop),
            backlog.run(stop),
        )

    backlog = Backlog(application.bus)
    interrupted = _event()
    guard = Guard(application.leases, RELAY_LEASE, this_owner())
    schedule = Guard(application.leases, LEASE, this_owner())
    with interruptions(interrupted), backlog.served(metrics) if metrics else nullcontext():
        _say(invocation, "standby", "standing by; Ctrl-C ends it")
        guarded = asyncio.create_task(guard.run(lead, interrupted))
        await _until(interrupted, guarded, alive)
        await guarded


async def together(*work: "Awaitable[None]") -> None:
    """Run *work* side by side; the failure of one ends the others and is raised as it is."""
    import asyncio

    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _until(interrupted: "asyncio.Event", work: "asyncio.Task[None]", alive: Path | None) -> None:
    """Return when asked to stop or when *work* has ended, touching the file *alive* meanwhile."""
    import asyncio

    from chariot.entrypoints.cli.alive import ALIVE_EVERY_S, touch

    stop = asyncio.create_task(interrupted.wait())
    try:
        while not stop.done() and not work.done():
            touch(alive)
            await asyncio.wait({stop, work}, timeout=ALIVE_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.cancel()


@click.command("migrate")
@click.option(
    "--to", type=click.IntRange(min=0), default=None, help="This step, also backwards; by default the newest."
)
@click.option("--check", is_flag=True, help="Only say whether the schema is the one that this program knows.")
@of_option
@global_options
@pass_invocation
def migrate_command(invocation: Invocation, to: int | None, check: bool, of: str) -> int:
    """Bring the schema of every database up to date, before a new version of the program starts; or one back.

    With --to it is the database of all, or with --of the one of that organisation.
    """
    import asyncio

    from chariot.bootstrap.upkeep import stores

    if check and to is not None:
        raise click.UsageError("--check changes nothing: leave --to out")
    names = [of] if of or to is not None else list(stores(invocation.settings()))
    return asyncio.run(_check(invocation, names) if check else _migrate(invocation, names, to))


async def _migrate(invocation: Invocation, names: list[str], to: int | None) -> int:
    from chariot.bootstrap.upkeep import migrate_store

    output, settings = invocation.output, invocation.settings()
    reached = {name: await migrate_store(settings, to, name) for name in names}
    lines = [f"{_whose(name)} has schema {step}" for name, step in reached.items()]
    output.choose(
        _of_all({name: {"schema": step} for name, step in reached.items()}), lambda: _tell(output, lines)
    )
    return 0


async def _check(invocation: Invocation, names: list[str]) -> int:
    from chariot.bootstrap.upkeep import check_schema

    output, settings = invocation.output, invocation.settings()
    found = {name: await check_schema(settings, name) for name in names}
    lines = [_verdict(_whose(name), schema.have, schema.known) for name, schema in found.items()]
    plain = {name: {"have": schema.have, "known": schema.known} for name, schema in found.items()}
    output.choose(_of_all(plain), lambda: _tell(output, lines))
    return 0 if all(schema.have == schema.known for schema in found.values()) else 5


def _tell(output: "Output", lines: list[str]) -> None:
    for line in lines:
        output.line(line)


def _whose(name: str) -> str:
    return f"the store of {name}" if name else "the store"


def _of_all(found: dict[str, dict[str, int]]) -> dict[str, object]:
    """Return what is told of the database of all, and beside it what is told of each organisation's own."""
    own = {name: one for name, one in found.items() if name}
    return {**found.get("", {}), **({"organisations": own} if own else {})}


def _verdict(store: str, have: int, known: int) -> str:
    if have > known:
        return f"{store} has schema {have}, this program knows {known}: use a newer Chariot"
    if have < known:
        return f"{store} has schema {have}, this program needs {known}: run `chariot migrate`"
    return f"{store} has schema {have}, as this program needs"


def _event() -> "asyncio.Event":
    import asyncio

    return asyncio.Event()


def _say(invocation: Invocation, event: str, text: str, **more: object) -> None:
    if invocation.output.as_json:
        invocation.output.event({"event": event, **more})
    else:
        invocation.output.line(text)
