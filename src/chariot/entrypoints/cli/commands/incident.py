"""`chariot incident`: what the audit log gives reason to look into, and what becomes of it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, actor, global_options, pass_invocation

if TYPE_CHECKING:
    from datetime import datetime

    from chariot.application import Application
    from chariot.model.kinds.incident import Incident
    from chariot.modules.detection.incidents import Dossier

_PATH = "/api/v1/incidents/{id}"


@click.group("incident")
def incident_command() -> None:
    """Handle incidents; `chariot list incidents` shows them.

    \b
    chariot incident look
    chariot incident show brute-force.20260301.0a1b2c3d4e5f
    chariot incident contain brute-force.20260301.0a1b2c3d4e5f --why "the account was suspended"
    """  # noqa: D301 - click's mark for lines that stay as they are


@incident_command.command("look")
@global_options
@pass_invocation
def _look(invocation: Invocation) -> None:
    """Look through what is new in the audit log now; a server does so by itself."""
    raised = invocation.run(lambda application: application.detect())
    invocation.output.choose(
        {"incidents": raised}, lambda: invocation.output.line(f"{raised:,} incidents were raised or went on")
    )


@incident_command.command("show")
@click.argument("incident_id", metavar="ID")
@global_options
@pass_invocation
def _show(invocation: Invocation, incident_id: str) -> None:
    """Show what happened when, and who has to be told by when."""
    import msgspec

    output = invocation.output
    if invocation.is_remote:
        output.document(
            invocation.at_server(
                lambda remote: remote.connection.call(dict[str, Any], "GET", f"{_PATH}/dossier", incident_id)
            )
        )
        return
    found = invocation.run(
        lambda application: application.incidents.dossier(application.organisation, incident_id)
    )
    told = {name: getattr(found, name) for name in ("incident", "deadlines", "timeline", "missing")}
    output.choose(msgspec.to_builtins(told), lambda: _words(invocation, found))


def _words(invocation: Invocation, found: "Dossier") -> None:
    from chariot.entrypoints.cli.times import local

    output, incident = invocation.output, found.incident
    severity = incident.severity.value if incident.severity else "-"
    output.line(f"{incident.title} ({severity}, {incident.state.value})")
    output.line(f"about {incident.subject}; {incident.events:,} events since {local(incident.began_at)}")
    for name, text in incident.evidence.items():
        output.line(f"    {name}: {text}")
    if found.deadlines:
        output.heading("who has to be told")
        rows = [
            (one.duty, local(one.due_at), one.done_at or ("OVERDUE" if one.overdue else "to do"), one.whom)
            for one in found.deadlines
        ]
        output.table(("duty", "until", "state", "whom"), rows)
    output.heading("timeline")
    output.table(
        ("at", "entry", "what"),
        ((local(one.at), str(one.entry or ""), one.what) for one in found.timeline),
    )


@incident_command.command("report")
@click.argument("incident_id", metavar="ID")
@click.option("--html", "as_html", is_flag=True, help="One HTML page in place of Markdown.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Write it to a file."
)
@global_options
@pass_invocation
def _report(invocation: Invocation, incident_id: str, as_html: bool, out: Path | None) -> None:
    """Write the report of an incident, with what is still to be filled in."""
    from chariot.entrypoints.cli.files import write_atomically

    text = (
        _report_there(invocation, incident_id, as_html)
        if invocation.is_remote
        else _report_here(invocation, incident_id, as_html)
    )
    if out is None:
        invocation.output.block(text, indent="")
        return
    write_atomically(out, text)
    invocation.output.choose({"file": str(out)}, lambda: invocation.output.line(f"wrote {out}"))


def _report_here(invocation: Invocation, incident_id: str, as_html: bool) -> str:
    from chariot.modules.detection import report

    found = invocation.run(
        lambda application: application.incidents.dossier(application.organisation, incident_id)
    )
    return (report.page if as_html else report.markdown)(found, invocation.now())


def _report_there(invocation: Invocation, incident_id: str, as_html: bool) -> str:
    from tempfile import TemporaryDirectory

    template = f"{_PATH}/report/html" if as_html else f"{_PATH}/report"
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report"
        invocation.at_server(lambda remote: remote.connection.download(file, template, incident_id, query={}))
        return file.read_text(encoding="utf-8")


def _mover(name: str, state: str, help_text: str) -> None:
    @incident_command.command(name, help=help_text)
    @click.argument("incident_id", metavar="ID")
    @click.option("--why", default="", help="Why; to close one takes a reason.")
    @global_options
    @pass_invocation
    def move(invocation: Invocation, incident_id: str, why: str) -> None:
        async def here(application: "Application") -> "Incident":
            from chariot.model.kinds.incident import IncidentState

            return await application.incidents.move(
                application.organisation, incident_id, IncidentState(state), why=why, actor=actor()
            )

        _change(invocation, incident_id, here, ("POST", f"{_PATH}/state", ()), {"state": state, "why": why})


for _name, _state, _help in (
    ("contain", "contained", "Say that it spreads no further."),
    ("resolve", "resolved", "Close it: it was dealt with."),
    ("dismiss", "dismissed", "Close it: it was none."),
    ("reopen", "open", "Open it again."),
):
    _mover(_name, _state, _help)


@incident_command.command("regimes")
@click.argument("incident_id", metavar="ID")
@click.argument("regimes", nargs=-1, required=True)
@click.option(
    "--aware", default="", help="Since when it is known: a moment, or a span like 3h; now by default."
)
@global_options
@pass_invocation
def _regimes(invocation: Invocation, incident_id: str, regimes: tuple[str, ...], aware: str) -> None:
    """Say by which REGIMES somebody has to be told: gdpr, nis2, dora, nydfs, sec, hipaa."""
    from chariot.entrypoints.cli.times import parse_moment

    aware_at: datetime | None = parse_moment(aware, invocation.now(), place="--aware") if aware else None

    async def here(application: "Application") -> "Incident":
        return await application.incidents.apply_regimes(
            application.organisation, incident_id, regimes, aware_at=aware_at, actor=actor()
        )

    body = {"regimes": list(regimes), "aware_at": aware_at.isoformat() if aware_at else ""}
    _change(invocation, incident_id, here, ("PUT", f"{_PATH}/regimes", ()), body)


@incident_command.command("told")
@click.argument("incident_id", metavar="ID")
@click.argument("duty")
@global_options
@pass_invocation
def _told(invocation: Invocation, incident_id: str, duty: str) -> None:
    """Say that somebody who had to be told was told now; DUTY is one that `show` names."""

    async def here(application: "Application") -> "Incident":
        return await application.incidents.done(application.organisation, incident_id, duty, actor=actor())

    _change(invocation, incident_id, here, ("POST", f"{_PATH}/duties/{{duty}}", (duty,)), None)


def _change(
    invocation: Invocation,
    incident_id: str,
    here: "Callable[[Application], Awaitable[Incident]]",
    there: tuple[str, str, tuple[str, ...]],
    body: dict[str, Any] | None,
) -> None:
    if invocation.is_remote:
        method, template, names = there
        asked = {"body": body} if body is not None else {}
        invocation.at_server(
            lambda remote: remote.connection.call(
                dict[str, Any], method, template, incident_id, *names, repeatable=True, **asked
            )
        )
    else:
        invocation.run(here)
    invocation.output.choose(
        {"incident": incident_id}, lambda: invocation.output.line(f"{incident_id}: done")
    )
