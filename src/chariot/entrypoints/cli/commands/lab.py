"""`chariot lab`: a small internet on loopback to scan, and how well a scan of it did."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chariot.application import Application
    from chariot.lab.profile import LabProfile
    from chariot.lab.score import KindScore
    from chariot.model.records import Record


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
    chariot lab score --config DIR/lab.toml --import nmap.xml
    """  # noqa: D301 - click's mark for lines that stay as they are


@lab_command.command("serve")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="lab", metavar="[DIR]")
@click.option("--port-offset", type=int, default=0, help="Added to each port, so that labs run side by side.")
@click.option(
    "--size",
    type=click.IntRange(0, 10_000),
    default=0,
    help="Make up an internet with so many hosts; 0 is the small perimeter.",
)
@global_options
@pass_invocation
def _serve(invocation: Invocation, folder: Path, port_offset: int, size: int) -> None:
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

    asyncio.run(serve(folder, LabSettings(port_offset=port_offset, size=size), on_ready=ready))


@lab_command.command("score")
@click.option(
    "--import",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Score what this file of another tool holds instead, in any format of `import --list`; may be repeated.",
)
@global_options
@pass_invocation
def _score(invocation: Invocation, files: tuple[Path, ...]) -> None:
    """Compare what a scan of the lab found with what is there; give the lab's --config."""
    from chariot.errors import ConfigurationError
    from chariot.lab.score import score
    from chariot.lab.synthetic import world_of
    from chariot.lab.truth import expected

    lab = invocation.settings().lab
    offset, size = lab.get("port_offset", 0), lab.get("size", 0)
    if not isinstance(offset, int) or not isinstance(size, int):
        raise ConfigurationError("lab.port_offset and lab.size are whole numbers")
    truth = expected(port_offset=offset, world=world_of(size))
    kinds = tuple(truth)
    if files:
        found = _imported(invocation, files, kinds)
    else:
        found = invocation.run(lambda application: found_keys(application, kinds))
    scores = score(truth, found)
    invocation.output.choose(scores, lambda: _show(invocation, scores))
    _show_contacts(invocation)


def _imported(
    invocation: Invocation, files: tuple[Path, ...], kinds: tuple[str, ...]
) -> dict[str, list[str]]:
    """Return the keys that *files* hold: they are read into a store that ends with this command.

    A product has several names in CPE form: that a tool writes another one than the truth is no fault of it.
    """
    from tempfile import TemporaryDirectory

    from chariot.entrypoints.cli.invocation import actor
    from chariot.lab.score import with_one_name
    from chariot.modules.products.products import built_in

    def one_name(cpe: str) -> str:
        product = built_in().of_cpe(cpe)
        return cpe if product is None else product.cpe

    async def read(application: "Application") -> dict[str, list[str]]:
        for file in files:
            await application.exchange.import_file(application.organisation, file, requested_by=actor())
        found = await found_keys(application, kinds)
        named = {with_one_name(key, one_name) for key in found.get("technology", ())}
        return {**found, "technology": sorted(named)}

    with TemporaryDirectory(prefix="chariot-score-") as home:
        invocation.home = home
        return invocation.run(read)


def _show_contacts(invocation: Invocation) -> None:
    """Say what the neighbours heard, where the lab's folder is known."""
    from chariot.lab.neighbour import CONTACTS_FILE, read_contacts

    if invocation.output.as_json or invocation.config is None:
        return
    contacts = read_contacts(invocation.config.parent / CONTACTS_FILE)
    if contacts is not None:
        invocation.output.line(f"neighbours out of scope were contacted {contacts:,} times")


async def found_keys(application: "Application", kinds: tuple[str, ...]) -> dict[str, list[str]]:
    """Return the keys on the surface, by kind; of the kind `service`, what is known to be spoken at each port."""
    from chariot.lab.score import NO_CLAIM, service_key
    from chariot.model.kinds.network import Port

    found: dict[str, list[str]] = {}
    for kind in kinds:
        if kind == "service":
            found[kind] = [
                service_key(record.key, record.entity.service)
                async for record in _records(application, "port")
                if isinstance(record.entity, Port) and record.entity.service not in NO_CLAIM
            ]
        else:
            found[kind] = [record.key async for record in _records(application, kind)]
    return found


async def _records(application: "Application", kind: str) -> "AsyncIterator[Record]":
    from chariot.modules.surface.query import PAGE_LIMIT, Query

    cursor = ""
    while True:
        page = await application.store.find(
            application.organisation, Query(kinds=(kind,), limit=PAGE_LIMIT, cursor=cursor)
        )
        for record in page.items:
            yield record
        cursor = page.cursor
        if not cursor:
            return


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
