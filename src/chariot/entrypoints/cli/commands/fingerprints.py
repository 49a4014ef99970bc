"""`chariot fingerprints`: which products are known, and whether a file of rules keeps what it promises."""

import sys
from pathlib import Path

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

_TEXT_LIMIT = 262_144


@click.group("fingerprints")
def fingerprints_command() -> None:
    """List known products; check rules of one's own; try them on a text."""


@fingerprints_command.command("list")
@click.argument("word", default="")
@global_options
@pass_invocation
def _list(invocation: Invocation, word: str) -> None:
    """Show the products that rules know, or those with WORD in their name, CPE name or package."""
    from chariot.modules.discovery.fingerprints.catalogue import known_products
    from chariot.modules.discovery.fingerprints.matching import rules_with

    wanted = word.lower()
    known = [
        one
        for one in known_products(rules_with(invocation.settings().fingerprints))
        if wanted in " ".join((one.product, one.cpe, *one.purls)).lower()
    ]
    columns = ("product", "CPE name", "package", "seen in", "version")
    rows = [
        (one.product, one.cpe, ", ".join(one.purls), ", ".join(one.places), "yes" if one.version else "-")
        for one in known
    ]
    invocation.output.choose(known, lambda: invocation.output.table(columns, rows))


@fingerprints_command.command("check")
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@global_options
@pass_invocation
def _check(invocation: Invocation, paths: tuple[Path, ...]) -> None:
    """Check files of rules, or folders of them: their form, and that each rule keeps its own examples."""
    from chariot.errors import InvalidError
    from chariot.modules.discovery.fingerprints.catalogue import faults_at

    output = invocation.output
    checked = [(path, *faults_at(path)) for path in paths]
    found = [
        {"path": str(path), "rule": fault.rule, "fault": fault.fault}
        for path, _, faults in checked
        for fault in faults
    ]
    count = sum(rules for _, rules, _ in checked)
    rows = [(one["path"], one["rule"], one["fault"]) for one in found]
    if found or output.as_json:
        columns = ("file", "rule", "fault")
        output.choose({"rules": count, "faults": found}, lambda: output.table(columns, rows))
    if found:
        raise InvalidError(f"{len(found):,} faults in {count:,} rules")
    output.notice(f"{count:,} rules, and each keeps its examples")


@fingerprints_command.command("try")
@click.option("--where", default="banner", show_default=True, help="Where the text was seen, as in a rule.")
@click.argument("text", default="-")
@global_options
@pass_invocation
def _try(invocation: Invocation, where: str, text: str) -> None:
    """Show what rules find in TEXT, or in standard input; `--where page` takes a whole HTML page."""
    from chariot.modules.discovery.fingerprints.matching import fingerprints_of

    known = fingerprints_of(tuple(invocation.settings().fingerprints))
    said = _standard_input() if text == "-" else text
    hits = known.page((), said) if where == "page" else known.text(where, said)
    columns = ("technology", "CPE name", "rule", "place", "confidence", "matched")
    rows = [
        (hit.technology.name, hit.technology.cpe, hit.rule, hit.place, str(hit.confidence), hit.matched)
        for hit in hits
    ]
    invocation.output.choose(hits, lambda: invocation.output.table(columns, rows))


def _standard_input() -> str:
    return sys.stdin.buffer.read(_TEXT_LIMIT).decode("utf-8", "replace")
