"""`chariot queue`, `chariot expire`, `chariot capabilities`: the machinery behind the surface."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.entrypoints.cli.scanners import Scanner
    from chariot.entrypoints.cli.services import Services
    from chariot.modules.surface.states import Applied
    from chariot.modules.work.messages import DeadLetter, QueueDepth


@click.group("queue")
def queue_command() -> None:
    """Show queues and dead letters; replay them."""


@queue_command.command("list")
@global_options
@pass_invocation
def _list(invocation: Invocation) -> None:
    """Show how full each queue is, and why its oldest message does not move."""

    async def work(application: "Services") -> tuple["QueueDepth", ...]:
        return tuple(await application.bus.depths(application.organisation))

    depths = invocation.ask(work)
    rows = [
        (
            depth.queue,
            f"{depth.waiting:,}",
            f"{depth.leased:,}",
            f"{depth.delayed:,}",
            f"{depth.dead:,}",
            depth.oldest.reason if depth.oldest else "-",
        )
        for depth in depths
    ]
    columns = ("queue", "waiting", "running", "again later", "dead", "oldest")
    invocation.output.choose(depths, lambda: invocation.output.table(columns, rows))


@queue_command.command("dead")
@click.option("--queue", default="", help="Only of this queue.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@click.option("--after", default="", help="Go on after this number.")
@global_options
@pass_invocation
def _dead(invocation: Invocation, queue: str, limit: int, after: str) -> None:
    """Show work that failed for good, with its last error."""

    async def work(application: "Services") -> list["DeadLetter"]:
        organisation = application.organisation
        # One more than is shown tells whether there are more.
        found = await application.bus.dead_letters(organisation, queue=queue, limit=limit + 1, after=after)
        return list(found)

    letters = invocation.ask(work)
    _show_dead(invocation, letters[:limit], more=len(letters) > limit)


def _show_dead(invocation: Invocation, letters: list["DeadLetter"], *, more: bool) -> None:
    from chariot.entrypoints.cli.times import local

    output = invocation.output
    rows = [
        (one.number, one.message.queue, one.message.id, str(one.attempts), local(one.died_at), one.error)
        for one in letters
    ]
    plain = [
        {
            "number": one.number,
            "queue": one.message.queue,
            "id": one.message.id,
            "order_key": one.message.order_key,
            "attempts": one.attempts,
            "error": one.error,
            "published_at": one.published_at,
            "died_at": one.died_at,
        }
        for one in letters
    ]
    columns = ("number", "queue", "id", "attempts", "died", "error")
    output.choose({"items": plain, "more": more}, lambda: output.table(columns, rows))
    if more and not output.as_json:
        output.notice(f"there are more: raise --limit, or go on with --after {letters[-1].number}")


@queue_command.command("replay")
@click.argument("numbers", nargs=-1, metavar="NUMBER...")
@click.option("--all", "everything", is_flag=True, help="Replay all dead letters.")
@click.option("--queue", default="", help="With --all: only those of this queue.")
@global_options
@pass_invocation
def _replay(invocation: Invocation, numbers: tuple[str, ...], everything: bool, queue: str) -> None:
    """Put dead letters back to the end of their queues, with all their tries."""
    if bool(numbers) == everything:
        raise click.UsageError("name the numbers that `chariot queue dead` shows, or say --all")

    async def work(application: "Services") -> int:
        bus, organisation = application.bus, application.organisation
        if numbers:
            return await bus.replay(numbers, organisation=organisation)
        replayed, after = 0, ""
        while letters := await bus.dead_letters(organisation, queue=queue, limit=500, after=after):
            after = letters[-1].number
            replayed += await bus.replay([one.number for one in letters], organisation=organisation)
        return replayed

    replayed = invocation.ask(work)
    output = invocation.output
    output.choose(
        {"replayed": replayed},
        lambda: output.line(f"{replayed:,} replayed; `chariot scan --resume` works on them"),
    )
    unknown = len(set(numbers)) - replayed
    if numbers and unknown > 0:
        from chariot.errors import NotFoundError

        raise NotFoundError(
            f"{unknown:,} of these numbers are no dead letters; `chariot queue dead` shows those there are"
        )


@click.command("expire")
@global_options
@pass_invocation
def expire_command(invocation: Invocation) -> None:
    """Let what nobody confirmed in its time turn stale, and then leave the surface."""
    applied: Applied = invocation.ask(
        lambda application: application.surface.expire(application.organisation)
    )
    output = invocation.output
    output.choose(
        {"changed": applied.changed},
        lambda: output.line(f"{applied.changed:,} entities turned stale or left"),
    )


@click.command("capabilities")
@global_options
@pass_invocation
def capabilities_command(invocation: Invocation) -> None:
    """List scanners and tools: what they look at, send and need, how often they run, and why one cannot run now."""
    from chariot.entrypoints.cli.scanners import installed_capabilities, span

    output = invocation.output
    found = (
        invocation.at_server(_scanners_there)
        if invocation.is_remote
        else installed_capabilities(invocation.settings())
    )
    rows = [
        (
            one.name,
            one.origin,
            ", ".join(one.accepts),
            f"{one.touch.value}, deep" if one.deep else one.touch.value,
            span(one.period_s),
            ", ".join(one.needs) or "-",
            one.obstacle or "yes",
            one.sends or "-",
            one.summary,
        )
        for one in found
    ]
    columns = ("name", "origin", "accepts", "touch", "period", "needs", "can run", "sends", "what it does")
    output.choose(found, lambda: output.table(columns, rows))


async def _scanners_there(remote: "RemoteApplication") -> list["Scanner"]:
    return await remote.scanners()
