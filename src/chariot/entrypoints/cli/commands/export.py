"""`chariot export` and `chariot load`: the surface as a file of another tool, and back from our own."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.modules.exchange.exports.restore import RestoreReport
    from chariot.modules.exchange.exports.service import ExportReport, ExportRequest

_STDOUT = "-"


@click.command("export")
@click.argument("file", required=False, default="", metavar="FILE|-")
@click.option("--list", "list_formats", is_flag=True, help="List the formats and write nothing.")
@click.option("--format", "format_name", default="jsonl", show_default=True, help="One of --list.")
@click.option("--filter", "filter_text", default="", help="Such as 'score>=70 state=open' or 'key~shop'.")
@click.option("--kinds", "kinds_text", default="", help="Such as risks,assets; a table holds one kind.")
@click.option("--as-of", "as_of_text", default="", help="As it was then: a moment, or a span like 24h.")
@click.option("--all", "everything", is_flag=True, help="Also what has left the surface or is excluded.")
@global_options
@pass_invocation
def export_command(
    invocation: Invocation,
    file: str,
    list_formats: bool,
    format_name: str,
    filter_text: str,
    kinds_text: str,
    as_of_text: str,
    everything: bool,
) -> None:
    """Write the surface to FILE, or to standard output with `-`, for other tools.

    \b
    chariot export surface.jsonl
    chariot export --format csv --kinds risks --filter 'score>=70' risks.csv
    """  # noqa: D301 - click's mark for lines that stay as they are
    from chariot.entrypoints.cli.times import parse_moment
    from chariot.model.registry import kinds_named
    from chariot.modules.exchange.exports.service import ExportRequest

    if list_formats:
        _show_formats(invocation)
        return
    if not file:
        raise click.UsageError("name a file to write, `-` for standard output, or say --list")
    request = ExportRequest(
        format=format_name,
        kinds=tuple(
            kind for word in kinds_text.split(",") if word.strip() for kind in kinds_named(word.strip())
        ),
        filter=filter_text,
        as_of=parse_moment(as_of_text, invocation.now(), place="--as-of") if as_of_text else None,
        everything=everything,
    )
    report: ExportReport = (
        invocation.at_server(lambda remote: remote.export_file(request, file))
        if invocation.is_remote
        else invocation.run(lambda application: _export(invocation, application, request, file))
    )
    if file != _STDOUT:
        _show_export(invocation, report)


async def _export(
    invocation: Invocation, application: "Application", request: "ExportRequest", file: str
) -> "ExportReport":
    from chariot.modules.exchange.exports.service import ExportService, installed_exporters

    service = ExportService(application.store, installed_exporters(), now=invocation.now)
    if file != _STDOUT:
        return await service.export_file(application.organisation, request, Path(file))
    report = await service.export(application.organisation, request, sys.stdout.buffer)
    sys.stdout.buffer.flush()
    return report


def _show_export(invocation: Invocation, report: "ExportReport") -> None:
    import msgspec

    said = f"{report.records:,} records"
    said += f" and {report.relationships:,} relationships" if report.relationships else ""
    invocation.output.choose(
        msgspec.to_builtins(report),
        lambda: invocation.output.line(
            f"wrote {report.file} ({report.format}, {said}, {report.size_bytes / 1024:,.0f} KiB)"
        ),
    )


def _show_formats(invocation: Invocation) -> None:
    from chariot.modules.exchange.exports.service import installed_exporters

    output = invocation.output
    found = (
        invocation.at_server(lambda remote: remote.export_formats())
        if invocation.is_remote
        else [
            {"format": name, "title": one.title, "media_type": one.media_type, "extension": one.extension}
            for name, one in installed_exporters().items()
        ]
    )
    rows = [
        (
            one["format"],
            one["title"],
            f"chariot export --format {one['format']} surface.{one['extension']}",
        )
        for one in found
    ]
    plain = [{name: one[name] for name in ("format", "title", "media_type")} for one in found]
    output.choose(plain, lambda: output.table(("format", "what it is", "such as"), rows))


@click.command("load")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Read the file to its end; write nothing.")
@global_options
@pass_invocation
def load_command(invocation: Invocation, file: Path, dry_run: bool) -> None:
    """Bring back a lossless export: states, decisions, tags, origins and times as they were.

    What is there already stays as it is, so doing it twice is harmless.
    """
    report = invocation.run(lambda application: _restore(invocation, application, file, dry_run=dry_run))
    _show_restore(invocation, report)


async def _restore(
    invocation: Invocation, application: "Application", file: Path, *, dry_run: bool
) -> "RestoreReport":
    from chariot.modules.exchange.exports.restore import RestoreService

    # Whoever runs this command runs the installation, so what all organisations share may be written.
    return await RestoreService(application.store, now=invocation.now).restore(
        application.organisation, file, actor=actor(), shared=True, dry_run=dry_run
    )


def _show_restore(invocation: Invocation, report: "RestoreReport") -> None:
    import msgspec

    output = invocation.output
    if output.as_json:
        output.document(msgspec.to_builtins(report))
        return
    output.line(
        f"{report.file}: {report.entities:,} entities, {report.relationships:,} relationships,"
        f" {report.kept:,} were there already, {report.refused:,} refused"
        f"{'' if report.written else '; nothing written'}"
    )
    for one in report.errors[:20]:
        output.notice(f"  {one.place}: {one.reason}")
