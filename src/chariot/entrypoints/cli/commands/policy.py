"""`chariot policy`: tries policy files, as a policy repository does in its CI."""

from pathlib import Path

import click

from chariot.entrypoints.cli.exits import Exit
from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation


@click.group("policy")
def policy_command() -> None:
    """Try policies before they hold.

    \b
    chariot policy test policies/*.toml
    """  # noqa: D301 - click's mark for lines that stay as they are


@policy_command.command("test")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@global_options
@pass_invocation
@click.pass_context
def _test(context: click.Context, invocation: Invocation, files: tuple[Path, ...]) -> None:
    """Try the cases in FILES: who may do what, and what they see. One that is not as it must be fails the command.

    Nothing but the files is looked at, so this runs anywhere; docs/access.md tells what stands in them.
    """
    import asyncio

    from chariot.errors import InvalidError
    from chariot.modules.access.policies import Outcome, read_policy, tried

    found: list[tuple[Path, Outcome]] = []
    for file in files:
        try:
            policy = read_policy(file.read_bytes())
        except (OSError, InvalidError) as error:
            raise InvalidError(f"{file}: {error}") from None
        if not policy.cases:
            raise InvalidError(f"{file}: has no case, so it says nothing")
        found += [(file, outcome) for outcome in asyncio.run(tried(policy))]
    output = invocation.output
    wrong = [(file, one) for file, one in found if one.wrong]

    def words() -> None:
        for file, one in wrong:
            output.line(f"{file}: {one.name}")
            for text in one.wrong:
                output.line(f"    {text}")
        output.line(f"{len(found)} cases, {len(wrong)} not as they must be")

    output.choose(
        [{"file": str(file), "case": one.name, "wrong": list(one.wrong)} for file, one in found], words
    )
    if wrong:
        context.exit(int(Exit.FOUND))
