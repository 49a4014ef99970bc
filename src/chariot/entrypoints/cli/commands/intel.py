"""`chariot intel`: which vulnerability feeds are loaded, loading more, and packs for networks apart."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.services import Services
    from chariot.modules.intel.packs import Manifest
    from chariot.modules.intel.records import FeedInfo
    from chariot.modules.intel.service import Status
    from chariot.modules.intel.stock import Update

_COLUMNS = ("feed", "source", "version", "records", "changed", "stale", "loaded")


@click.group("intel")
def intel_command() -> None:
    """Show, load, update and pack what is known about vulnerabilities."""


@intel_command.command("status")
@global_options
@pass_invocation
def _status(invocation: Invocation) -> None:
    """Show which feeds are loaded, and how old they are."""
    status: Status = invocation.ask(lambda services: services.intel.status())
    invocation.output.choose(status, lambda: _show_status(invocation, status))


def _show_status(invocation: Invocation, status: "Status") -> None:
    _show(invocation, status.feeds)
    invocation.output.notice(f"revision {status.revision}")


def _check_format(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    from chariot.modules.intel.feeds import FeedFormat

    if value is not None and value not in get_args(FeedFormat):
        raise click.BadParameter(f"one of {', '.join(get_args(FeedFormat))}")
    return value


@intel_command.command("load")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option(
    "--as",
    "feed",
    callback=_check_format,
    metavar="FORMAT",
    help="The format, where the file does not show it; epss-past takes scores of an earlier day as history.",
)
@global_options
@pass_invocation
def _load(invocation: Invocation, files: tuple[Path, ...], feed: str | None) -> None:
    """Load feed FILEs, folders, archives and signed packs.

    CISA KEV and Vulnrichment SSVC, FIRST EPSS of a day and its history, NVD (JSON 1.1 and 2.0, JSON lines), CVE
    records 5, OSV, lists of exploits (Nuclei, Exploit-DB); also packed. A broken file is refused whole; what was
    loaded before stays in use.
    """

    async def work(application: "Application") -> list["FeedInfo"]:
        import msgspec

        from chariot.modules.intel.feeds import FeedFormat

        chosen = msgspec.convert(feed, FeedFormat | None)
        loaded = [info for file in files for info in await application.stock.load(file, chosen)]
        await _follow(invocation, application)
        return loaded

    loaded = invocation.run(work)
    invocation.output.choose(loaded, lambda: _show(invocation, tuple(loaded)))


@intel_command.command("update")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--url",
    "urls",
    multiple=True,
    metavar="NAME=URL",
    help="Fetch NAME from another place, such as a mirror.",
)
@global_options
@pass_invocation
def _update(invocation: Invocation, names: tuple[str, ...], urls: tuple[str, ...]) -> None:
    """Fetch feeds from their publishers and load them; only what changed is fetched.

    Without NAMEs: kev, epss, nvd and nuclei. There are also cve, exploit-db, osv, and osv:ECOSYSTEM.
    """
    places = dict(_place(text) for text in urls)

    async def work(application: "Application") -> list["Update"]:
        done: list[Update] = []
        async for step in application.stock.update(names, places):
            if step.done:
                done.append(step)
                invocation.output.notice(_told(step))
            else:
                invocation.output.notice(f"fetching {step.url}")
        await _follow(invocation, application)
        return done

    done = invocation.run(work)
    loaded = tuple(info for step in done for info in step.loaded)
    invocation.output.choose(done, lambda: _show(invocation, loaded) if loaded else None)
    if any(step.refused for step in done):
        raise click.exceptions.Exit(1)


async def _follow(invocation: Invocation, application: "Application") -> None:
    """Let risks and scores be as the feeds have them now."""
    from chariot.entrypoints.cli.settling import settle

    await application.follow_feeds()
    await settle(application, invocation.output)


def _place(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not equals or not url:
        raise click.UsageError("--url takes NAME=URL")
    return name, url


def _told(step: "Update") -> str:
    if step.refused:
        return f"{step.file}: not loaded: {step.refused}"
    changed = sum(info.changed for info in step.loaded)
    news = f"{changed:,} changed" if step.loaded else "nothing newer"
    return f"{step.file}: {step.fetched_bytes:,} bytes fetched, {news}"


@intel_command.command("pack")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--since", default=0, show_default=True, help="Only what changed after this revision.")
@global_options
@pass_invocation
def _pack(invocation: Invocation, file: Path, since: int) -> None:
    """Write a signed pack to FILE, for networks with no internet.

    The first pack makes the key that signs; `chariot intel trust` takes its public part on the other side.
    """

    async def work(application: "Application") -> tuple["Manifest", str]:
        return await application.stock.pack(file, since=since), application.stock.keys.public()

    manifest, key = invocation.run(work)
    invocation.output.choose(manifest, lambda: _show_pack(invocation, manifest, key))


@intel_command.command("verify")
@click.argument("file", type=click.Path(path_type=Path))
@global_options
@pass_invocation
def _verify(invocation: Invocation, file: Path) -> None:
    """Check the signature and the contents of the pack FILE, and load nothing."""
    manifest: Manifest = invocation.run(lambda application: application.stock.verify(file))
    invocation.output.choose(manifest, lambda: _show_pack(invocation, manifest, ""))


def _show_pack(invocation: Invocation, manifest: "Manifest", key: str) -> None:
    base = f"changes since revision {manifest.base}" if manifest.base else "everything"
    invocation.output.line(
        f"{base} up to revision {manifest.revision} of {manifest.series}, {manifest.payload_bytes:,} bytes"
    )
    if key:
        invocation.output.notice(f"signed; to trust it elsewhere: chariot intel trust {key}")


@intel_command.command("trust")
@click.argument("key", required=False)
@global_options
@pass_invocation
def _trust(invocation: Invocation, key: str | None) -> None:
    """Trust packs signed by the public KEY (64 hexadecimal digits); without it, show the keys that are trusted."""

    async def work(application: "Application") -> tuple[str, ...]:
        if key:
            application.stock.keys.trust(key)
        return application.stock.keys.trusted()

    keys = invocation.run(work)
    invocation.output.choose(keys, lambda: _show_keys(invocation, keys))


def _show_keys(invocation: Invocation, keys: tuple[str, ...]) -> None:
    for key in keys:
        invocation.output.line(key)


@intel_command.command("match")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@global_options
@pass_invocation
def _match(invocation: Invocation, names: tuple[str, ...]) -> None:
    """Say which vulnerabilities affect each NAME, a CPE name or a package URL, or may, and why."""

    async def work(application: "Services") -> dict[str, object]:
        cpes = [name for name in names if not name.startswith("pkg:")]
        purls = [name for name in names if name.startswith("pkg:")]
        found: dict[str, object] = {**await application.intel.match(cpes)}
        return found | {**await application.intel.match_packages(purls)}

    found = invocation.ask(work)
    invocation.output.choose(found, lambda: _show_matches(invocation, found))


def _show_matches(invocation: Invocation, found: dict[str, object]) -> None:
    from chariot.modules.intel.answers import Match
    from chariot.modules.intel.packages import PackageMatch

    rows = []
    for name, answers in found.items():
        for answer in answers if isinstance(answers, tuple) else ():
            if isinstance(answer, Match | PackageMatch):
                about = (
                    answer.cve if isinstance(answer, Match) else ", ".join((answer.advisory, *answer.cves))
                )
                probe = answer.probe.ask if answer.probe else ""
                rows.append(
                    (name, about, answer.state.value, f"{answer.confidence:.2f}", answer.reason, probe)
                )
    if not rows:
        invocation.output.notice("nothing known affects it")
        return
    invocation.output.table(
        ("name", "vulnerability", "state", "confidence", "reason", "what would tell"), rows
    )


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
