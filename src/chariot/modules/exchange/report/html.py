"""The report as one HTML file that needs nothing else: styles and plots inside, no script, nothing fetched.

Everything that the surface holds is treated as hostile: the template escapes all text, characters that could
reorder or hide text are made visible, and the content security policy forbids whatever could still slip through.
"""

import base64
import hashlib
import unicodedata
from datetime import datetime
from importlib import resources
from typing import Any

import jinja2
import msgspec
from markupsafe import Markup

from chariot.model.evidence import Evidence
from chariot.modules.exchange.report import plots
from chariot.modules.exchange.report.data import RankedRisk, ReportData

TEXT_LIMIT = 2_000
"""The longest text from outside that the report shows in one place, in characters."""

_SEVERITIES = ("critical", "high", "medium", "low", "info", "unrated")
_DECISIONS = ("act", "attend", "track*", "track", "undecided")
_BAND_STYLES = ("low",) * 4 + ("medium",) * 3 + ("high",) * 2 + ("critical",)
_DECISION_STYLES = {"act": "critical", "attend": "high", "track*": "medium", "track": "low"}


def render_html(report: ReportData, *, detailed: bool = True) -> str:
    """Return *report* as HTML; without details it is for who decides, not for who mends."""
    style = resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    template = _environment().get_template("report.html.jinja")
    return template.render(
        report=report,
        detailed=detailed,
        # The style sheet is ours and its hash stands in the policy, so it must go in byte for byte.
        style=Markup(style),  # noqa: S704
        policy=policy,
        plots=_plots(report),
        urgent=sum(report.risks.by_decision.get(word, 0) for word in ("act", "attend")),
    )


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("chariot.modules.exchange", "report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"safe_text": safe_text, "moment": moment, "number": number, "plain": _plain}
    environment.globals["contribution"] = _contribution
    return environment


def safe_text(value: object, limit: int = TEXT_LIMIT) -> str:
    r"""Return *value* with what cannot be seen written as an escape, and cut at *limit*; lines stay lines.

    >>> safe_text("a\u202eb")
    'a\\u202eb'
    """
    text = str(value)
    left_out = len(text) - limit
    if left_out > 0:
        text = f"{text[:limit]}… ({left_out:,} more characters)"
    if text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\r\n", "\n")))


def _visible(character: str) -> str:
    if character.isprintable() or character in "\n\t":
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def moment(value: datetime) -> str:
    """Return an instant in UTC to the minute."""
    return f"{value:%Y-%m-%d %H:%M} UTC"


def number(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def _plain(evidence: Evidence) -> dict[str, Any]:
    return {"form": evidence.__struct_config__.tag, **msgspec.structs.asdict(evidence)}


def _contribution(points: float, risk: RankedRisk) -> Markup:
    return plots.contribution(points, max((abs(factor.points) for factor in risk.factors), default=1))


def _plots(report: ReportData) -> dict[str, Markup]:
    risks = report.risks
    return {
        "exposure": plots.bars(
            "Entities on the surface by kind",
            [plots.Bar(kind, count) for kind, count in report.exposure.items() if kind in _EXPOSED and count],
        ),
        "severity": plots.bars(
            "Open risks by severity",
            [
                plots.Bar(word, risks.by_severity.get(word, 0), word)
                for word in _SEVERITIES
                if word != "unrated" or word in risks.by_severity
            ],
        ),
        "decision": plots.bars(
            "Open risks by decision",
            [
                plots.Bar(word, risks.by_decision.get(word, 0), _DECISION_STYLES.get(word, "info"))
                for word in _DECISIONS
                if word != "undecided" or word in risks.by_decision
            ],
        ),
        "scores": plots.histogram("Open risks by score", risks.scores, _BAND_STYLES),
    }


_EXPOSED = (
    "domain",
    "address",
    "netblock",
    "port",
    "webapplication",
    "certificate",
    "technology",
    "credential",
)
