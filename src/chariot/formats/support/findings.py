"""Findings in code, packages and cloud accounts: those that mean the same risk become one, with all places."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

from chariot.format import Decided, Parsed, Refused
from chariot.formats.support.record import Record
from chariot.formats.support.redaction import redacted
from chariot.formats.support.settled import settle
from chariot.formats.support.values import cves, key_values, line, table, text
from chariot.model.base import Entity
from chariot.model.evidence import Code, Evidence, KeyValues
from chariot.model.kinds.work import Attribute, File
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import RiskState, Severity

OPEN_RISKS = 4_000
"""How many risks are held back to gather what the file says of them elsewhere."""

_PATH_LIMIT = 3_000
_REMEMBERED = 2_048
_NOTHING: tuple[Any, ...] = (None, "", [], ())
_ROWS = 500
_COLUMNS = 12
_RANK = {severity: rank for rank, severity in enumerate(Severity)}
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}", re.ASCII)
_ADVISORY = re.compile(r"GHSA(-[0-9a-z]{4}){3}", re.IGNORECASE | re.ASCII)
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://(?:[^/@]*@)?", re.IGNORECASE)


class Finding(msgspec.Struct, kw_only=True, gc=False):
    """One finding of a tool on its way to a risk."""

    place: str
    target: Entity
    weakness: str
    title: Any = ""
    severity: Severity | None = None
    remediation: Any = ""
    facts: Mapping[str, Any] | KeyValues = {}
    """What stays the same wherever the finding is; where a rule says it of many findings, made evidence once."""
    where: Mapping[str, Any] = {}
    """This one occurrence: a line, a package, a resource."""
    code: Code | None = None
    entities: tuple[Entity, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    seen_at: datetime | None = None
    confidence: int = 100
    findings: int = 1
    settled: str = ""
    """A status by which the tool itself says that nothing is to be done (suppressed, not-affected, fixed)."""
    state: RiskState | None = None
    """What people decided about it, so that it is a risk in that state; of several places all must say so."""


class _Gathered(msgspec.Struct, gc=False):
    first: Finding
    severity: Severity | None
    rows: dict[tuple[str, ...], Mapping[str, Any]]
    findings: int
    state: RiskState | None
    cut: bool = False


def gathered(tool: str, findings: Iterable[Finding | Parsed | Refused]) -> Iterator[Parsed | Refused]:
    """Yield one record for each risk; the same weakness at the same target is one, with a table of its places.

    A settled finding makes no risk: it becomes an attribute of its target, and settles a risk that is there.
    Memory stays constant: after `OPEN_RISKS` what was gathered goes on its way, and what the file says later of the
    same risk becomes a later sighting of it.
    """
    held: dict[tuple[str, str, str], _Gathered] = {}
    for finding in findings:
        if not isinstance(finding, Finding):
            yield finding
            continue
        key = (finding.target.key, finding.weakness, finding.settled)
        known = held.get(key)
        if known is None:
            if len(held) >= OPEN_RISKS:
                yield from _written(tool, held)
                held.clear()
            held[key] = known = _Gathered(finding, finding.severity, {}, 0, finding.state)
        _join(known, finding)
    yield from _written(tool, held)


def _join(known: _Gathered, finding: Finding) -> None:
    known.findings += finding.findings
    if finding.state is not known.state:
        known.state = None
    if finding.severity is not None and (
        known.severity is None or _RANK[finding.severity] > _RANK[known.severity]
    ):
        known.severity = finding.severity
    if finding is not known.first and finding.entities and len(known.first.entities) < _ROWS:
        first = known.first
        first.entities += tuple(one for one in finding.entities if one not in first.entities)
        first.relationships += tuple(one for one in finding.relationships if one not in first.relationships)
    row = {name: value for name, value in finding.where.items() if value or value not in _NOTHING}
    if not row:
        return
    identity = tuple(map(str, row.values()))
    if len(known.rows) < _ROWS:
        known.rows.setdefault(identity, row)
    else:
        known.cut = True


def _written(tool: str, held: Mapping[Any, _Gathered]) -> Iterator[Parsed | Refused]:
    for one in held.values():
        try:
            yield _parsed(tool, one)
        except ValueError as error:
            yield Refused(one.first.place, str(error))


def _parsed(tool: str, one: _Gathered) -> Parsed:
    finding = one.first
    record = Record(finding.place)
    target = record.add(finding.target)
    for entity in finding.entities:
        record.add(entity)
    for relation in finding.relationships:
        record.relate(relation.type, relation.source, relation.target, *relation.evidence)
    if finding.settled:
        settle(record, target, finding.settled, finding.weakness, tool, at=finding.seen_at)
    else:
        key = record.risk(
            target,
            finding.weakness,
            title=finding.title or finding.weakness,
            severity=one.severity,
            evidence=_evidence(tool, one),
            remediation=finding.remediation,
            confidence=finding.confidence,
        )
        if one.state is not None:
            record.decide(Decided(key, one.state, f"{one.state.value} in the file of {tool}"))
    return record.parsed(one.findings, finding.seen_at)


def _evidence(tool: str, one: _Gathered) -> tuple[Evidence, ...]:
    told = one.first.facts
    facts = told if isinstance(told, KeyValues) else key_values(tool, told)
    evidence: list[Evidence] = [facts] if facts.values else []
    if one.rows:
        found = list(one.rows.values())
        # Most findings are at one place, whose names are all that there are.
        names = found[0] if len(found) == 1 else dict.fromkeys(name for row in found for name in row)
        columns = tuple(names)[:_COLUMNS]
        rows = table(f"{tool}: where", columns, [list(map(row.get, columns)) for row in found])
        evidence.append(msgspec.structs.replace(rows, cut=True) if one.cut else rows)
    if one.first.code is not None:
        evidence.append(one.first.code)
    return tuple(evidence)


def file_at(path: Any, repository: Any = "") -> File:
    """Return the file of *path*, below its repository where that is known.

    Different ways to write the same path give the same file: `file:` addresses, `./`, and back slashes.

    Raises:
        ValueError: there is no path.
    """
    return _file_at(line(path, 2 * _PATH_LIMIT), line(repository, 500))


# Findings come file by file, and a file never changes.
@lru_cache(maxsize=_REMEMBERED)
def _file_at(written: str, repository: str) -> File:
    if written.lower().startswith("file:"):
        written = unquote(
            re.sub(r"^file:(/*)", lambda match: "/" if match[1] else "", written, flags=re.IGNORECASE)
        )
    parts = [part for part in written.replace("\\", "/").split("/") if part not in ("", ".")]
    if not parts:
        raise ValueError("names no file")
    joined = "/".join(parts)
    owner = repository_name(repository)
    if written.startswith(("/", "\\")):
        # An absolute path is one of the machine that scanned, not one below a repository.
        joined = f"/{joined}"
    elif owner:
        joined = f"{owner}/{joined}"
    if len(joined) > _PATH_LIMIT:
        raise ValueError(f"the path is longer than {_PATH_LIMIT:,} characters")
    return File(path=joined)


def resource_at(*names: Any) -> File:
    """Return what stands for a cloud resource, an image or a product: the names that are there, joined.

    Raises:
        ValueError: none of them says anything.
    """
    return _resource_at("/".join(name for one in names if (name := line(one, _PATH_LIMIT // 4))))


@lru_cache(maxsize=_REMEMBERED)
def _resource_at(path: str) -> File:
    return File(path=path)


def web_target(url: Any, place: str) -> tuple[Entity, Parsed]:
    """Return the web application that *url* is in, and the record of it and its host.

    Raises:
        ValueError: it is no web address.
    """
    record = Record(place)
    key = record.web(url)
    parsed = record.parsed()
    return next(one for one in parsed.entities if one.key == key), parsed


def repository_name(address: Any) -> str:
    """Return a repository as `host/owner/name`, however its address is written; never with credentials."""
    written = line(address, 500)
    if written.startswith("git@"):
        written = written.removeprefix("git@").replace(":", "/", 1)
    written = _ADDRESS.sub("", written).partition("?")[0].partition("#")[0]
    return written.strip("/").removesuffix(".git") if written not in ("", ".") else ""


def advisory(*ids: Any) -> str:
    """Return the weakness that *ids* name: a CVE before a GitHub advisory before the first other id.

    Raises:
        ValueError: none of them names anything.
    """
    if ids and ids[0].__class__ is str and _CVE.fullmatch(ids[0]):
        return str(ids[0])
    names = [name for one in ids if (name := line(one, 300))]
    known = cves(*names)
    if known:
        return known[0]
    for name in names:
        if _ADVISORY.fullmatch(name):
            return "GHSA" + name[4:].lower()
    if not names:
        raise ValueError("names no vulnerability")
    return names[0]


def rule(tool: str, identifier: Any) -> str:
    """Return the weakness that a tool's rule stands for: its CVE, or `tool:rule`.

    Raises:
        ValueError: the rule has no name.
    """
    name = line(identifier, 400)
    if not name:
        raise ValueError("names no rule")
    known = cves(name)
    return known[0] if known else f"{tool}:{name}"


def code(path: str, first_line: int, lines: Any) -> Code | None:
    """Return lines of a file as evidence; None where there are none."""
    written = redacted(text(lines, 8_001))
    if not written.strip():
        return None
    return Code(
        title="Code", path=path, first_line=max(first_line, 1), text=written[:8_000], cut=len(written) > 8_000
    )


def noted(place: str, owner: Entity, label: str, value: Any, seen_at: datetime | None = None) -> Parsed:
    """Return a record of one small fact about *owner*."""
    fact = Attribute(owner=owner.key, label=label, value=text(value, 4_096))
    relation = Relationship(RelationshipType.HAS_ATTRIBUTE, owner.key, fact.key)
    return Parsed(place, (owner, fact), (relation,), seen_at=seen_at)
