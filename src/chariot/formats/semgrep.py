"""Semgrep JSON: findings in code, and vulnerable dependencies of Semgrep Supply Chain."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, code, file_at, gathered, rule
from chariot.formats.support.json_paths import Found, json_at, require
from chariot.formats.support.secrets import speaks_of_secrets
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, text, whole
from chariot.model.states import Severity

_SEVERITIES = {
    "critical": Severity.CRITICAL,
    "error": Severity.HIGH,
    "high": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.LOW,
    "inventory": Severity.INFO,
    "experiment": Severity.INFO,
}
_SETTLED = {"IGNORED": "suppressed", "FIXED": "fixed", "CLOSED": "fixed", "REMOVED": "fixed"}
_HIDDEN = "requires login"


class Semgrep(Skimmed):
    """A result becomes a risk at its file: weakness `semgrep:<rule>`, or the CVE of a dependency.

    | Semgrep | severity |
    | --- | --- |
    | CRITICAL / ERROR, HIGH / WARNING, MEDIUM / LOW, INFO | critical / high / medium / low |
    | INVENTORY, EXPERIMENT | info |

    | Semgrep | status |
    | --- | --- |
    | ignored by a comment, triaged IGNORED | no risk, but the attribute `suppressed` of the file |
    | triaged FIXED, CLOSED or REMOVED | no risk, but the attribute `fixed` |

    Every result counts, also a second one of the same rule at the same line; those of one rule in one file are
    one risk with a table of lines. Lines are kept as evidence, except by rules about secrets. Source: Semgrep's
    `semgrep_output_v1` interface, and the API reference of Semgrep Supply Chain for `vulns`.
    """

    name = "semgrep"
    title = "Semgrep (JSON)"
    example = "semgrep scan --json --output semgrep.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "results.check_id" in names or {"vulns.advisory", "vulns.title"} & names:
            return 95
        if "paths.scanned" in names or {"results", "interfile_languages_used"} <= names:
            return 70
        other = {"metrics", "generated_at", "check_type", "experimental_config", "summary"}
        return 30 if {"results", "errors"} <= names and not other & names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Semgrep", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        known = False
        for found in json_at(stream, "results.*", "vulns.*"):
            known = True
            try:
                yield _dependency(found) if found.path[0] == "vulns" else _result(found)
            except ValueError as error:
                yield Refused(found.place, str(error))
        if not known:
            require(stream, start, "Semgrep", "results", "vulns")


def _result(found: Found) -> Finding:
    one = mapping(found.value)
    extra = mapping(one.get("extra"))
    metadata = mapping(extra.get("metadata"))
    start, end = mapping(one.get("start")), mapping(one.get("end"))
    target = file_at(one.get("path"))
    name = line(one.get("check_id"), 400)
    secret = speaks_of_secrets(name, metadata.get("category"))
    dependency = mapping(mapping(extra.get("sca_info")).get("dependency_match"))
    package = mapping(dependency.get("found_dependency"))
    lines = extra.get("lines")
    identifier = metadata.get("sca-vuln-database-identifier")
    return Finding(
        place=found.place,
        target=target,
        weakness=advisory(identifier) if identifier else rule("semgrep", name),
        title=extra.get("message") if not secret else name,
        severity=_SEVERITIES.get(line(extra.get("severity"), 40).lower()),
        # Semgrep's own correction of a line may repeat a secret that stands in it.
        remediation="" if secret else _fix(extra),
        facts={
            "rule": name,
            "cwe": [line(cwe, 200) for cwe in items(metadata.get("cwe"))][:20],
            "owasp": [line(owasp, 200) for owasp in items(metadata.get("owasp"))][:20],
            "confidence": metadata.get("confidence"),
            "reference": metadata.get("source") or metadata.get("source-rule-url"),
            "references": [line(url, 500) for url in items(metadata.get("references"))][:20],
        },
        where={
            "line": start.get("line"),
            "end line": end.get("line"),
            "column": start.get("col"),
            "package": package.get("package"),
            "installed": package.get("version"),
            "validation": extra.get("validation_state"),
        },
        code=None if secret or lines == _HIDDEN else code(target.name, whole(start.get("line")), lines),
        settled="suppressed" if extra.get("is_ignored") is True else "",
    )


def _fix(extra: dict[str, Any]) -> str:
    fix = text(extra.get("fix"), 4_000)
    return f"Replace it by: {fix}" if fix else ""


def _dependency(found: Found) -> Finding:
    one = mapping(found.value)
    about = mapping(one.get("advisory"))
    references = mapping(about.get("references"))
    location = mapping(one.get("dependencyFileLocation"))
    package = mapping(one.get("matchedDependency"))
    safe = mapping(one.get("closestSafeDependency"))
    return Finding(
        place=found.place,
        target=file_at(location.get("path"), one.get("repositoryName")),
        weakness=advisory(*items(references.get("cveIds")), about.get("ruleId")),
        title=one.get("title") or about.get("title"),
        severity=_SEVERITIES.get(line(about.get("severity"), 40).lower()),
        remediation=f"Update {line(safe.get('name'), 200)} to {line(safe.get('versionSpecifier'), 100)}."
        if safe.get("name")
        else "",
        facts={
            "rule": about.get("ruleId"),
            "description": text(about.get("description"), 8_000),
            "cwe": [line(cwe, 200) for cwe in items(references.get("cweIds"))][:20],
            "reachable if": text(about.get("reachableIf"), 2_000),
            "references": [line(url, 500) for url in items(references.get("urls"))][:20],
        },
        where={
            "package": package.get("name"),
            "installed": package.get("versionSpecifier"),
            "line": location.get("startLine"),
            "exposure": one.get("exposureType"),
            "transitivity": one.get("transitivity"),
        },
        seen_at=instant(one.get("openedAt")),
        settled=_SETTLED.get(line(mapping(one.get("triage")).get("status"), 40), ""),
    )
