"""Checkov JSON: misconfigured infrastructure code, vulnerable packages and secrets."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, file_at, gathered, rule
from chariot.formats.support.json_paths import Found, json_at
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, line, mapping, severity, text

_LISTS = ("failed_checks", "skipped_checks")
_PATHS = tuple(f"{top}results.{name}.*" for top in ("", "*.") for name in _LISTS)
_ABOUT = ("check_type", "*.check_type", "checkov_version", "summary", "*.summary")


class Checkov(Skimmed):
    """A failed check becomes a risk at its file: weakness `checkov:<check>`, or the CVE of a package.

    | Checkov | ours |
    | --- | --- |
    | severity, where a platform key gives one | critical, high, medium, low, info (also `none`) |
    | no severity | none; assessed without |
    | skipped by a comment | no risk and no finding, but the attribute `suppressed` of the file |

    Failed checks count, passed ones do not. Checks of one rule in one file are one risk with a table of
    resources. Code is not kept: it may hold the secret that a check found. Source: Checkov's documentation,
    chapter on results, and its class `Record`.
    """

    name = "checkov"
    title = "Checkov (JSON)"
    example = "checkov --directory . --output json > checkov.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "check_type" in names and ("results" in names or "summary" in names):
            return 95
        if "results.failed_checks" in names or "results.passed_checks" in names:
            return 95
        return 90 if "checkov_version" in names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Checkov", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        known = False
        frameworks: dict[tuple[str, ...], str] = {}
        for found in json_at(stream, *_PATHS, *_ABOUT):
            known = True
            if found.path[-1] == "check_type":
                frameworks[found.path[:-1]] = line(found.value, 100)
            elif len(found.path) > 2 and found.path[-2] in _LISTS:
                try:
                    yield _check(found, frameworks.get(found.path[:-3], ""))
                except ValueError as error:
                    yield Refused(found.place, str(error))
        if not known:
            raise InvalidError("is no report of Checkov", place="line 1")


def _check(found: Found, framework: str) -> Finding:
    one = mapping(found.value)
    package = mapping(one.get("vulnerability_details"))
    name = line(one.get("check_id"), 300)
    lines = items(one.get("file_line_range"))
    skipped = found.path[-2] == "skipped_checks"
    fixed = line(package.get("lowest_fixed_version") or package.get("fix_version"), 200)
    return Finding(
        place=found.place,
        target=file_at(one.get("repo_file_path") or one.get("file_path")),
        weakness=advisory(package.get("id")) if package.get("id") else rule("checkov", name),
        title=one.get("check_name") or one.get("short_description") or package.get("id") or name,
        severity=severity(one.get("severity") or package.get("severity")),
        remediation=f"Update {line(package.get('package_name'), 200)} to {fixed}." if fixed else "",
        facts={
            "check": name,
            "framework": framework,
            "guideline": one.get("guideline"),
            "description": text(package.get("description") or one.get("description"), 8_000),
            "cvss": package.get("cvss"),
        },
        where=_where(one, package, lines),
        settled="suppressed" if skipped else "",
        findings=0 if skipped else 1,
    )


def _where(one: dict[str, Any], package: dict[str, Any], lines: list[Any]) -> dict[str, Any]:
    return {
        "resource": line(one.get("resource_address") or one.get("resource"), 500),
        "line": lines[0] if lines else None,
        "end line": lines[-1] if lines else None,
        "package": package.get("package_name"),
        "installed": package.get("package_version"),
    }
