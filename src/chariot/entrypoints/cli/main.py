"""The `chariot` command: global options, lazy commands, and one place that turns errors into exit codes."""

import importlib
import sys
from collections.abc import Sequence

import click

import chariot
from chariot.entrypoints.cli.exits import MEANINGS, Exit, code_of
from chariot.entrypoints.cli.invocation import Invocation, global_options
from chariot.entrypoints.cli.terminal import OutputLostError, clean, let_go_of_stdout, make_writable
from chariot.errors import ChariotError, ConfigurationError

COMMANDS: dict[str, tuple[str, str]] = {
    "scan": ("scan", "Find what seeds expose, and what to fix first."),
    "scans": ("scans", "Show how far an ordered scan is; pause, resume or cancel it."),
    "stop": ("scope", "Stop all that is sent, at once, everywhere; --release lets go."),
    "scope": ("scope", "Show what may be looked at and by whose word; sign contracts."),
    "journal": ("journal", "Show, export and verify what was sent to whom."),
    "demo": ("demo", "Scan a small internet on loopback and show what to fix first."),
    "list": ("listing", "List entities: risks, assets, domains, ports, jobs…"),
    "show": ("showing", "Show one entity: facts, relationships, history, how it was found."),
    "diff": ("differing", "Show what changed between two moments."),
    "candidates": ("candidates", "Show what may be ours, why we think so, and decide."),
    "risk": ("risk", "Explain a score; accept, reject, open or remediate a risk; groups, what is overdue."),
    "score": ("score", "Measure the formula against the past."),
    "paths": ("graph", "Show how somebody would come from the internet to what matters."),
    "fix-plan": ("graph", "Show which few fixes close most attack paths."),
    "blast": ("graph", "Show what falls with one asset."),
    "prune": ("graph", "Show what else leaves the surface with a seed or an asset."),
    "alert": ("alert", "Set, try out and end alert rules."),
    "import": ("exchange", "Read results of other tools."),
    "report": ("exchange", "Write a report."),
    "export": ("export", "Write the surface in another tool's format."),
    "load": ("export", "Bring back a lossless export."),
    "integration": ("integration", "Connect Jira, GitHub, web addresses and hooks."),
    "audit": ("audit", "Show, verify and export who did or tried what."),
    "incident": ("incident", "Handle what the audit log gives reason to look into."),
    "serve": ("serve", "Serve the API on this machine."),
    "work": ("processes", "Run workers only: one of many processes."),
    "relay": ("processes", "Follow the change log and keep the schedule; one does, others stand by."),
    "migrate": ("processes", "Bring the store's schema up to date, or back."),
    "backup": ("backup", "Write an encrypted copy of all data while everything runs."),
    "restore": ("backup", "Bring a backup back, or check it."),
    "keys": ("keys", "Show and change the keys that secrets and personal data are sealed with."),
    "privacy": ("privacy", "Export or erase what is kept about a person."),
    "compliance": ("compliance", "Check the surface and this installation against rules, with evidence."),
    "queue": ("work", "Show queues and dead letters; replay them."),
    "expire": ("work", "Let go of what nobody has seen for long."),
    "capabilities": ("work", "List the scanners: what they accept, send and need."),
    "fingerprints": ("fingerprints", "List known products; check and try rules of one's own."),
    "intel": ("intel", "Show and load vulnerability feeds."),
    "login": ("profile", "Sign in at a server, and work there from now on."),
    "logout": ("profile", "End that session, and forget it."),
    "organisation": ("access", "Show and change the tree of organisations."),
    "member": ("access", "Give people roles, and take them."),
    "role": ("access", "Say what a role allows, and what its members see."),
    "policy": ("policy", "Try policies before they hold."),
    "user": ("user", "Make, list, suspend and remove accounts."),
    "profile": ("profile", "List, choose and forget servers."),
    "lab": ("lab", "Run a small internet to scan; score a scan of it."),
    "doctor": ("doctor", "Say what is installed, what is missing, and what that costs."),
}
"""Each command, the module that has it, and its line in the help; a module is loaded when its command runs."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and loads none of them for its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return one command, loading its module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"chariot.entrypoints.cli.commands.{COMMANDS[cmd_name][0]}")
        found: click.Command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write what the exit codes mean."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), text) for code, text in MEANINGS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@global_options
@click.option("-v", "--verbose", count=True, help="Log more to standard error; twice for everything.")
@click.option("--no-color", is_flag=True, help="No colours; NO_COLOR in the environment does the same.")
@click.version_option(chariot.__version__, prog_name="chariot")
@click.pass_context
def cli(context: click.Context, verbose: int, no_color: bool) -> None:
    """Know everything you expose, what is wrong with it, and what to fix first."""
    context.ensure_object(Invocation).verbose = verbose
    if no_color:
        context.ensure_object(Invocation).output.without_color()


def main(arguments: Sequence[str] | None = None, invocation: Invocation | None = None) -> int:
    """Run the command line and return its exit code."""
    make_writable()
    try:
        result = cli.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="chariot",
            standalone_mode=False,
            obj=invocation or Invocation(),
        )
    except click.ClickException as error:
        error.show()
        return Exit.WRONG
    except ChariotError as error:
        return _failed(error)
    except OSError as error:
        # Files that people name are asked for where they are opened; this is what nobody can foresee.
        return _failed(ConfigurationError(f"the system refuses: {error}"))
    except (click.exceptions.Abort, KeyboardInterrupt):
        sys.stderr.write("chariot: interrupted\n")
        return Exit.INTERRUPTED
    return int(result) if isinstance(result, int) else Exit.OK


def _failed(error: ChariotError) -> Exit:
    """Say what went wrong, and return its exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        let_go_of_stdout()
    if isinstance(error, OutputLostError) and error.has_no_reader:
        return Exit.INTERRUPTED
    sys.stderr.write(f"chariot: {clean(error, 2_000)}\n")
    return code_of(error)
