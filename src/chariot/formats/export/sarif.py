"""SARIF 2.1.0: risks as results, weaknesses as rules. Source: OASIS, SARIF 2.1.0 plus errata 01."""

import hashlib
from typing import Any
from urllib.parse import quote

from chariot.formats.export.support.findings import Finding, findings
from chariot.formats.export.support.json import Items, encode, stated
from chariot.formats.export.support.text import paragraphs
from chariot.model.evidence import Code
from chariot.model.keys import kind_of
from chariot.model.states import RiskState, Severity
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {
    Severity.CRITICAL: "error",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "note",
    Severity.INFO: "note",
}
_SECURITY_SEVERITY = {
    Severity.CRITICAL: "9.5",
    Severity.HIGH: "8.0",
    Severity.MEDIUM: "5.5",
    Severity.LOW: "2.0",
    Severity.INFO: "0.0",
}
_MARKUP = str.maketrans({"{": "{{", "}": "}}", "[": "\\[", "]": "\\]"})


class Sarif(Exporter):
    """One run; accepted and rejected risks are suppressed with their reason, remediated ones pass."""

    name = "sarif"
    title = "SARIF 2.1.0"
    media_type = "application/sarif+json"
    extension = "sarif"
    kinds = ("risk",)

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        program, _, version = source.program.rpartition(" ")
        sink.write(
            b'{"$schema":' + encode(SCHEMA) + b',"version":"2.1.0","runs":[{"columnKind":"utf16CodeUnits",'
            b'"tool":{"driver":{"name":' + encode(program) + b',"version":' + encode(version) + b',"rules":['
        )
        rules = Items(sink)
        last = ""
        # In the order of the weakness all risks of one rule stand together: nothing needs to be remembered.
        async for finding in findings(source, sort="weakness"):
            if finding.risk.weakness != last:
                last = finding.risk.weakness
                rules.add(_rule(finding))
        sink.write(b']}},"results":[')
        results = Items(sink)
        async for finding in findings(source):
            results.add(_result(finding))
        sink.write(b"]}]}\n")
        return Written(results.count)


def message(text: str) -> str:
    """Return *text* as a plain text message: without links and placeholders. Source: 3.11.5 and 3.11.6."""
    return text.translate(_MARKUP)


def _rule(finding: Finding) -> dict[str, Any]:
    known = finding.vulnerability
    score = known.cvss_score if known else None
    security = (
        f"{score:.1f}" if score is not None else _SECURITY_SEVERITY.get(finding.severity or Severity.MEDIUM)
    )
    cwes = [f"external/cwe/{cwe.lower()}" for cwe in (known.cwes if known else ())]
    title = message(finding.title)
    return stated(
        {
            "id": finding.risk.weakness,
            "shortDescription": {"text": title},
            "fullDescription": {
                "text": message(paragraphs(known.description)) if known and known.description else title
            },
            "helpUri": f"https://www.cve.org/CVERecord?id={finding.risk.weakness}"
            if finding.is_cve
            else None,
            "defaultConfiguration": {"level": _level(finding)},
            "properties": {"security-severity": security, "tags": ["security", *cwes]},
        }
    )


def _result(finding: Finding) -> dict[str, Any]:
    risk, record = finding.risk, finding.record
    passed = risk.state is RiskState.REMEDIATED
    return stated(
        {
            "ruleId": risk.weakness,
            # A level other than none is for what fails. Source: 3.27.10.
            "kind": "pass" if passed else "fail",
            "level": "none" if passed else _level(finding),
            "message": {"text": message(f"{finding.title} at {finding.target_name}")},
            "locations": [_location(finding)],
            "partialFingerprints": {"chariotRisk/v1": hashlib.sha256(record.key.encode()).hexdigest()},
            "rank": float(risk.score) if risk.score is not None else None,
            "suppressions": _suppressions(finding),
            "properties": stated(
                {
                    "key": record.key,
                    "target": risk.target,
                    "state": risk.state.value,
                    "severity": risk.severity.value if risk.severity else None,
                    "score": risk.score,
                    "decision": risk.decision.value if risk.decision else None,
                    "remediation": paragraphs(risk.remediation),
                    "firstSeen": record.created,
                    "lastSeen": record.visited,
                }
            ),
        }
    )


def _level(finding: Finding) -> str:
    return _LEVELS.get(finding.severity, "warning") if finding.severity else "warning"


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    state = finding.risk.state
    if state not in (RiskState.ACCEPTED, RiskState.REJECTED):
        return []
    reason = f"{state.value}: {finding.risk.reason}" if finding.risk.reason else state.value
    return [{"kind": "external", "status": "accepted", "justification": paragraphs(reason, 2_000)}]


def _location(finding: Finding) -> dict[str, Any]:
    code = next((one for one in finding.risk.evidence if isinstance(one, Code)), None)
    uri = quote(code.path, safe="/") if code and code.path else uri_of(finding)
    region = (
        {"startLine": max(code.first_line, 1), "snippet": {"text": paragraphs(code.text)}} if code else None
    )
    return {
        "physicalLocation": stated({"artifactLocation": {"uri": uri}, "region": region}),
        "logicalLocations": [
            {"fullyQualifiedName": finding.risk.target, "name": finding.target_name, "kind": "resource"}
        ],
    }


def uri_of(finding: Finding) -> str:
    """Return the target as a URI reference: a web address as it is, `tcp://address:port`, or a name."""
    kind, _, value = finding.risk.target[1:].partition("#")
    if kind == "port":
        address, protocol, number = [*value.split("#"), "", ""][:3]
        host = f"[{address}]" if ":" in address else address
        return f"{quote(protocol)}://{quote(host, safe='[]:.')}:{quote(number)}"
    if kind_of(finding.risk.target) == "webapplication":
        return quote(finding.target_name, safe=":/?&=%[]@!$'()*+,;~")
    return quote(finding.target_name, safe="/.-_")
