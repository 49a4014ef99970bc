"""Gitleaks JSON: secrets in repositories, version 7 and 8 of the tool."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import decoded, json_names
from chariot.formats.support.findings import Finding, file_at, gathered, rule
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.secrets import SEVERITY, secret_finding
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, line, mapping

_NOTHING = ("[]", "null")


class Gitleaks(Skimmed):
    """A leak becomes a Credential (type and SHA-256, never the secret) and a risk at its file.

    Gitleaks knows no severity: each leak is high. Nothing of the line, the match, or the commit message is kept,
    for each may hold the secret. A report made with `--redact` has no digests; its weakness is `gitleaks:<rule>`.
    Every entry counts; the same secret again in a file is one risk with a table of commits and lines. Source:
    Gitleaks' readme, and its type `Finding`.
    """

    name = "gitleaks"
    title = "Gitleaks (JSON)"
    example = "gitleaks git --report-format json --report-path leaks.json ."

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "RuleID" in names and names & {"Secret", "Match", "Fingerprint"}:
            return 95
        if {"offender", "rule", "file"} <= names:
            return 95
        # An empty array says nothing, whoever wrote it; Gitleaks writes it, or `null`, where it finds nothing.
        return 1 if "".join(decoded(head[:64]).split()) in _NOTHING else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Gitleaks", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        for found in json_values(stream):
            if isinstance(found, Refused):
                yield found
                continue
            if found.value is None:
                continue
            try:
                yield _leak(found)
            except ValueError:
                # The reason of the model might quote what it refuses, and that might be the secret.
                yield Refused(found.place, "names no rule or file")


def _leak(found: Value) -> Finding:
    one = {name.lower(): value for name, value in mapping(found.value).items()}
    name = line(one.get("ruleid") or one.get("rule"), 300)
    file = file_at(one.get("file"), one.get("repourl") or one.get("repo"))
    finding = Finding(
        place=found.place,
        target=file,
        weakness=rule("gitleaks", name),
        title=f"Exposed secret: {line(one.get('description'), 200) or name}",
        severity=SEVERITY,
        remediation="Revoke the secret where it is valid, then take it out of the history.",
        facts={"rule": name, "tags": _tags(one.get("tags"))},
        where={
            "line": one.get("startline") or one.get("linenumber"),
            "column": one.get("startcolumn"),
            "commit": line(one.get("commit"), 100),
            "author": line(one.get("email"), 200),
            "date": line(one.get("date"), 40),
        },
    )
    secret: Any = one.get("secret") if "secret" in one else one.get("offender")
    return secret_finding(finding, file, name, secret)


def _tags(value: Any) -> list[str]:
    if isinstance(value, str):
        return [tag.strip() for tag in line(value, 500).split(",")]
    return [line(tag, 100) for tag in items(value)][:20]
