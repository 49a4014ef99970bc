"""`chariot lab`: a small internet on loopback to scan, and how well a scan of it did."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.lab.profile import LabProfile
    from chariot.lab.score import KindScore


class _LabGroup(click.Group):
    """A group whose first word may also be the lab's folder: then the lab starts."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `serve` before what is no command of the group."""
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group("lab", cls=_LabGroup)
def lab_command() -> None:
    """Run a small internet on loopback, or score a scan of it.

    \b
    chariot lab DIR                       # runs until Ctrl-C, writes DIR/lab.toml
    chariot scan --config DIR/lab.toml    # in another terminal
    chariot lab score --config DIR/lab.toml
    """  # noqa: D301 - click's mark for lines that stay as they are


@lab_command.command("serve")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="lab", metavar="[DIR]")
@click.option("--port-offset", type=int, default=0, help="Added to each port, so that labs run side by side.")
@global_options
@pass_invocation
def _serve(invocation: Invocation, folder: Path, port_offset: int) -> None:
    """Run the lab until Ctrl-C, with its settings in DIR/lab.toml (default: ./lab)."""
    import asyncio
    import shlex

    from chariot.lab.server import LabSettings, serve

    invocation.stay()

    def ready(profile: "LabProfile", path: Path) -> None:
        output = invocation.output
        if output.as_json:
            output.event({"profile": str(path), "seeds": profile.seeds, "resolver": profile.resolver})
            return
        output.line(f"the lab runs; its name server is {profile.resolver}; Ctrl-C ends it")
        output.line(f"scan it with: chariot scan --config {shlex.quote(str(path))}")

    asyncio.run(serve(folder, LabSettings(port_offset=port_offset), on_ready=ready))


@lab_command.command("score")
@global_options
@pass_invocation
def _score(invocation: Invocation) -> None:
    """Compare what a scan of the lab found with what is there; give the lab's --config."""
    from chariot.errors import ConfigurationError
    from chariot.lab.score import score
    from chariot.lab.truth import expected

    offset = invocation.settings().lab.get("port_offset", 0)
    if not isinstance(offset, int):
        raise ConfigurationError("lab.port_offset is not a whole number")
    truth = expected(port_offset=offset)
    found = invocation.run(lambda application: found_keys(application, tuple(truth)))
    scores = score(truth, found)
    invocation.output.choose(scores, lambda: _show(invocation, scores))


async def found_keys(application: "Application", kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the keys on the surface, by kind."""
    from chariot.modules.surface.query import PAGE_LIMIT, Query

    found: dict[str, list[str]] = {kind: [] for kind in kinds}
    for kind, keys in found.items():
        cursor = ""
        while True:
            query = Query(kinds=(kind,), limit=PAGE_LIMIT, cursor=cursor)
            page = await application.store.find(application.organisation, query)
            keys.extend(record.key for record in page.items)
            cursor = page.cursor
            if not cursor:
                break
    return found


def _show(invocation: Invocation, scores: "dict[str, KindScore]") -> None:
    output = invocation.output
    columns = ("kind", "expected", "found", "precision", "recall")
    output.table(
        columns,
        (
            (kind, str(one.expected), str(one.found), f"{one.precision:.3f}", f"{one.recall:.3f}")
            for kind, one in scores.items()
        ),
    )
    for kind, one in scores.items():
        for title, keys in (("missed", one.missed), ("extra", one.extra)):
            for key in keys[:20]:
                output.line(f"{title} {kind}: {key}")
            if len(keys) > 20:
                output.line(f"{title} {kind}: … {len(keys) - 20:,} more; --json has all")
