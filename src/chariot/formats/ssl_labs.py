"""SSL Labs (`ssllabs-scan`, API versions 3 and 4): the grade of each endpoint, certificates, known weaknesses."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.certificates import certificate_of_pem, present
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.tls import (
    CCS_INJECTION,
    HEARTBLEED,
    PROTOCOL_SEVERITIES,
    ROBOT,
    located,
    protocol_weakness,
    tls_endpoint,
)
from chariot.formats.support.values import items, key_values, line, mapping, whole
from chariot.model.keys import Key
from chariot.model.states import Severity

_GRADES = {
    "A": Severity.INFO, "B": Severity.MEDIUM, "C": Severity.HIGH, "D": Severity.HIGH, "E": Severity.HIGH,
    "F": Severity.CRITICAL, "T": Severity.HIGH, "M": Severity.HIGH,
}  # fmt: skip
_TRUE_FLAGS = {
    "heartbleed": (HEARTBLEED, "Heartbleed: memory of the server can be read", Severity.CRITICAL),
    "poodle": ("CVE-2014-3566", "POODLE: SSL 3 can be decrypted", Severity.MEDIUM),
    "freak": ("CVE-2015-0204", "FREAK: export keys are accepted", Severity.MEDIUM),
    "logjam": ("CVE-2015-4000", "Logjam: weak Diffie-Hellman groups are accepted", Severity.MEDIUM),
    "drownVulnerable": ("CVE-2016-0800", "DROWN: SSL 2 weakens its keys", Severity.HIGH),
    "supportsRc4": ("tls-weak-ciphers:RC4", "RC4 is offered", Severity.MEDIUM),
}
"""By the member of `details` that is true where the server is vulnerable."""
_LEVELS = {
    "openSslCcs": (CCS_INJECTION, "OpenSSL CCS injection", Severity.HIGH, (3,)),
    "openSSLLuckyMinus20": ("CVE-2016-2107", "OpenSSL padding oracle", Severity.MEDIUM, (2,)),
    "ticketbleed": ("CVE-2016-9244", "Ticketbleed: memory can be read", Severity.HIGH, (2,)),
    "bleichenbacher": (ROBOT, "ROBOT: RSA decryption oracle", Severity.HIGH, (2, 3)),
}
"""By the member of `details` whose number tells it, with the numbers that mean vulnerable."""
_VERSIONS = {"2.0": "SSLv2", "3.0": "SSLv3", "1.0": "TLSv1.0", "1.1": "TLSv1.1"}
_ITEMS = 200


class SslLabs(Skimmed):
    """Each endpoint becomes a Port with its certificate, a risk with its grade, and one for each known weakness.

    | grade | severity | | weakness | severity |
    | --- | --- | --- | --- | --- |
    | A+, A, A- | info | | Heartbleed | critical |
    | B | medium | | CCS injection, Ticketbleed, ROBOT, DROWN, SSL 2 and 3 | high |
    | C, D, E | high | | POODLE, FREAK, Logjam, CVE-2016-2107, RC4, TLS 1.0 and 1.1 | medium |
    | F | critical | | | |
    | T (not trusted), M (another name) | high | | | |

    Each graded endpoint counts as one finding, since the grade is all that SSL Labs reports by itself; the
    weaknesses stand in its details and are risks under the names that all TLS scanners share. The grade is the
    weakness `ssl-labs:grade`, so that a better one is the same risk with another severity. Source: the documents
    of the SSL Labs API, version 3.
    """

    name = "ssl-labs"
    title = "SSL Labs (JSON)"
    example = "ssllabs-scan --quiet www.example.com > ssllabs.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "endpoints" not in names or "host" not in names:
            return 0
        return 95 if names & {"engineVersion", "criteriaVersion", "endpoints.grade"} else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for value in json_values(stream):
            yield from each([value], _parsed)


def _parsed(item: Value) -> Parsed:
    host = mapping(item.value)
    name = line(host.get("host"), 300)
    if not name or not isinstance(host.get("endpoints"), list):
        raise ValueError("expected an object with a host and its endpoints")
    number = whole(host.get("port")) or 443
    record = Record(item.place)
    certificates = {
        line(one.get("id"), 200): one for one in map(mapping, items(host.get("certs"))[:_ITEMS]) if one
    }
    findings = 0
    for one in map(mapping, items(host["endpoints"])[:_ITEMS]):
        target = tls_endpoint(record, name, number, one.get("ipAddress") or None)
        grade = line(one.get("grade"), 4)
        details = mapping(one.get("details"))
        if grade:
            findings += 1
            _grade(record, target, number, grade, one, details)
        _weaknesses(record, target, number, details)
        _certificate(record, target, details, certificates)
        if server := line(details.get("serverSignature"), 1_000):
            record.headers(target, (("Server", server),))
    return record.parsed(findings, _instant(host.get("testTime")))


def _grade(
    record: Record, target: Key, number: int, grade: str, endpoint: dict[str, Any], details: dict[str, Any]
) -> None:
    facts = {
        "grade": grade,
        "grade without trust": endpoint.get("gradeTrustIgnored"),
        "server name": endpoint.get("serverName"),
        "forward secrecy": details.get("forwardSecrecy"),
        "protocols": [_version(one) for one in items(details.get("protocols"))[:_ITEMS]],
        "HSTS": mapping(details.get("hstsPolicy")).get("status"),
    }
    record.risk(
        target,
        located("ssl-labs:grade", target, number),
        title=f"SSL Labs grade {grade}",
        severity=_GRADES.get(grade[0].upper()),
        evidence=(key_values("SSL Labs", facts),),
    )


def _weaknesses(record: Record, target: Key, number: int, details: dict[str, Any]) -> None:
    found = [known for name, known in _TRUE_FLAGS.items() if details.get(name) is True]
    found += [known[:3] for name, known in _LEVELS.items() if details.get(name) in known[3]]
    offered = {_version(one) for one in items(details.get("protocols"))[:_ITEMS]}
    found += [
        (protocol_weakness(version), f"{version} is offered", severity)
        for version, severity in PROTOCOL_SEVERITIES.items()
        if version in offered
    ]
    for weakness, title, severity in found:
        record.risk(
            target,
            located(weakness, target, number),
            title=title,
            severity=severity,
            evidence=(key_values("SSL Labs", {"found": title}),),
        )


def _version(protocol: Any) -> str:
    version = line(mapping(protocol).get("version"), 10)
    return _VERSIONS.get(version, f"TLSv{version}" if version else "")


def _certificate(
    record: Record, target: Key, details: dict[str, Any], certificates: Mapping[str, dict[str, Any]]
) -> None:
    for chain in map(mapping, items(details.get("certChains"))[:_ITEMS]):
        # What is presented only to those who name no host is another site's.
        if chain.get("noSni") is True:
            continue
        first = next(iter(items(chain.get("certIds"))), None)
        known = certificate_of_pem(mapping(certificates.get(line(first, 200))).get("raw"))
        if known is not None:
            present(record, target, known)


def _instant(written: Any) -> datetime | None:
    milliseconds = written if isinstance(written, int) and 0 < written < 10**14 else 0
    return datetime.fromtimestamp(milliseconds / 1_000, UTC) if milliseconds else None
