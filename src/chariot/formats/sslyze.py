"""SSLyze (`--json_out` of releases 3 to 6, `--xml_out` of releases 1 and 2): TLS services and their weaknesses."""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import IO, Any

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.certificates import certificate_of_pem, present
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_members
from chariot.formats.support.record import Record
from chariot.formats.support.sslyze_checks import problems
from chariot.formats.support.tls import located, tls_endpoint
from chariot.formats.support.values import instant, items, key_values, mapping, whole
from chariot.formats.support.xml import elements, root_name
from chariot.model.keys import Key

_VERSIONS = {
    "sslv2": "ssl_2_0",
    "sslv3": "ssl_3_0",
    "tlsv1": "tls_1_0",
    "tlsv1_1": "tls_1_1",
    "tlsv1_2": "tls_1_2",
    "tlsv1_3": "tls_1_3",
}
_SERVERS = re.compile(r'"server_scan_results"\s{0,20}:')


class Sslyze(Format):
    """Each server becomes a Port with its certificate, and a Risk for each weakness that its results show.

    | SSLyze | here |
    | --- | --- |
    | `heartbleed` vulnerable | CVE-2014-0160, critical |
    | `openssl_ccs_injection` vulnerable | CVE-2014-0224, high |
    | `robot` VULNERABLE_* | CVE-2017-13099, high |
    | no secure renegotiation | CVE-2009-3555, medium |
    | client renegotiation accepted | `tls-client-renegotiation`, medium |
    | `tls_compression` supported | CVE-2012-4929, medium |
    | cipher suites accepted in SSL 2.0 to TLS 1.1 | `tls-protocol:<version>`, high or medium |
    | suites of TLS 1.2 and 1.3 that are not in our list | `tls-weak-ciphers:<version>`, medium; info if only ChaCha20 |
    | wrong name or no trusted path | `tls-certificate:untrusted`, medium |
    | first certificate of each chain | Certificate with its names |
    | `server_location` | Domain, Address, Port |
    | `connectivity_status` ERROR: nothing answered | Domain, Address |

    SSLyze tells facts and judges only against a profile, so these checks are counted as its findings: each line of
    the table at each server is one (both sorts of renegotiation together). Sources: SSLyze's JSON schema
    (`sslyze/json`), RFC 8996. The results of releases 1 and 2 are read into the same form.
    """

    name = "sslyze"
    title = "SSLyze JSON, and XML of old releases"
    example = "sslyze --json_out=tls.json www.example.com"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<document" in head:
            return 95 if b"SSLyze Scan Results" in head and root_name(head) == "document" else 0
        names = json_names(head)
        if names & {"sslyze_version", "sslyze_url"}:
            return 95
        return 90 if names and _SERVERS.search(decoded(head)) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, rest = begin(stream)
        if decoded(head).startswith("<"):
            for element in elements(rest, ("target", "invalidTarget")):
                if element.tag == "target":
                    yield from each([Value(f"line {element.sourceline}", element)], _of_element)
            return
        seen_at: datetime | None = None
        for member in json_members(rest, ("server_scan_results",)):
            if member.member == "date_scans_completed":
                seen_at = instant(member.value)
            elif member.member == "server_scan_results":
                yield from each([member], partial(_server, seen_at=seen_at))


def _server(item: Value, seen_at: datetime | None) -> Parsed:
    values = mapping(item.value)
    location = mapping(
        values.get("server_location") or mapping(values.get("server_info")).get("server_location")
    )
    if values.get("connectivity_status") == "ERROR":
        record = Record(item.place)
        record.host(location.get("hostname") or location.get("ip_address"), location.get("ip_address"))
        return record.parsed(0, seen_at)
    results = {
        name: mapping(result.get("result") if isinstance(result, dict) and "status" in result else result)
        for name, result in mapping(values.get("scan_result") or values.get("scan_commands_results")).items()
    }
    return _parsed(
        item.place,
        location.get("hostname"),
        location.get("ip_address"),
        location.get("port"),
        results,
        seen_at,
    )


def _parsed(
    place: str, host: Any, ip: Any, number: Any, results: dict[str, Any], seen_at: datetime | None
) -> Parsed:
    record = Record(place)
    port = min(whole(number) or 443, 65_535)
    target = tls_endpoint(record, host or ip, port, ip)
    _certificates(record, target, results.get("certificate_info", {}))
    findings = 0
    for problem in problems(results):
        findings += problem.counted
        record.risk(
            target,
            located(problem.weakness, target, port),
            title=problem.title,
            severity=problem.severity,
            evidence=(key_values("SSLyze", problem.facts),),
            remediation=problem.remediation,
        )
    return record.parsed(findings, seen_at)


def _certificates(record: Record, target: Key, information: dict[str, Any]) -> None:
    for deployment in items(information.get("certificate_deployments"))[:20]:
        chain = items(mapping(deployment).get("received_certificate_chain"))
        certificate = certificate_of_pem(mapping(chain[0]).get("as_pem")) if chain else None
        if certificate is not None:
            present(record, target, certificate)


def _of_element(item: Value) -> Parsed:
    element = item.value
    results: dict[str, Any] = {}
    for tag, name in _VERSIONS.items():
        suites = element.iterfind(f"{tag}/acceptedCipherSuites/cipherSuite")
        results[f"{name}_cipher_suites"] = {
            "accepted_cipher_suites": [{"cipher_suite": {"name": one.get("name")}} for one in suites]
        }
    heartbleed = element.find("heartbleed/openSslHeartbleed")
    injection = element.find("openssl_ccs/openSslCcsInjection")
    renegotiation = element.find("reneg/sessionRenegotiation")
    robot = element.find("robot/robotAttack")
    results["heartbleed"] = {"is_vulnerable_to_heartbleed": _says(heartbleed, "isVulnerable")}
    results["openssl_ccs_injection"] = {"is_vulnerable_to_ccs_injection": _says(injection, "isVulnerable")}
    results["robot"] = {"robot_result": robot.get("resultEnum") if robot is not None else ""}
    if renegotiation is not None:
        results["session_renegotiation"] = {
            "accepts_client_renegotiation": _says(renegotiation, "canBeClientInitiated"),
            "supports_secure_renegotiation": _says(renegotiation, "isSecure"),
        }
    pem = element.findtext("certinfo/receivedCertificateChain/certificate/asPEM")
    results["certificate_info"] = {
        "certificate_deployments": [{"received_certificate_chain": [{"as_pem": (pem or "").strip()}]}]
    }
    return _parsed(item.place, element.get("host"), element.get("ip"), element.get("port"), results, None)


def _says(element: Any, name: str) -> bool:
    return element is not None and element.get(name) == "True"
