"""Prowler: its own JSON and CSV of version 2 to 5, and findings in OCSF (also of other tools)."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.csv import csv_rows, header
from chariot.formats.support.files import decoded, json_names
from chariot.formats.support.findings import Finding, advisory, gathered, resource_at, rule
from chariot.formats.support.json import json_values
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, severity, text, whole
from chariot.model.kinds.work import File
from chariot.model.states import Severity

_OCSF_SEVERITIES = {
    1: Severity.INFO,
    2: Severity.LOW,
    3: Severity.MEDIUM,
    4: Severity.HIGH,
    5: Severity.CRITICAL,
    6: Severity.CRITICAL,
}
_OCSF_SETTLED = {"resolved": "fixed", "suppressed": "suppressed", "archived": "suppressed"}
_COLUMNS = {"CHECK_ID", "STATUS", "SEVERITY"}
_OLD_COLUMNS = {"PROFILE", "ACCOUNT_NUM", "TITLE_ID", "TITLE_TEXT"}
_OLD_MEMBERS = {"Control", "Control ID", "Status"}
_OLD_NAMES = {
    "titletext": "checktitle", "control": "checktitle", "titleid": "checkid", "controlid": "checkid",
    "checkresult": "status", "result": "status", "checkresultextended": "statusextended", "notes": "statusextended",
    "message": "statusextended", "checkseverity": "severity", "checkservicename": "servicename",
    "service": "servicename", "checkrisk": "risk", "checkremediation": "remediationrecommendationtext",
    "remediation": "remediationrecommendationtext", "checkdoc": "relatedurl", "doclink": "relatedurl",
    "checkresourceid": "resourceid", "prowlerstarttime": "timestamp", "accountnum": "accountid",
    "accountnumber": "accountid",
}  # fmt: skip
"""What version 2 called the fields of later ones."""
_OLD_TITLE = re.compile(r"\[(\w{1,60})\]\s*(.*)", re.DOTALL)
_MANUAL_CONFIDENCE = 20
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")


class Prowler(Skimmed):
    """A failed check becomes a risk at its cloud resource (a File named by its ARN or id).

    | Prowler | ours |
    | --- | --- |
    | critical, high, medium, low, informational | the same; OCSF 6 (fatal) is critical |
    | FAIL | a risk, weakness `prowler:<check>` |
    | MANUAL | a risk with confidence 20: somebody must look |
    | PASS, and INFO of version 2 | nothing, and no finding |
    | WARNING of version 2 | as FAIL |
    | muted, or OCSF status Suppressed / Resolved | no risk, but the attribute `suppressed` / `fixed` |

    FAIL and MANUAL count. The same check of the same resource reported twice is one risk, though each counts.
    OCSF findings of another product are read the same way, with `<product>:<rule>` as weakness, or the CVE.
    Source: Prowler's documentation, chapter on reporting; OCSF 1.4, classes 2002 to 2004.
    """

    name = "prowler"
    title = "Prowler and OCSF (JSON, CSV)"
    example = "prowler aws --output-formats json-ocsf csv"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if names:
            if {"finding_info", "class_uid"} & names and names & {
                "metadata",
                "severity_id",
                "metadata.product",
            }:
                return 95
            known = ({"metadata.event_code", "severity_id"}, {"CheckID", "StatusExtended"}, _OLD_MEMBERS)
            return 95 if any(one <= names for one in known) else 0
        columns = {name.upper() for name in header(head)}
        return 95 if columns >= _COLUMNS or columns >= _OLD_COLUMNS else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Prowler", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        for place, one, refused in _records(stream):
            if refused is not None:
                yield refused
                continue
            try:
                yield from _ocsf(place, one) if "finding_info" in one else _native(place, one)
            except ValueError as error:
                yield Refused(place, str(error))


def _records(stream: IO[bytes]) -> Iterator[tuple[str, Mapping[str, Any], Refused | None]]:
    here = stream.tell()
    first = decoded(stream.read(64))[:1]
    stream.seek(here)
    if first not in ("[", "{"):
        for row in csv_rows(stream):
            yield row.place, _renamed(row.values), None
        return
    for found in json_values(stream):
        if isinstance(found, Refused):
            yield found.place, {}, found
            continue
        one = mapping(found.value)
        if "finding_info" not in one:
            one = _renamed(one)
        yield found.place, one, None


def _renamed(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return one record of Prowler's own forms with the names of version 3, in lower case and in one word."""
    values = {name.replace("_", "").replace(" ", "").lower(): value for name, value in given.items()}
    if "checktitle" in values or not {"titletext", "control"} & values.keys():
        return values
    old = {_OLD_NAMES.get(name, name): value for name, value in values.items()}
    known = _OLD_TITLE.fullmatch(text(old["checktitle"], 1_000).strip())
    return old | ({"checkid": known[1], "checktitle": known[2]} if known else {})


def _native(place: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the finding of Prowler's own forms."""
    status = line(one.get("status"), 40).upper()
    check = line(one.get("checkid"), 300)
    if not check or not status:
        raise ValueError("names no check or status")
    if status in ("PASS", "INFO"):
        return
    advice = mapping(mapping(one.get("remediation")).get("Recommendation"))
    muted = line(one.get("muted"), 10).lower() == "true" or status == "MUTED"
    yield Finding(
        place=place,
        target=_resource(
            one.get("resourcearn") or one.get("resourceuid"),
            one.get("provider"),
            one.get("accountid") or one.get("accountuid"),
            one.get("region"),
            one.get("resourceid") or one.get("resourcename"),
        ),
        weakness=rule("prowler", check),
        title=one.get("checktitle") or check,
        severity=severity(one.get("severity")),
        remediation=advice.get("Text") or one.get("remediationrecommendationtext") or "",
        facts={
            "check": check,
            "service": one.get("servicename"),
            "risk": text(one.get("risk"), 4_000),
            "resource type": one.get("resourcetype"),
            "compliance": _compliance(one.get("compliance")),
            "reference": advice.get("Url") or one.get("relatedurl"),
        },
        where={
            "status": status,
            "detail": line(one.get("statusextended"), 1_000),
            "region": one.get("region"),
            "account": one.get("accountid") or one.get("accountuid"),
        },
        seen_at=instant(one.get("assessmentstarttime") or one.get("timestamp")),
        confidence=_MANUAL_CONFIDENCE if status == "MANUAL" else 100,
        settled="suppressed" if muted else "",
    )


def _ocsf(place: str, one: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield a finding for the first resource, and for each further one that the record names."""
    status = line(one.get("status_code"), 40).upper()
    if status == "PASS":
        return
    info, metadata = mapping(one.get("finding_info")), mapping(one.get("metadata"))
    cloud, remedy = mapping(one.get("cloud")), mapping(one.get("remediation"))
    product = _NOT_SLUG.sub("-", line(mapping(metadata.get("product")).get("name"), 60).lower()).strip("-")
    account = mapping(cloud.get("account")).get("uid")
    known = [
        line(mapping(mapping(one_).get("cve")).get("uid"), 60) for one_ in items(one.get("vulnerabilities"))
    ]
    check = metadata.get("event_code") or mapping(info.get("analytic")).get("uid") or info.get("title")
    seen = one.get("time_dt") or info.get("created_time_dt") or one.get("event_time") or one.get("time")
    resources = [mapping(resource) for resource in items(one.get("resources"))] or [{}]
    for position, resource in enumerate(resources):
        yield Finding(
            place=place,
            target=_resource(
                resource.get("uid"),
                cloud.get("provider"),
                account,
                resource.get("region") or cloud.get("region"),
                resource.get("name"),
            ),
            weakness=advisory(*known) if any(known) else rule(product or "ocsf", check),
            title=info.get("title") or one.get("message"),
            severity=_OCSF_SEVERITIES.get(whole(one.get("severity_id"))) or severity(one.get("severity")),
            remediation=remedy.get("desc", ""),
            facts={
                "check": check,
                "description": text(info.get("desc"), 4_000),
                "risk": text(one.get("risk_details"), 4_000),
                "resource type": resource.get("type"),
                "service": mapping(resource.get("group")).get("name"),
                "compliance": _compliance(mapping(one.get("unmapped")).get("compliance")),
                "references": [line(url, 500) for url in items(remedy.get("references"))][:20],
            },
            where={
                "status": status,
                "detail": line(one.get("status_detail") or one.get("message"), 1_000),
                "region": resource.get("region") or cloud.get("region"),
                "account": account,
                "namespace": resource.get("namespace"),
            },
            seen_at=_instant(seen),
            confidence=_MANUAL_CONFIDENCE if status == "MANUAL" else 100,
            settled=_OCSF_SETTLED.get(line(one.get("status"), 40).lower(), ""),
            findings=1 if position == 0 else 0,
        )


def _instant(value: Any) -> datetime | None:
    """Return the time of an OCSF record, whose numbers may count milliseconds."""
    number = whole(value) if not isinstance(value, str) else 0
    return instant(number // 1_000 if number > 10**11 else value)


def _resource(uid: Any, *names: Any) -> File:
    return resource_at(uid) if line(uid, 2_000) else resource_at(*names)


def _compliance(value: Any) -> str:
    if isinstance(value, str):
        return line(value, 2_000)
    return "; ".join(
        f"{line(name, 100)}: {', '.join(line(one, 60) for one in items(refs))}"
        for name, refs in mapping(value).items()
    )[:2_000]
