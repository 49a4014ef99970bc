"""An alert in plain words, for people."""

from typing import Final

from chariot.modules.alerts.ports import Alert

LINE_LIMIT: Final = 300
"""Characters of text from outside in one line; the ellipsis says that there was more."""
REASONS: Final = 4
"""So many factors are named, those that add most."""

_CAUSES: Final = {
    "new": "New risk",
    "raised": "Risk raised",
    "returned": "Risk returned",
    "reopened": "Risk opened again",
    "overdue": "Risk overdue",
}


def subject(alert: Alert) -> str:
    """Return one line that says what happened."""
    return f"{_CAUSES[alert.cause]}: {alert.score} of 100, {_plain(alert.weakness)} at {_place(alert)}"


def text(alert: Alert) -> str:
    """Return what it is, why it matters, and what to do."""
    decision = f"; decision: {alert.decision.value}" if alert.decision else ""
    reasons = sorted((one for one in alert.factors if one.points > 0), key=lambda one: -one.points)[:REASONS]
    why = ", ".join(f"{one.name} {one.value} (+{one.points:g})" for one in reasons)
    lines = [
        _plain(alert.title),
        f"Where: {_place(alert)}",
        f"Score: {alert.score} of 100{decision}",
        f"Because: {_plain(why)}" if why else "",
        f"Do: {_plain(alert.remediation)}" if alert.remediation else "",
        f"Rule: {alert.rule}; key: {_plain(alert.risk)}",
    ]
    return "\n".join(line for line in lines if line)


def _place(alert: Alert) -> str:
    return _plain(alert.target.split("#", 2)[-1].replace("#", " "))


def _plain(outside: str) -> str:
    """Return text from outside as one line that no service takes for a mention, a link or mark-up."""
    line = " ".join("".join(c if c.isprintable() else " " for c in outside).split())
    for sign, harmless in (("@", "(at)"), ("<", "("), (">", ")"), ("[", "("), ("]", ")"), ("`", "'")):
        line = line.replace(sign, harmless)
    return line if len(line) <= LINE_LIMIT else f"{line[: LINE_LIMIT - 1]}…"
