"""`chariot import` and `chariot report`: what comes in from files, and what goes out."""

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.entrypoints.cli.services import Services
    from chariot.format import Format

T = TypeVar("T")

_ERRORS_SHOWN = 20
_HELD = ("finding", "risk", "asset")
_UNDO = "undo"


@click.command("import")
@click.argument("files", nargs=-1, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--list", "list_formats", is_flag=True, help="List the formats and read nothing.")
@click.option("--format", "format_name", default="auto", show_default=True, help="The files' format.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="MAP",
    help="Read CSV or JSON of any tool by this map; see docs/import-mapping.md.",
)
@click.option(
    "--complete",
    is_flag=True,
    help="The files cover every target they name: close what their tool no longer reports there.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would change; write nothing.")
@global_options
@pass_invocation
def import_command(
    invocation: Invocation,
    files: tuple[Path, ...],
    list_formats: bool,
    format_name: str,
    map_file: Path | None,
    complete: bool,
    dry_run: bool,
) -> int:
    """Read results of other tools from FILEs, `-` for standard input; `import undo ID...` takes them back.

    A file may be gzip. The id of each import is shown, and `chariot list imports` lists them all. What came in is
    correlated and scored at once; nothing is sent to any target.
    """
    if list_formats:
        from chariot.entrypoints.cli.exits import Exit

        _show_formats(invocation)
        return Exit.OK
    if not files:
        raise click.UsageError("name a file to import, or say --list")
    if files[0] == Path(_UNDO):
        ids = [str(one) for one in files[1:]]
        if not ids:
            raise click.UsageError("name the import to take back; `chariot list imports` shows them")
        return _undo(invocation, ids, dry_run=dry_run)
    chosen: Any = None
    if map_file is not None:
        # A server is sent the map itself; that it is sound is seen here, before the files are sent.
        mapped = _mapped(map_file)
        chosen = map_file if invocation.is_remote else mapped
    options = {"format_name": format_name, "chosen": chosen, "complete": complete, "dry_run": dry_run}
    return _import(invocation, files, options)


def _import(invocation: Invocation, files: tuple[Path, ...], options: dict[str, Any]) -> int:
    from chariot.entrypoints.cli.invocation import actor

    async def one(application: "Services", file: Path) -> Any:
        return await application.exchange.import_file(
            application.organisation,
            file,
            requested_by=actor(),
            **options,
        )

    results, worst = _each(invocation, files, one)
    output = invocation.output
    if output.as_json:
        output.document([_plain_import(file, one) for file, one in results])
    else:
        _show_imports(invocation, results)
    _settle(invocation, results)
    return worst


def _settle(invocation: Invocation, results: Iterable[tuple[object, Any]]) -> None:
    """Let what follows from *results* follow at once, where anything was written and no server does it."""
    from chariot.entrypoints.cli.settling import settle

    if not invocation.is_remote and any(getattr(result, "written", False) for _, result in results):
        invocation.run(lambda application: settle(application, invocation.output))


def _show_imports(invocation: Invocation, results: Iterable[tuple[Path, Any]]) -> None:
    output = invocation.output
    for file, result in results:
        if isinstance(result, Exception):
            _show_failed(invocation, file, result)
            continue
        counted = [(getattr(result, f"{name}s"), name) for name in _HELD]
        held = ", ".join(f"{count:,} {name}{'s' if count > 1 else ''}" for count, name in counted if count)
        told = f"{held}: {result.sentence()}" if held else result.sentence()
        output.line(f"{result.file} ({result.format}): {told}{_whereabouts(result)}")
        for refusal in result.errors[:_ERRORS_SHOWN]:
            output.notice(f"  {refusal.place}: {refusal.reason}")
        if result.refused > _ERRORS_SHOWN:
            output.notice("  … there are more: --json shows the first hundred")


def _whereabouts(result: Any) -> str:
    """Return what else a person should know of an import."""
    if not result.written:
        said = "; nothing written"
    else:
        said = f"; went on with import {result.id}" if result.resumed else f"; import {result.id}"
    return f"{said}; the same file came in before as {result.known_as}" if result.known_as else said


def _undo(invocation: Invocation, ids: list[str], *, dry_run: bool) -> int:
    from chariot.entrypoints.cli.invocation import actor

    async def one(application: "Services", import_id: str) -> Any:
        return await application.exchange.undo(
            application.organisation, import_id, dry_run=dry_run, requested_by=actor()
        )

    results, worst = _each(invocation, ids, one)
    output = invocation.output
    if output.as_json:
        output.document(
            [
                {"id": name, "errors": [{"place": name, "reason": str(result)}], "written": False}
                if isinstance(result, Exception)
                else _plain(result)
                for name, result in results
            ]
        )
    else:
        _show_undone(invocation, results)
    _settle(invocation, results)
    return worst


def _show_undone(invocation: Invocation, results: Iterable[tuple[str, Any]]) -> None:
    for name, result in results:
        if isinstance(result, Exception):
            _show_failed(invocation, name, result)
            continue
        said = "" if result.written else "; nothing written"
        invocation.output.line(
            f"import {result.id} of {result.file} ({result.format}): {result.sentence()}{said}"
        )


def _each(
    invocation: Invocation,
    names: Iterable[T],
    work: Callable[["Services", T], Awaitable[Any]],
) -> tuple[list[tuple[T, Any]], int]:
    """Return for each name what *work* gave or its error, and the worst exit code."""
    from chariot.entrypoints.cli.exits import Exit, code_of
    from chariot.errors import ChariotError

    async def whole(application: "Services") -> list[tuple[T, Any]]:
        results: list[tuple[T, Any]] = []
        for name in names:
            try:
                results.append((name, await work(application, name)))
            except ChariotError as error:
                # One bad file does not keep the others out; it makes the whole command fail.
                results.append((name, error))
        return results

    results = invocation.ask(whole)
    codes = [code_of(result) for _, result in results if isinstance(result, ChariotError)]
    return results, max(codes, default=Exit.OK)


def _mapped(map_file: Path) -> "Format":
    from chariot.errors import InvalidError
    from chariot.formats.mapped import MAP_LIMIT_BYTES, Mapped

    try:
        with map_file.open("rb") as stream:
            written = stream.read(MAP_LIMIT_BYTES + 1)
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=str(map_file)) from error
    return Mapped.from_toml(written)


def _plain_import(file: Path, result: Any) -> dict[str, Any]:
    if not isinstance(result, Exception):
        return _plain(result)
    # Its own sentence names the place; the file stands beside it.
    from chariot.modules.exchange.reports import ImportReport
    from chariot.modules.surface.states import Refusal

    report = ImportReport(file=str(file), format="", written=False)
    report.refuse(Refusal(str(file), str(result)))
    return _plain(report)


def _plain(result: Any) -> dict[str, Any]:
    import msgspec

    plain: dict[str, Any] = msgspec.to_builtins(result)
    return plain


def _show_failed(invocation: Invocation, name: object, error: Exception) -> None:
    invocation.output.line(f"{name}: refused; nothing written")
    invocation.output.notice(f"  {name}: {error}")


def _show_formats(invocation: Invocation) -> None:
    from chariot.modules.exchange.catalogue import installed_formats

    output = invocation.output
    found = (
        invocation.at_server(lambda remote: remote.import_formats())
        if invocation.is_remote
        else [(name, one.title, one.example) for name, one in installed_formats().items()]
    )
    rows = [(name, title, example, f"chariot import FILE --format {name}") for name, title, example in found]
    plain = [
        {"format": name, "title": title, "written_by": example, "command": command}
        for name, title, example, command in rows
    ]
    output.choose(plain, lambda: output.table(("format", "what it reads", "written by", "import"), rows))


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

    text = invocation.ask(lambda application: report_html(invocation, application, top=top))
    write_atomically(html_file, text)
    output = invocation.output
    output.choose(
        {"file": str(html_file), "size_bytes": len(text.encode())},
        lambda: output.line(
            f"wrote {html_file} ({len(text.encode()) / 1024:,.0f} KiB); open it in a browser"
        ),
    )


async def report_html(invocation: Invocation, application: "Services", *, top: int) -> str:
    """Return the report as one self-contained HTML page, with *top* risks in full."""
    import chariot
    from chariot.modules.exchange.report.collect import Limits, collect_report
    from chariot.modules.exchange.report.html import render_html

    graph = await application.graph()
    report = await collect_report(
        application.store,
        application.organisation,
        made_at=invocation.now(),
        program=f"Chariot {chariot.__version__}",
        limits=Limits(top=top),
        plan=await graph.fix_plan(application.organisation),
    )
    return render_html(report)
