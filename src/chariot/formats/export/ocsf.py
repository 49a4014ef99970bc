"""OCSF 1.4 Vulnerability Finding events (class 2002), one a line. Source: the OCSF schema, category Findings."""

from typing import Any

from chariot.formats.export.support.findings import Finding, findings
from chariot.formats.export.support.json import encode, milliseconds, stated
from chariot.formats.export.support.text import line, paragraphs
from chariot.model.keys import kind_of
from chariot.model.states import RiskState, Severity
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source

VERSION = "1.4.0"
_CLASS = 2002
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_ACTIVITIES = {_CREATE: "Create", _UPDATE: "Update", _CLOSE: "Close"}
SEVERITIES = {
    None: (0, "Unknown"),
    Severity.INFO: (1, "Informational"),
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
STATUSES = {
    RiskState.TRIAGE: (1, "New"),
    RiskState.OPEN: (2, "In Progress"),
    RiskState.ACCEPTED: (3, "Suppressed"),
    RiskState.REJECTED: (3, "Suppressed"),
    RiskState.REMEDIATED: (4, "Resolved"),
}


class Ocsf(Exporter):
    """Each risk as the newest event about it: created, updated or closed."""

    name = "ocsf"
    title = "OCSF 1.4 vulnerability findings, JSON Lines"
    media_type = "application/x-ndjson"
    extension = "ocsf.jsonl"
    kinds = ("risk",)

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        records = 0
        async for finding in findings(source):
            sink.write(encode(_event(finding, source)) + b"\n")
            records += 1
        return Written(records)


def _event(finding: Finding, source: Source) -> dict[str, Any]:
    risk, record = finding.risk, finding.record
    program, _, version = source.program.rpartition(" ")
    activity = _CLOSE if finding.is_closed else _UPDATE if record.revision > 1 else _CREATE
    severity_id, severity = SEVERITIES[finding.severity]
    status_id, status = STATUSES[risk.state]
    return {
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Vulnerability Finding",
        "activity_id": activity,
        "activity_name": _ACTIVITIES[activity],
        "type_uid": _CLASS * 100 + activity,
        "time": milliseconds(record.updated),
        "severity_id": severity_id,
        "severity": severity,
        "status_id": status_id,
        "status": status,
        **stated({"status_detail": line(risk.reason), "confidence_score": risk.confidence}),
        "metadata": {
            "version": VERSION,
            "product": {"name": program, "vendor_name": program, "version": version},
            "tenant_uid": source.organisation,
            "logged_time": milliseconds(source.made_at),
        },
        "finding_info": stated(
            {
                "uid": record.key,
                "title": finding.title,
                "desc": paragraphs(finding.vulnerability.description) if finding.vulnerability else None,
                "created_time": milliseconds(record.created),
                "first_seen_time": milliseconds(record.created),
                "last_seen_time": milliseconds(record.visited),
                "modified_time": milliseconds(record.updated),
                "data_sources": list(record.origins),
            }
        ),
        "resources": [_resource(finding)],
        "vulnerabilities": [_vulnerability(finding)],
        "unmapped": stated(
            {
                "state": risk.state.value,
                "score": risk.score,
                "decision": risk.decision.value if risk.decision else None,
                "owner": line(risk.owner),
            }
        ),
    }


def _resource(finding: Finding) -> dict[str, Any]:
    tags = finding.target.tags if finding.target else {}
    return stated(
        {
            "uid": finding.risk.target,
            "name": finding.target_name,
            "type": kind_of(finding.risk.target),
            "labels": [f"{label}={value}" for label, value in tags.items()],
        }
    )


def _vulnerability(finding: Finding) -> dict[str, Any]:
    risk, known = finding.risk, finding.vulnerability
    cve = _cve(finding) if finding.is_cve else None
    return stated(
        {
            "cve": cve,
            # Exactly one of cve and advisory stands here.
            "advisory": None if cve else {"uid": risk.weakness, "title": finding.title},
            "title": finding.title,
            "desc": paragraphs(known.description) if known else None,
            "severity": SEVERITIES[finding.severity][1],
            "references": [line(one, 2_000) for one in (known.references if known else ())],
            "is_exploit_available": _exploited(finding),
            "remediation": {"desc": paragraphs(risk.remediation)} if risk.remediation else None,
            "first_seen_time": milliseconds(finding.record.created),
            "last_seen_time": milliseconds(finding.record.visited),
            "vendor_name": "Chariot",
        }
    )


def _exploited(finding: Finding) -> bool | None:
    known = finding.vulnerability
    if known is None or (known.known_exploited is None and not known.exploit):
        return None
    return bool(known.known_exploited or known.exploit)


def _cve(finding: Finding) -> dict[str, Any]:
    known = finding.vulnerability
    if known is None:
        return {"uid": finding.risk.weakness}
    vector = known.cvss_vector
    version = vector[5:8] if vector.startswith("CVSS:") else "2.0"
    return stated(
        {
            "uid": known.id,
            "title": line(known.title),
            "created_time": milliseconds(known.published) if known.published else None,
            "cwe_uid": known.cwes[0] if known.cwes else None,
            "cvss": [stated({"version": version, "base_score": known.cvss_score, "vector_string": vector})]
            if known.cvss_score is not None
            else None,
            # The schema has the probability as text.
            "epss": stated({"score": f"{known.epss:.5f}", "percentile": known.epss_percentile})
            if known.epss is not None
            else None,
        }
    )
