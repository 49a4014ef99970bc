"""A finding in DefectDojo's words: what its own exports and its generic import format have in common."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chariot.format import Decided
from chariot.formats.support.findings import file_at, resource_at
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.scanners import CVES_LIMIT, moment, plain, port_number
from chariot.formats.support.values import (
    REMEDIATION_LIMIT,
    cves,
    items,
    key_values,
    line,
    mapping,
    number,
    severity,
    severity_of_score,
    table,
    text,
)
from chariot.model.evidence import Evidence
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk
from chariot.model.relationships import RelationshipType
from chariot.model.states import RiskState

DATES = ("%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%b. %d, %Y", "%B %d, %Y", "%m/%d/%Y %H:%M:%S")
_TRUE = frozenset({"true", "1", "yes", "t", "y"})
_FALSE = frozenset({"false", "0", "no", "f", "n"})
_VERSION = re.compile(r"\bv?\d+(?:\.\d+)+[\w.+~-]{0,60}")
_ADVISORY = re.compile(r"GHSA(-[0-9a-z]{4}){3}", re.IGNORECASE | re.ASCII)
_ENDPOINTS_LIMIT = 1_000
_FACTS = (
    "description", "impact", "references", "steps_to_reproduce", "severity_justification", "cwe", "cvssv3",
    "cvssv3_score", "cvssv4", "epss_score", "epss_percentile", "component_name", "component_version", "fix_available",
    "fix_version", "file_path", "line", "service", "unique_id_from_tool", "vuln_id_from_tool", "tags", "id",
    "product", "engagement", "test", "found_by", "sast_source_object", "sast_sink_object", "nb_occurences",
)  # fmt: skip


class Status(msgspec.Struct, frozen=True, gc=False):
    """What DefectDojo's flags mean here."""

    state: RiskState
    reason: str = ""


def flag(value: Any) -> bool | None:
    """Return a yes or no however it is written; None where it says neither."""
    word = str(value).strip().lower() if value is not None else ""
    return True if word in _TRUE else False if word in _FALSE else None


def status(finding: dict[str, Any]) -> Status:
    """Return the state that the flags of a finding tell; the strongest decision first."""
    if flag(finding.get("false_p")):
        return Status(RiskState.REJECTED, "false positive in DefectDojo")
    if flag(finding.get("out_of_scope")):
        return Status(RiskState.REJECTED, "out of scope in DefectDojo")
    if flag(finding.get("risk_accepted")):
        return Status(RiskState.ACCEPTED, _acceptance(finding) or "accepted in DefectDojo")
    if flag(finding.get("is_mitigated")) or (finding.get("mitigated") and not flag(finding.get("active"))):
        return Status(RiskState.REMEDIATED)
    if flag(finding.get("active")) is not False and flag(finding.get("verified")):
        return Status(RiskState.OPEN)
    return Status(RiskState.TRIAGE)


def _decided_at(finding: dict[str, Any], state: RiskState) -> datetime | None:
    names = ("mitigated", "mitigated_date") if state is RiskState.REMEDIATED else ()
    told = (moment(finding.get(name), *DATES) for name in (*names, "last_status_update", "last_reviewed"))
    return next((at for at in told if at is not None), None)


def _acceptance(finding: dict[str, Any]) -> str:
    for one in items(finding.get("accepted_risks")):
        known = mapping(one)
        words = (known.get("name"), known.get("decision_details"), known.get("accepted_by"))
        if written := line(": ".join(text(word, 500) for word in words if word), 1_900):
            return written
    return ""


def add_finding(record: Record, finding: dict[str, Any], tool: str, about: str) -> datetime | None:
    """Add one finding at each of its endpoints, else at its file, component or product; return when it was seen.

    Raises:
        ValueError: it has no title, or nothing of where it is can be read.
    """
    title = plain(finding.get("title"), 500)
    if not title:
        raise ValueError("has no title")
    told = status(finding)
    decided_at = _decided_at(finding, told.state)
    names = _weaknesses(finding, title, tool)
    until = next(
        (
            moment(mapping(one).get("expiration_date"), *DATES)
            for one in items(finding.get("accepted_risks"))
            if mapping(one).get("expiration_date")
        ),
        None,
    )
    level = severity(finding.get("severity")) or severity_of_score(number(finding.get("cvssv3_score")))
    evidence = _evidence(finding)
    for target in _targets(record, finding, about):
        for name in names:
            risk = Risk(
                target=target,
                weakness=name,
                title=line(title),
                severity=level,
                remediation=text(finding.get("mitigation"), REMEDIATION_LIMIT),
                evidence=evidence,
            )
            key = record.add(risk)
            record.relate(RelationshipType.HAS_RISK, target, key)
            if told.state is not RiskState.TRIAGE:
                accepted_until = until if told.state is RiskState.ACCEPTED else None
                record.decide(Decided(key, told.state, told.reason, accepted_until, decided_at))
    return moment(finding.get("date"), *DATES)


def _weaknesses(finding: dict[str, Any], title: str, tool: str) -> list[str]:
    given = [
        line(mapping(one).get("vulnerability_id") if isinstance(one, dict) else one, 200)
        for one in items(finding.get("vulnerability_ids"))
    ]
    known = cves(finding.get("cve"), *given) or cves(title)
    if known:
        return known[:CVES_LIMIT]
    for one in given:
        if _ADVISORY.fullmatch(one):
            return ["GHSA" + one[4:].lower()]
    rule = line(finding.get("vuln_id_from_tool"), 200)
    # A version in a title moves with each release; the finding stays the same.
    named = (
        rule
        or next(filter(None, given), "")
        or " ".join(_VERSION.sub("", title).split())[:200]
        or title[:200]
    )
    return [f"{tool}:{named}"]


def _evidence(finding: dict[str, Any]) -> tuple[Evidence, ...]:
    facts = {name: finding.get(name) for name in _FACTS}
    facts["status"] = [
        name
        for name in (
            "active",
            "verified",
            "false_p",
            "duplicate",
            "out_of_scope",
            "risk_accepted",
            "is_mitigated",
        )
        if flag(finding.get(name))
    ]
    facts["mitigated"] = finding.get("mitigated")
    notes = [mapping(one) for one in items(finding.get("notes")) if isinstance(one, dict)]
    said = key_values("DefectDojo", facts)
    if not notes:
        return (said,)
    rows = ((_author(one), one.get("date"), one.get("entry")) for one in notes)
    return (said, table("Notes", ("author", "date", "note"), rows))


def _author(note: dict[str, Any]) -> str:
    author = note.get("author")
    return line(mapping(author).get("username") if isinstance(author, dict) else author, 200)


def _targets(record: Record, finding: dict[str, Any], about: str) -> Iterable[Key]:
    given = items(finding.get("endpoints"))[:_ENDPOINTS_LIMIT]
    found = [_endpoint(record, one) for one in given if isinstance(one, str | dict)]
    targets = list(dict.fromkeys(one for one in found if one is not None))
    if targets:
        return targets
    if path := line(finding.get("file_path"), 3_000):
        return [record.add(file_at(path))]
    product = line(finding.get("product_name") or finding.get("product"), 300)
    component = line(finding.get("component_name"), 300)
    return [record.add(resource_at(product or about, component or line(finding.get("service"), 300)))]


def _endpoint(record: Record, written: str | dict[str, Any]) -> Key | None:
    """Return the key of what an endpoint names; None for one that cannot be read."""
    if isinstance(written, dict):
        host = line(written.get("host"), 300)
        scheme, port = line(written.get("protocol"), 20), port_number(written.get("port"))
        written = (
            f"{scheme}://{host}{f':{port}' if port else ''}"
            if scheme
            else f"{host}{f':{port}' if port else ''}"
        )
    given = line(written, 4_096)
    try:
        parts = urlsplit(given if "://" in given else f"//{given}")
        if parts.scheme in ("http", "https"):
            return record.web(given)
        host = parts.hostname or ""
        address = try_address(host)
        if address is not None and parts.port:
            return record.port(address.ip, parts.port)
        return record.host(host)
    except ValueError:
        return None
