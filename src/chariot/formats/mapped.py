"""Any CSV or JSON file, read by a map that says which of its columns mean what."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import IO, Annotated, Any, ClassVar

import msgspec

from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused
from chariot.formats.support.csv import csv_rows
from chariot.formats.support.findings import Finding, advisory, file_at, gathered, resource_at, rule
from chariot.formats.support.json import json_values
from chariot.formats.support.json_paths import json_at
from chariot.formats.support.record import Record
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import (
    cves,
    instant,
    items,
    line,
    number,
    severity,
    severity_of_score,
    text,
    whole,
)
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.kinds.work import File
from chariot.model.relationships import RelationshipType
from chariot.model.states import RiskState, Severity

MAP_LIMIT_BYTES = 256 * 1024

_NOT_SETTLED = ("", "open")
_STATES = {
    "accepted": RiskState.ACCEPTED,
    "suppressed": RiskState.ACCEPTED,
    "remediated": RiskState.REMEDIATED,
    "fixed": RiskState.REMEDIATED,
    "rejected": RiskState.REJECTED,
    "false-positive": RiskState.REJECTED,
}


class _Columns(msgspec.Struct, forbid_unknown_fields=True):
    """For each of our names the column, or the path in a JSON record; of several the first that is filled."""

    host: str | list[str] = ""
    ip: str | list[str] = ""
    port: str | list[str] = ""
    protocol: str | list[str] = ""
    service: str | list[str] = ""
    url: str | list[str] = ""
    path: str | list[str] = ""
    repository: str | list[str] = ""
    resource: str | list[str] = ""
    cpe: str | list[str] = ""
    product: str | list[str] = ""
    version: str | list[str] = ""
    weakness: str | list[str] = ""
    cve: str | list[str] = ""
    title: str | list[str] = ""
    severity: str | list[str] = ""
    cvss: str | list[str] = ""
    description: str | list[str] = ""
    remediation: str | list[str] = ""
    status: str | list[str] = ""
    line: str | list[str] = ""
    seen_at: str | list[str] = ""


class _Map(msgspec.Struct, forbid_unknown_fields=True):
    tool: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")]
    columns: _Columns
    format: Annotated[str, msgspec.Meta(pattern="^(csv|json)$")] = "csv"
    delimiter: Annotated[str, msgspec.Meta(min_length=1, max_length=1)] = ","
    records: str = ""
    severity: dict[str, Severity] = {}
    status: dict[str, Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9-]{0,59}$")]] = {}
    evidence: list[str] = []


class Mapped(Format):
    """Each row or record becomes its assets, and a risk where a weakness, a CVE or a title is mapped and filled.

    The target of the risk is the most specific of: file, web application, port, host, resource. The map's own
    tables tell severities and statuses; without them the English words are understood, and a CVSS score where no
    word is. A status that the map calls accepted, remediated or rejected (or by another of the words in `_STATES`)
    is a decision about the risk; one that it calls by any other word than `open` makes no risk, but an attribute.
    Each row with a weakness counts as a finding. The form of the map is in docs/import-mapping.md.
    """

    name = "mapped"
    title = "CSV or JSON by a map of yours"
    example = "chariot import findings.csv --map map.toml"
    FIELDS: ClassVar[tuple[str, ...]] = _Columns.__struct_fields__
    """What a map can name under `columns`."""

    def __init__(self, mapping: _Map) -> None:
        self._map = mapping
        self._severities = {word.strip().lower(): level for word, level in mapping.severity.items()}
        self._statuses = {word.strip().lower(): label for word, label in mapping.status.items()}

    @classmethod
    def from_toml(cls, written: bytes) -> "Mapped":
        """Return the format that a map file describes.

        Raises:
            InvalidError: the map is no TOML, or says something that a map cannot say.
        """
        if len(written) > MAP_LIMIT_BYTES:
            raise InvalidError(f"the map is larger than {MAP_LIMIT_BYTES:,} bytes", place="map")
        try:
            values = tomllib.loads(written.decode("utf-8-sig"))
            return cls(msgspec.convert(values, _Map))
        except UnicodeDecodeError as error:
            raise InvalidError("the map is not UTF-8", place=f"map, byte {error.start}") from None
        except (tomllib.TOMLDecodeError, msgspec.ValidationError, RecursionError) as error:
            raise InvalidError(f"the map cannot be used: {error}", place="map") from None

    def sniff(self, head: bytes) -> int:
        """Return 0: a map is named by a person, never guessed."""
        del head
        return 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered(self._map.tool, self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Parsed | Refused]:
        for place, values in self._records(stream):
            if isinstance(values, Refused):
                yield values
                continue
            try:
                yield self._record(place, values)
            except ValueError as error:
                yield Refused(place, str(error))

    def _records(self, stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
        if self._map.format == "csv":
            for row in csv_rows(stream, self._map.delimiter):
                yield row.place, row.values
        elif self._map.records:
            for found in json_at(stream, self._map.records):
                yield found.place, found.value
        else:
            for value in json_values(stream):
                yield value.place, value if isinstance(value, Refused) else value.value

    def _get(self, values: Any, name: str) -> Any:
        wanted: str | list[str] = getattr(self._map.columns, name)
        for path in [wanted] if isinstance(wanted, str) else wanted:
            found = _at(values, path) if path else None
            if found not in (None, "", [], {}):
                return found
        return None

    def _record(self, place: str, values: Any) -> Finding | Parsed:
        record = Record(place)
        target = self._assets(record, values)
        seen_at = instant(self._get(values, "seen_at"))
        title, named = self._get(values, "title"), self._get(values, "weakness")
        known = cves(*items(self._get(values, "cve"))) or cves(*items(named))
        if not (title or named or known):
            return record.parsed(seen_at=seen_at)
        written = line(_first(named) or title, 400)
        parsed = record.parsed()
        entity: Entity = next(one for one in parsed.entities if one.key == target)
        return Finding(
            place=place,
            target=entity,
            weakness=advisory(*known) if known else rule(self._map.tool, written),
            title=line(title) or written,
            severity=self._severity(values),
            remediation=text(self._get(values, "remediation"), 10_000),
            facts={
                "description": text(self._get(values, "description"), 8_000),
                "cvss": self._get(values, "cvss"),
                **{path: text(_at(values, path), 4_000) for path in self._map.evidence[:50]},
            },
            where={
                "line": self._get(values, "line"),
                "url": self._get(values, "url"),
                "product": self._get(values, "product"),
                "version": self._get(values, "version"),
            },
            entities=parsed.entities,
            relationships=parsed.relationships,
            seen_at=seen_at,
            settled=self._settled(values),
            state=_STATES.get(self._label(values)),
        )

    def _assets(self, record: Record, values: Any) -> Key:
        """Add the assets of one record; return the key of the most specific one.

        Raises:
            ValueError: the record names none, or one that is not valid.
        """
        get = {
            name: _first(self._get(values, name)) for name in ("host", "ip", "url", "path", "resource", "cpe")
        }
        key: Key | None = record.add(resource_at(get["resource"])) if get["resource"] else None
        host = get["host"] or get["ip"]
        if host:
            port = whole(self._get(values, "port"))
            protocol = line(self._get(values, "protocol"), 20).lower() or "tcp"
            service = line(self._get(values, "service"), 64)
            key = record.endpoint(host, port, get["ip"], protocol=protocol, service=service)
        if get["url"]:
            written = line(get["url"], 4_000)
            key = record.web(written if "://" in written else f"http://{written}", get["ip"])
        if get["path"]:
            file: File = file_at(get["path"], _first(self._get(values, "repository")))
            key = record.add(file)
        if key is None:
            raise ValueError("names no host, address, web address, file or resource")
        technology = technology_of_cpe(get["cpe"], self._get(values, "product"), self._get(values, "version"))
        if technology is not None:
            record.relate(RelationshipType.HAS_TECHNOLOGY, key, record.add(technology))
        return key

    def _severity(self, values: Any) -> Severity | None:
        word = line(self._get(values, "severity"), 60)
        known = self._severities.get(word.lower()) or (severity(word) if word else None)
        return known or severity_of_score(number(self._get(values, "cvss")))

    def _label(self, values: Any) -> str:
        return self._statuses.get(line(self._get(values, "status"), 60).lower(), "")

    def _settled(self, values: Any) -> str:
        label = self._label(values)
        return "" if label in _NOT_SETTLED or label in _STATES else label


def _at(values: Any, path: str) -> Any:
    """Return what stands at *path*: a column of that name, or the members and item numbers between the dots."""
    if isinstance(values, Mapping) and path in values:
        return values[path]
    for name in path.split("."):
        if isinstance(values, Mapping):
            values = values.get(name)
        elif isinstance(values, list) and name.isdecimal() and len(name) < 9 and int(name) < len(values):
            values = values[int(name)]
        else:
            return None
    return values


def _first(value: Any) -> Any:
    return next(iter(items(value)), None)
