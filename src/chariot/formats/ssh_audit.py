"""ssh-audit (`-j`, `-jj`): weak algorithms of SSH servers and the CVEs of their software."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.redaction import redacted
from chariot.formats.support.values import (
    cves,
    items,
    key_values,
    line,
    mapping,
    number,
    severity_of_score,
    text,
    whole,
)
from chariot.model.keys import Key, kind_of
from chariot.model.kinds.network import Port
from chariot.model.states import Severity

_KINDS = {"kex": "key exchange", "key": "host key", "enc": "cipher", "mac": "message authentication"}
_TARGET = re.compile(r"\[?(.{1,253}?)\]?:(\d{1,5})")
_ITEMS = 2_000


class SshAudit(Format):
    """Each server becomes a Port with its banner, and a Risk for each algorithm that ssh-audit fails or warns of.

    | ssh-audit | here |
    | --- | --- |
    | `notes.fail` of an algorithm | `ssh-audit:<kind>:<algorithm>`, high |
    | `notes.warn` alone | the same, medium |
    | `notes.info` | nothing: since when an algorithm is there |
    | `cves[]` with `cvssv2` | the CVE with the severity of its score; confidence 50, as versions are compared |
    | `recommendations` | remediation of the algorithm's risk |
    | `banner.raw` | banner of the Port, and the Technology that it shows |
    | `target` | Port where it is an address, else Domain |

    Each failed or warned algorithm and each CVE counts as a finding. Release 1 wrote lists for `notes` under
    `fail_notes` only in its text output; its JSON is read alike. Source: ssh-audit's `ssh_audit.py`, `build_struct`.
    """

    name = "ssh-audit"
    title = "ssh-audit JSON"
    example = "ssh-audit -jj ssh.example.com > ssh.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"banner", "kex"} <= names or {"banner.raw", "compression"} <= names:
            return 95
        return 95 if {"kex.algorithm", "enc"} <= names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    values = mapping(item.value)
    if "banner" not in values and "kex" not in values:
        raise ValueError("expected an object with banner and kex")
    record = Record(item.place)
    target, port = _server(record, values)
    advice = _advice(mapping(values.get("recommendations")))
    findings = 0
    for kind in _KINDS:
        for algorithm in items(values.get(kind))[:_ITEMS]:
            findings += _algorithm(record, target, kind, port, mapping(algorithm), advice)
    for known in items(values.get("cves"))[:_ITEMS]:
        findings += _cve(record, target, mapping(known))
    return record.parsed(findings)


def _server(record: Record, values: dict[str, Any]) -> tuple[Key, int]:
    banner = mapping(values.get("banner"))
    written = line(values.get("target") or values.get("host"), 300)
    match = _TARGET.fullmatch(written) if try_address(written) is None else None
    host, number_ = (match[1], int(match[2])) if match else (written, whole(values.get("port")) or 22)
    address = try_address(values.get("target_ip") or host)
    raw = text(banner.get("raw"), 2_000)
    target = record.host(host, address.ip if address is not None else None)
    if address is not None:
        port = Port(
            address=address.ip, protocol="tcp", number=number_, service="ssh", banner=redacted(raw) or None
        )
        record.port(address.ip, number_)
        target = record.add(port)
    record.banner(target, raw)
    return target, number_


def _algorithm(
    record: Record, target: Key, kind: str, port: int, values: dict[str, Any], advice: dict[str, str]
) -> int:
    name = line(values.get("algorithm"), 200)
    notes = mapping(values.get("notes"))
    failed, warned = items(notes.get("fail"))[:_ITEMS], items(notes.get("warn"))[:_ITEMS]
    if not name or not (failed or warned):
        return 0
    facts = {"keysize": values.get("keysize"), "failed": failed, "warned": warned}
    # A port other than the usual one stands in the name where no address is known to have it.
    suffix = f":{port}" if kind_of(target) == "domain" and port != 22 else ""
    record.risk(
        target,
        f"ssh-audit:{kind}:{name}{suffix}",
        title=f"SSH {_KINDS[kind]} algorithm {name}",
        severity=Severity.HIGH if failed else Severity.MEDIUM,
        remediation=advice.get(f"{kind}:{name}", ""),
        evidence=(key_values("ssh-audit", facts),),
    )
    return 1


def _cve(record: Record, target: Key, values: dict[str, Any]) -> int:
    named = cves(values.get("name"))
    for cve in named:
        score = number(values.get("cvssv2"))
        record.risk(
            target,
            cve,
            title=f"{cve}: {line(values.get('description'), 400)}",
            severity=severity_of_score(score),
            confidence=50,
            evidence=(key_values("ssh-audit", {"cvss": score, "description": values.get("description")}),),
        )
    return len(named)


def _advice(recommendations: dict[str, Any]) -> dict[str, str]:
    """Return what to do by `kind:algorithm`. Recommendations stand by level, then by action, then by kind."""
    words = {"del": "Remove it", "chg": "Change it", "add": "Add it"}
    found: dict[str, str] = {}
    for level in recommendations.values():
        for action, kinds in mapping(level).items():
            for kind, algorithms in mapping(kinds).items():
                for one in items(algorithms)[:_ITEMS]:
                    notes = line(mapping(one).get("notes"), 500)
                    word = words.get(action, action)
                    found[f"{kind}:{line(mapping(one).get('name'), 200)}"] = (
                        f"{word}: {notes}" if notes else word
                    )
    return found
