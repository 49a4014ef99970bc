"""`chariot audit`: who did or tried what, whether the log holds, its checkpoints and its export."""

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from datetime import datetime

    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.model.keys import Organisation
    from chariot.modules.audit.seals import Signed
    from chariot.modules.audit.verification import Verification

_STDOUT = "-"


@click.group("audit")
def audit_command() -> None:
    """Read, verify and export the log of who did or tried what.

    \b
    chariot audit list --ending refused --since 24h
    chariot audit verify
    chariot audit checkpoint --out /mnt/elsewhere/audit-checkpoint.json
    """  # noqa: D301 - click's mark for lines that stay as they are


@audit_command.command("list")
@click.option("--actor", default="", help="Who did it.")
@click.option("--action", default="", help="Such as risks:write; risks:* for all that begin so.")
@click.option("--object", "object_", default="", help="Key or path of what it was done to.")
@click.option("--address", default="", help="Where the request came from.")
@click.option("--request", "request_id", default="", help="The id of one request.")
@click.option("--ending", type=click.Choice(["allowed", "refused", "failed"]), default=None)
@click.option("--since", default="", help="A moment, or a span like 24h.")
@click.option("--until", default="", help="A moment, or a span like 1h.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@click.option(
    "--before", type=click.IntRange(1), default=None, help="Go on before the entry with this number."
)
@click.option("--installation", is_flag=True, help="The log of the installation itself: sign-ins.")
@global_options
@pass_invocation
def _list(
    invocation: Invocation, /, since: str, until: str, installation: bool, before: int | None, **asked: Any
) -> None:
    """List entries, the newest first."""
    asked["object"] = asked.pop("object_")
    moments = {
        name: _moment(invocation, text, f"--{name}") for name, text in (("since", since), ("until", until))
    }
    items = (
        invocation.at_server(lambda remote: _list_there(remote, asked, moments, before, installation))
        if invocation.is_remote
        else invocation.run(lambda application: _list_here(application, asked, moments, before, installation))
    )
    output = invocation.output
    if output.as_json:
        output.document({"items": items})
    elif not items:
        output.notice("nothing matches")
    else:
        columns = ("sequence", "at", "actor", "action", "object", "ending", "address", "details")
        output.table(columns, ([_cell(item[name]) for name in columns] for item in items))
        if len(items) == asked["limit"]:
            output.notice(f"for what came before: --before {items[-1]['sequence']}")


def _cell(value: Any) -> str:
    return (
        " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else str(value)
    )


def _moment(invocation: Invocation, text: str, place: str) -> "datetime | None":
    from chariot.entrypoints.cli.times import parse_moment

    return parse_moment(text, invocation.now(), place=place) if text else None


async def _list_here(
    application: "Application",
    asked: dict[str, Any],
    moments: "dict[str, datetime | None]",
    before: int | None,
    installation: bool,
) -> list[dict[str, Any]]:
    import msgspec

    from chariot.model.keys import SYSTEM
    from chariot.modules.audit.entries import Ending
    from chariot.modules.audit.ports import Question

    ending = Ending(asked["ending"]) if asked["ending"] else None
    question = Question(**(asked | moments | {"ending": ending, "before": before or 0}))
    found, _ = await application.audit.find(SYSTEM if installation else application.organisation, question)
    items: list[dict[str, Any]] = msgspec.to_builtins(found)
    return items


async def _list_there(
    remote: "RemoteApplication",
    asked: dict[str, Any],
    moments: "dict[str, datetime | None]",
    before: int | None,
    installation: bool,
) -> list[dict[str, Any]]:
    query = {name: value for name, value in asked.items() if value} | {
        name: at.isoformat() for name, at in moments.items() if at is not None
    }
    if before:
        query["cursor"] = str(before)
    if installation:
        query["installation"] = "true"
    page = await remote.connection.page(dict[str, Any], "/api/v1/audit", query=query)
    return list(page.items)


@audit_command.command("verify")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A checkpoint that was kept elsewhere; may be given several times.",
)
@click.option(
    "--file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    default=None,
    help="Verify an export (JSON Lines) instead; no database is opened.",
)
@click.option(
    "--key",
    "keys",
    multiple=True,
    help="With --file: the public key that is trusted, and no other; see `audit key`.",
)
@global_options
@pass_invocation
def _verify(
    invocation: Invocation, against: tuple[Path, ...], file: Path | None, keys: tuple[str, ...]
) -> int:
    """Read the logs of all organisations, or of --organisation, and tell whether they hold.

    Ends with code 1 when one does not, and names the first entry that is not as it was written.
    """
    from chariot.entrypoints.cli.exits import Exit

    if keys and file is None:
        raise click.UsageError(
            "--key is for --file: a database is verified with the keys of its installation"
        )
    kept = _kept(against)
    if file is not None:
        found = _verified_file(invocation, file, keys, kept)
    elif invocation.is_remote:
        found = [invocation.at_server(lambda remote: _verified_there(remote, kept))]
    else:
        found = invocation.run(
            lambda application: _verified(application, kept, everything=not invocation.organisation)
        )
    output = invocation.output
    if output.as_json:
        import msgspec

        output.document({"holds": all(one.holds for one in found), "logs": msgspec.to_builtins(found)})
    else:
        for one in found:
            _show_verification(invocation, one)
        if not found:
            output.notice("nothing was ever written")
    return Exit.OK if all(one.holds for one in found) else Exit.FOUND


def _verified_file(
    invocation: Invocation, file: Path, keys: tuple[str, ...], kept: "dict[Organisation, list[Signed]]"
) -> "list[Verification]":
    import asyncio

    from chariot.bootstrap.auditing import verified_export
    from chariot.entrypoints.cli.trusting import trust_of

    marks = [signed for of_one in kept.values() for signed in of_one]
    home, trusted = trust_of(invocation, keys)
    return [asyncio.run(verified_export(file, home, trusted, marks))]


@audit_command.command("key")
@global_options
@pass_invocation
def _key(invocation: Invocation) -> None:
    """Print the public key that signs the log, for whoever verifies exports elsewhere."""
    from chariot.entrypoints.cli.trusting import signing_key

    key = signing_key(invocation)
    invocation.output.choose({"key": key}, lambda: invocation.output.line(key))


async def _verified(
    application: "Application", kept: "dict[Organisation, list[Signed]]", *, everything: bool
) -> "list[Verification]":
    if everything:
        return await application.audit.verify_all(kept)
    name = application.organisation
    return [await application.audit.verify(name, kept.get(name, ()))]


def _show_verification(invocation: Invocation, found: "Verification") -> None:
    output = invocation.output
    if found.holds:
        output.line(
            f"{found.organisation}: holds; {found.entries:,} entries ({found.first:,} to {found.last:,}),"
            f" {found.checkpoints:,} checkpoints"
        )
        return
    output.line(f"{found.organisation}: DOES NOT HOLD; {found.entries:,} entries hold up to {found.last:,}")
    for fault in found.faults:
        where = f"entry {fault.sequence:,}" if fault.sequence else "the log"
        output.line(f"    {where}: {fault.reason}")


async def _verified_there(
    remote: "RemoteApplication", kept: "dict[Organisation, list[Signed]]"
) -> "Verification":
    import msgspec

    from chariot.modules.audit.verification import Verification

    path, against = "/api/v1/audit/verification", kept.get(remote.organisation)
    if against:
        body = {"against": msgspec.to_builtins(against)}
        told = await remote.connection.call(dict[str, Any], "POST", path, body=body)
    else:
        told = await remote.connection.call(dict[str, Any], "GET", path)
    return msgspec.convert({"organisation": remote.organisation, **told}, Verification)


def _kept(files: tuple[Path, ...]) -> "dict[Organisation, list[Signed]]":
    """Return the checkpoints in *files*, by organisation.

    Raises:
        InvalidError: a file holds none.
    """
    import msgspec

    from chariot.errors import InvalidError
    from chariot.modules.audit.seals import Checkpoint, Signed, opened

    found: dict[Organisation, list[Signed]] = {}
    for file in files:
        try:
            signed = msgspec.json.decode(file.read_bytes()[:100_000], type=Signed)
            found.setdefault(opened(signed, Checkpoint).organisation, []).append(signed)
        except (OSError, msgspec.DecodeError, InvalidError) as error:
            raise InvalidError(f"{file} holds no checkpoint: {error}", place="--against") from None
    return found


@audit_command.command("checkpoint")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it to a file."
)
@click.option("--installation", is_flag=True, help="Of the log of the installation itself.")
@global_options
@pass_invocation
def _checkpoint(invocation: Invocation, out: Path | None, installation: bool) -> None:
    """Set a checkpoint at the end of the log and write it out, to be kept elsewhere.

    Whoever can write the database can put back an older copy of it, with its older end. A checkpoint that is kept
    where they cannot write shows it: `chariot audit verify --against FILE`.
    """
    import msgspec

    signed = (
        invocation.at_server(lambda remote: _checkpoint_there(remote, installation))
        if invocation.is_remote
        else invocation.run(lambda application: _checkpoint_here(application, installation))
    )
    if out is None:
        invocation.output.document(msgspec.to_builtins(signed))
        return
    from chariot.entrypoints.cli.files import write_atomically

    write_atomically(out, msgspec.json.encode(signed).decode() + "\n")
    invocation.output.choose({"file": str(out)}, lambda: invocation.output.line(f"wrote {out}"))


async def _checkpoint_here(application: "Application", installation: bool) -> "Signed":
    from chariot.model.keys import SYSTEM

    return await application.audit.checkpoint(SYSTEM if installation else application.organisation)


async def _checkpoint_there(remote: "RemoteApplication", installation: bool) -> "Signed":
    from chariot.modules.audit.seals import Signed

    query = {"installation": "true"} if installation else {}
    return await remote.connection.call(Signed, "POST", "/api/v1/audit/checkpoints", query=query)


@audit_command.command("export")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--format", "format_name", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True
)
@click.option("--installation", is_flag=True, help="The log of the installation itself.")
@global_options
@pass_invocation
def _export(invocation: Invocation, file: str, format_name: str, installation: bool) -> None:
    """Write the log with its proof to FILE, or to standard output with `-`."""
    if invocation.is_remote:
        from chariot.entrypoints.cli.remote.files import download

        query = {"installation": "true"} if installation else {}
        path = "/api/v1/audit/exports/{format}"
        size = invocation.at_server(
            lambda remote: download(remote.connection, file, path, format_name, query=query)
        )
    elif file == _STDOUT:
        import sys

        size = invocation.run(
            lambda application: _export_here(application, sys.stdout.buffer, format_name, installation)
        )
    else:
        from chariot.modules.exchange.whole_file import whole_file

        with whole_file(Path(file)) as target:
            size = invocation.run(
                lambda application: _export_here(application, target, format_name, installation)
            )
    if file != _STDOUT:
        invocation.output.choose(
            {"file": file, "size_bytes": size},
            lambda: invocation.output.line(f"wrote {file} ({size / 1024:,.0f} KiB)"),
        )


async def _export_here(
    application: "Application", target: IO[bytes], format_name: str, installation: bool
) -> int:
    from chariot.entrypoints.cli.invocation import actor
    from chariot.model.keys import SYSTEM
    from chariot.modules.audit.entries import Entry

    whose = SYSTEM if installation else application.organisation
    await application.audit.record(
        Entry(organisation=whose, actor=actor(), action="audit:export", object=format_name)
    )
    size = 0
    async for piece in await application.audit.export(whose, "csv" if format_name == "csv" else "jsonl"):
        size += target.write(piece)
    target.flush()
    return size
