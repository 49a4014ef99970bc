"""`chariot score`: how good the scores are, told by what happened."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chariot.entrypoints.cli.invocation import Invocation, global_options, pass_invocation

if TYPE_CHECKING:
    from chariot.modules.risk.backtest import Backtest

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NAMES = {"score": "our score", "epss": "EPSS alone", "cvss": "CVSS alone"}


@click.group("score")
def score_command() -> None:
    """Measure the formula against the past."""


@score_command.command("backtest")
@click.option(
    "--epss-history",
    required=True,
    multiple=True,
    type=_FILE,
    help="Scores of earlier days: one file cve,date,epss,percentile, or FIRST's daily files.",
)
@click.option("--epss", required=True, type=_FILE, help="All scores of one day, FIRST's daily file.")
@click.option("--kev", required=True, type=_FILE, help="CISA's catalogue.")
@click.option("--cves", required=True, multiple=True, type=_FILE, help="CVE records with CVSS scores (NVD).")
@click.option(
    "--top",
    type=click.FloatRange(0.1, 50),
    default=5.0,
    show_default=True,
    help="What is the top, in percent.",
)
@global_options
@pass_invocation
def _backtest(
    invocation: Invocation,
    epss_history: tuple[Path, ...],
    epss: Path,
    kev: Path,
    cves: tuple[Path, ...],
    top: float,
) -> None:
    """Replay the past: how many CVEs that CISA later added to KEV were at the top on the day before?"""
    from chariot.modules.intel.records import Cve, EpssScore, KevEntry
    from chariot.modules.risk.backtest import backtest, weighed

    known = weighed(record for path in cves for record in _records(path, Cve))
    found = backtest(
        (score for path in epss_history for score in _records(path, EpssScore)),
        list(_records(kev, KevEntry)),
        known,
        list(_records(epss, EpssScore)),
        top=top / 100,
    )
    output = invocation.output
    output.choose(found, lambda: _show(invocation, found))


def _records(path: Path, kind: type[Any]) -> Iterator[Any]:
    """Yield the records in the feed file *path*.

    Raises:
        InvalidError: the file is broken, or holds something else.
    """
    from chariot.errors import InvalidError
    from chariot.modules.intel.feeds import open_feed

    with open_feed(path) as feed:
        for batch in feed.batches:
            for record in batch:
                if not isinstance(record, kind):
                    raise InvalidError(f"holds {type(record).__name__}, not {kind.__name__}", place=path.name)
                yield record


def _show(invocation: Invocation, found: "Backtest") -> None:
    output = invocation.output
    output.line(
        f"{found.added:,} CVEs were added to KEV after the history begins; {found.unscored:,} had no EPSS score on "
        f"any day before, {found.without_cvss:,} have no CVSS score in the files"
    )
    output.line(
        f"{found.tested:,} are tested, added from {found.first_day} to {found.last_day}, among "
        f"{found.population:,} CVEs, by scores that were {found.age_days:g} days old (median)"
    )
    output.heading(f"At the top {found.top:.1%} on the day before")
    for one in found.found:
        output.line(f"  {one.share:>6.1%}  {one.hits:>7,.1f}  {_NAMES[one.ranking]}")
    output.heading("All that had an EPSS score, by FIRST's own percentile of that day")
    output.line(f"  {found.by_percentile.share:>6.1%}  {found.by_percentile.hits:>7,.1f}  EPSS alone")
