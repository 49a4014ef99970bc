"""testssl.sh (`--jsonfile`, `--jsonfile-pretty`, `--csvfile`): what it says of TLS services."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.certificates import present
from chariot.formats.support.csv import csv_rows, header
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_members, json_values
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.tls import located, protocol_weakness, tls_endpoint
from chariot.formats.support.values import cves, instant, items, key_values, line, mapping, whole
from chariot.model.keys import Key
from chariot.model.kinds.network import Certificate
from chariot.model.states import Severity

_COLUMNS = ("id", "fqdn/ip", "port", "severity", "finding")
_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.HIGH,
    "MEDIUM": Severity.MEDIUM,
    "LOW": Severity.LOW,
}
_RATING = re.compile(
    r"rating_(?:spec|doc)|(?:protocol_support|key_exchange|cipher_strength)_score(?:_weighted)?"
    r"|final_score|overall_grade|grade_cap_reason_.{0,40}"
)
_PROTOCOLS = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS1": "TLSv1.0", "TLS1_1": "TLSv1.1"}
_DIGEST = re.compile(r"(?:[0-9A-Fa-f]{2}:?){32}")
_ITEMS = 10_000


class Testssl(Skimmed):
    """Each line that is not OK becomes a Risk at the Port (or the web application of a name).

    | testssl.sh | here |
    | --- | --- |
    | severity OK | nothing |
    | INFO; WARN, FATAL, DEBUG, which say what could not be tested | info |
    | LOW, MEDIUM, HIGH, CRITICAL | the same |
    | `cve` | one risk for each CVE, whose name is the weakness |
    | `SSLv2`, `SSLv3`, `TLS1`, `TLS1_1` of LOW or more | `tls-protocol:<version>`, as other TLS scanners say it |
    | any other `id` | `testssl:<id>` |
    | `fqdn/ip` or `targetHost` and `ip`, `port` | Domain, Address, Port, RESOLVES_TO, HAS_PORT |
    | `cert_fingerprintSHA256` | Certificate with PRESENTS_CERTIFICATE |
    | the rating (`overall_grade`, scores, `grade_cap_reason_*`) | nothing: it sums up the other lines |

    Each line that makes risks counts as a finding, once for each CVE that it names. Source: the manual of
    testssl.sh 3.2 and its `fileout` function.
    """

    name = "testssl"
    title = "testssl.sh JSON and CSV"
    example = "testssl.sh --jsonfile tls.json www.example.com"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"id", "ip", "severity", "finding"} <= names or {"Invocation", "scanResult"} <= names:
            return 95
        if names:
            return 85 if {"Invocation", "openssl", "startTime"} <= names else 0
        return 95 if set(_COLUMNS) <= set(header(head)) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, rest = begin(stream)
        start = decoded(head)
        if start.startswith("{") and "scanResult" in start:
            yield from _pretty(rest)
        elif start.startswith(("[", "{")):
            yield from each(json_values(rest), _flat)
        else:
            yield from each((Value(row.place, row.values) for row in csv_rows(rest)), _flat)


def _flat(item: Value) -> Parsed:
    values = mapping(item.value)
    if "severity" not in values or "id" not in values:
        raise ValueError("expected a line with id and severity")
    written = line(values.get("fqdn/ip") or values.get("ip"), 400)
    host, _, ip = written.partition("/")
    record = Record(item.place)
    if not host and not ip and line(values["severity"], 20).upper() == "WARN":
        # A problem of the scanner itself stands among the others, without a target.
        return record.parsed(1)
    target = _endpoint(record, host, ip, values)
    return record.parsed(_line(record, target, values))


def _pretty(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    seen_at: datetime | None = None
    for member in json_members(stream, ("scanResult",)):
        if member.member == "startTime":
            seen_at = instant(member.value)
        elif member.member == "scanResult":
            yield from each([member], partial(_target, seen_at=seen_at))


def _target(item: Value, seen_at: datetime | None) -> Parsed:
    values = mapping(item.value)
    if not values.get("targetHost") and not values.get("ip"):
        # A problem before the first handshake stands here in place of a target.
        return Parsed(item.place, seen_at=seen_at)
    record = Record(item.place)
    target = _endpoint(record, values.get("targetHost"), values.get("ip"), values)
    findings = 0
    for section in values.values():
        if isinstance(section, list):
            for one in items(section)[:_ITEMS]:
                findings += _line(record, target, {"port": values.get("port"), **mapping(one)})
    return record.parsed(findings, seen_at)


def _endpoint(record: Record, host: Any, ip: Any, values: dict[str, Any]) -> Key:
    address = try_address(line(ip, 100).strip("[]"))
    return tls_endpoint(
        record,
        host or ip,
        min(whole(values.get("port")), 65_535),
        address.ip if address is not None else None,
    )


def _line(record: Record, target: Key, values: dict[str, Any]) -> int:
    name = line(values.get("id"), 200)
    word = line(values.get("severity"), 20).upper()
    if name.startswith("cert_fingerprintSHA256"):
        _certificate(record, target, line(values.get("finding"), 200))
    if word in ("OK", "") or not name or _RATING.fullmatch(name):
        return 0
    severity = _SEVERITIES.get(word, Severity.INFO)
    weaknesses = cves(values.get("cve")) or [_weakness(name, severity, target, whole(values.get("port")))]
    facts = {key: values.get(key) for key in ("id", "severity", "finding", "cve", "cwe")}
    for weakness in weaknesses:
        record.risk(
            target,
            weakness,
            title=f"{name}: {line(values.get('finding'), 400)}",
            severity=severity,
            evidence=(key_values("testssl.sh", facts),),
        )
    return len(weaknesses)


def _weakness(name: str, severity: Severity, target: Key, number: int) -> str:
    if name in _PROTOCOLS and severity is not Severity.INFO:
        return located(protocol_weakness(_PROTOCOLS[name]), target, number)
    return located(f"testssl:{name}", target, number)


def _certificate(record: Record, target: Key, digest: str) -> None:
    if _DIGEST.fullmatch(digest):
        present(record, target, Certificate(sha256=digest))
