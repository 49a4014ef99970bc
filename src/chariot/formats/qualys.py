"""Qualys vulnerability management: VMDR and scan report CSV, asset data, scan and detection XML."""

import re
from collections.abc import Iterator
from typing import IO, Any

import msgspec

from chariot.format import Parsed, Refused
from chariot.formats.support.csv import Row, csv_rows
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.scanners import (
    add_risks,
    beginning,
    hour,
    is_xml,
    moment,
    plain,
    port_number,
    weakness,
)
from chariot.formats.support.settled import settle
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, key_values, line, whole
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.keys import Key
from chariot.model.states import Severity

_COLUMNS = ("QID", "Title", "Severity")
_OTHERS = re.compile(rb'"?QID"?,.{0,400}"?Title"?,.{0,400}"?Severity"?,', re.DOTALL)
_ROOTS = {"ASSET_DATA_REPORT": 97, "HOST_LIST_VM_DETECTION_OUTPUT": 97, "SCAN": 80}
_LEVELS = {1: Severity.INFO, 2: Severity.LOW, 3: Severity.MEDIUM, 4: Severity.HIGH, 5: Severity.CRITICAL}
_CLOSED = frozenset({"FIXED", "DISABLED"})
_DATES = ("%b %d, %Y %I:%M %p", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y at %H:%M:%S (%Z%z)", "%m/%d/%Y at %H:%M:%S ()")
_DETAILS = (
    "QID", "Type", "Type Detected", "Category", "CVSS", "CVSS Base", "CVSSv2 Base (nvd)", "CVSS3 Base",
    "CVSS3.1 Base", "CVSSv3.1 Base (nvd)", "QDS", "QVS Score", "TruRisk Score", "RTI", "Threat", "Impact",
    "CVE-Description", "Results", "Exploitability", "Associated Malware", "Vendor Reference", "Bugtraq ID",
    "First Detected", "Times Detected", "Patch Released", "Status", "Vuln Status", "Asset Tags",
)  # fmt: skip
_GLOSSARY_LIMIT = 200_000


class Known(msgspec.Struct, frozen=True, gc=False):
    """What a report's glossary says of one QID."""

    title: str
    severity: str
    details: dict[str, str]
    solution: str
    cves: tuple[str, ...]


class Qualys(Skimmed):
    """A host becomes an Address with its name, a detection at a port a Port, and each detection a risk there.

    | severity | ours | | status | ours |
    | --- | --- | --- | --- | --- |
    | 5 urgent | critical | | New, Active, Re-Opened | a risk |
    | 4 critical | high | | Fixed, Disabled, Ignored | an attribute, no risk |
    | 3 serious | medium | | | |
    | 2 medium | low | | | |
    | 1 minimal | info | | | |

    Information gathered (type Ig) is info whatever its level. The weakness is each CVE that a row or the glossary
    names, else `qualys:<qid>`. XML reports tell a QID's title only behind the hosts, in a glossary, so that the
    file is read twice. Every row, VULN_INFO, VULN and DETECTION counts as a finding; potential ones (type
    Potential, Practice) have half the confidence. Source: Qualys, "VM/PC API user guide", DTD reference for the
    asset data report, scan results and host list detection, and the report templates' CSV columns.
    """

    name = "qualys"
    title = "Qualys VMDR and VM (CSV, XML)"
    example = "VMDR, Vulnerabilities, Download, CSV; or Reports, asset data report, XML"
    records = ("VULN_DETAILS", "VULN_INFO", "VULN", "DETECTION", "HOST", "IP")

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if not is_xml(head):
            return 92 if _OTHERS.search(head) else 0
        root = root_name(head)
        return _ROOTS.get(root, 0) if root != "SCAN" or b"<IP" in head or b"qualys" in head.lower() else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_xml(beginning(stream)):
            yield from _xml(stream)
            return
        for row in csv_rows(stream, known=_COLUMNS):
            if not whole(row.values.get("QID")):
                # Reports end with rows of totals and of hosts without results.
                continue
            try:
                yield _row(row)
            except ValueError as error:
                yield Refused(row.place, str(error))


def _row(row: Row) -> Parsed:
    values = row.values
    record = Record(row.place)
    address = values.get("IP") or values.get("Asset IPV4") or values.get("Asset IPV6") or ""
    names = (values.get("FQDN"), values.get("DNS"), values.get("Asset Name"))
    target = _target(record, address.split(",")[0], names, values.get("Port"), values.get("Protocol"))
    _facts(record, target, values.get("OS") or values.get("Operating System"), values.get("NetBIOS"))
    status = values.get("Status") or values.get("Vuln Status") or ""
    settled = "ignored" if values.get("Ignored", "").lower() in ("yes", "true") else ""
    return _finding(
        record,
        target,
        qid=values["QID"],
        known=Known(
            values.get("Title", ""),
            values.get("Severity", ""),
            {name: value for name in _DETAILS if (value := plain(values.get(name)).removeprefix("'-"))},
            plain(values.get("Solution")),
            tuple(cves(values.get("CVE"), values.get("CVE ID"))),
        ),
        level=values.get("Severity", ""),
        type_=values.get("Type") or values.get("Type Detected") or "",
        settled=settled or (status.lower() if status.upper() in _CLOSED else ""),
        results="",
        seen=values.get("Last Detected", ""),
    )


def _xml(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    glossary: dict[str, Known] = {}
    for element in elements(stream, ("VULN_DETAILS", "VULN_INFO", "VULN", "DETECTION")):
        if element.tag == "VULN_DETAILS" and len(glossary) < _GLOSSARY_LIMIT:
            glossary[line(inner(element, "QID"), 40)] = _details(element)
    stream.seek(0)
    below = {"HOST": "HOST_LIST"}
    for host in elements(stream, ("HOST", "IP", "VULN_DETAILS"), below | {"IP": "SCAN"}):
        if host.tag == "VULN_DETAILS":
            continue
        place = f"line {host.sourceline}"
        for path in ("VULN_INFO_LIST/VULN_INFO", "DETECTION_LIST/DETECTION", "*/CAT/*"):
            for element in host.iterfind(path):
                try:
                    yield _detection(host, element, glossary, f"line {element.sourceline}")
                except ValueError as error:
                    yield Refused(place, str(error))


def _details(element: Any) -> Known:
    text_of = {
        "QID": "QID", "CATEGORY": "Category", "THREAT": "Threat", "IMPACT": "Impact", "DIAGNOSIS": "Threat",
        "CONSEQUENCE": "Impact",
    }  # fmt: skip
    details = {name: plain(inner(element, tag)) for tag, name in text_of.items() if inner(element, tag)}
    for name, path in (("CVSS Base", "CVSS_SCORE/CVSS_BASE"), ("CVSS3 Base", "CVSS3_SCORE/CVSS3_BASE")):
        if score := inner(element, path) or inner(element, path.rpartition("/")[2]):
            details[name] = score
    ids = (
        inner(one)
        for path in ("CVE_ID_LIST/CVE_ID/ID", "CVE_ID_LIST/CVE_ID")
        for one in element.iterfind(path)
    )
    return Known(
        line(inner(element, "TITLE")),
        inner(element, "SEVERITY"),
        details,
        plain(inner(element, "SOLUTION")),
        tuple(cves(*ids, element.get("cveid"))),
    )


def _detection(host: Any, element: Any, glossary: dict[str, Known], place: str) -> Parsed:
    record = Record(place)
    category = element.getparent()
    names = (host.get("name"), inner(host, "DNS"), inner(host, "DNS_DATA/FQDN"))
    target = _target(
        record,
        host.get("value") or inner(host, "IP") or inner(host, "IPV6"),
        names,
        inner(element, "PORT") or category.get("port"),
        inner(element, "PROTOCOL") or category.get("protocol"),
    )
    system = inner(host, "OPERATING_SYSTEM") or inner(host, "OS")
    _facts(record, target, system, inner(host, "NETBIOS") or inner(host, "NETBIOS_HOSTNAME"))
    qid = line(inner(element, "QID") or element.get("number"), 40)
    known = glossary.get(qid) or _details(element)
    status = inner(element, "VULN_STATUS") or inner(element, "STATUS")
    ignored = inner(element, "IS_IGNORED") == "1" or inner(element, "IS_DISABLED") == "1"
    kinds = {"INFO": "Ig", "SERVICE": "Ig", "PRACTICE": "Practice"}
    return _finding(
        record,
        target,
        qid=qid,
        known=known,
        level=element.get("severity") or inner(element, "SEVERITY") or known.severity,
        type_=inner(element, "TYPE") or kinds.get(element.tag, ""),
        settled="ignored" if ignored else (status.lower() if status.upper() in _CLOSED else ""),
        results=plain(inner(element, "RESULT") or inner(element, "RESULTS")),
        seen=inner(element, "LAST_FOUND") or inner(element, "LAST_FOUND_DATETIME"),
    )


def _finding(
    record: Record,
    target: Key,
    *,
    qid: str,
    known: Known,
    level: str,
    type_: str,
    settled: str,
    results: str,
    seen: str,
) -> Parsed:
    seen_at = hour(moment(seen, *_DATES))
    names = list(known.cves) or [weakness("qualys", qid)]
    if settled:
        for name in names:
            settle(record, target, settled, name, "Qualys", at=seen_at)
        return record.parsed(1, seen_at)
    information = type_.lower() in ("ig", "info", "information gathered")
    add_risks(
        record,
        target,
        names,
        title=known.title or f"Qualys QID {qid}",
        severity=Severity.INFO if information else _LEVELS.get(whole(level)),
        evidence=(
            key_values(
                "Qualys", {"QID": qid, **known.details, "Results": results or known.details.get("Results")}
            ),
        ),
        remediation=known.solution,
        confidence=50 if type_.lower().startswith(("potential", "practice")) else 100,
    )
    return record.parsed(1, seen_at)


def _target(record: Record, address: str, names: tuple[Any, ...], port: Any, protocol: Any) -> Key:
    known = try_address(address)
    domains = [one for one in map(try_domain, names) if one is not None]
    if known is None:
        if not domains:
            raise ValueError(f"the host is neither an address nor a name: {line(address or names[-1], 80)!r}")
        return record.host(domains[0].host)
    for domain in domains:
        record.host(domain.host, known.ip)
    key = record.host(known.ip)
    number = port_number(port)
    transport = line(protocol, 20).lower()
    return (
        record.port(known.ip, number, transport if transport in ("tcp", "udp", "sctp") else "tcp")
        if number
        else key
    )


def _facts(record: Record, target: Key, system: Any, netbios: Any) -> None:
    if not target.startswith(("#address#", "#domain#")):
        return
    for label, value in (("operating-system", system), ("netbios-name", netbios)):
        if written := line(value, 300):
            record.attribute(target, label, written)
