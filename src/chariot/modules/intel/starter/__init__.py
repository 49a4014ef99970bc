"""The starter pack: facts about a few CVEs, so that a new installation has answers before its first feed.

Real feeds supersede it: its KEV and EPSS parts are of version 0, and any NVD record that is newer wins.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Annotated, Final

import msgspec

from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.records import CpeMatch, Cve, CveId, EpssScore, FeedHeader, KevEntry, Node
from chariot.modules.intel.scores import score_vector

PACK: Final = "cves.toml"
SOURCE: Final = "starter pack"


class _Range(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    cpe: str
    start_including: str | None = None
    start_excluding: str | None = None
    end_including: str | None = None
    end_excluding: str | None = None


class _Kev(msgspec.Struct, forbid_unknown_fields=True):
    added: date
    due: date
    ransomware: bool = False


class _Epss(msgspec.Struct, forbid_unknown_fields=True):
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)]
    percentile: Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    id: CveId
    summary: str
    published: date
    vectors: tuple[str, ...]
    cwes: tuple[str, ...]
    references: tuple[str, ...]
    affected: tuple[_Range, ...]
    epss: _Epss
    kev: _Kev | None = None


class _Pack(msgspec.Struct, forbid_unknown_fields=True, rename="kebab"):
    epss_day: date
    sources: tuple[str, ...]
    cve: tuple[_Entry, ...]


def feeds() -> Iterator[Feed]:
    """Return the pack as three feeds: records, known exploitation, and scores.

    Raises:
        ConfigurationError: the pack of this installation is damaged.
    """
    text = files(__name__).joinpath(PACK).read_text("utf-8")
    try:
        pack = msgspec.toml.decode(text, type=_Pack)
        records = [_record(entry) for entry in pack.cve]
    except (msgspec.DecodeError, InvalidError) as error:
        raise ConfigurationError(f"the starter pack is wrong: {error}") from error
    kev = [
        KevEntry(entry.id, entry.kev.added, entry.kev.due, entry.kev.ransomware)
        for entry in pack.cve
        if entry.kev
    ]
    epss = [
        EpssScore(entry.id, entry.epss.probability, entry.epss.percentile, pack.epss_day)
        for entry in pack.cve
    ]
    yield Feed(FeedHeader("nvd", SOURCE, "", replaces=False), iter([records]))
    yield Feed(FeedHeader("kev", SOURCE, "0", replaces=True), iter([kev]))
    yield Feed(FeedHeader("epss", SOURCE, "0", replaces=True), iter([epss]))


def _record(entry: _Entry) -> Cve:
    published = datetime(entry.published.year, entry.published.month, entry.published.day, tzinfo=UTC)
    return Cve(
        id=entry.id,
        published=published,
        # The earliest it can be, so that the record of any feed is newer.
        modified=published,
        summary=entry.summary,
        cvss=tuple(score_vector(vector, SOURCE) for vector in entry.vectors),
        cwes=entry.cwes,
        references=entry.references,
        configurations=(Node("OR", tuple(_match(affected) for affected in entry.affected)),),
    )


def _match(affected: _Range) -> CpeMatch:
    return CpeMatch(
        str(parse(affected.cpe)),
        start_including=affected.start_including,
        start_excluding=affected.start_excluding,
        end_including=affected.end_including,
        end_excluding=affected.end_excluding,
    )
