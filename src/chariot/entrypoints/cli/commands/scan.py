"""`chariot scan`: from seeds to the list of what to fix first, in this process."""

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.displays import JsonDisplay, LineDisplay, LiveDisplay
    from chariot.entrypoints.cli.outcome import Outcome
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.entrypoints.cli.services import Services


class Order(NamedTuple):
    """What is asked for."""

    seeds: tuple[str, ...]
    deny: tuple[str, ...]
    depth: str | None
    due: bool


@click.command("scan")
@click.argument("seeds", nargs=-1, metavar="[SEED]...")
@click.option("--deny", multiple=True, help="Leave this name, address or netblock alone; may be repeated.")
@click.option(
    "--depth",
    type=click.Choice(["passive", "light", "normal", "deep"]),
    default=None,
    help="How deep scans of these seeds may go from now on; external tools run where it is deep.",
)
@click.option("--due", is_flag=True, help="Look only at what changed, or whose last answer is too old.")
@click.option(
    "--plan", is_flag=True, help="Tell what it would do: targets, packets and time. Nothing is sent."
)
@click.option("--resume", is_flag=True, help="Go on with what waits; begin nothing new.")
@click.option(
    "--fail-on",
    type=click.IntRange(0, 100),
    default=None,
    help="Exit with 1 when an open risk has this score or more.",
)
@click.option(
    "--top", type=click.IntRange(1, 1_000), default=10, show_default=True, help="How many risks to show."
)
@global_options
@pass_invocation
def scan_command(
    invocation: Invocation,
    seeds: tuple[str, ...],
    deny: tuple[str, ...],
    depth: str | None,
    due: bool,
    plan: bool,
    resume: bool,
    fail_on: int | None,
    top: int,
) -> int:
    """Scan what descends from SEEDs: domains, addresses, netblocks that are yours.

    Without a SEED, those of the settings are scanned, or all that is known already. Ctrl-C stops cleanly, a
    second one at once; either way nothing is lost, and --resume goes on.

    \b
    chariot scan example.com 192.0.2.0/28 --deny legacy.example.com
    """  # noqa: D301 - click's mark for lines that stay as they are
    from chariot.entrypoints.cli.exits import Exit
    from chariot.entrypoints.cli.outcome import write_outcome
    from chariot.entrypoints.cli.planning import show_plan

    if resume and (seeds or deny or depth or due or plan):
        raise click.UsageError("--resume goes on with the scan as it was begun; leave all else out")
    order = Order(seeds, deny, depth, due)
    if plan:
        show_plan(invocation, order)
        return Exit.OK

    outcome, finished = (
        invocation.at_server(lambda remote: _scan_there(invocation, remote, order, resume=resume, top=top))
        if invocation.is_remote
        else invocation.run(lambda application: _scan(invocation, application, order, resume=resume, top=top))
    )
    write_outcome(invocation.output, outcome, finished=finished, command=invocation.command)
    if not finished:
        return Exit.INTERRUPTED
    highest = max((risk.score or 0 for risk in outcome.top.items), default=None)
    failed = fail_on is not None and highest is not None and highest >= fail_on
    return Exit.FOUND if failed else Exit.OK


async def _scan(
    invocation: Invocation,
    application: "Application",
    order: Order,
    *,
    resume: bool,
    top: int,
) -> tuple["Outcome", bool]:
    from chariot.entrypoints.cli.outcome import collect_outcome
    from chariot.entrypoints.cli.scanning import run_until_idle

    if not resume:
        await _start(application, order)
    with display_for(invocation) as display:
        finished = await run_until_idle(application, display)
    return await collect_outcome(application, top), finished


async def _scan_there(
    invocation: Invocation,
    remote: "RemoteApplication",
    order: Order,
    *,
    resume: bool,
    top: int,
) -> tuple["Outcome", bool]:
    from chariot.entrypoints.cli.outcome import collect_outcome
    from chariot.entrypoints.cli.remote import scanning

    after = await remote.last_sequence()
    # What an interruption stopped sends again; what a person stopped on purpose does not.
    await scanning.go_on(remote)
    if not resume:
        await _start(remote, order)
    with display_for(invocation) as display:
        finished = await scanning.watch_until_idle(remote, display, after)
    return await collect_outcome(remote, top), finished


async def _start(services: "Services", order: Order) -> None:
    from chariot.model.states import Depth

    seeds = order.seeds or services.settings.seeds
    if not seeds and not await _has_seeds(services):
        raise click.UsageError("name a seed, such as a domain of yours, or set `seeds` in the settings")
    await services.scans.start(
        services.organisation,
        seeds,
        deny=order.deny,
        requested_by=actor(),
        depth=Depth(order.depth) if order.depth else None,
        due_only=order.due,
    )


async def _has_seeds(application: "Services") -> bool:
    from chariot.modules.surface.query import Query

    page = await application.store.find(application.organisation, Query(kinds=("seed",), limit=1))
    return bool(page.items)


def display_for(invocation: Invocation) -> "LiveDisplay | LineDisplay | JsonDisplay":
    """Return the display that fits who reads: a person, a pipe or a machine."""
    """Return the display that suits where the output goes: a terminal, a pipe, or a machine."""
    from chariot.entrypoints.cli import displays

    output = invocation.output
    kind: Any = displays.LineDisplay
    if output.as_json:
        kind = displays.JsonDisplay
    elif output.is_terminal:
        kind = displays.LiveDisplay
    display: LiveDisplay | LineDisplay | JsonDisplay = kind(output)
    return display
