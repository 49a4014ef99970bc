"""`chariot paths`, `fix-plan`, `blast` and `prune`: the surface as an attacker and as a gardener see it."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from typing import TypeVar

    from chariot.entrypoints.cli.services import Graph, Services
    from chariot.model.keys import Key
    from chariot.modules.graph.answers import AttackPath, AttackPaths, Blast, FixPlan, Pruned

    T = TypeVar("T")

_AS_OF = click.option(
    "--as-of", "as_of_text", default="", help="As it was then: a moment, or a span like 7d."
)
_ASSUMED = "No asset is marked as critical (tag criticality), so each host counts as one."


@click.command("paths")
@click.argument("key", default="")
@click.option(
    "-k", "--number", type=click.IntRange(1, 100), default=10, show_default=True, help="Paths to KEY."
)
@click.option(
    "--limit", type=click.IntRange(1, 100), default=10, show_default=True, help="Targets, without a KEY."
)
@_AS_OF
@global_options
@pass_invocation
def paths_command(invocation: Invocation, key: str, number: int, limit: int, as_of_text: str) -> None:
    """Show how somebody would come from the internet to what matters.

    With the KEY of an asset, the likeliest ways to it; without one, the likeliest way to each critical asset.
    """
    as_of = _moment(invocation, as_of_text)

    async def work(application: "Services", graph: "Graph") -> "AttackPaths":
        target = await _one_of(application, key) if key else None
        return await graph.paths(application.organisation, target, k=number, limit=limit, as_of=as_of)

    found = _run(invocation, work)
    invocation.output.choose(found, lambda: _show_paths(invocation, found))


def _show_paths(invocation: Invocation, found: "AttackPaths") -> None:
    output = invocation.output
    if found.assumed and found.targets:
        output.notice(_ASSUMED)
    if not found.paths:
        output.line("no path is known that leads from the internet to what matters")
    for place, path in enumerate(found.paths, start=1):
        _show_path(invocation, place, path)
    if found.unreached:
        output.line(f"{found.unreached:,} that matter are not reached by any path")
    if not found.complete:
        output.notice("There are more than these.")


def _show_path(invocation: Invocation, place: int, path: "AttackPath") -> None:
    from chariot.entrypoints.cli.terminal import Styled
    from chariot.modules.graph.facts import name_of

    output = invocation.output
    output.heading(f"{place}. {name_of(path.target)}: {path.likelihood:.0%} likely")
    for step in path.steps:
        output.line(
            f"  {step.likelihood:>5.0%}  ", Styled(f"{step.move:<16}", "bold"), f" {name_of(step.target)}"
        )
        weaknesses = ", ".join(dict.fromkeys(risk.rpartition("#")[2] for risk in step.risks[:5]))
        more = f" and {len(step.risks) - 5} more" if len(step.risks) > 5 else ""
        output.line(Styled(f"         {step.why}{': ' if weaknesses else ''}{weaknesses}{more}", "dim"))
        if step.fix is not None and step.move != "exposed":
            output.line(Styled(f"         ends with: {step.fix.words}", "cyan"))


@click.command("fix-plan")
@click.option("--steps", type=click.IntRange(1, 100), default=10, show_default=True, help="The most fixes.")
@_AS_OF
@global_options
@pass_invocation
def fix_plan_command(invocation: Invocation, steps: int, as_of_text: str) -> None:
    """Show which few fixes close most attack paths, in the order in which they pay."""
    as_of = _moment(invocation, as_of_text)
    found = _run(
        invocation,
        lambda application, graph: graph.fix_plan(application.organisation, steps=steps, as_of=as_of),
    )
    invocation.output.choose(found, lambda: show_plan(invocation, found))


def show_plan(invocation: Invocation, plan: "FixPlan") -> None:
    """Write *plan*, its first sentence as the summary."""
    from chariot.entrypoints.cli.terminal import Styled

    output = invocation.output
    if not plan.steps:
        output.line("no path is known that leads from the internet to what matters")
        return
    output.heading(plan_sentence(plan))
    for place, step in enumerate(plan.steps, start=1):
        output.line(
            f"{place:3}. ",
            Styled(f"{step.closed:>4.0%}", "bold"),
            f"  {step.fix.words}",
        )
        risks = ", ".join(dict.fromkeys(risk.rpartition("#")[2] for risk in step.fix.risks[:4]))
        about = f"        closes {step.closes:,} of {plan.paths:,} paths{f' ({risks})' if risks else ''}"
        output.line(Styled(f"{about}; targets still open: {step.open_targets:,}", "dim"))
    _show_smallest(invocation, plan)
    if plan.assumed:
        output.notice(_ASSUMED)
    if not plan.complete:
        output.notice("A limit ended the search: there are more paths or targets than were looked at.")


def _show_smallest(invocation: Invocation, plan: "FixPlan") -> None:
    output = invocation.output
    if not plan.possible:
        output.line("no set of fixes closes everything: something leads on that nothing ends")
        return
    output.heading(
        f"The smallest set that closes every path: {len(plan.smallest)} (effort {plan.smallest_cost})"
    )
    for fix in plan.smallest[:20]:
        output.line(f"  - {fix.words}")
    if len(plan.smallest) > 20:
        output.line(f"  … and {len(plan.smallest) - 20:,} more: --json has all of them")


def plan_sentence(plan: "FixPlan") -> str:
    """Return what a plan comes to, such as `These 3 fixes close 87 % of the paths`."""
    count = next((n for n, step in enumerate(plan.steps, start=1) if step.closed >= 0.8), len(plan.steps))
    closed = plan.steps[count - 1].closed
    who = "This 1 fix closes" if count == 1 else f"These {count} fixes close"
    return f"{who} {closed:.0%} of the paths"


@click.command("blast")
@click.argument("key")
@click.option("--limit", type=click.IntRange(1, 1_000), default=25, show_default=True)
@_AS_OF
@global_options
@pass_invocation
def blast_command(invocation: Invocation, key: str, limit: int, as_of_text: str) -> None:
    """Show what falls with the asset that has this KEY: everything its holder could come to."""
    as_of = _moment(invocation, as_of_text)

    async def work(application: "Services", graph: "Graph") -> "Blast":
        target = await _one_of(application, key)
        return await graph.blast_radius(application.organisation, target, limit=limit, as_of=as_of)

    found = _run(invocation, work)
    invocation.output.choose(found, lambda: _show_blast(invocation, found))


def _show_blast(invocation: Invocation, found: "Blast") -> None:
    from chariot.modules.graph.facts import name_of

    output = invocation.output
    output.heading(f"Whoever holds {name_of(found.key)}")
    output.line(f"  could hold {_counts(found.held)}, and reach {_counts(found.reached)}")
    for place in found.critical:
        output.line(f"  {place.likelihood:>5.0%}  critical  {name_of(place.key)}")
    rows = [
        (f"{one.likelihood:.0%}", "held" if one.held else "reached", name_of(one.key)) for one in found.places
    ]
    if rows:
        output.table(("likely", "how", "what"), rows)
    if found.left_out:
        output.notice(f"{found.left_out:,} more are left out; --limit shows more.")


@click.command("prune")
@click.argument("keys", nargs=-1, required=True)
@click.option("--preview/--yes", default=True, help="Only show (the default), or exclude the KEYS.")
@click.option("--reason", default="", help="Why they are excluded; kept in the history.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=25, show_default=True)
@global_options
@pass_invocation
def prune_command(
    invocation: Invocation, keys: tuple[str, ...], preview: bool, reason: str, limit: int
) -> None:
    """Show what else leaves the surface when the seeds or assets with these KEYS are excluded.

    With --yes they are excluded; what only they led to is looked for no more, and leaves when its time has passed.
    """

    async def work(application: "Services", graph: "Graph") -> "Pruned":
        from chariot.model.observations import Edit
        from chariot.model.states import Status

        wanted = [await _one_of(application, key) for key in keys]
        found = await graph.prune(application.organisation, wanted, limit=limit)
        if not preview:
            edits = [Edit(actor=actor(), why=reason, key=key, status=Status.EXCLUDED) for key in wanted]
            await application.surface.edit(application.organisation, edits)
        return found

    found = _run(invocation, work)
    invocation.output.choose(found, lambda: _show_pruned(invocation, found, preview=preview))


def _show_pruned(invocation: Invocation, found: "Pruned", *, preview: bool) -> None:
    output = invocation.output
    output.heading(f"{sum(found.leaves.values()):,} {'would leave' if preview else 'leave'} the surface")
    output.line(f"  {_counts(found.leaves)}")
    for key in found.items:
        output.line(f"  {key}")
    if found.left_out:
        output.line(f"  … and {found.left_out:,} more")
    if preview:
        output.notice("Nothing was changed; --yes excludes.")


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in counts.items()) or "nothing"


def _moment(invocation: Invocation, text: str) -> "datetime | None":
    from chariot.entrypoints.cli.times import parse_moment

    return parse_moment(text, invocation.now(), place="--as-of") if text else None


def _run(invocation: Invocation, work: "Callable[[Services, Graph], Awaitable[T]]") -> "T":
    async def whole(application: "Services") -> "T":
        return await work(application, await application.graph())

    return invocation.ask(whole)


async def _one_of(application: "Services", text: str) -> "Key":
    """Return the key that a person means by *text*, the first of those that exist."""
    from chariot.entrypoints.cli.views import candidates, missing

    wanted = candidates(text)
    known = await application.store.get(application.organisation, wanted)
    found = next((key for key in wanted if key in known), None)
    if found is None:
        raise missing(text)
    return found
