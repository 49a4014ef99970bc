"""`chariot compliance`: the surface and this installation against rules, with evidence."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.modules.compliance.service import Report


@click.group("compliance")
def compliance_command() -> None:
    """Check the surface and this installation against rules, with evidence.

    \b
    chariot compliance check                     # every check
    chariot compliance check --framework soc2    # those that speak to one framework
    chariot compliance check --html report.html
    chariot compliance test checks/              # the cases of your own packs, in CI
    """  # noqa: D301 - click's mark for lines that stay as they are


@compliance_command.command("check")
@click.option("--framework", default="", help="asvs, nist-csf, cis, soc2 or iso27001; by default all.")
@click.option(
    "--html",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Write the report to this file as a page of its own.",
)
@click.option("--failing", is_flag=True, help="End with exit code 1 when a check fails.")
@global_options
@pass_invocation
def _check(invocation: Invocation, framework: str, html: Path | None, failing: bool) -> int:
    """Judge every check, and show what each verdict rests on."""

    async def work(application: "Application") -> "Report":
        from chariot.bootstrap.complying import make_compliance

        return await make_compliance(application).report(application.organisation, framework=framework)

    async def there(remote: "RemoteApplication") -> "Report":
        from chariot.modules.compliance.service import Report, check_framework

        check_framework(framework)
        asked = {"framework": framework} if framework else {}
        return await remote.connection.call(Report, "GET", "/api/v1/compliance", query=asked)

    report = invocation.at_server(there) if invocation.is_remote else invocation.run(work)
    if html is not None:
        from chariot.errors import InvalidError
        from chariot.modules.compliance.page import report_page

        try:
            html.write_text(report_page(report), encoding="utf-8")
        except OSError as error:
            raise InvalidError(f"cannot write {html}: {error.strerror}", place="--html") from error
    import msgspec

    invocation.output.choose(msgspec.to_builtins(report), lambda: _show(invocation, report))
    failed = any(one.verdict.value == "fail" for one in report.findings)
    return 1 if failing and failed else 0


def _show(invocation: Invocation, report: "Report") -> None:
    output = invocation.output
    rows = [(one.verdict.value, one.id, one.title, one.reason) for one in report.findings]
    output.table(("verdict", "check", "what it asks", "what it rests on"), rows)
    for framework in report.frameworks:
        output.line(
            f"{framework.title}: {framework.passed} controls pass, {framework.failed} fail,"
            f" {framework.unknown} cannot be told"
        )


@compliance_command.command("test")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@global_options
@pass_invocation
def _test(invocation: Invocation, path: Path) -> int:
    """Run the cases of the packs in PATH, a file or a folder; exit code 1 when one is judged otherwise."""
    import asyncio

    from chariot.bootstrap.complying import tried_packs

    outcomes = asyncio.run(tried_packs([path]))
    rows = [
        ("holds" if one.holds else "WRONG", one.pack, str(one.number), one.check, one.expected, one.judged)
        for one in outcomes
    ]
    plain = [
        {
            "pack": one.pack,
            "case": one.number,
            "check": one.check,
            "expected": one.expected,
            "judged": one.judged,
            "reason": one.reason,
        }
        for one in outcomes
    ]
    output = invocation.output
    output.choose(
        plain, lambda: output.table(("case", "pack", "number", "check", "expected", "judged"), rows)
    )
    wrong = sum(not one.holds for one in outcomes)
    output.notice(f"{len(outcomes)} cases, {wrong} judged otherwise")
    return 1 if wrong else 0
