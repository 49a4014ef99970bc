"""`chariot risk`: why a risk has its score, and what people decide about it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.model.keys import Key
    from chariot.model.records import Record
    from chariot.modules.risk.service import Explanation


@click.group("risk")
def risk_command() -> None:
    """Explain a score; accept, reject, open or remediate a risk.

    A KEY stands in `chariot list risks --json`; quote it, or leave its first '#' out.
    """


@risk_command.command("explain")
@click.argument("key")
@global_options
@pass_invocation
def _explain(invocation: Invocation, key: str) -> None:
    """Show what each factor added to the score of the risk with this KEY, and what would lower it."""
    from chariot.entrypoints.cli.views import record_json

    risk_key = _risk_key(key)
    found: Explanation = invocation.run(
        lambda application: application.risk.explain(application.organisation, risk_key)
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
    if found.remedies:
        output.heading("What would lower it")
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

    async def work(application: "Application") -> "Record":
        return await application.risk.transition(
            application.organisation, risk_key, RiskState(state), actor(), reason, **more
        )

    record = invocation.run(work)
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
