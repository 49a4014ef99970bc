"""Advisories in the OSV form: one JSON file each, as the ecosystems' archives hold them.

Source: https://ossf.github.io/osv-schema/
"""

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.nvd import instant
from chariot.modules.intel.packages import canonical_name
from chariot.modules.intel.records import Advisory, AffectedPackage, Cvss, OutsideText, PackageRange
from chariot.modules.intel.scores import score_vector

_Short = Annotated[str, msgspec.Meta(max_length=1_000)]
_Id = Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]
_CVE: Final = re.compile(r"(?:^|-)(CVE-[0-9]{4}-[0-9]{4,12})$")


class _Event(msgspec.Struct, gc=False):
    introduced: _Short | None = None
    fixed: _Short | None = None
    last_affected: _Short | None = None
    limit: _Short | None = None


class _Range(msgspec.Struct, gc=False):
    type: Literal["SEMVER", "ECOSYSTEM", "GIT"]
    events: Annotated[list[_Event], msgspec.Meta(max_length=20_000)] = []


class _Package(msgspec.Struct, gc=False):
    ecosystem: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]


class _Affected(msgspec.Struct, gc=False):
    package: _Package | None = None
    ranges: list[_Range] = []
    versions: Annotated[list[_Short], msgspec.Meta(max_length=200_000)] = []


class _Severity(msgspec.Struct, gc=False):
    type: _Short
    score: _Short


class _Record(msgspec.Struct, gc=False):
    id: _Id
    modified: _Short
    withdrawn: _Short | None = None
    aliases: list[_Short] = []
    upstream: list[_Short] = []
    related: list[_Short] = []
    summary: OutsideText = ""
    details: str = ""
    severity: list[_Severity] = []
    affected: Annotated[list[_Affected], msgspec.Meta(max_length=20_000)] = []


_RECORD: Final = msgspec.json.Decoder(_Record)


def decode_osv(data: bytes) -> Iterator[Advisory]:
    """Yield the advisory in *data*.

    Raises:
        InvalidError: it is no such record.
    """
    try:
        record = _RECORD.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"not an OSV record: {error}") from error
    yield Advisory(
        id=record.id,
        modified=instant(record.modified),
        cves=_cves(record),
        summary=record.summary or record.details[:2_000],
        packages=tuple(_package(one, one.package) for one in record.affected if one.package is not None),
        cvss=tuple(_scores(record)),
        withdrawn=bool(record.withdrawn),
    )


def _cves(record: _Record) -> tuple[str, ...]:
    """Return the CVEs of the advisory: what it is the same as, and what a distribution's is downstream of.

    A related CVE counts only where nothing else is named: it may be another weakness of the same update.
    """
    same = [record.id, *record.aliases, *record.upstream]
    found = [match[1] for name in same if (match := _CVE.search(name))]
    found = found or [match[1] for name in record.related if (match := _CVE.search(name))]
    return tuple(dict.fromkeys(found))


def _package(affected: _Affected, package: _Package) -> AffectedPackage:
    ranges = tuple(
        PackageRange(one.type, tuple(_events(one.events))) for one in affected.ranges if one.type != "GIT"
    )
    # Commits are kept only where nothing else says which versions are affected.
    git = tuple(PackageRange("GIT", ()) for one in affected.ranges if one.type == "GIT")
    has_versions = ranges or affected.versions
    name = canonical_name(package.ecosystem, package.name)
    return AffectedPackage(
        package.ecosystem, name, ranges if has_versions else git[:1], tuple(affected.versions)
    )


def _events(
    events: list[_Event],
) -> Iterator[tuple[Literal["introduced", "fixed", "last_affected", "limit"], str]]:
    for event in events:
        if event.introduced is not None:
            yield "introduced", event.introduced
        if event.fixed is not None:
            yield "fixed", event.fixed
        if event.last_affected is not None:
            yield "last_affected", event.last_affected
        if event.limit is not None:
            yield "limit", event.limit


def _scores(record: _Record) -> Iterator[Cvss]:
    for severity in record.severity:
        if severity.type.startswith("CVSS_V"):
            try:
                yield score_vector(severity.score, record.id.partition("-")[0])
            except InvalidError:
                # A vector that nobody can score says nothing; what is affected is known all the same.
                continue
