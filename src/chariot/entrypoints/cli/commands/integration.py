"""`chariot integration`: connections to other systems, and when they run."""

from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.services import Services
    from chariot.model.kinds.integration import Integration
    from chariot.modules.integrations.service import Result

_STDIN = "-"


@click.group("integration")
@global_options
def integration_command() -> None:
    """Connect Jira, GitHub, files at web addresses and hooks."""


@integration_command.command("types")
@global_options
@pass_invocation
def _types(invocation: Invocation) -> None:
    """List the types of integrations with their options."""
    if invocation.is_remote:
        found = invocation.at_server(lambda remote: remote.integration_types())
    else:
        from chariot.modules.integrations.types import TYPES

        found = [
            {"type": one.name, "title": one.title, "options": list(one.choices.__struct_fields__)}
            for one in TYPES.values()
        ]
    rows = [(one["type"], one["title"], ", ".join(one["options"])) for one in found]
    output = invocation.output
    output.choose(found, lambda: output.table(("type", "what it does", "options"), rows))


@integration_command.command("list")
@global_options
@pass_invocation
def _list(invocation: Invocation) -> None:
    """List the integrations, and what became of their last runs."""

    async def work(application: "Services") -> list["Integration"]:
        found = await application.integrations.list(application.organisation)
        return [integration for _, integration in found]

    found = invocation.ask(work)
    plain = [
        {
            "label": one.label,
            "type": one.type,
            "address": one.address,
            "options": one.options,
            "every_minutes": one.every_minutes,
            "enabled": one.enabled,
            "last_run_at": one.last_run_at.isoformat() if one.last_run_at else None,
            "last_outcome": one.last_outcome,
            "last_message": one.last_message,
            "last_counts": one.last_counts,
        }
        for one in found
    ]
    rows = [
        (
            one.label,
            one.type,
            f"every {one.every_minutes} min" if one.every_minutes else "when asked",
            f"{one.last_run_at:%Y-%m-%d %H:%M} UTC" if one.last_run_at else "never ran",
            f"{one.last_outcome}: {one.last_message}" if one.last_outcome else "",
        )
        for one in found
    ]
    output = invocation.output
    output.choose(
        plain, lambda: output.table(("integration", "type", "runs", "last run", "what came of it"), rows)
    )


@integration_command.command("add")
@click.argument("label")
@click.option("--type", "type_name", required=True, help="One of `chariot integration types`.")
@click.option("--address", default="", help="Web address of the other system.")
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="One of the type's; repeat.")
@click.option(
    "--secret",
    default="",
    help="Token or key; `-` reads it from standard input, so that it stands in no history of a shell.",
)
@click.option(
    "--every", "every_minutes", type=click.IntRange(0, 527_040), default=0, help="Minutes between runs."
)
@global_options
@pass_invocation
def _add(
    invocation: Invocation,
    label: str,
    type_name: str,
    address: str,
    options: tuple[str, ...],
    secret: str,
    every_minutes: int,
) -> None:
    """Set an integration; setting it again replaces it, and keeps its secret unless a new one is given."""
    from chariot.errors import InvalidError
    from chariot.model.kinds.integration import Integration

    chosen = dict(one.partition("=")[::2] for one in options)
    if any("=" not in one for one in options):
        raise click.UsageError("an option is NAME=VALUE")
    made, given = _secret(type_name, secret)
    try:
        integration = Integration(
            label=label,
            type=type_name,
            address=address,
            options=chosen,
            secret=given,
            every_minutes=every_minutes,
        )
    except ValueError as error:
        raise InvalidError(str(error)) from None

    async def work(application: "Services") -> None:
        await application.integrations.put(application.organisation, integration, actor=actor())

    invocation.ask(work)
    output = invocation.output

    def words() -> None:
        verb = "test" if type_name != "webhook-in" else "list"
        output.line(f"{label} is in force; see: {invocation.command} integration {verb}")
        if made:
            output.line(f"senders sign with this key, which is shown only now: {made}")

    output.choose({"integration": label, "key": made or None}, words)


def _secret(type_name: str, given: str) -> tuple[str, str]:
    """Return the key that was made here, if one was, and the secret to keep."""
    import secrets
    import sys

    if given == _STDIN:
        return "", sys.stdin.readline().strip()
    if type_name == "webhook-in" and not given:
        made = secrets.token_urlsafe(32)
        return made, made
    return "", given


@integration_command.command("test")
@click.argument("label")
@global_options
@pass_invocation
def _test(invocation: Invocation, label: str) -> None:
    """Ask the other system whether it knows us; change nothing."""

    async def work(application: "Services") -> str:
        return await application.integrations.test(application.organisation, label)

    said = invocation.ask(work)
    invocation.output.choose({"integration": label, "said": said}, lambda: invocation.output.line(said))


@integration_command.command("run")
@click.argument("label")
@global_options
@pass_invocation
def _run(invocation: Invocation, label: str) -> int:
    """Run an integration now, and say what came of it."""
    import msgspec

    from chariot.entrypoints.cli.exits import Exit
    from chariot.entrypoints.cli.settling import settle

    async def work(application: "Services") -> "Result":
        return await application.integrations.run(application.organisation, label)

    result = invocation.ask(work)
    invocation.output.choose(
        msgspec.to_builtins(result),
        lambda: invocation.output.line(f"{label} {result.outcome}: {result.message}"),
    )
    if not invocation.is_remote:
        invocation.run(lambda application: settle(application, invocation.output))
    return Exit.OK if result.outcome == "done" else Exit.UNAVAILABLE


@integration_command.command("remove")
@click.argument("label")
@global_options
@pass_invocation
def _remove(invocation: Invocation, label: str) -> None:
    """Take an integration out of force, and forget its secret; history keeps the rest."""

    async def work(application: "Services") -> None:
        await application.integrations.end(application.organisation, label, actor=actor())

    invocation.ask(work)
    invocation.output.choose(
        {"integration": label, "ended": True}, lambda: invocation.output.line(f"{label} has ended")
    )
