"""The report as Markdown: all text of the surface is escaped, so that it is text in every reader."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from chariot.formats.export.support.text import line, paragraphs
from chariot.modules.exchange.report.data import Listed, RankedRisk, ReportData
from chariot.modules.exchange.report.html import moment

_MARKS = re.compile(r"(^[-=]|[\\`*_{}\[\]()#+!|~@^$]|:(?=//)|(?<=mailto):|(?<=xmpp):)", re.IGNORECASE)
_FENCE = re.compile(r"`{3,}")
_EVIDENCE_LIMIT = 1_500


def escaped(value: object, limit: int = 300) -> str:
    r"""Return *value* as one line of plain text for Markdown: no markup, no link, no HTML.

    >>> escaped("[x](http://a.test) <b>")
    '\\\\[x\\\\]\\\\(http\\\\://a.test\\\\) &lt;b&gt;'
    """
    text = _MARKS.sub(r"\\\1", line(value, limit))
    # Readers of GitHub's kind make links of bare names that begin so.
    text = re.sub(r"(?i)\bwww\.", lambda match: f"{match[0][:-1]}\\.", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def render_markdown(report: ReportData) -> str:
    """Return *report* as Markdown."""
    return "\n".join(_lines(report)) + "\n"


def _lines(report: ReportData) -> Iterator[str]:
    yield f"# Attack surface of {escaped(report.organisation)}"
    yield ""
    yield f"{moment(report.made_at)}, {escaped(report.program)}"
    yield ""
    yield from _summary(report)
    yield "## Fix this first"
    yield ""
    if not report.top.items:
        yield "No open risk is known."
        yield ""
    for place, risk in enumerate(report.top.items, start=1):
        yield from _risk(place, risk)
    yield from _left_out(report.top, "risks")
    yield from _unknown(report)
    yield from _assets(report)
    yield from _certificates(report)
    yield from _changes(report)
    if report.formulas:
        yield f"Scores come from version {escaped(', '.join(report.formulas))} of the formula."


def _summary(report: ReportData) -> Iterator[str]:
    yield "## In numbers"
    yield ""
    seeds = ", ".join(escaped(seed) for seed in report.seeds.items) or "none"
    more = "" if report.seeds.left_out == 0 else ", and more"
    yield f"Seeds: {seeds}{more}."
    yield ""
    risks = report.risks
    facts = {
        "open risks": risks.total,
        "known exploited": risks.known_exploited,
        "targets at risk": risks.targets,
        "not scored yet": risks.unscored,
        **{f"severity {name}": number for name, number in risks.by_severity.items()},
        **{f"decision {name}": number for name, number in risks.by_decision.items()},
        **{f"entities: {name}": number for name, number in report.exposure.items()},
    }
    yield from _table(("what", "how many"), ((name, f"{number:,}") for name, number in facts.items()))
    if risks.counted < risks.total:
        yield f"The numbers by severity and decision are of the first {risks.counted:,} risks."
        yield ""


def _risk(place: int, risk: RankedRisk) -> Iterator[str]:
    score = "not scored" if risk.score is None else f"score {risk.score}"
    yield f"### {place}. {escaped(risk.weakness)} at {escaped(risk.target)}"
    yield ""
    marks = [
        score,
        risk.decision,
        risk.severity,
        risk.state,
        "known exploited" if risk.known_exploited else "",
    ]
    yield " · ".join(escaped(mark) for mark in marks if mark)
    yield ""
    if risk.title and risk.title != risk.weakness:
        yield escaped(risk.title)
        yield ""
    if risk.factors:
        yield from _table(
            ("factor", "value", "points"),
            ((factor.name, factor.value, f"{factor.points:+.1f}") for factor in risk.factors),
        )
    if risk.remediation:
        yield f"To mend it: {escaped(risk.remediation, 2_000)}"
        yield ""
    for evidence in risk.evidence:
        yield from _evidence(msgspec.to_builtins(evidence))
    yield f"First seen {moment(risk.first_seen)}, last seen {moment(risk.last_seen)}."
    yield ""


def _evidence(plain: dict[str, Any]) -> Iterator[str]:
    text = paragraphs(msgspec.json.format(msgspec.json.encode(plain), indent=2).decode(), _EVIDENCE_LIMIT)
    # A fence is closed only by one as long as itself.
    longest = max((len(match[0]) for match in _FENCE.finditer(text)), default=2)
    fence = "`" * (longest + 1)
    yield from (f"{fence}json", text, fence, "")


def _unknown(report: ReportData) -> Iterator[str]:
    yield "## What could not be looked at: unknown, not clean"
    yield ""
    seen = report.coverage
    yield f"{seen.unknown:,} of {seen.jobs:,} jobs have no answer."
    yield ""
    if seen.reasons.items:
        yield from _table(
            ("jobs", "capability", "reason", "such as"),
            (
                (
                    f"{one.count:,}",
                    one.capability,
                    one.reason or "no reason was kept",
                    ", ".join(one.examples),
                )
                for one in seen.reasons.items
            ),
        )
    yield from _left_out(seen.reasons, "reasons")


def _assets(report: ReportData) -> Iterator[str]:
    yield "## Assets"
    yield ""
    yield from _table(
        ("asset", "kind", "risks", "highest", "technologies", "details", "last seen"),
        (
            (
                row.name,
                row.kind,
                f"{row.risks:,}",
                "-" if row.highest is None else str(row.highest),
                ", ".join(row.technologies),
                row.details,
                moment(row.last_seen),
            )
            for row in report.assets.items
        ),
    )
    yield from _left_out(report.assets, "assets")


def _certificates(report: ReportData) -> Iterator[str]:
    yield "## Certificates that have ended or end soon"
    yield ""
    yield from _table(
        ("certificate", "ends", "days left", "presented by"),
        (
            (row.name, moment(row.not_after), f"{row.days_left:,}", ", ".join(row.presented_by))
            for row in report.certificates.items
        ),
    )
    yield from _left_out(report.certificates, "certificates")


def _changes(report: ReportData) -> Iterator[str]:
    yield f"## Changes since {moment(report.changes_since)}"
    yield ""
    yield from _table(
        ("how", "kind", "what", "fields"),
        ((row.how, row.kind, row.name, ", ".join(row.fields)) for row in report.changes.items),
    )
    yield from _left_out(report.changes, "changes")


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"| {' | '.join('---' for _ in columns)} |"
    for row in rows:
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"
    yield ""


def _left_out(listed: Listed[Any], what: str) -> Iterator[str]:
    if listed.left_out is None or listed.left_out:
        number = "" if listed.left_out is None else f"{listed.left_out:,} "
        yield f"There are {number}more {what} than are shown here; `chariot list` has all of them."
        yield ""
