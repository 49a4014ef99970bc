"""CycloneDX 1.6 VEX: one vulnerability entry a risk, with the state of its analysis. Source: ECMA-424."""

import uuid
from typing import Any

from chariot.formats.export.support.findings import CVE, Finding, findings
from chariot.formats.export.support.json import Items, encode, stamp, stated
from chariot.formats.export.support.text import paragraphs
from chariot.model.keys import kind_of
from chariot.model.kinds.weakness import Technology, Vulnerability
from chariot.model.states import RiskState, Severity
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source

_SPACE = uuid.UUID("5f2a1c36-6c0e-5b8a-9d41-0c7d5b1e2a77")
STATES = {
    RiskState.TRIAGE: ("in_triage", ()),
    RiskState.OPEN: ("exploitable", ()),
    RiskState.ACCEPTED: ("exploitable", ("will_not_fix",)),
    RiskState.REMEDIATED: ("resolved", ()),
    RiskState.REJECTED: ("false_positive", ()),
}
"""State of a risk → analysis state and response."""
_TYPES = {"technology": "application", "file": "file", "certificate": "cryptographic-asset"}
_SERVICES = frozenset({"webapplication", "port"})
_METHODS = (("CVSS:4.0/", "CVSSv4"), ("CVSS:3.1/", "CVSSv31"), ("CVSS:3.0/", "CVSSv3"))


class CycloneDxVex(Exporter):
    """Targets as components and services, risks as vulnerabilities that affect them."""

    name = "cyclonedx-vex"
    title = "CycloneDX 1.6 VEX"
    media_type = "application/vnd.cyclonedx+json; version=1.6"
    extension = "cdx.json"
    kinds = ("risk",)

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        program, _, version = source.program.rpartition(" ")
        serial = uuid.uuid5(_SPACE, f"{source.organisation} {source.made_at.isoformat()}")
        head = {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{serial}",
            "version": 1,
            "metadata": {
                "timestamp": stamp(source.made_at),
                "tools": {"components": [{"type": "application", "name": program, "version": version}]},
                "component": {"type": "platform", "bom-ref": "surface", "name": source.organisation},
            },
        }
        sink.write(encode(head)[:-1])
        for member, services in (("components", False), ("services", True)):
            sink.write(b',"' + member.encode() + b'":[')
            await _targets(source, Items(sink), services=services)
            sink.write(b"]")
        sink.write(b',"vulnerabilities":[')
        entries = Items(sink)
        async for finding in findings(source):
            entries.add(_vulnerability(finding))
        sink.write(b"]}\n")
        return Written(entries.count)


async def _targets(source: Source, items: Items, *, services: bool) -> None:
    last = ""
    # In the order of the target all risks of one target stand together: nothing needs to be remembered.
    async for finding in findings(source, sort="target"):
        target = finding.risk.target
        if target != last and (kind_of(target) in _SERVICES) is services:
            items.add(_service(finding) if services else _component(finding))
        last = target


def _service(finding: Finding) -> dict[str, Any]:
    kind = kind_of(finding.risk.target)
    return stated(
        {
            "bom-ref": finding.risk.target,
            "name": finding.target_name,
            "endpoints": [finding.target_name] if kind == "webapplication" else None,
        }
    )


def _component(finding: Finding) -> dict[str, Any]:
    kind = kind_of(finding.risk.target)
    entity = finding.target.entity if finding.target else None
    technology = entity if isinstance(entity, Technology) else None
    return stated(
        {
            "type": _TYPES.get(kind, "device"),
            "bom-ref": finding.risk.target,
            "name": finding.target_name or finding.risk.target,
            "version": technology.version if technology else None,
            "cpe": technology.cpe if technology else None,
        }
    )


def _vulnerability(finding: Finding) -> dict[str, Any]:
    risk, known, record = finding.risk, finding.vulnerability, finding.record
    state, response = STATES[risk.state]
    return stated(
        {
            "bom-ref": record.key,
            "id": risk.weakness,
            "source": _register(risk.weakness),
            "ratings": _ratings(finding),
            "cwes": _cwes(known),
            "description": finding.title,
            "detail": paragraphs(known.description) if known else None,
            "recommendation": paragraphs(risk.remediation),
            "published": stamp(known.published) if known and known.published else None,
            "updated": stamp(record.updated),
            "analysis": stated(
                {
                    "state": state,
                    "response": list(response),
                    "detail": paragraphs(risk.reason),
                    "firstIssued": stamp(record.created),
                    "lastUpdated": stamp(record.updated),
                }
            ),
            "affects": [{"ref": risk.target}],
            "properties": _properties(finding),
        }
    )


def _register(weakness: str) -> dict[str, str]:
    if weakness.startswith(CVE):
        return {"name": "CVE", "url": f"https://www.cve.org/CVERecord?id={weakness}"}
    return {"name": "Chariot"}


def _ratings(finding: Finding) -> list[dict[str, Any]]:
    known, severity = finding.vulnerability, finding.severity
    ratings = []
    if known and known.cvss_score is not None:
        ratings.append(
            stated(
                {
                    "source": {"name": "NVD"},
                    "score": known.cvss_score,
                    "severity": known.severity.value if known.severity else None,
                    "method": _method(known.cvss_vector),
                    "vector": known.cvss_vector,
                }
            )
        )
    own = {
        "source": {"name": "Chariot"},
        "score": finding.risk.score,
        "severity": severity.value if isinstance(severity, Severity) else "unknown",
        "method": "other",
    }
    return [*ratings, {name: value for name, value in own.items() if value is not None}]


def _method(vector: str) -> str:
    return next(
        (method for start, method in _METHODS if vector.startswith(start)), "CVSSv2" if vector else "other"
    )


def _cwes(known: Vulnerability | None) -> list[int]:
    numbers = [cwe.upper().removeprefix("CWE-") for cwe in (known.cwes if known else ())]
    return [
        int(number) for number in numbers if number.isdecimal() and number.isascii() and 0 < len(number) < 7
    ]


def _properties(finding: Finding) -> list[dict[str, str]]:
    risk = finding.risk
    facts = {
        "chariot:state": risk.state.value,
        "chariot:decision": risk.decision.value if risk.decision else "",
        "chariot:owner": risk.owner,
        "chariot:last_seen": stamp(finding.record.visited),
    }
    return [{"name": name, "value": value} for name, value in facts.items() if value]
