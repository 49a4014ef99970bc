"""A report as one HTML page that needs nothing else: what it shows came from outside, and is escaped."""

from collections.abc import Iterable
from html import escape

from chariot.modules.compliance.service import Finding, Framework, Report, Verdict

_WORDS = {Verdict.PASS: "pass", Verdict.FAIL: "fail", Verdict.CANNOT_TELL: "cannot tell"}
_LIMITS = (
    "A framework's controls ask for more than a program can judge: this shows what the surface and the"
    " installation say to them, and no more."
)
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 2rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #d0d7de; }
.pass { color: #116329; } .fail { color: #a40e26; font-weight: 600; } .cannot-tell { color: #57606a; }
code { font-size: .85em; overflow-wrap: anywhere; }
"""


def report_page(report: Report) -> str:
    """Return *report* as HTML."""
    made = f"{report.made_at:%Y-%m-%d %H:%M} UTC"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        f"<title>Compliance of {escape(report.organisation)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>Compliance of {escape(report.organisation)}</h1><p>Judged on {made}.</p>",
        "<h2>Frameworks</h2>",
        *(_framework(one) for one in report.frameworks),
        "<h2>Checks</h2>",
        _checks(report.findings),
        f"<p>{_LIMITS}</p></body></html>",
    ]
    return "\n".join(parts)


def _framework(framework: Framework) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.id)}</td><td>{_verdict(one.verdict)}</td><td>{_joined(one.checks)}</td></tr>"
        for one in framework.controls
    )
    return (
        f"<h3>{escape(framework.title)}</h3><p>{framework.passed} pass, {framework.failed} fail,"
        f" {framework.unknown} cannot tell.</p><table><thead><tr><th>Control</th><th>Verdict</th>"
        f"<th>Checks</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _checks(findings: Iterable[Finding]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(one.id)}</code></td><td>{escape(one.title)}{_advice(one)}</td>"
        f"<td>{_verdict(one.verdict)}</td><td>{escape(one.reason)}<br>{_joined(one.evidence)}</td></tr>"
        for one in findings
    )
    return (
        "<table><thead><tr><th>Check</th><th>What it asks</th><th>Verdict</th><th>Evidence</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>"
    )


def _advice(finding: Finding) -> str:
    return f"<br><small>{escape(finding.advice)}</small>" if finding.verdict is Verdict.FAIL else ""


def _verdict(verdict: Verdict) -> str:
    return f'<span class="{verdict.value}">{_WORDS[verdict]}</span>'


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(f"<code>{escape(text)}</code>" for text in texts)
