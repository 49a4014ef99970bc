"""Nuclei (`-json-export`, `-jsonl`, `-json` of release 2): findings at web applications, ports and names."""

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

import msgspec

from chariot.format import Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.repeated import renaming, repeated
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import (
    REMEDIATION_LIMIT,
    cves,
    exchange,
    instant,
    items,
    key_values,
    line,
    mapping,
    number,
    severity,
    severity_of_score,
    text,
    whole,
)
from chariot.model.evidence import Evidence, KeyValues
from chariot.model.keys import Key
from chariot.model.states import Severity

_HOST_PORT = re.compile(r"\[?([^\[\]/\s]{1,253}?)\]?(?::(\d{1,5}))?")
_WEB = ("http://", "https://")
_ITEMS = 200


def _plain(name: str) -> str:
    return line(name, 80).replace("-", "").replace("_", "").lower()


_renamed = renaming(_plain)
"""Gives names in one of the spellings that releases wrote."""


class Nuclei(Skimmed):
    """Each result becomes a Risk at what it matched: web application, port, or name.

    | Nuclei | here |
    | --- | --- |
    | `info.severity` critical, high, medium, low, info | the same |
    | `info.severity` unknown or none | the band of `info.classification.cvss-score`, else none |
    | `info.classification.cve-id`, else a template id that is a CVE | the CVE; several make several risks |
    | any other `template-id` with `matcher-name` | weakness `nuclei:<template>` or `nuclei:<template>:<matcher>` |
    | `matched-at` with http or https | WebApplication; the address of the result adds Port and SERVES |
    | `matched-at` as `host:port`, `type` network, tcp, ssl, javascript | Port, where `ip` tells the address |
    | `type` dns, whois and the like | Domain or Address |
    | template `tech-detect`, matcher | Technology where the CPE name is known, beside the Risk |
    | `matcher-status` false | nothing: with `-matcher-status` it says that the template did not match |

    The matched address stands in the evidence, so a finding that moved to another path is the same risk. Every
    result counts as a finding, also when two differ in their address alone: other importers group those of one
    template, which gives a smaller number. Names are read in all three spellings that releases wrote
    (`templateID`, `template-id`, `matcher_name`). Source: Nuclei's `pkg/output/output.go`.
    """

    name = "nuclei"
    title = "Nuclei JSON and JSON lines"
    example = "nuclei -l targets.txt -jsonl -o findings.jsonl"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "info" not in names or not names & {"template-id", "templateID", "template"}:
            return 0
        return 95 if names & {"info.severity", "info.name", "matched-at", "matched"} else 60

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


class _Rule(msgspec.Struct, frozen=True):
    """What a result says of its template alone."""

    weaknesses: tuple[str, ...]
    title: str
    severity: Severity | None
    remediation: str
    told: KeyValues


def _parsed(item: Value) -> Parsed:
    values = _renamed(mapping(item.value))
    template = line(values.get("templateid") or values.get("template"), 200)
    if not template:
        raise ValueError("expected an object with a template-id")
    record = Record(item.place)
    seen_at = instant(values.get("timestamp"))
    if values.get("matcherstatus") is False:
        return record.parsed(0, seen_at)
    target = _target(record, values)
    matcher = line(values.get("matchername") or values.get("extractorname"), 200)
    rule = _rule(mapping(values.get("info")), template, matcher)
    evidence = (rule.told, *_evidence(values))
    for weakness in rule.weaknesses:
        record.risk(
            target,
            weakness,
            title=rule.title,
            severity=rule.severity,
            remediation=rule.remediation,
            evidence=evidence,
        )
    if template == "tech-detect" and matcher:
        record.runs(target, matcher.replace("-", " "))
    return record.parsed(1, seen_at)


@repeated
def _rule(given: dict[str, Any], template: str, matcher: str) -> _Rule:
    info = _renamed(given)
    classification = _renamed(mapping(info.get("classification")))
    return _Rule(
        weaknesses=tuple(_weaknesses(template, matcher, classification)),
        title=_title(info, template, matcher),
        severity=_severity(info, classification),
        remediation=text(info.get("remediation"), REMEDIATION_LIMIT),
        told=key_values(
            "Nuclei template",
            {
                "template": template,
                "description": info.get("description"),
                "impact": info.get("impact"),
                "CVSS": classification.get("cvssmetrics"),
                "CWE": items(classification.get("cweid"))[:_ITEMS],
                "tags": items(info.get("tags"))[:_ITEMS],
                "references": items(info.get("reference"))[:_ITEMS],
            },
        ),
    )


def _title(info: dict[str, Any], template: str, matcher: str) -> str:
    title = line(info.get("name"), 300) or template
    return f"{title}: {matcher}" if matcher else title


def _severity(info: dict[str, Any], classification: dict[str, Any]) -> Severity | None:
    word = line(info.get("severity"), 20).lower()
    if word in ("", "unknown", "none", "undefined"):
        return severity_of_score(number(classification.get("cvssscore")))
    return severity(word)


def _weaknesses(template: str, matcher: str, classification: dict[str, Any]) -> list[str]:
    named = cves(*items(classification.get("cveid"))[:_ITEMS])
    if not named and len(own := cves(template)) == 1 and template.upper() == own[0]:
        named = own
    return named or [f"nuclei:{template}:{matcher}" if matcher else f"nuclei:{template}"]


def _target(record: Record, values: dict[str, Any]) -> Key:
    """Add what was matched, and return the most specific that is known of it."""
    address = try_address(values.get("ip"))
    ip = address.ip if address is not None else None
    matched = text(values.get("matchedat") or values.get("matched"))
    asked = text(values.get("host"))
    dns = line(values.get("type"), 20).lower() in ("dns", "whois")
    if not dns:
        for written in (matched, asked) if "://" in matched or ":" not in matched else (matched,):
            if written.lstrip()[:8].lower().startswith(_WEB):
                return record.web(written, ip)
    host, port = _host_port(matched) or _host_port(asked) or ("", 0)
    if not host:
        raise ValueError("names no host that can be read")
    # A name in the result of a DNS template may be a record's owner with a port that means nothing.
    return record.endpoint(host, 0 if dns else port or whole(values.get("port")), ip)


def _host_port(written: str) -> tuple[str, int] | None:
    if "://" in written:
        try:
            parts = urlsplit(written)
            port = parts.port or 0
        except ValueError:
            return None
        return (parts.hostname, port) if parts.hostname else None
    whole_address = try_address(written)
    if whole_address is not None:
        return whole_address.ip, 0
    known = _HOST_PORT.fullmatch(written.split("/", 1)[0].strip())
    if known is None or (try_domain(known[1]) is None and try_address(known[1]) is None):
        return None
    return known[1], min(int(known[2] or 0), 65_535)


def _evidence(values: dict[str, Any]) -> tuple[Evidence, ...]:
    own = {
        "matched at": values.get("matchedat") or values.get("matched"),
        "matcher": values.get("matchername"),
        "extracted": items(values.get("extractedresults"))[:_ITEMS],
        "command": values.get("curlcommand"),
    }
    told = key_values("Nuclei", own)
    request, response = values.get("request"), values.get("response")
    if request or response:
        return (told, exchange("Nuclei", values.get("matchedat"), request, response))
    return (told,)
