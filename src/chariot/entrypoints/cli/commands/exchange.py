"""`chariot import` and `chariot report`: what comes in from files, and what goes out."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.errors import ChariotError

_ERRORS_SHOWN = 20
_WORDS = {
    "findings": "findings",
    "risks": "risks",
    "assets": "assets",
    "created": "new",
    "changed": "changed",
    "confirmed": "seen again",
    "refused": "refused",
}


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--list", "list_formats", is_flag=True, help="List the formats and read nothing.")
@click.option("--format", "format_name", default="auto", show_default=True, help="The files' format.")
@click.option("--dry-run", is_flag=True, help="Tell what would change; write nothing.")
@global_options
@pass_invocation
def import_command(
    invocation: Invocation, files: tuple[Path, ...], list_formats: bool, format_name: str, dry_run: bool
) -> int:
    """Read results of other tools from FILEs; `chariot scan --resume` then correlates what came in."""
    from chariot.entrypoints.cli.exits import Exit, code_of
    from chariot.errors import ChariotError

    if list_formats:
        _show_formats(invocation)
        return Exit.OK
    if not files:
        raise click.UsageError("name a file to import, or say --list")
    worst = Exit.OK

    async def work(application: "Application") -> list[dict[str, Any]]:
        nonlocal worst
        results = []
        for file in files:
            try:
                result = await application.exchange.import_file(
                    application.organisation, file, format_name=format_name, dry_run=dry_run
                )
            except ChariotError as error:
                # One bad file does not keep the others out; it makes the whole command fail.
                worst = max(worst, code_of(error))
                results.append(_failed(file, error))
            else:
                results.append(_plain(result))
        return results

    _show_import(invocation, invocation.run(work))
    return worst


def _failed(file: Path, error: "ChariotError") -> dict[str, Any]:
    # Its own sentence names the place; the file stands beside it.
    refusal = {"place": str(file), "reason": str(error)}
    return {"file": str(file), "format": "", "refused": 1, "errors": [refusal], "written": False}


def _plain(result: Any) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(result)
    return plain


def _show_formats(invocation: Invocation) -> None:
    from chariot.modules.exchange.imports import installed_formats

    output = invocation.output
    rows = [
        (name, (one.__doc__ or "").strip().partition("\n")[0], f"chariot import FILE --format {name}")
        for name, one in installed_formats().items()
    ]
    plain = [{"format": name, "summary": summary} for name, summary, _ in rows]
    output.choose(plain, lambda: output.table(("format", "what it reads", "such as"), rows))


def _show_import(invocation: Invocation, results: list[dict[str, Any]]) -> None:
    output = invocation.output
    if output.as_json:
        output.document(results)
        return
    for result in results:
        said = ", ".join(f"{result[name]:,} {word}" for name, word in _WORDS.items() if result.get(name))
        known = result.get("format")
        output.line(
            f"{result['file']}{f' ({known})' if known else ''}: {said or 'nothing in it'}"
            f"{'' if result['written'] else '; nothing written'}"
        )
        for name in ("refusals", "errors"):
            for one in result.get(name, ())[:20]:
                output.notice(
                    f"  {one}" if isinstance(one, str) else "  " + ": ".join(map(str, one.values()))
                )


@click.command("report")
@click.option(
    "--html",
    "html_file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write one self-contained HTML file.",
)
@click.option("--top", type=click.IntRange(1, 1_000), default=25, show_default=True, help="Risks in full.")
@global_options
@pass_invocation
def report_command(invocation: Invocation, html_file: Path, top: int) -> None:
    """Write what is exposed, what is wrong, what to fix first and why, and what nobody could look at."""
    from chariot.entrypoints.cli.files import write_atomically

    text = invocation.run(lambda application: report_html(invocation, application, top=top))
    write_atomically(html_file, text)
    output = invocation.output
    output.choose(
        {"file": str(html_file), "size_bytes": len(text.encode())},
        lambda: output.line(
            f"wrote {html_file} ({len(text.encode()) / 1024:,.0f} KiB); open it in a browser"
        ),
    )


async def report_html(invocation: Invocation, application: "Application", *, top: int) -> str:
    """Return the report as one self-contained HTML page, with *top* risks in full."""
    import chariot
    from chariot.modules.exchange.report.collect import Limits, collect_report
    from chariot.modules.exchange.report.html import render_html

    report = await collect_report(
        application.store,
        application.organisation,
        made_at=invocation.now(),
        program=f"Chariot {chariot.__version__}",
        limits=Limits(top=top),
    )
    return render_html(report)
