"""CyCognito issues (API export, JSON): weaknesses of names, addresses, certificates and web applications."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.findings import resource_at
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_domain
from chariot.formats.support.scanners import add_risks, port_number, weakness
from chariot.formats.support.settled import settle
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import (
    cves,
    instant,
    items,
    key_values,
    line,
    mapping,
    number,
    severity,
    severity_of_score,
)
from chariot.model.keys import Key

_ITEMS = 200
_SETTLED = {"resolved": "fixed", "false positive": "suppressed", "false_positive": "suppressed"}
_FACTS = (
    "id", "summary", "issue_type", "first_detected", "potential_threat", "potential_impact", "platforms", "references",
    "advisories", "exploitation_availability", "exploitation_score", "attractiveness", "enhanced_severity",
    "investigation_status", "issue_status", "organizations", "locations", "region", "tags",
)  # fmt: skip


class CyCognito(Skimmed):
    """Each issue is a risk at the asset that it names: a port of an address, a name, a web application.

    | severity | ours |
    | --- | --- |
    | critical, high, medium, low | the same |
    | none or another word | the band of `severity_score` |

    The weakness is each of `cve_ids`, else `cycognito:<title>`. `enhanced_severity` is evidence. An issue that is
    resolved or a false positive makes no risk: it becomes an attribute of its asset. Every issue counts as one
    finding. Source: CyCognito's documentation of the platform API, issues.
    """

    name = "cycognito"
    title = "CyCognito issues (JSON)"
    example = "curl -H 'Authorization: …' https://api.platform.cycognito.com/v1/issues > issues.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        own = {
            "affected_asset",
            "issue_id",
            "issue_type",
            "issue_status",
            "severity_score",
            "remediation_method",
        }
        return 95 if len(names & own) >= 2 else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    issue = mapping(item.value)
    title = line(issue.get("title"))
    if not title:
        raise ValueError("expected an issue with a title")
    record = Record(item.place)
    target = _target(record, issue)
    seen_at = instant(issue.get("last_detected"))
    names = cves(*items(issue.get("cve_ids"))[:_ITEMS]) or [weakness("cycognito", title)]
    if settled := _SETTLED.get(line(issue.get("issue_status"), 40).lower()):
        for name in names:
            settle(record, target, settled, name, "CyCognito", at=seen_at)
        return record.parsed(1, seen_at)
    shown = mapping(issue.get("evidence"))
    facts = {name: issue.get(name) for name in _FACTS} | {"evidence": shown.get("evidence")}
    add_risks(
        record,
        target,
        names,
        title=title,
        severity=severity(issue.get("severity")) or severity_of_score(number(issue.get("severity_score"))),
        evidence=(key_values("CyCognito", facts),),
        remediation="\n".join(line(step, 4_000) for step in items(issue.get("remediation_steps"))[:_ITEMS]),
    )
    return record.parsed(1, seen_at)


def _target(record: Record, issue: dict[str, Any]) -> Key:
    kind, _, name = line(issue.get("affected_asset"), 1_000).partition("/")
    found = port_number(issue.get("port"))
    match kind.lower():
        case "ip" | "domain":
            return record.endpoint(name, found)
        case "webapp":
            # The asset is written as host, or with a scheme, or with a port.
            return record.web(name if "://" in name else f"{'http' if found == 80 else 'https'}://{name}")
        case _ if try_domain(name) is not None and kind.lower() != "cert":
            return record.endpoint(name, found)
        case _:
            return record.add(resource_at("cycognito", kind, name or "unnamed"))
