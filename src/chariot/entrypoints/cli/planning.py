"""What a scan would do, for people: nothing is sent for it."""

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.invocation import Invocation
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.modules.discovery.plan import Plan


class Wanted(Protocol):
    """What is asked for."""

    @property
    def seeds(self) -> tuple[str, ...]:
        """Seeds."""
        ...

    @property
    def deny(self) -> tuple[str, ...]:
        """Denials."""
        ...

    @property
    def depth(self) -> str | None:
        """How deep."""
        ...

    @property
    def due(self) -> bool:
        """Only what is due."""
        ...


def show_plan(invocation: "Invocation", wanted: Wanted) -> None:
    """Write what a scan as *wanted* would do."""
    plan = (
        invocation.at_server(lambda remote: _plan_there(remote, wanted))
        if invocation.is_remote
        else invocation.run(lambda application: _plan(application, wanted))
    )
    output = invocation.output
    output.choose(plan, lambda: _write(invocation, plan))


async def _plan(application: "Application", wanted: Wanted) -> "Plan":
    from chariot.model.states import Depth

    return await application.plans.plan(
        application.organisation,
        wanted.seeds or application.settings.seeds,
        deny=wanted.deny,
        depth=Depth(wanted.depth) if wanted.depth else None,
        due_only=wanted.due,
    )


async def _plan_there(remote: "RemoteApplication", wanted: Wanted) -> "Plan":
    from chariot.modules.discovery.plan import Plan

    body: dict[str, Any] = {"seeds": list(wanted.seeds), "deny": list(wanted.deny), "due_only": wanted.due}
    body |= {"depth": wanted.depth} if wanted.depth else {}
    return await remote.connection.call(Plan, "POST", "/api/v1/scans/plan", body=body)


def _write(invocation: "Invocation", plan: "Plan") -> None:
    output = invocation.output
    rows = [
        (
            one.capability,
            one.touch.value,
            f"{one.targets:,}",
            f"{one.packets:,}",
            _duration(one.seconds),
            f"{', '.join(one.missing)} is not installed: unknown" if one.missing else one.sends or "-",
        )
        for one in plan.work
    ]
    output.table(("capability", "touch", "targets", "packets", "takes", "sends"), rows)
    output.line(
        f"about {plan.packets:,} packets to {plan.targets:,} things, at least {_duration(plan.seconds)};"
        " what is found anew is looked at as well"
    )
    if plan.refused:
        output.line(f"{plan.refused:,} known things stay untouched: seeds or contracts do not allow them")
    if plan.not_due:
        output.line(f"{plan.not_due:,} looks are not due")
    if plan.left_out:
        output.line(f"left out, since it is not installed or not enabled: {', '.join(plan.left_out)}")
    for note in plan.notes:
        output.line(f"note: {note}")


def _duration(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> _duration(5_400), _duration(0.4)
    ('1 h 30 min', 'under 1 s')
    """
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    hours, rest = divmod(whole, 3_600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
