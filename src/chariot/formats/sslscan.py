"""sslscan (`--xml`): old protocols, weak ciphers, Heartbleed and the like at TLS services."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import each
from chariot.formats.support.json import Value
from chariot.formats.support.record import Record
from chariot.formats.support.tls import (
    COMPRESSION,
    HEARTBLEED,
    INSECURE_RENEGOTIATION,
    PROTOCOL_SEVERITIES,
    located,
    protocol_weakness,
    tls_endpoint,
)
from chariot.formats.support.values import key_values, line, table, whole
from chariot.formats.support.xml import elements, root_name
from chariot.model.evidence import Evidence
from chariot.model.keys import Key
from chariot.model.states import Severity

_ACCEPTED = ("accepted", "preferred")
_GOOD = ("acceptable", "strong", "")
_STRENGTHS = {
    "null": Severity.HIGH,
    "anonymous": Severity.HIGH,
    "weak": Severity.MEDIUM,
    "medium": Severity.LOW,
}


class Sslscan(Format):
    """Each `ssltest` becomes a Port (or the web application of a name) with a Risk for each weakness.

    | sslscan | here |
    | --- | --- |
    | `heartbleed vulnerable="1"` | CVE-2014-0160, critical |
    | accepted `cipher`, null or anonymous, weak, medium | `tls-weak-ciphers:<protocol>`, high, medium, low |
    | `protocol enabled="1"` of SSLv2 to TLSv1.1, or ciphers accepted in it | `tls-protocol:<version>`, high or medium |
    | `renegotiation supported="1" secure="0"` | CVE-2009-3555, medium |
    | `compression supported="1"` | CVE-2012-4929, medium |
    | `certificate/expired` true | `tls-certificate:expired`, medium |
    | `certificate/self-signed` true | `tls-certificate:self-signed`, low |
    | `certificate` | no Certificate: sslscan does not give its digest, by which ours are known |

    What sslscan itself marks counts as a finding: each vulnerable Heartbleed line and each cipher that it calls
    neither acceptable nor strong. One that it lists as not accepted (releases before 2, with `--failed`) counts
    too, but makes no risk, since the service does not offer it. What only we conclude (old protocols, renegotiation,
    compression, certificate) makes risks and is not counted. Source: sslscan's `sslscan.c`.
    """

    name = "sslscan"
    title = "sslscan XML"
    example = "sslscan --xml=tls.xml www.example.com:443"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<document" not in head or root_name(head) != "document":
            return 0
        return 95 if b"SSLScan Results" in head else 60 if b"<ssltest" in head else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for element in elements(stream, ("ssltest",)):
            yield from each([Value(f"line {element.sourceline}", element)], _parsed)


def _parsed(item: Value) -> Parsed:
    element = item.value
    record = Record(item.place)
    number = whole(element.get("port"))
    target = tls_endpoint(record, element.get("host") or element.get("sniname"), number)
    findings = _heartbleed(record, target, element) + _ciphers(record, target, number, element)
    _protocols(record, target, number, element)
    _handshake(record, target, element)
    _certificate(record, target, number, element)
    return record.parsed(findings)


def _heartbleed(record: Record, target: Key, element: Any) -> int:
    versions = [
        one.get("sslversion") or "" for one in element.iterfind("heartbleed") if one.get("vulnerable") == "1"
    ]
    if versions:
        record.risk(
            target,
            HEARTBLEED,
            title="Heartbleed: memory of the server can be read",
            severity=Severity.CRITICAL,
            evidence=(key_values("sslscan", {"vulnerable in": versions}),),
            remediation="Update OpenSSL, then renew keys and certificates.",
        )
    return len(versions)


def _ciphers(record: Record, target: Key, number: int, element: Any) -> int:
    findings = 0
    offered: dict[str, list[Any]] = {}
    for cipher in element.iterfind("cipher"):
        if (cipher.get("strength") or "") in _GOOD:
            continue
        findings += 1
        if cipher.get("status") in _ACCEPTED:
            offered.setdefault(line(cipher.get("sslversion"), 40), []).append(cipher)
    for version, ciphers in offered.items():
        rows = ((one.get("cipher"), one.get("bits"), one.get("strength")) for one in ciphers)
        worst = [_STRENGTHS.get(one.get("strength") or "", Severity.LOW) for one in ciphers]
        record.risk(
            target,
            located(f"tls-weak-ciphers:{version}", target, number),
            title=f"Weak cipher suites in {version}",
            severity=max(worst, key=list(Severity).index),
            evidence=(table("sslscan", ("cipher", "bits", "strength"), rows),),
            remediation="Offer only cipher suites with forward secrecy and authenticated encryption.",
        )
    return findings


def _protocols(record: Record, target: Key, number: int, element: Any) -> None:
    enabled = {
        f"{(one.get('type') or '').upper()}v{one.get('version') or ''}".replace("TLSV", "TLSv")
        for one in element.iterfind("protocol")
        if one.get("enabled") == "1"
    }
    enabled |= {one.get("sslversion") for one in element.iterfind("cipher") if one.get("status") in _ACCEPTED}
    for version, severity in PROTOCOL_SEVERITIES.items():
        if version in enabled:
            record.risk(
                target,
                located(protocol_weakness(version), target, number),
                title=f"{version} is offered",
                severity=severity,
                evidence=(key_values("sslscan", {"protocol": version}),),
                remediation="Offer TLS 1.2 and 1.3 only.",
            )


def _handshake(record: Record, target: Key, element: Any) -> None:
    told: tuple[Evidence, ...]
    renegotiation, compression = element.find("renegotiation"), element.find("compression")
    if (
        renegotiation is not None
        and renegotiation.get("supported") == "1"
        and renegotiation.get("secure") == "0"
    ):
        told = (key_values("sslscan", dict(renegotiation.attrib)),)
        record.risk(
            target,
            INSECURE_RENEGOTIATION,
            title="Renegotiation without RFC 5746",
            severity=Severity.MEDIUM,
            evidence=told,
        )
    if compression is not None and compression.get("supported") == "1":
        told = (key_values("sslscan", dict(compression.attrib)),)
        record.risk(
            target, COMPRESSION, title="TLS compression (CRIME)", severity=Severity.MEDIUM, evidence=told
        )


def _certificate(record: Record, target: Key, number: int, element: Any) -> None:
    for certificate in element.iter("certificate"):
        facts = {
            "subject": certificate.findtext("subject"),
            "issuer": certificate.findtext("issuer"),
            "not after": certificate.findtext("not-valid-after"),
        }
        for name, severity in (("expired", Severity.MEDIUM), ("self-signed", Severity.LOW)):
            if (certificate.findtext(name) or "").strip() == "true":
                record.risk(
                    target,
                    located(f"tls-certificate:{name}", target, number),
                    title=f"The certificate is {name}",
                    severity=severity,
                    evidence=(key_values("sslscan", facts),),
                )
