"""`chariot policy`: tries policy files, as a policy repository does in its CI."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from chariot.entrypoints.cli.exits import Exit
from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

_MOST_FILES = 1_000


@click.group("policy")
def policy_command() -> None:
    """Try policies before they hold.

    \b
    chariot policy test policies/
    chariot policy test policies/*.toml
    """  # noqa: D301 - click's mark for lines that stay as they are


@policy_command.command("test")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@global_options
@pass_invocation
@click.pass_context
def _test(context: click.Context, invocation: Invocation, paths: tuple[Path, ...]) -> None:
    """Try the cases in PATHS, files or folders. One that is not as it must be fails the command.

    Access policies say who may do what, and what they see; packs of checks say how a surface is judged. Nothing but
    the files is looked at, so this runs anywhere; docs/access.md and docs/compliance.md tell what stands in them.
    """
    found = [row for file in _files(paths) for row in _tried(file)]
    output = invocation.output
    wrong = [row for row in found if row["wrong"]]

    def words() -> None:
        for row in wrong:
            output.line(f"{row['file']}: {row['case']}")
            for text in row["wrong"]:
                output.line(f"    {text}")
        output.line(f"{len(found)} cases, {len(wrong)} not as they must be")

    output.choose(found, words)
    if wrong:
        context.exit(int(Exit.FOUND))


def _files(paths: tuple[Path, ...]) -> list[Path]:
    """Return the files that *paths* are, or have below them.

    Raises:
        InvalidError: a folder has none, or they are too many.
    """
    from chariot.errors import InvalidError

    files: list[Path] = []
    for path in paths:
        below = sorted(path.rglob("*.toml")) if path.is_dir() else [path]
        if not below:
            raise InvalidError(f"{path}: has no policy (*.toml)")
        files += below
    if len(files) > _MOST_FILES:
        raise InvalidError(f"there are more than {_MOST_FILES:,} files")
    return files


def _tried(file: Path) -> Iterator[dict[str, Any]]:
    """Yield what becomes of each case of *file*.

    Raises:
        InvalidError: it is no policy, or has no case; the text names the file.
    """
    import asyncio

    from chariot.errors import InvalidError
    from chariot.modules.access.policies import read_policy, tried

    try:
        data = file.read_bytes()
        if _is_pack(data):
            yield from _tried_pack(file)
            return
        policy = read_policy(data)
    except (OSError, InvalidError) as error:
        raise InvalidError(f"{file}: {error}") from None
    if not policy.cases:
        raise InvalidError(f"{file}: has no case, so it says nothing")
    for outcome in asyncio.run(tried(policy)):
        yield {"file": str(file), "case": outcome.name, "wrong": list(outcome.wrong)}


def _is_pack(data: bytes) -> bool:
    """Tell a pack of checks from a policy; what is neither is told by the reader of policies."""
    import tomllib

    try:
        table = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError):
        return False
    return "check" in table or "case" in table


def _tried_pack(file: Path) -> Iterator[dict[str, Any]]:
    import asyncio

    from chariot.bootstrap.complying import tried_packs
    from chariot.errors import InvalidError

    outcomes = asyncio.run(tried_packs([file]))
    if not outcomes:
        raise InvalidError("has no case, so it says nothing")
    for one in outcomes:
        wrong = [] if one.holds else [f"is judged {one.judged}, not {one.expected}: {one.reason}"]
        yield {"file": str(file), "case": f"{one.number}: {one.check}", "wrong": wrong}
