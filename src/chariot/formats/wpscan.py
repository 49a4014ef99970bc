"""WPScan (`-f json`): WordPress, its plugins and themes, and what is known to be wrong with them."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology
from chariot.formats.support.values import (
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
from chariot.model.states import Severity

_CVE = re.compile(r"(?:CVE-)?(\d{4}-\d{4,19})", re.IGNORECASE | re.ASCII)
_ITEMS = 5_000
_FILES = {"config_backups": "config-backup", "db_exports": "database-export"}


class WpScan(Skimmed):
    """The site becomes a WebApplication with WordPress and its parts; each vulnerability and interest a Risk.

    | WPScan | here |
    | --- | --- |
    | `vulnerabilities[]` of the version, main theme, themes and plugins | a Risk each |
    | `references.cve` | the weakness is the CVE; several make several risks |
    | `references.wpvulndb`, else the title | weakness `wpscan:<id>` |
    | `cvss.severity`, `cvss.score` | that severity; without them none for a CVE, else medium |
    | `fixed_in` | remediation |
    | `interesting_findings[]` | `wpscan:<type>`, info |
    | `config_backups`, `db_exports` | `wpscan:config-backup`, `wpscan:database-export`, high |
    | `version.number` | Technology |
    | a plugin or theme | Technology where its CPE name is known, else Attribute |
    | `scan_aborted` | refused with WPScan's own reason: it is no clean result |

    Each vulnerability and each interest counts as a finding. Themes count too, and so do two vulnerabilities
    with one id: other importers leave themes out and count an id once. Source: WPScan's JSON templates
    (`app/views/json`).
    """

    name = "wpscan"
    title = "WPScan JSON"
    example = "wpscan --url https://www.example.com -f json -o wordpress.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"target_url", "start_time"} <= names or {"target_url", "interesting_findings"} <= names:
            return 95
        return (
            95 if "scan_aborted" in names or ("banner.sponsor" in names and "banner.version" in names) else 0
        )

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    values = mapping(item.value)
    if values.get("scan_aborted"):
        raise ValueError(f"WPScan gave up: {line(values['scan_aborted'], 300)}")
    if "target_url" not in values:
        raise ValueError("expected an object with target_url")
    record = Record(item.place)
    address = try_address(values.get("target_ip"))
    target = record.web(values["target_url"], address.ip if address is not None else None)
    findings = 0
    version = mapping(values.get("version"))
    if version:
        record.runs(target, "WordPress", version.get("number"))
        findings += _vulnerabilities(record, target, version, "WordPress", version.get("number"))
    findings += _part(record, target, "wordpress-theme", mapping(values.get("main_theme")))
    for label in ("plugin", "theme"):
        for slug, part in list(mapping(values.get(f"{label}s")).items())[:_ITEMS]:
            findings += _part(record, target, f"wordpress-{label}", {"slug": slug, **mapping(part)})
    findings += _interests(record, target, values)
    return record.parsed(findings, instant(values.get("start_time")))


def _part(record: Record, target: Key, label: str, part: dict[str, Any]) -> int:
    slug = line(part.get("slug"), 200)
    if not slug:
        return 0
    version = line(mapping(part.get("version")).get("number"), 100)
    known = technology(slug, version)
    if known is not None:
        record.has_technology(target, known)
    else:
        record.attribute(target, label, f"{slug} {version}".rstrip())
    return _vulnerabilities(record, target, part, slug, version)


def _vulnerabilities(record: Record, target: Key, part: dict[str, Any], name: str, version: Any) -> int:
    found = items(part.get("vulnerabilities"))
    for one in map(mapping, found[:_ITEMS]):
        references = mapping(one.get("references"))
        matches = (_CVE.fullmatch(line(cve, 40)) for cve in items(references.get("cve")))
        named = [f"CVE-{match[1]}" for match in matches if match is not None]
        title = line(one.get("title")) or name
        own = line((items(references.get("wpvulndb")) or [title])[0], 300)
        facts = {
            "component": name,
            "version": version,
            "title": title,
            "fixed in": one.get("fixed_in"),
            "found by": part.get("found_by"),
            "location": part.get("location"),
            "references": items(references.get("url"))[:100],
        }
        for weakness in named or [f"wpscan:{own}"]:
            record.risk(
                target,
                weakness,
                title=title,
                severity=_severity(mapping(one.get("cvss")), None if named else Severity.MEDIUM),
                remediation=f"Update {name} to {line(one['fixed_in'], 100)}." if one.get("fixed_in") else "",
                evidence=(key_values("WPScan", facts),),
            )
    return len(found)


def _severity(cvss: dict[str, Any], otherwise: Severity | None) -> Severity | None:
    return severity(cvss.get("severity")) or severity_of_score(number(cvss.get("score"))) or otherwise


def _interests(record: Record, target: Key, values: dict[str, Any]) -> int:
    found = items(values.get("interesting_findings"))
    for one in map(mapping, found[:_ITEMS]):
        kind = line(one.get("type"), 100) or "interest"
        facts = {
            "url": one.get("url"),
            "found by": one.get("found_by"),
            "entries": items(one.get("interesting_entries"))[:200],
        }
        record.risk(
            target,
            f"wpscan:{kind}",
            title=one.get("to_s") or kind,
            severity=Severity.INFO,
            confidence=min(max(int(number(one.get("confidence", 100))), 0), 100),
            evidence=(key_values("WPScan", facts),),
        )
    count = len(found)
    for member, kind in _FILES.items():
        for url, one in list(mapping(values.get(member)).items())[:_ITEMS]:
            record.risk(
                target,
                f"wpscan:{kind}",
                title=f"A {kind.replace('-', ' ')} can be read",
                severity=Severity.HIGH,
                evidence=(key_values("WPScan", {"url": url, "found by": mapping(one).get("found_by")}),),
            )
            count += 1
    return count
