"""`chariot privacy`: what is kept about a person, told to them and erased."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.modules.privacy.service import Erasure, SubjectData

_also_option = click.option(
    "--also",
    multiple=True,
    metavar="NAME",
    help="Another name of the same person: e-mail address, sign-in name; repeat.",
)
_everywhere_option = click.option(
    "--everywhere", is_flag=True, help="In all organisations, and not only in this one."
)


@click.group("privacy")
def privacy_command() -> None:
    """Export or erase what is kept about a person.

    \b
    chariot privacy export ann --also ann@example.com --out ann.json
    chariot privacy erase ann --also ann@example.com --why "request of 2026-11-21"
    """  # noqa: D301 - click's mark for lines that stay as they are


@privacy_command.command("export")
@click.argument("subject")
@_also_option
@_everywhere_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write to this file, readable by you alone; by default to standard output.",
)
@global_options
@pass_invocation
def _export(
    invocation: Invocation, subject: str, also: tuple[str, ...], everywhere: bool, out: Path | None
) -> None:
    """Write all that is kept about SUBJECT, as JSON."""
    import os

    import msgspec

    from chariot.errors import InvalidError

    async def work(application: "Application") -> "SubjectData":
        return await application.privacy.export(
            (subject, *also), organisation=None if everywhere else application.organisation, actor=actor()
        )

    async def there(remote: "RemoteApplication") -> "SubjectData":
        from chariot.modules.privacy.service import SubjectData

        body = {"names": [subject, *also], "everywhere": everywhere}
        return await remote.connection.call(SubjectData, "POST", "/api/v1/privacy/exports", body=body)

    found = invocation.at_server(there) if invocation.is_remote else invocation.run(work)
    data = msgspec.json.format(msgspec.json.encode(found), indent=2)
    if out is None:
        click.echo(data.decode())
        return
    try:
        descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidError(f"cannot write {out}: {error.strerror}", place="--out") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    invocation.output.notice(
        f"{out}: {len(found.statements)} statements, {len(found.actions)} actions,"
        f" {found.audit_entries} entries of the audit log"
    )


@privacy_command.command("erase")
@click.argument("subject")
@_also_option
@_everywhere_option
@click.option("--why", required=True, help="The reason, which is kept for good; it may not name the person.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@global_options
@pass_invocation
def _erase(
    invocation: Invocation, subject: str, also: tuple[str, ...], everywhere: bool, why: str, yes: bool
) -> None:
    """Put a pseudonym in the place of SUBJECT, in the present and in all history. It cannot be undone."""
    if not yes:
        click.confirm(f"Erase {subject} from the present and from all history?", abort=True)

    async def work(application: "Application") -> "Erasure":
        return await application.privacy.erase(
            (subject, *also),
            organisation=None if everywhere else application.organisation,
            actor=actor(),
            why=why,
        )

    async def there(remote: "RemoteApplication") -> "Erasure":
        from chariot.modules.privacy.service import Erasure

        body = {"names": [subject, *also], "everywhere": everywhere, "why": why}
        return await remote.connection.call(Erasure, "POST", "/api/v1/privacy/erasures", body=body)

    done = invocation.at_server(there) if invocation.is_remote else invocation.run(work)
    output = invocation.output
    plain = {
        "pseudonym": done.pseudonym,
        "rows": done.rows,
        "origins": done.origins,
        "organisations": list(done.organisations),
        "audit_entries": done.audit_entries,
    }

    def show() -> None:
        output.line(
            f"{done.rows} rows and {done.origins} origins name {done.pseudonym} now,"
            f" in {len(done.organisations)} organisations"
        )
        if done.audit_entries:
            output.line(
                f"{done.audit_entries} entries of the audit log keep the name until its retention ends:"
                " they are evidence, see docs/privacy.md"
            )

    output.choose(plain, show)
