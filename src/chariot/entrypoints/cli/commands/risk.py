"""`chariot risk`: why a risk has its score, and what people decide about it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.services import Services
    from chariot.model.keys import Key
    from chariot.model.records import Record
    from chariot.modules.risk.comparing import Comparison
    from chariot.modules.risk.groups import RiskGroups
    from chariot.modules.risk.service import Explanation
    from chariot.modules.surface.query import Page


@click.group("risk")
def risk_command() -> None:
    """Explain a score; accept, reject, open or remediate a risk.

    A KEY stands in `chariot list risks --json`; quote it, or leave its first '#' out.
    """


@risk_command.command("explain")
@click.argument("key")
@click.option(
    "--since", default="", help="Tell what changed since then, and why: a span like 24h, or a date."
)
@global_options
@pass_invocation
def _explain(invocation: Invocation, key: str, since: str) -> None:
    """Show what each factor added to the score of the risk with this KEY, and what would lower it."""
    from chariot.entrypoints.cli.times import parse_moment
    from chariot.entrypoints.cli.views import record_json

    risk_key = _risk_key(key)
    moment = parse_moment(since, invocation.now(), place="--since") if since else None
    found: Explanation = invocation.ask(
        lambda application: application.risk.explain(application.organisation, risk_key, since=moment)
    )
    output = invocation.output
    if not output.as_json:
        _show(invocation, found)
        return
    output.document(
        {
            "record": record_json(found.record),
            "score": found.score,
            "decision": found.decision,
            "factors": found.factors,
            "formula": found.formula,
            "vulnerability": found.vulnerability,
            "target": record_json(found.target) if found.target else None,
            "remedies": found.remedies,
            "since": found.since,
        }
    )


def _show(invocation: Invocation, found: "Explanation") -> None:
    from chariot.entrypoints.cli.terminal import Styled
    from chariot.entrypoints.cli.views import SEVERITY_STYLES, facts, value_text

    output = invocation.output
    decision = found.decision.value
    style = SEVERITY_STYLES.get(decision, "bold")
    output.line(Styled(found.record.name, "bold"))
    output.line(Styled(f"{found.score} of 100", style), "  ", Styled(decision, style))
    output.heading(f"What makes the score (formula {found.formula})")
    for factor in found.factors:
        output.line(f"  {factor.points:+6.1f}  {factor.name}: {factor.value}")
    if found.since is not None:
        _show_since(invocation, found.since)
    if found.remedies:
        output.heading("What would lower it, the cheapest first")
        for remedy in found.remedies:
            after = f"to {remedy.score}" if remedy.decision else "gone"
            output.line(f"  {-remedy.lowers_by:+4}  {after:<6}  {remedy.name}: {remedy.words}")
    if found.vulnerability is not None:
        output.heading("What is known of the weakness")
        for name, value in facts(found.vulnerability).items():
            output.line(Styled(f"  {name:<20}", "dim"), value_text(value))
    if found.target is not None:
        output.heading("Where")
        output.line(f"  {found.target.key}")


def _show_since(invocation: Invocation, since: "Comparison") -> None:
    from chariot.entrypoints.cli.times import local

    output = invocation.output
    then = f"{since.score} then" if since.score is not None else "it was not there then"
    output.heading(f"What changed since {local(since.since)} ({since.changed_by:+d}; {then})")
    for factor in since.factors:
        gained = factor.points_after - factor.points_before
        output.line(
            f"  {gained:+6.1f}  {factor.name}: {factor.before or 'nothing'} -> {factor.after or 'nothing'}"
        )
    for fact in since.facts:
        output.line(
            f"  because {fact.field} of {fact.key}: {fact.before or 'none'} -> {fact.after or 'none'}"
        )
    for step in since.steps:
        why = f", {step.why}" if step.why else ""
        output.line(f"  {local(step.at)} {step.actor}: {', '.join(step.fields)}{why}")
    if not (since.factors or since.facts or since.steps):
        output.line("  nothing")


@risk_command.command("groups")
@click.option("--limit", type=click.IntRange(1, 1_000), default=25, show_default=True)
@global_options
@pass_invocation
def _groups(invocation: Invocation, limit: int) -> None:
    """Show the same weakness over all its targets as one line, the highest score first."""
    found: RiskGroups = invocation.ask(
        lambda application: application.risk.groups(application.organisation, limit)
    )
    output = invocation.output
    if output.as_json:
        output.document(found)
        return
    for group in found.groups:
        late = f", {group.overdue} overdue" if group.overdue else ""
        decision = group.decision.value if group.decision else "not decided"
        output.line(
            f"{group.highest or 0:>3}  {decision:<7} {group.weakness} at {group.risks:,} targets{late}: {group.title}"
        )
    if found.left_out:
        output.line(f"and {found.left_out:,} more")
    if not found.groups:
        output.line("no risk waits for anybody")


@risk_command.command("overdue")
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True)
@global_options
@pass_invocation
def _overdue(invocation: Invocation, limit: int) -> None:
    """Show the risks whose due date has passed, the one that waits longest first."""
    from chariot.entrypoints.cli.times import local
    from chariot.entrypoints.cli.views import record_json
    from chariot.model.kinds.weakness import Risk

    found: Page[Record] = invocation.ask(
        lambda application: application.risk.overdue(application.organisation, limit)
    )
    output = invocation.output
    if output.as_json:
        output.document(
            {"items": [record_json(record) for record in found.items], "more": bool(found.cursor)}
        )
        return
    for record in found.items:
        if isinstance(record.entity, Risk):
            risk = record.entity
            owner = risk.owner or "nobody"
            output.line(f"{local(risk.due_at)}  {risk.score or 0:>3}  {record.name} ({owner})")
    if found.cursor:
        output.line("and more")
    if not found.items:
        output.line("nothing is overdue")


@risk_command.command("policy")
@click.argument("label", type=click.Choice(["risk.weights", "risk.criticality", "risk.sla"]))
@click.argument("value")
@global_options
@pass_invocation
def _policy(invocation: Invocation, label: str, value: str) -> None:
    """Set the weights, the rules of criticality or the due dates of the organisation: VALUE is a JSON text."""
    from chariot.entrypoints.cli.settling import settle
    from chariot.model.kinds.work import Setting
    from chariot.model.observations import Edit
    from chariot.model.states import Status
    from chariot.modules.risk.policy import check_setting

    check_setting(label, value)
    edit = Edit(actor=actor(), entity=Setting(label=label), fields={"value": value}, status=Status.ACTIVE)
    invocation.ask(lambda application: application.surface.edit(application.organisation, [edit]))
    output = invocation.output
    output.choose({"label": label, "value": value}, lambda: output.line(f"{label} is set; scores follow"))
    if not invocation.is_remote:
        invocation.run(lambda application: settle(application, output))


def _risk_key(text: str) -> "Key":
    """Return the key of a risk as people type it.

    Raises:
        InvalidError: it is the key of something else.
    """
    from chariot.entrypoints.cli.views import candidates
    from chariot.errors import InvalidError
    from chariot.model.keys import kind_of

    key = candidates(text)[0]
    if kind_of(key) != "risk":
        raise InvalidError(
            f"{text[:80]!r} is no risk's key; they look like 'risk#port#192.0.2.7#tcp#443#CVE-2023-12345'",
            place="key",
        )
    return key


def _decide(invocation: Invocation, key: str, state: str, reason: str, **more: Any) -> None:
    from chariot.entrypoints.cli.views import record_json
    from chariot.model.states import RiskState

    risk_key = _risk_key(key)

    async def work(application: "Services") -> "Record":
        return await application.risk.transition(
            application.organisation, risk_key, RiskState(state), actor(), reason, **more
        )

    record = invocation.ask(work)
    output = invocation.output
    output.choose(record_json(record), lambda: output.line(f"{record.name} is {state} now"))


def _reason(*, required: bool) -> Callable[[Any], Any]:
    return click.option("--reason", required=required, default="", help="Why; it is kept in the history.")


@risk_command.command("accept")
@click.argument("key")
@_reason(required=True)
@click.option("--until", required=True, help="When the acceptance ends: a date, or a span like 90d.")
@global_options
@pass_invocation
def _accept(invocation: Invocation, key: str, reason: str, until: str) -> None:
    """Live with the risk until a day."""
    from chariot.entrypoints.cli.times import parse_moment

    ends = parse_moment(until, invocation.now(), place="--until", ahead=True)
    _decide(invocation, key, "accepted", reason, until=ends)


@risk_command.command("reject")
@click.argument("key")
@_reason(required=True)
@global_options
@pass_invocation
def _reject(invocation: Invocation, key: str, reason: str) -> None:
    """Say that it is none: a false positive, or not ours."""
    _decide(invocation, key, "rejected", reason)


@risk_command.command("open")
@click.argument("key")
@_reason(required=False)
@click.option("--owner", default=None, help="Who mends it.")
@click.option("--due", default="", help="Until when: a date, or a span like 14d.")
@global_options
@pass_invocation
def _open(invocation: Invocation, key: str, reason: str, owner: str | None, due: str) -> None:
    """Say that it is real and must be mended."""
    from chariot.entrypoints.cli.times import parse_moment

    due_at = parse_moment(due, invocation.now(), place="--due", ahead=True) if due else None
    _decide(invocation, key, "open", reason, owner=owner, due_at=due_at)


@risk_command.command("remediate")
@click.argument("key")
@_reason(required=False)
@global_options
@pass_invocation
def _remediate(invocation: Invocation, key: str, reason: str) -> None:
    """Say that it is mended; when a scan sees it again, it opens again."""
    _decide(invocation, key, "remediated", reason)
