"""What is wrong in the results of one server that SSLyze looked at."""

import re
from collections.abc import Iterator
from typing import Any

import msgspec

from chariot.formats.support.tls import (
    CCS_INJECTION,
    COMPRESSION,
    HEARTBLEED,
    INSECURE_RENEGOTIATION,
    PROTOCOL_SEVERITIES,
    ROBOT,
    protocol_weakness,
)
from chariot.formats.support.values import items, line, mapping
from chariot.model.states import Severity

_OLD = {
    "ssl_2_0_cipher_suites": "SSLv2",
    "ssl_3_0_cipher_suites": "SSLv3",
    "tls_1_0_cipher_suites": "TLSv1.0",
    "tls_1_1_cipher_suites": "TLSv1.1",
}
_NEW = {"tls_1_2_cipher_suites": "TLSv1.2", "tls_1_3_cipher_suites": "TLSv1.3"}
_RECOMMENDED = re.compile(
    r"TLS_(?:(?:EC)?DHE?_(?:ECDSA|RSA|DSS|PSK)|RSA_PSK)_WITH_AES_(?:128|256)_"
    r"(?:CBC_SHA256|CBC_SHA384|GCM_SHA256|GCM_SHA384|CCM|CCM_SHA256)"
    r"|TLS_AES_(?:128_GCM_SHA256|256_GCM_SHA384|128_CCM_SHA256)"
)
"""Cipher suites of AES with a hash or mode of its time, mostly with forward secrecy; all others are reported."""
_ITEMS = 1_000


class Problem(msgspec.Struct, frozen=True):
    """One weakness of a server."""

    weakness: str
    title: str
    severity: Severity
    facts: dict[str, Any]
    remediation: str = ""
    counted: int = 1
    """How many findings of the tool it stands for: 0 when another problem of the same check was counted."""


def problems(results: dict[str, Any]) -> Iterator[Problem]:
    """Yield the weaknesses that the results by scan command show."""
    if mapping(results.get("heartbleed")).get("is_vulnerable_to_heartbleed") is True:
        yield Problem(HEARTBLEED, "Heartbleed: memory can be read", Severity.CRITICAL, {"vulnerable": "yes"})
    if mapping(results.get("openssl_ccs_injection")).get("is_vulnerable_to_ccs_injection") is True:
        yield Problem(CCS_INJECTION, "OpenSSL CCS injection", Severity.HIGH, {"vulnerable": "yes"})
    robot = line(mapping(results.get("robot")).get("robot_result"), 100)
    if robot.startswith("VULNERABLE"):
        yield Problem(ROBOT, "ROBOT: RSA decryption oracle", Severity.HIGH, {"result": robot})
    if mapping(results.get("tls_compression")).get("supports_compression") is True:
        yield Problem(COMPRESSION, "TLS compression (CRIME)", Severity.MEDIUM, {"compression": "supported"})
    yield from _renegotiation(mapping(results.get("session_renegotiation")))
    yield from _protocols(results)
    yield from _certificates(mapping(results.get("certificate_info")))


def _renegotiation(result: dict[str, Any]) -> Iterator[Problem]:
    insecure = result.get("supports_secure_renegotiation") is False
    if insecure:
        yield Problem(
            INSECURE_RENEGOTIATION,
            "Renegotiation without RFC 5746",
            Severity.MEDIUM,
            {"secure renegotiation": "not supported"},
        )
    if True in (
        result.get("accepts_client_renegotiation"),
        result.get("is_vulnerable_to_client_renegotiation_dos"),
    ):
        yield Problem(
            "tls-client-renegotiation",
            "Clients may renegotiate: a way to exhaust the server",
            Severity.MEDIUM,
            {"client renegotiation": "accepted"},
            counted=int(not insecure),
        )


def _protocols(results: dict[str, Any]) -> Iterator[Problem]:
    for command, version in _OLD.items():
        if accepted := _accepted(results, command):
            yield Problem(
                protocol_weakness(version),
                f"{version} is offered",
                PROTOCOL_SEVERITIES[version],
                {"cipher suites": accepted},
                "Offer TLS 1.2 and 1.3 only.",
            )
    for command, version in _NEW.items():
        weak = [name for name in _accepted(results, command) if not _RECOMMENDED.fullmatch(name)]
        if weak:
            # ChaCha20 is as strong; it only is not everywhere allowed.
            modern = all("CHACHA20" in name for name in weak)
            yield Problem(
                f"tls-weak-ciphers:{version}",
                f"Weak cipher suites of {version}",
                Severity.INFO if modern else Severity.MEDIUM,
                {"cipher suites": weak},
            )


def _accepted(results: dict[str, Any], command: str) -> list[str]:
    suites = items(mapping(results.get(command)).get("accepted_cipher_suites"))[:_ITEMS]
    return [line(mapping(mapping(suite).get("cipher_suite")).get("name"), 100) for suite in suites]


def _certificates(information: dict[str, Any]) -> Iterator[Problem]:
    wrong: list[str] = []
    for deployment in map(mapping, items(information.get("certificate_deployments"))[:20]):
        if deployment.get("leaf_certificate_subject_matches_hostname") is False:
            wrong.append("the certificate is for another name")
        for path in map(mapping, items(deployment.get("path_validation_results"))[:50]):
            error = line(path.get("openssl_error_string") or path.get("validation_error"), 300)
            if error:
                store = mapping(path.get("trust_store"))
                wrong.append(f"{line(store.get('name'), 80)} {line(store.get('version'), 80)}: {error}")
    if wrong:
        yield Problem(
            "tls-certificate:untrusted",
            "The certificate is not trusted",
            Severity.MEDIUM,
            {"problems": wrong},
            "Present a certificate for this name, with its chain, from a trusted authority.",
        )
