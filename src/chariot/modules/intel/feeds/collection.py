"""Feeds whose records are files of their own: a folder or an archive of CVE or OSV records."""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby
from typing import Final

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.cve5 import decode_cve5
from chariot.modules.intel.feeds.feed import BATCH_RECORDS, Feed
from chariot.modules.intel.feeds.members import Member
from chariot.modules.intel.feeds.osv import decode_osv
from chariot.modules.intel.records import FeedHeader, FeedName, IntelRecord

_CVE_FILE: Final = re.compile(r"(?:^|/)CVE-([0-9]{4})-[0-9]{4,12}\.json$")
_IS_CVE: Final = re.compile(rb'"dataType"\s*:\s*"CVE_RECORD"')
_IS_OSV: Final = re.compile(rb'"(?:affected|schema_version)"\s*:')
Decoder = Callable[[bytes], Iterable[IntelRecord]]


def kind_of_record(data: bytes) -> FeedName | None:
    """Return of which feed the record in *data* is, or None."""
    if _IS_CVE.search(data):
        return "cve"
    return "osv" if _IS_OSV.search(data) and b'"id"' in data else None


def decoder_of(feed: FeedName) -> Decoder:
    """Return what reads one record of *feed*."""
    return decode_cve5 if feed == "cve" else decode_osv


def record_feeds(members: Iterable[Member], name: str) -> Iterator[Feed]:
    """Yield the records of *members* as feeds: CVE records one a year, so that each is a load of its own.

    A file that is no record (a list of changes, a schema) is passed over; each feed is to be used up before
    the next is asked for.

    Raises:
        InvalidError: there is no record at all.
    """
    found = False
    for (feed, group), some in groupby(members, _group):
        if feed is None:
            continue
        found = True
        header = FeedHeader(feed, f"{name} {group}".rstrip(), "", replaces=False)
        yield Feed(header, _batches(some, decoder_of(feed)))
    if not found:
        raise InvalidError("holds no records of CVEs or of OSV", place=name)


def _group(member: Member) -> tuple[FeedName | None, str]:
    if match := _CVE_FILE.search(member.name):
        if member.path is None and kind_of_record(member.data) == "osv":
            return "osv", ""
        return "cve", match[1]
    data = member.read() if member.size_bytes <= 1 << 20 else member.read()[: 1 << 20]
    return kind_of_record(data), ""


def _batches(members: Iterable[Member], decode: Decoder) -> Iterator[list[IntelRecord]]:
    batch: list[IntelRecord] = []
    for member in members:
        try:
            batch.extend(decode(member.read()))
        except InvalidError as error:
            raise InvalidError(error.message, place=member.name) from error
        if len(batch) >= BATCH_RECORDS:
            yield batch
            batch = []
    yield batch


def single_record(data: bytes, name: str) -> Feed:
    """Return the one record in *data* as a feed.

    Raises:
        InvalidError: it is a record of neither CVE nor OSV.
    """
    feed = kind_of_record(data)
    if feed is None:
        raise InvalidError("a record of neither CVE nor OSV", place=name)
    member = Member(name, len(data), None, data)
    return Feed(FeedHeader(feed, name, "", replaces=False), chain(_batches([member], decoder_of(feed))))
