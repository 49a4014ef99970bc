"""SARIF 2.1: what any static analyser, dependency or secret scanner reports."""

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import unquote

import msgspec

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, code, file_at, gathered, resource_at, rule, web_target
from chariot.formats.support.json_paths import Found, json_at, look_ahead, require
from chariot.formats.support.secrets import speaks_of_secrets
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import (
    instant,
    items,
    key_values,
    line,
    mapping,
    number,
    severity_of_score,
    text,
    whole,
)
from chariot.model.base import Entity
from chariot.model.evidence import KeyValues
from chariot.model.states import Severity

_LEVELS = {
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.INFO,
    "none": Severity.INFO,
}
_RULES = 4_000
"""So many rules of a run are remembered as they were read."""
_PASSED = ("pass", "notApplicable")
_SAME_TOOL = {"semgrep-oss": "semgrep", "semgrep-pro": "semgrep", "nodejsscan": "njsscan"}
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")
_ARGUMENT = re.compile(r"\{(\d{1,2})\}")
_ABOUT = ("runs.*.tool", "runs.*.invocations", "runs.*.versionControlProvenance", "runs.*.artifacts")


class Sarif(Skimmed):
    """A result becomes a risk at its file (or web application); its rule is the weakness, or the CVE it names.

    | SARIF | severity |
    | --- | --- |
    | rule property `security-severity` | the band of that CVSS score |
    | level error / warning / note / none | high / medium / info / info |

    A result of kind `pass` or `notApplicable` is none. A suppressed one counts, but makes no risk: it becomes
    the attribute `suppressed` of its file; so does `absent` in a baseline. Each location of a result
    counts, as some analysers list all places of a rule in one result. Those of one rule in one file are one risk
    with a table of places. Lines of code are kept as evidence, except by rules that look for secrets.
    Source: SARIF 2.1.0, OASIS standard, sections 3.14 to 3.27; GitHub's SARIF support for `security-severity`.
    """

    name = "sarif"
    title = "SARIF 2.1"
    example = "semgrep scan --sarif --output results.sarif"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "runs" not in names and not ("version" in names and "$schema" in names and b"sarif" in head):
            return 0
        return 95 if b"sarif" in head or names & {"runs.tool", "runs.results"} else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("SARIF", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        runs: dict[str, _Run] = {}
        for found in json_at(stream, *_ABOUT, "runs.*.results.*"):
            run = runs.setdefault(found.path[1], _Run())
            if found.path[2] != "results":
                run.learn(found)
                continue
            if run.tool == "":
                for more in look_ahead(stream, start, *_ABOUT):
                    runs.setdefault(more.path[1], _Run()).learn(more)
            try:
                yield from run.findings(found)
            except ValueError as error:
                yield Refused(found.place, str(error))
        if not runs:
            require(stream, start, "SARIF", "runs")


class _Said(msgspec.Struct, frozen=True):
    """What a rule says of all its results."""

    weakness: str
    title: str
    severity: Severity | None
    remediation: str
    facts: KeyValues
    is_secret: bool


class _Run:
    """What one run says of its tool, rules and files."""

    def __init__(self) -> None:
        self.tool = ""
        self.seen_at: Any = None
        self._label = ""
        self._rules: list[list[Any]] = [[]]
        self._by_id: dict[str, dict[str, Any]] = {}
        self._read_rules: dict[tuple[str, int], _Said] = {}
        self._artifacts: list[Any] = []
        self._repository = ""

    def learn(self, found: Found) -> None:
        """Take in one part of the run other than a result."""
        part = found.path[2]
        if part == "tool":
            self._learn_tool(mapping(found.value))
        elif part == "invocations":
            for invocation in items(found.value):
                self.seen_at = self.seen_at or instant(mapping(invocation).get("endTimeUtc"))
        elif part == "versionControlProvenance":
            self._repository = text(mapping((items(found.value) or [None])[0]).get("repositoryUri"), 500)
        else:
            self._artifacts = items(found.value)

    def _learn_tool(self, tool: dict[str, Any]) -> None:
        driver = mapping(tool.get("driver"))
        self._label = line(driver.get("name"), 100) or "unknown"
        slug = _NOT_SLUG.sub("-", self._label.lower()).strip("-") or "unknown"
        self.tool = _SAME_TOOL.get(slug, slug)
        self._rules = [items(mapping(one).get("rules")) for one in (driver, *items(tool.get("extensions")))]
        self._read_rules.clear()
        for rules in self._rules:
            for one in rules:
                if isinstance(one, dict):
                    self._by_id.setdefault(text(one.get("id"), 400), one)

    def findings(self, found: Found) -> Iterator[Finding]:
        """Yield a finding for each location of one result; none for a check that passed.

        Raises:
            ValueError: it names no rule or its place is none.
        """
        result = mapping(found.value)
        if line(result.get("kind"), 40) not in _PASSED:
            for location in items(result.get("locations")) or [{}]:
                yield self._finding(found.place, result, mapping(location))

    def _finding(self, place: str, result: dict[str, Any], location: dict[str, Any]) -> Finding:
        name, known = self._rule(result)
        about = self._said(name, known, mapping(result.get("properties")))
        message = self._message(result, known)
        target, context = self._target(location, result, place)
        description = about.title or message or name
        return Finding(
            place=place,
            target=target,
            weakness=about.weakness or rule(self.tool or "sarif", description),
            title=description,
            severity=about.severity or _LEVELS[self._level(result, known)],
            remediation=about.remediation,
            facts=about.facts,
            where=_region(location) | ({} if about.is_secret else {"message": message[:1_000]}),
            code=None if about.is_secret else self._code(location, target),
            entities=context.entities,
            relationships=context.relationships,
            seen_at=self.seen_at,
            settled=_settled(result),
        )

    def _said(self, name: str, known: dict[str, Any], own: dict[str, Any]) -> "_Said":
        """Return what a rule says, read once for all of its results that add nothing to it."""
        if own.get("tags") or own.get("security-severity"):
            return self._read(name, known, own)
        # The rules stay where they are as long as the run is read, so their numbers tell them apart.
        key = (name, id(known) if known else 0)
        said = self._read_rules.get(key)
        if said is None:
            if len(self._read_rules) >= _RULES:
                self._read_rules.clear()
            said = self._read_rules[key] = self._read(name, known, {})
        return said

    def _read(self, name: str, known: dict[str, Any], own: dict[str, Any]) -> "_Said":
        properties = mapping(known.get("properties"))
        tags = [
            tag for tag in (*items(properties.get("tags")), *items(own.get("tags"))) if isinstance(tag, str)
        ]
        score = number(own.get("security-severity") or properties.get("security-severity"))
        facts = {
            "tool": self._label,
            "rule": name,
            "description": _words(known.get("fullDescription")),
            "tags": tags[:50],
            "help": known.get("helpUri"),
            "cvss": score or None,
        }
        return _Said(
            weakness=rule(self.tool or "sarif", name) if name else "",
            title=_words(known.get("shortDescription")) or line(known.get("name")),
            severity=severity_of_score(score),
            remediation=_words(known.get("help")),
            facts=key_values("SARIF", facts),
            is_secret=speaks_of_secrets(self.tool, name, *tags),
        )

    def _rule(self, result: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        reference = mapping(result.get("rule"))
        index = result.get("ruleIndex", reference.get("index"))
        component = mapping(reference.get("toolComponent")).get("index")
        rules = self._rules[0]
        if isinstance(component, int) and 0 <= component < len(self._rules) - 1:
            rules = self._rules[component + 1]
        name = line(result.get("ruleId") or reference.get("id"), 400)
        known: Any = self._by_id.get(name)
        if known is None and isinstance(index, int) and 0 <= index < len(rules):
            known = rules[index]
        if known is None and "/" in name:
            # A result may name a part of a rule: `CA2101/1` belongs to `CA2101`.
            known = self._by_id.get(name.rpartition("/")[0])
        return name or line(mapping(known).get("id"), 400), mapping(known)

    def _level(self, result: dict[str, Any], known: dict[str, Any]) -> str:
        kind = result.get("kind", "fail")
        default = mapping(known.get("defaultConfiguration")).get("level", "warning")
        level = line(result.get("level", default if kind == "fail" else "none"), 20)
        return level if level in _LEVELS else "warning"

    def _message(self, result: dict[str, Any], known: dict[str, Any]) -> str:
        message = mapping(result.get("message"))
        template = _words(message)
        if not template:
            strings = mapping(known.get("messageStrings"))
            template = _words(strings.get(text(message.get("id"), 200)))
        arguments = [line(one, 300) for one in items(message.get("arguments"))]
        return line(
            _ARGUMENT.sub(
                lambda match: arguments[int(match[1])] if int(match[1]) < len(arguments) else match[0],
                template,
            ),
            2_000,
        )

    def _target(self, location: dict[str, Any], result: dict[str, Any], place: str) -> tuple[Entity, Parsed]:
        physical = mapping(location.get("physicalLocation"))
        uri = self._uri(mapping(physical.get("artifactLocation"))) or self._uri(
            mapping(result.get("analysisTarget"))
        )
        if uri.lower().startswith(("http://", "https://")):
            return web_target(uri, place)
        if uri:
            # SARIF writes the same address whatever the tool: other tools name the path itself.
            return file_at(unquote(uri), self._repository), Parsed(place)
        logical = mapping((items(location.get("logicalLocations")) or [None])[0])
        name = logical.get("fullyQualifiedName") or logical.get("name")
        return resource_at(name or f"what {self._label or 'the tool'} looked at"), Parsed(place)

    def _uri(self, artifact: dict[str, Any]) -> str:
        uri = text(artifact.get("uri"), 4_000)
        index = artifact.get("index")
        if not uri and isinstance(index, int) and 0 <= index < len(self._artifacts):
            uri = text(mapping(mapping(self._artifacts[index]).get("location")).get("uri"), 4_000)
        return uri

    def _code(self, location: dict[str, Any], target: Entity) -> Any:
        physical = mapping(location.get("physicalLocation"))
        region = mapping(physical.get("contextRegion") or physical.get("region"))
        snippet = mapping(region.get("snippet")).get("text")
        return code(target.name, whole(region.get("startLine")), snippet)


def _words(message: Any) -> str:
    if isinstance(message, str):
        return text(message, 8_000)
    found = mapping(message)
    return text(found.get("text") or found.get("markdown"), 8_000)


def _region(location: dict[str, Any]) -> dict[str, Any]:
    region = mapping(mapping(location.get("physicalLocation")).get("region"))
    logical = mapping((items(location.get("logicalLocations")) or [None])[0])
    return {
        "line": region.get("startLine"),
        "end line": region.get("endLine"),
        "column": region.get("startColumn"),
        "in": logical.get("fullyQualifiedName"),
    }


def _settled(result: dict[str, Any]) -> str:
    """Return how the tool itself settled a result. Early drafts called a suppression's status its state."""
    for one in items(result.get("suppressions")):
        status = mapping(one).get("status") or mapping(one).get("state") or "accepted"
        if status == "accepted":
            return "suppressed"
    return "absent" if result.get("baselineState") == "absent" else ""
