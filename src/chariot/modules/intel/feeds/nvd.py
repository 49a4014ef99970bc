"""NVD's CVE records in the JSON 2.0 form: a page of the API, a whole feed, or one record a line."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, BinaryIO, Literal

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel import cpe
from chariot.modules.intel.feeds.feed import BATCH_RECORDS, Feed
from chariot.modules.intel.feeds.scan import MAX_ITEM_BYTES, ArrayReader
from chariot.modules.intel.records import (
    MAX_REFERENCES,
    CpeMatch,
    Cve,
    CveId,
    Cvss,
    FeedHeader,
    Node,
    OutsideText,
)

_Url = Annotated[str, msgspec.Meta(max_length=4_096)]
_Vector = Annotated[str, msgspec.Meta(max_length=512)]
_BaseScore = Annotated[float, msgspec.Meta(ge=0.0, le=10.0)]
_Bound = Annotated[str, msgspec.Meta(max_length=256)]


class WireMatch(msgspec.Struct, rename="camel", gc=False):
    """One criterion, as both NVD forms write it but for its name."""

    criteria: str
    vulnerable: bool = True
    version_start_including: _Bound | None = None
    version_start_excluding: _Bound | None = None
    version_end_including: _Bound | None = None
    version_end_excluding: _Bound | None = None


class _WireNode(msgspec.Struct, rename="camel", gc=False):
    operator: Literal["AND", "OR"] = "OR"
    negate: bool = False
    cpe_match: list[WireMatch] = []
    children: "list[_WireNode]" = []


class NvdConfiguration(msgspec.Struct, gc=False):
    """One way to be vulnerable; CVE records write theirs in the same form."""

    nodes: list[_WireNode]
    operator: Literal["AND", "OR"] | None = None
    negate: bool = False


class WireText(msgspec.Struct, gc=False):
    """A text and its language."""

    lang: str
    value: OutsideText


class WireCvss(msgspec.Struct, rename="camel", gc=False):
    """The part of a CVSS object that both NVD forms share."""

    version: Literal["2.0", "3.0", "3.1", "4.0"]
    vector_string: _Vector
    base_score: _BaseScore


class _Metric(msgspec.Struct, rename="camel", gc=False):
    cvss_data: WireCvss
    source: str = ""
    type: str = "Primary"


class _Metrics(msgspec.Struct, gc=False):
    v40: list[_Metric] = msgspec.field(name="cvssMetricV40", default_factory=list)
    v31: list[_Metric] = msgspec.field(name="cvssMetricV31", default_factory=list)
    v30: list[_Metric] = msgspec.field(name="cvssMetricV30", default_factory=list)
    v2: list[_Metric] = msgspec.field(name="cvssMetricV2", default_factory=list)


class _Weakness(msgspec.Struct, gc=False):
    description: list[WireText] = []


class WireReference(msgspec.Struct, gc=False):
    """A link, and what NVD says of it."""

    url: _Url
    tags: list[str] = []


class _Record(msgspec.Struct, rename="camel", gc=False):
    id: CveId
    published: str
    last_modified: str
    descriptions: list[WireText]
    vuln_status: str = ""
    metrics: _Metrics = msgspec.field(default_factory=_Metrics)
    weaknesses: list[_Weakness] = []
    configurations: list[NvdConfiguration] = []
    references: Annotated[list[WireReference], msgspec.Meta(max_length=MAX_REFERENCES)] = []


class _Item(msgspec.Struct, gc=False):
    cve: _Record


_ITEM = msgspec.json.Decoder(_Item)
_TIMESTAMP = re.compile(rb'"timestamp"\s*:\s*"([^"\\]{4,40})"')
_COUNT = re.compile(rb'"resultsPerPage"\s*:\s*(\d{1,9})\b')


def read_nvd(stream: BinaryIO, name: str) -> Feed:
    """Return the records of an NVD 2.0 document in *stream*.

    Raises:
        InvalidError: there is no `vulnerabilities` array at its start.
    """
    array = ArrayReader(stream, "vulnerabilities", name)
    header = FeedHeader("nvd", name, found(_TIMESTAMP, array.head), replaces=False)
    return Feed(header, batches(array, name, _decode, _COUNT))


def read_nvd_lines(stream: BinaryIO, name: str) -> Feed:
    """Return the records of a file with one NVD 2.0 object a line; such a file says no version."""
    return Feed(FeedHeader("nvd", name, "", replaces=False), _line_batches(stream, name))


def found(pattern: re.Pattern[bytes], text: bytes) -> str:
    """Return what the group of *pattern* finds in *text*, or nothing."""
    match = pattern.search(text)
    return match.group(1).decode("utf-8", "replace") if match else ""


def batches(
    array: ArrayReader, name: str, decode: Callable[[bytes], Cve], count: re.Pattern[bytes]
) -> Iterator[list[Cve]]:
    """Yield the records of *array*, then check their number against what the document says."""
    yield from in_batches(array, decode, lambda index: f"{name}: $.{array.name}[{index}]")
    told = found(count, array.head) or found(count, array.tail)
    if told and int(told) != array.count:
        raise InvalidError(f"says {told} records and holds {array.count}: it is cut short", place=name)


def in_batches(
    items: Iterable[bytes], decode: Callable[[bytes], Cve], place: Callable[[int], str]
) -> Iterator[list[Cve]]:
    """Yield what *decode* makes of *items*; its errors are made to name the item's place."""
    batch: list[Cve] = []
    for index, item in enumerate(items):
        try:
            batch.append(decode(item))
        except (msgspec.DecodeError, UnicodeDecodeError, InvalidError) as error:
            raise InvalidError(f"not a CVE record of this feed: {error}", place=place(index)) from error
        if len(batch) == BATCH_RECORDS:
            yield batch
            batch = []
    yield batch


def _line_batches(stream: BinaryIO, name: str) -> Iterator[list[Cve]]:
    return in_batches(_lines(stream, name), _decode, lambda index: f"{name}:{index + 1}")


def _lines(stream: BinaryIO, name: str) -> Iterator[bytes]:
    while line := stream.readline(MAX_ITEM_BYTES):
        if len(line) == MAX_ITEM_BYTES:
            raise InvalidError(f"one line is longer than {MAX_ITEM_BYTES} bytes", place=name)
        if line.strip():
            yield line


def _decode(item: bytes) -> Cve:
    record = _ITEM.decode(item).cve
    return Cve(
        id=record.id,
        published=instant(record.published),
        modified=instant(record.last_modified),
        summary=english(record.descriptions),
        cvss=_scores(record.metrics),
        cwes=cwes(text.value for weakness in record.weaknesses for text in weakness.description),
        references=tuple(dict.fromkeys(reference.url for reference in record.references)),
        configurations=tuple(node for item in record.configurations for node in configuration(item)),
        rejected=record.vuln_status == "Rejected",
        exploits=exploits(record.references),
    )


def _scores(metrics: _Metrics) -> tuple[Cvss, ...]:
    ordered = [
        metric
        for of_version in (metrics.v40, metrics.v31, metrics.v30, metrics.v2)
        for metric in sorted(of_version, key=lambda metric: metric.type != "Primary")
    ]
    return tuple(score(metric.cvss_data, metric.source) for metric in ordered)


def configuration(item: NvdConfiguration) -> Iterator[Node]:
    """Yield the conditions of *item*."""
    nodes = tuple(_node(node) for node in item.nodes)
    if item.operator == "AND" or item.negate:
        yield Node(item.operator or "OR", children=nodes, negate=item.negate)
    else:
        yield from nodes


def _node(node: _WireNode) -> Node:
    return Node(
        node.operator,
        tuple([criterion(match) for match in node.cpe_match]),
        tuple([_node(child) for child in node.children]),
        node.negate,
    )


def criterion(match: WireMatch) -> CpeMatch:
    """Return *match* with its CPE name checked, and made canonical where it is not."""
    return CpeMatch(
        cpe.canonical(match.criteria),
        match.vulnerable,
        match.version_start_including,
        match.version_start_excluding,
        match.version_end_including,
        match.version_end_excluding,
    )


def score(wire: WireCvss, source: str) -> Cvss:
    """Return the score that *source* gave."""
    return Cvss(wire.version, wire.vector_string, wire.base_score, source)


def cwes(values: Iterable[str]) -> tuple[str, ...]:
    """Return the weaknesses among *values*, each once; NVD also writes that it has none."""
    return tuple(dict.fromkeys(value for value in values if value.startswith("CWE-")))


def exploits(references: Iterable[WireReference]) -> tuple[str, ...]:
    """Return the links that NVD says lead to an exploit."""
    return tuple(dict.fromkeys(link.url for link in references if "Exploit" in link.tags))


def english(texts: Iterable[WireText]) -> str:
    """Return the first English text, or nothing."""
    return next((text.value for text in texts if text.lang.startswith("en")), "")


def instant(text: str) -> datetime:
    """Return an aware instant; NVD writes UTC, with or without saying so.

    Raises:
        InvalidError: *text* is no instant.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidError(f"not an instant: {text[:40]!r}") from None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
