"""`chariot journal`: what was sent to whom, when, why and by whose word."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.entrypoints.cli.services import Services


@click.group("journal")
def journal_command() -> None:
    """Show what was sent to whom, when, why and by whose word.

    \b
    chariot journal export --for 192.0.2.7 --to abuse-desk.jsonl
    chariot journal verify
    chariot journal verify abuse-desk.jsonl --key 4f1c...
    """  # noqa: D301 - click's mark for lines that stay as they are


@journal_command.command("list")
@click.option("--for", "place", default="", help="Only what was sent to this address or netblock.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@global_options
@pass_invocation
def _list(invocation: Invocation, place: str, limit: int) -> None:
    """List the newest lines."""
    from collections import deque

    from chariot.entrypoints.cli.times import local
    from chariot.modules.discovery.journal_lines import JournalLine, sent_to

    async def work(application: "Services") -> list[JournalLine]:
        if place:
            lines = sent_to(application.journal, application.organisation, place)
            return list(deque([line async for line in lines], maxlen=limit))
        return await _newest(application, limit)

    found = invocation.ask(work)
    rows = [
        (
            str(one.number),
            local(one.first_at),
            f"{one.what} ({one.times} times)" if one.times > 1 else one.what,
            f"{one.host}" if one.host == one.address else f"{one.host} ({one.address})",
            str(one.port or "-"),
            one.capability,
            one.authority,
        )
        for one in found
    ]
    columns = ("number", "at", "what", "to", "port", "capability", "by whose word")
    invocation.output.choose(found, lambda: invocation.output.table(columns, rows))


async def _newest(application: "Services", limit: int) -> list[Any]:
    from chariot.modules.discovery.journal_lines import told

    head = await application.journal.head(application.organisation)
    rows = await application.journal.rows(
        application.organisation, after=max(0, head.number - limit), limit=limit
    )
    return [told(row) for row in rows]


@journal_command.command("export")
@click.option("--for", "place", default="", help="Only what was sent to this address or netblock.")
@click.option(
    "--to",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file of JSON lines.",
)
@global_options
@pass_invocation
def _export(invocation: Invocation, place: str, file: Path) -> None:
    """Write lines for an abuse desk, the oldest first, each with its place in the chain, and a signed seal."""
    key, written = (
        _exported_there(invocation, place, file)
        if invocation.is_remote
        else _exported(invocation, place, file)
    )
    output = invocation.output

    def words() -> None:
        output.line(f"{written:,} lines written to {file}, signed with the key {key}")

    output.choose({"lines": written, "file": str(file), "key": key}, words)


def _exported(invocation: Invocation, place: str, file: Path) -> tuple[str, int]:
    """Return the key that signed, and how many lines were written."""
    from chariot.bootstrap.auditing import signer
    from chariot.modules.discovery.journal_export import exported
    from chariot.modules.exchange.whole_file import whole_file

    seals = signer(invocation.settings().home_path)

    async def work(application: "Application") -> int:
        written = -1
        with whole_file(file) as target:
            async for line in exported(
                application.journal, application.organisation, place, seals, at=application.now()
            ):
                target.write(line)
                written += 1
        return written

    return seals.public, invocation.run(work)


def _exported_there(invocation: Invocation, place: str, file: Path) -> tuple[str, int]:
    """Return the key of the server, which signed, and how many lines came."""
    from chariot.entrypoints.cli.remote.files import download
    from chariot.entrypoints.cli.trusting import signing_key

    path, query = "/api/v1/scope/journal/export", {"address": place} if place else {}
    invocation.at_server(lambda remote: download(remote.connection, str(file), path, query=query))
    with file.open("rb") as lines:
        return signing_key(invocation), sum(1 for _ in lines) - 1


@journal_command.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    "keys",
    multiple=True,
    help="With FILE: the public key that is trusted, and no other; see `chariot audit key`.",
)
@global_options
@pass_invocation
def _verify(invocation: Invocation, file: Path | None, keys: tuple[str, ...]) -> int:
    """Tell whether the whole journal is as it was written, or whether the export in FILE is as it was signed.

    For FILE no database is opened. Ends with code 1 when something does not hold.
    """
    from chariot.entrypoints.cli.exits import Exit
    from chariot.modules.discovery.journal import Verified, verify

    if file is not None:
        return _verify_file(invocation, file, keys)
    if keys:
        raise click.UsageError("--key is for FILE: the journal itself is verified by its chain")

    async def work(application: "Application") -> Verified:
        return await verify(application.journal, application.organisation)

    async def there(remote: "RemoteApplication") -> Verified:
        return await remote.connection.call(Verified, "GET", "/api/v1/scope/journal/verification")

    verified = invocation.at_server(there) if invocation.is_remote else invocation.run(work)
    output = invocation.output
    output.choose(
        verified,
        lambda: output.line(f"{verified.lines:,} lines hold; {verified.fault or 'nothing was changed'}"),
    )
    return Exit.FOUND if verified.fault else Exit.OK


def _verify_file(invocation: Invocation, file: Path, keys: tuple[str, ...]) -> int:
    from chariot.bootstrap.auditing import checker
    from chariot.entrypoints.cli.exits import Exit
    from chariot.entrypoints.cli.trusting import trust_of
    from chariot.modules.discovery.journal_export import verified

    with file.open("rb") as lines:
        found = verified(lines, checker(*trust_of(invocation, keys)))
    output = invocation.output

    def words() -> None:
        if found.seal is None:
            output.line(f"{file} DOES NOT HOLD: {found.lines:,} lines hold; {found.fault}")
            return
        output.line(
            f"{file} holds: {found.lines:,} lines of {found.seal.organisation}, sent to"
            f" {found.seal.place or 'anybody'}, as they were on {found.seal.at:%Y-%m-%d %H:%M:%S} UTC"
        )
        output.line(f"signed with the key {found.key}")

    output.choose(found, words)
    return Exit.FOUND if found.fault else Exit.OK
