"""`chariot intel`: which vulnerability feeds are loaded, and loading more."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.modules.intel.records import FeedInfo
    from chariot.modules.intel.service import Status

_COLUMNS = ("feed", "source", "version", "records", "changed", "stale", "loaded")


@click.group("intel")
def intel_command() -> None:
    """Show and load what is known about vulnerabilities."""


@intel_command.command("status")
@global_options
@pass_invocation
def _status(invocation: Invocation) -> None:
    """Show which feeds are loaded, and how old they are."""
    status: Status = invocation.run(lambda application: application.intel.status())
    invocation.output.choose(status, lambda: _show(invocation, status.feeds))


@intel_command.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@global_options
@pass_invocation
def _load(invocation: Invocation, files: tuple[Path, ...]) -> None:
    """Load feed FILEs: CISA KEV (JSON), FIRST EPSS (CSV), NVD (JSON 1.1 and 2.0, JSON lines), also packed.

    A broken file is refused whole; what was loaded before stays in use.
    """

    async def work(application: "Application") -> list["FeedInfo"]:
        return [await application.intel.load_file(file) for file in files]

    loaded = invocation.run(work)
    invocation.output.choose(loaded, lambda: _show(invocation, tuple(loaded)))


def _show(invocation: Invocation, feeds: "tuple[FeedInfo, ...]") -> None:
    from chariot.entrypoints.cli.times import local

    if not feeds:
        invocation.output.notice("no feed is loaded: chariot intel load FILE")
        return
    invocation.output.table(
        _COLUMNS,
        (
            (
                feed.feed,
                feed.source,
                feed.version or "-",
                f"{feed.records:,}",
                f"{feed.changed:,}",
                f"{feed.stale:,}",
                local(feed.loaded_at),
            )
            for feed in feeds
        ),
    )
