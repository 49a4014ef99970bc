"""CISA's catalogue of known exploited vulnerabilities, in its JSON form."""

from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.records import CveId, FeedHeader, KevEntry

MAX_BYTES: Final = 64 << 20
"""The catalogue has about 1 KiB an entry."""


class _Entry(msgspec.Struct, rename="camel"):
    cve_id: CveId = msgspec.field(name="cveID")
    date_added: date
    due_date: date | None = None
    known_ransomware_campaign_use: str = "Unknown"


class _Catalogue(msgspec.Struct, rename="camel"):
    catalog_version: str
    vulnerabilities: list[_Entry]
    count: int | None = None


_DECODER = msgspec.json.Decoder(_Catalogue)


def read_kev(stream: BinaryIO, name: str) -> Feed:
    """Return the catalogue in *stream*, which replaces any loaded before.

    Raises:
        InvalidError: it is too large, no such catalogue, or cut short.
    """
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise InvalidError(f"a KEV catalogue larger than {MAX_BYTES} bytes", place=name)
    try:
        catalogue = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"not a KEV catalogue: {error}", place=name) from error
    if not catalogue.vulnerabilities:
        raise InvalidError("a KEV catalogue without entries", place=name)
    if catalogue.count is not None and catalogue.count != len(catalogue.vulnerabilities):
        raise InvalidError(
            f"says {catalogue.count} entries and holds {len(catalogue.vulnerabilities)}: it is cut short",
            place=name,
        )
    header = FeedHeader("kev", name, catalogue.catalog_version, replaces=True)
    return Feed(header, _batches(catalogue))


def _batches(catalogue: _Catalogue) -> Iterator[list[KevEntry]]:
    yield [
        KevEntry(
            cve=entry.cve_id,
            added_on=entry.date_added,
            due_on=entry.due_date,
            ransomware=entry.known_ransomware_campaign_use == "Known",
        )
        for entry in catalogue.vulnerabilities
    ]
