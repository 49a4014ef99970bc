"""What a scan comes to: what to fix first and why, what nobody could look at, and what to type next."""

import shlex
from typing import TYPE_CHECKING

import msgspec

from chariot.entrypoints.cli.terminal import Output, Styled
from chariot.entrypoints.cli.views import SEVERITY_STYLES
from chariot.modules.exchange.report.coverage import coverage
from chariot.modules.exchange.report.data import Coverage, Listed, RankedRisk
from chariot.modules.exchange.report.ranking import ranked_risks

if TYPE_CHECKING:
    from chariot.entrypoints.cli.services import Services

_REASONS = 3
_UNKNOWN_SHOWN = 8


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """The end of a scan."""

    entities: dict[str, int]
    top: Listed[RankedRisk]
    coverage: Coverage
    dead: int
    """Messages that nobody tries any more."""


async def collect_outcome(application: "Services", top: int) -> Outcome:
    """Return what the surface says now."""
    store, organisation = application.store, application.organisation
    counts = await store.counts(organisation)
    depths = await application.bus.depths(organisation)
    return Outcome(
        entities={kind: sum(by_status.values()) for kind, by_status in counts.items()},
        top=await ranked_risks(store, organisation, top),
        coverage=await coverage(store, organisation),
        dead=sum(depth.dead for depth in depths),
    )


def write_outcome(
    output: Output,
    outcome: Outcome,
    *,
    finished: bool,
    command: str = "chariot",
    next_steps: bool = True,
) -> None:
    """Write *outcome*, with JSON as the last line of the stream; *command* begins what to type next."""
    if output.as_json:
        output.event({"event": "done" if finished else "interrupted", **msgspec.to_builtins(outcome)})
        return
    write_top(output, outcome.top, command)
    _write_coverage(output, outcome, command)
    if not next_steps:
        return
    output.heading("Next")
    for what, step in _next(outcome, finished=finished):
        output.line(f"  {what + ':':<22} ", Styled(f"{command} {step}", "cyan"))


def write_top(output: Output, top: Listed[RankedRisk], command: str = "chariot") -> None:
    """Write the ranked list, each risk with its heaviest reasons."""
    output.heading("Fix this first")
    if not top.items:
        output.line("  no open risk is known")
        return
    for place, risk in enumerate(top.items, start=1):
        word = risk.decision or risk.severity
        score = f"{risk.score:3}" if risk.score is not None else "  -"
        output.line(
            f"{place:3}. ",
            Styled(score, SEVERITY_STYLES.get(risk.decision, "bold")),
            Styled(f"  {word:<8}", SEVERITY_STYLES.get(word, "")),
            Styled(f" {risk.weakness}", "bold"),
            f"  {risk.target}",
        )
        if risk.title and risk.title != risk.weakness:
            output.line(f"        {risk.title}")
        if risk.factors:
            reasons = "; ".join(
                f"{factor.name} {factor.value} ({factor.points:+.0f})" for factor in risk.factors[:_REASONS]
            )
            output.line(Styled(f"        {reasons}", "dim"))
    if top.left_out is None or top.left_out:
        output.line(f"  … there are more: {command} list risks")


def _write_coverage(output: Output, outcome: Outcome, command: str) -> None:
    seen = outcome.coverage
    if not seen.unknown and not outcome.dead:
        return
    output.heading("What could not be looked at: unknown, not clean")
    for one in seen.reasons.items[:_UNKNOWN_SHOWN]:
        output.line(
            Styled(f"{one.count:5,}  ", "yellow"),
            f"{one.capability}: {one.reason or 'no reason was kept'}  (such as {one.examples[0]})",
        )
    hidden = len(seen.reasons.items) - _UNKNOWN_SHOWN + (seen.reasons.left_out or 0)
    if hidden > 0 or seen.reasons.left_out is None:
        output.line(f"  … there are more: {command} list jobs --filter outcome=unknown")
    if outcome.dead:
        output.line(
            Styled(f"{outcome.dead:5,}  ", "bold red"),
            f"pieces of work failed for good: {command} queue dead",
        )


def _next(outcome: Outcome, *, finished: bool) -> list[tuple[str, str]]:
    steps = [] if finished else [("go on with this scan", "scan --resume")]
    if outcome.top.items:
        steps.append(("why the first", f"risk explain {shlex.quote(outcome.top.items[0].key)}"))
    steps += [
        ("all that is exposed", "list assets"),
        ("the same as a report", "report --html report.html"),
        ("what changed", "diff --since 24h"),
    ]
    return steps
