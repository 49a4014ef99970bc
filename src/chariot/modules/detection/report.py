"""An incident as a report that can be sent on: Markdown, or HTML without anything from elsewhere."""

import html
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chariot.modules.detection.incidents import Dossier

_SPECIAL: Final = re.compile(r"([\\`*_\[\]()#!|~])")
_UNTOLD: Final = "(to be filled in)"
_OPEN: Final = (
    ("What data and how many people it concerns", _UNTOLD),
    ("Likely consequences", _UNTOLD),
    ("What was done, and what will be", _UNTOLD),
    ("Whom to ask", _UNTOLD),
)
"""What those who have to be told want to know, and no log can say."""
_STYLE: Final = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f24}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #c9d1d9;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}"
)

Section = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""A heading, the columns, and the rows of a table."""


def markdown(dossier: Dossier, now: datetime) -> str:
    """Return the report as Markdown; what came from outside is escaped."""
    lines = [f"# Incident {_plain(dossier.incident.id)}", "", _plain(dossier.incident.title), ""]
    for heading, columns, rows in _sections(dossier, now):
        lines += [f"## {heading}", "", f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
        lines += [f"| {' | '.join(map(_plain, row))} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def page(dossier: Dossier, now: datetime) -> str:
    """Return the report as one HTML page; what came from outside is escaped, and nothing is loaded or run."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Incident {html.escape(dossier.incident.id)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Incident {html.escape(dossier.incident.id)}</h1><p>{html.escape(dossier.incident.title)}</p>",
    ]
    for heading, columns, rows in _sections(dossier, now):
        head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        parts.append(f"<h2>{heading}</h2><table><tr>{head}</tr>{body}</table>")
    return "".join([*parts, "</body></html>\n"])


def _sections(dossier: Dossier, now: datetime) -> list[Section]:
    incident = dossier.incident
    facts = [
        ("State", incident.state.value + (f": {incident.reason}" if incident.reason else "")),
        ("Severity", incident.severity.value if incident.severity else "-"),
        ("Rule", incident.rule),
        ("About", incident.subject),
        ("Began", _moment(incident.began_at)),
        ("Last event", _moment(incident.last_at)),
        ("Known since", _moment(incident.aware_at)),
        ("Events", f"{incident.events:,}"),
        ("Report written", _moment(now)),
        *((f"Evidence: {name}", text) for name, text in incident.evidence.items()),
    ]
    told = [
        (
            one.whom,
            _moment(one.due_at),
            f"done {one.done_at}" if one.done_at else "OVERDUE" if one.overdue else "to do",
            one.source,
        )
        for one in dossier.deadlines
    ]
    timeline = [(_moment(one.at), str(one.entry or ""), one.what) for one in dossier.timeline]
    if dossier.missing:
        timeline.append(("", "", f"{dossier.missing:,} entries are no longer kept"))
    return [
        ("What is known", ("Fact", "Value"), facts),
        ("Who has to be told", ("Whom", "Until", "State", "Source"), told),
        ("Timeline", ("When", "Entry", "What"), timeline),
        ("To be filled in", ("Question", "Answer"), _OPEN),
    ]


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at is not None else "-"


def _plain(text: str) -> str:
    """Return *text* so that Markdown shows it as it is, in one line."""
    return html.escape(_SPECIAL.sub(r"\\\1", " ".join(text.split())), quote=False)
