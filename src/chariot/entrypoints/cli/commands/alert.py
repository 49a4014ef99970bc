"""`chariot alert`: who is told of what, and a trial of it."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.services import Services


@click.group("alert")
def alert_command() -> None:
    """Set, try out and end alert rules; `chariot list alertrules` shows them.

    \b
    chariot alert set urgent --channel https://hooks.example.com/x --minimum-score 80
    chariot alert test urgent
    """  # noqa: D301 - click's mark for lines that stay as they are


@alert_command.command("set")
@click.argument("label")
@click.option(
    "--channel",
    required=True,
    help="A webhook (https://…) or any address that apprise knows (mailto://…, slack://…). It is kept sealed.",
)
@click.option("--signing-key", default="", help="Key that signs webhook bodies; made when there is none.")
@click.option("--minimum-score", type=click.IntRange(0, 100), default=70, show_default=True)
@click.option(
    "--known-exploited", is_flag=True, help="Tell only of weaknesses that are known to be exploited."
)
@click.option("--overdue", is_flag=True, help="Tell only of risks whose due date has passed.")
@global_options
@pass_invocation
def _set(
    invocation: Invocation,
    label: str,
    channel: str,
    signing_key: str,
    minimum_score: int,
    known_exploited: bool,
    overdue: bool,
) -> None:
    """Tell CHANNEL of risks that reach a score; setting a rule again replaces it."""
    import secrets

    from chariot.errors import InvalidError
    from chariot.model.kinds.work import AlertRule

    is_webhook = channel.lower().startswith(("https://", "http://"))
    made = "" if signing_key or not is_webhook else secrets.token_urlsafe(32)
    try:
        rule = AlertRule(
            label=label,
            channel=channel,
            signing_key=signing_key or made,
            minimum_score=minimum_score,
            known_exploited_only=known_exploited,
            overdue_only=overdue,
        )
    except ValueError as error:
        raise InvalidError(str(error)) from None
    invocation.ask(lambda application: application.alerts.put(application.organisation, rule, actor=actor()))
    output = invocation.output

    def words() -> None:
        output.line(f"the rule {label} is in force; try it with: {invocation.command} alert test {label}")
        if made:
            output.line(f"its bodies are signed with this key, which is shown only now: {made}")

    output.choose({"rule": label, "signing_key": made or None}, words)


@alert_command.command("test")
@click.argument("label")
@global_options
@pass_invocation
def _test(invocation: Invocation, label: str) -> None:
    """Send a made-up alert to the rule's channel."""
    invocation.ask(lambda application: application.alerts.try_out(application.organisation, label))
    invocation.output.choose({"rule": label, "sent": True}, lambda: invocation.output.line("sent"))


@alert_command.command("end")
@click.argument("label")
@global_options
@pass_invocation
def _end(invocation: Invocation, label: str) -> None:
    """Take a rule out of force; history keeps it."""

    async def work(application: "Services") -> None:
        await application.alerts.end(application.organisation, label, actor=actor())

    invocation.ask(work)
    invocation.output.choose(
        {"rule": label, "ended": True}, lambda: invocation.output.line(f"{label} has ended")
    )
