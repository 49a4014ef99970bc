"""`chariot demo`: the whole product in one command, on a small internet that it starts itself on loopback."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.outcome import Outcome
    from chariot.lab.score import KindScore
    from chariot.lab.server import Lab
    from chariot.modules.graph.answers import FixPlan


@click.command("demo")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default="demo", metavar="[DIR]")
@click.option("--port-offset", type=int, default=0, help="Added to each of the lab's ports.")
@click.option("--serve", is_flag=True, help="Then serve the dashboard on what was found, until Ctrl-C.")
@global_options
@pass_invocation
def demo_command(invocation: Invocation, folder: Path, port_offset: int, serve: bool) -> int:
    """Scan a small internet on loopback, show what to fix first, and write a report into DIR.

    Nothing leaves this machine. DIR (default: ./demo) keeps the data, the settings and the report.
    """
    import asyncio

    from chariot.entrypoints.cli.commands.serve import serve_application
    from chariot.entrypoints.cli.exits import Exit

    invocation.stay()
    folder.mkdir(parents=True, exist_ok=True)
    ended = asyncio.run(_demo(invocation, folder, port_offset))
    if serve and ended == Exit.OK:
        # The lab is gone by now: what it answered stays in the folder, and nothing is asked again for a day.
        invocation.run(lambda application: serve_application(invocation, application))
    return ended


async def _demo(invocation: Invocation, folder: Path, port_offset: int) -> int:
    from chariot.entrypoints.cli.exits import Exit
    from chariot.entrypoints.cli.outcome import collect_outcome, write_outcome
    from chariot.lab.profile import write_profile
    from chariot.lab.server import Lab, LabSettings

    output = invocation.output
    async with Lab(LabSettings(port_offset=port_offset, directory=folder)) as lab:
        invocation.config, invocation.home = write_profile(lab.profile, folder), str(folder / "data")
        if not output.as_json:
            output.line(f"A small internet runs on loopback: {', '.join(lab.profile.seeds)}. Scanning it…")
        async with invocation.open() as application:
            finished = await _scan(invocation, application, lab)
            outcome: Outcome = await collect_outcome(application, 10)
            write_outcome(output, outcome, finished=finished, next_steps=not finished)
            if not finished:
                return Exit.INTERRUPTED
            report = await _report(invocation, application, folder)
            graph = await application.graph()
            plan = await graph.fix_plan(application.organisation, steps=3)
            scores = await _scores(application, port_offset)
    if not output.as_json:
        _say_first_fixes(invocation, plan)
        _say_what_next(invocation, folder, report, scores, outcome)
    return Exit.OK


async def _scan(invocation: Invocation, application: "Application", lab: "Lab") -> bool:
    from chariot.entrypoints.cli.commands.scan import display_for
    from chariot.entrypoints.cli.scanning import run_until_idle

    await application.scans.start(application.organisation, lab.profile.seeds, requested_by="demo")
    with display_for(invocation) as display:
        return await run_until_idle(application, display)


async def _report(invocation: Invocation, application: "Application", folder: Path) -> Path:
    from chariot.entrypoints.cli.commands.exchange import report_html
    from chariot.entrypoints.cli.files import write_atomically

    path = folder / "report.html"
    write_atomically(path, await report_html(invocation, application, top=25))
    return path


async def _scores(application: "Application", port_offset: int) -> "dict[str, KindScore]":
    from chariot.entrypoints.cli.commands.lab import found_keys
    from chariot.lab.score import score
    from chariot.lab.truth import expected

    truth = expected(port_offset=port_offset)
    return score(truth, await found_keys(application, tuple(truth)))


def _say_first_fixes(invocation: Invocation, plan: "FixPlan") -> None:
    from chariot.entrypoints.cli.terminal import Styled

    if not plan.steps:
        return
    output = invocation.output
    output.heading("What closes most attack paths")
    for place, step in enumerate(plan.steps, start=1):
        output.line(f"{place:3}. ", Styled(f"{step.closed:>4.0%}", "bold"), f"  {step.fix.words}")
    output.line("  … all of it: chariot fix-plan; the ways in, step by step: chariot paths")


def _say_what_next(
    invocation: Invocation, folder: Path, report: Path, scores: "dict[str, KindScore]", outcome: "Outcome"
) -> None:
    output = invocation.output
    expected = sum(one.expected for one in scores.values())
    missed, extra = (sum(len(getattr(one, name)) for one in scores.values()) for name in ("missed", "extra"))
    config = shlex.quote(str(folder / "lab.toml"))
    home = shlex.quote(str(folder / "data"))
    chariot = ".venv/bin/chariot"
    output.heading("The demo")
    output.line(
        f"  {expected} things are there to find; {missed} were missed, {extra} were found that are not there."
    )
    output.line(f"  Report: {report} (open it in a browser)")
    for what, command in (
        ("Ask why", f"{chariot} --home {home} risk explain '{_first_risk(outcome)}'"),
        ("See the ways", f"{chariot} --home {home} paths"),
        ("Browse", f"{chariot} --home {home} list risks --filter 'decision=act'"),
        ("Dashboard", f"{chariot} --config {config} --home {home} serve"),
        ("Scan your own", f"{chariot} scan example.com 192.0.2.0/28   # only what is yours"),
    ):
        output.line(f"  {what + ':':<15} {command}")


def _first_risk(outcome: "Outcome") -> str:
    return outcome.top.items[0].key if outcome.top.items else "KEY"
