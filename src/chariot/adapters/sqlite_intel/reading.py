"""Read the tables of the intelligence store: one function a question, on the connection that it is given."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any, Final

import apsw
import msgspec

from chariot.adapters.sqlite_intel.schema import cve_id, row_id
from chariot.adapters.sqlite_intel.scores import MILLIONTHS
from chariot.modules.intel.lines import Line
from chariot.modules.intel.merging import merged
from chariot.modules.intel.ports import Section
from chariot.modules.intel.prepared import Prepared
from chariot.modules.intel.records import (
    Advisory,
    Changes,
    Cve,
    EpssScore,
    Exploit,
    FeedHeader,
    FeedInfo,
    FeedName,
    IntelRecord,
    KevEntry,
    PackageAdvisory,
    PackageKey,
    ProductKey,
    Ssvc,
)

PACK: Final = "pack"
"""The source of what came out of another store."""
BATCH: Final = 500

_CVE: Final = msgspec.msgpack.Decoder(Cve)
_ADVISORY: Final = msgspec.msgpack.Decoder(Advisory)
_PART: Final = msgspec.msgpack.Decoder(PackageAdvisory)
_PREPARED: Final = msgspec.msgpack.Decoder(Prepared)
_LINES: Final = msgspec.msgpack.Decoder(Line)
_FEED: Final = msgspec.msgpack.Decoder(FeedInfo)
_WANTED: Final = "(SELECT value FROM json_each(?1))"

_OF_WANTED: Final = """
FROM json_each(?1) AS wanted CROSS JOIN product ON product.vendor = wanted.value ->> 1
    AND product.product = wanted.value ->> 2 AND product.part = wanted.value ->> 0
"""
"""Asked together, as asking for one product takes longer than finding it."""
_CONDITIONS: Final = f"""
SELECT wanted.key, affects.cve, affects.configurations {_OF_WANTED}
JOIN affects ON affects.product = product.id ORDER BY wanted.key, affects.cve
"""
_CONDITION: Final = f"""
SELECT wanted.key, affects.cve, affects.configurations {_OF_WANTED}
JOIN affects ON affects.product = product.id AND affects.cve = wanted.value ->> 3
ORDER BY product.id, affects.cve
"""
_LINE: Final = f"SELECT wanted.key, line.line {_OF_WANTED} JOIN line ON line.product = product.id"
_OF_PACKAGE: Final = """
SELECT part FROM package WHERE name = ?1 AND (ecosystem = ?2 OR (ecosystem > ?2 || ':' AND ecosystem < ?2 || ';'))
"""
"""With the releases of an ecosystem, and with what a release is divided into."""
_ABOUT: Final = f"""
SELECT about.cve, advisory.record FROM advisory_cve AS about JOIN advisory ON advisory.rowid = about.advisory
WHERE about.cve IN {_WANTED} ORDER BY about.cve, advisory.id
"""
_CHANGED_PRODUCTS: Final = """
SELECT part, vendor, product FROM product WHERE changed > ? ORDER BY part, vendor, product
"""
_CHANGED_PACKAGES: Final = """
SELECT ecosystem, name FROM package_changed WHERE revision > ? ORDER BY ecosystem, name
"""
_ON_DAY: Final = """
SELECT e.cve, e.probability, e.percentile, (SELECT max(day) FROM epss_day WHERE day <= ?2)
FROM json_each(?1) AS wanted JOIN epss_past AS e ON e.cve = wanted.value
    AND e.day = (SELECT max(day) FROM epss_past WHERE cve = wanted.value AND day <= ?2)
"""


def rows(connection: apsw.Connection, query: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
    """Return all rows of *query*."""
    return connection.execute(query, values).fetchall()


def numbers(ids: Collection[str]) -> str:
    """Return the row numbers of *ids* as the JSON that queries take."""
    return msgspec.json.encode([row_id(i) for i in ids]).decode()


def prepared(
    connection: apsw.Connection, products: Collection[ProductKey]
) -> dict[ProductKey, tuple[tuple[str, Prepared], ...]]:
    """See `IntelStore.prepared`."""
    wanted = tuple(products)
    return _prepared(_stream(connection, _CONDITIONS, (_json(wanted),)), wanted)


def prepared_of(
    connection: apsw.Connection, wanted: Collection[tuple[ProductKey, str]]
) -> dict[ProductKey, tuple[tuple[str, Prepared], ...]]:
    """See `IntelStore.prepared_of`."""
    asked = [(*product, row_id(cve)) for product, cve in wanted]
    return _prepared(_stream(connection, _CONDITION, (_json(asked),)), [product for product, _ in wanted])


def _prepared(
    found: Iterator[tuple[int, int, bytes]], products: Sequence[ProductKey]
) -> dict[ProductKey, tuple[tuple[str, Prepared], ...]]:
    by_product: dict[ProductKey, list[tuple[str, Prepared]]] = {}
    for number, row, packed in found:
        by_product.setdefault(products[number], []).append((cve_id(row), _PREPARED.decode(packed)))
    return {product: tuple(parts) for product, parts in by_product.items()}


def lines(connection: apsw.Connection, products: Collection[ProductKey]) -> dict[ProductKey, Line]:
    """See `IntelStore.lines`."""
    wanted = tuple(products)
    found = _stream(connection, _LINE, (_json(wanted),))
    return {wanted[number]: _LINES.decode(packed) for number, packed in found}


def _json(wanted: Sequence[tuple[str | int, ...]]) -> str:
    return msgspec.json.encode(wanted).decode()


def advisories(
    connection: apsw.Connection, packages: Collection[PackageKey]
) -> dict[PackageKey, tuple[PackageAdvisory, ...]]:
    """See `IntelStore.advisories`."""
    found: dict[PackageKey, tuple[PackageAdvisory, ...]] = {}
    for key in packages:
        parts = rows(connection, _OF_PACKAGE, (key.name, key.ecosystem))
        if parts:
            decoded = (_PART.decode(part) for (part,) in parts)
            found[key] = tuple(sorted(decoded, key=lambda advisory: advisory.id))
    return found


def advisory_records(connection: apsw.Connection, ids: Collection[str]) -> dict[str, Advisory]:
    """See `IntelStore.advisory_records`."""
    select = f"SELECT id, record FROM advisory WHERE id IN {_WANTED}"  # a name of ours
    wanted = (msgspec.json.encode(list(ids)).decode(),)
    return {name: _ADVISORY.decode(record) for name, record in rows(connection, select, wanted)}


def advisories_about(connection: apsw.Connection, cves: Collection[str]) -> dict[str, tuple[Advisory, ...]]:
    """See `IntelStore.advisories_about`."""
    found: dict[str, tuple[Advisory, ...]] = {}
    for row, record in rows(connection, _ABOUT, (numbers(cves),)):
        cve = cve_id(row)
        found[cve] = (*found.get(cve, ()), _ADVISORY.decode(record))
    return found


def cves(connection: apsw.Connection, ids: Collection[str]) -> dict[str, Cve]:
    """See `IntelStore.cves`."""
    wanted = numbers(ids)
    nvd = _records(connection, "cve", wanted)
    own = _records(connection, "cve_record", wanted)
    return {
        cve_id(row): record
        for row in nvd.keys() | own.keys()
        if (record := merged(nvd.get(row), own.get(row))) is not None
    }


def _records(connection: apsw.Connection, register: str, wanted: str) -> dict[int, Cve]:
    select = f"SELECT id, record FROM {register} WHERE id IN {_WANTED}"  # a name of ours
    return {row: _CVE.decode(record) for row, record in rows(connection, select, (wanted,))}


def kev(connection: apsw.Connection, where: str, values: Sequence[str | int] = ()) -> list[KevEntry]:
    """Return the entries of known exploitation *where* a condition of ours holds."""
    select = f"SELECT cve, added_on, due_on, ransomware FROM kev WHERE {where} ORDER BY cve"
    return [
        KevEntry(
            cve_id(row),
            date.fromisoformat(added_on),
            date.fromisoformat(due_on) if due_on else None,
            bool(ransomware),
        )
        for row, added_on, due_on, ransomware in rows(connection, select, values)
    ]


def epss_on(connection: apsw.Connection, day: date, ids: Collection[str]) -> dict[str, EpssScore]:
    """See `IntelStore.epss_on`."""
    return {
        cve_id(row): EpssScore(
            cve_id(row), probability / MILLIONTHS, percentile / MILLIONTHS, date.fromordinal(on)
        )
        for row, probability, percentile, on in rows(connection, _ON_DAY, (numbers(ids), day.toordinal()))
    }


def ssvc(connection: apsw.Connection, where: str, values: Sequence[str | int] = ()) -> list[Ssvc]:
    """Return the SSVC decisions *where* a condition of ours holds."""
    select = (
        f"SELECT cve, decided, exploitation, automatable, total_impact FROM ssvc WHERE {where} ORDER BY cve"
    )
    return [
        Ssvc(cve_id(row), exploitation, bool(automatable), bool(total), _instant(decided))
        for row, decided, exploitation, automatable, total in rows(connection, select, values)
    ]


def _instant(at: int) -> datetime:
    whole, part = divmod(at, 1_000_000)
    return datetime.fromtimestamp(whole, UTC).replace(microsecond=part)


def exploits(connection: apsw.Connection, where: str, values: Sequence[str | int] = ()) -> list[Exploit]:
    """Return the published exploits *where* a condition of ours holds."""
    select = (
        f"SELECT cve, source, reference, maturity FROM exploit WHERE {where} ORDER BY cve, source, reference"
    )
    return [
        Exploit(cve_id(row), source, reference, maturity)
        for row, source, reference, maturity in rows(connection, select, values)
    ]


def feeds(connection: apsw.Connection) -> tuple[FeedInfo, ...]:
    """See `IntelStore.feeds`."""
    return tuple(
        _FEED.decode(info) for (info,) in rows(connection, "SELECT info FROM feed ORDER BY feed, source")
    )


def changed_products(connection: apsw.Connection, since: int) -> Changes:
    """See `IntelStore.changed_products`."""
    # One transaction, so that the revision is that of the products.
    with connection:
        ((revision,),) = rows(connection, "SELECT revision FROM state")
        products = rows(connection, _CHANGED_PRODUCTS, (since,))
        packages = rows(connection, _CHANGED_PACKAGES, (since,))
    return Changes(
        revision,
        tuple(ProductKey(*row) for row in products),
        tuple(PackageKey(*row) for row in packages),
    )


def sections(connection: apsw.Connection, since: int) -> Iterator[Section]:
    """See `IntelStore.sections`; *connection* is in a transaction of its own."""
    loaded = [
        (_FEED.decode(info), revision)
        for info, revision in rows(connection, "SELECT info, revision FROM feed")
    ]
    for feed, table in (("nvd", "cve"), ("cve", "cve_record"), ("osv", "advisory")):
        decoder = _ADVISORY if feed == "osv" else _CVE
        yield _header(feed), _packed(connection, table, since, decoder)
    yield _header("ssvc"), [ssvc(connection, "revision > ?", (since,))]
    for info, revision in loaded:
        header = FeedHeader(_name(info.feed), info.source, info.version, replaces=True)
        if revision <= since and since > 0:
            continue
        match info.feed:
            case "kev":
                yield header, [kev(connection, "1")]
            case "epss":
                yield header, _scores(connection)
            case "exploits":
                yield header, [exploits(connection, "source = ?", (info.source,))]
            case _:
                pass
    if since == 0:
        yield _header("epss-history"), _history(connection)


def _header(feed: str) -> FeedHeader:
    return FeedHeader(_name(feed), PACK, "", replaces=False)


def _name(feed: str) -> FeedName:
    name: FeedName = msgspec.convert(feed, FeedName)
    return name


def _packed(
    connection: apsw.Connection, table: str, since: int, decoder: "msgspec.msgpack.Decoder[Any]"
) -> Iterator[list[IntelRecord]]:
    cursor = _stream(connection, f"SELECT record FROM {table} WHERE revision > ?", (since,))  # a name of ours
    while batch := list(islice(cursor, BATCH)):
        yield [decoder.decode(record) for (record,) in batch]


def _stream(
    connection: apsw.Connection, query: str, values: Sequence[str | int] = ()
) -> Iterator[tuple[Any, ...]]:
    yield from connection.execute(query, values)


def _scores(connection: apsw.Connection) -> Iterator[list[IntelRecord]]:
    cursor = _stream(connection, "SELECT cve, probability, percentile, day FROM epss ORDER BY cve")
    while batch := list(islice(cursor, BATCH)):
        yield [EpssScore(cve_id(row), p, q, date.fromisoformat(day)) for row, p, q, day in batch]


def _history(connection: apsw.Connection) -> Iterator[list[IntelRecord]]:
    cursor = _stream(connection, "SELECT cve, probability, percentile, day FROM epss_past ORDER BY day, cve")
    while batch := list(islice(cursor, BATCH)):
        yield [
            EpssScore(cve_id(row), p / MILLIONTHS, q / MILLIONTHS, date.fromordinal(day))
            for row, p, q, day in batch
        ]
