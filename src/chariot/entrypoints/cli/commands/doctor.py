"""`chariot doctor`: what is installed, what is missing, and what each missing thing costs."""

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation


@click.command("doctor")
@global_options
@pass_invocation
def doctor_command(invocation: Invocation) -> int:
    """Check this installation; the exit code is 5 when something that is needed is missing."""
    from chariot.entrypoints.cli.checks import State, run_checks
    from chariot.entrypoints.cli.exits import Exit
    from chariot.entrypoints.cli.terminal import Styled

    checks = run_checks(invocation.settings())
    styles = {State.OK: "green", State.WARNING: "yellow", State.FAILED: "bold red"}
    output = invocation.output
    rows = [
        (Styled(check.state.value, styles[check.state]), check.name, check.found, check.cost or "-")
        for check in checks
    ]
    columns = ("state", "part", "found", "what it costs")
    output.choose({"checks": checks}, lambda: output.table(columns, rows))
    failed = any(check.state is State.FAILED for check in checks)
    return Exit.CONFIGURATION if failed else Exit.OK
