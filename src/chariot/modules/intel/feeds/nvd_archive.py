"""NVD's yearly archives in the JSON 1.1 form, which ended in 2023 and many sites still keep."""

import re
from collections.abc import Iterator
from typing import Annotated, BinaryIO, Literal

import msgspec

from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.feeds.nvd import (
    WireCvss,
    WireMatch,
    WireReference,
    WireText,
    batches,
    criterion,
    cwes,
    english,
    exploits,
    found,
    instant,
    score,
)
from chariot.modules.intel.feeds.scan import ArrayReader
from chariot.modules.intel.records import MAX_REFERENCES, Cve, CveId, Cvss, FeedHeader, Node


class _Match(WireMatch, rename="camel", gc=False):
    criteria: str = msgspec.field(name="cpe23Uri")


class _Node(msgspec.Struct, gc=False):
    operator: Literal["AND", "OR"] = "OR"
    negate: bool = False
    cpe_match: list[_Match] = []
    children: "list[_Node]" = []


class _Configurations(msgspec.Struct, gc=False):
    nodes: list[_Node] = []


class _Meta(msgspec.Struct, gc=False):
    id: CveId = msgspec.field(name="ID")


class _Problem(msgspec.Struct, gc=False):
    description: list[WireText] = []


class _Problems(msgspec.Struct, gc=False):
    problemtype_data: list[_Problem] = []


class _References(msgspec.Struct, gc=False):
    reference_data: Annotated[list[WireReference], msgspec.Meta(max_length=MAX_REFERENCES)] = []


class _Description(msgspec.Struct, gc=False):
    description_data: list[WireText]


class _Cve(msgspec.Struct, gc=False):
    meta: _Meta = msgspec.field(name="CVE_data_meta")
    description: _Description
    problemtype: _Problems = msgspec.field(default_factory=_Problems)
    references: _References = msgspec.field(default_factory=_References)


class _MetricV3(msgspec.Struct, gc=False):
    cvss: WireCvss = msgspec.field(name="cvssV3")


class _MetricV2(msgspec.Struct, gc=False):
    cvss: WireCvss = msgspec.field(name="cvssV2")


class _Impact(msgspec.Struct, gc=False):
    v3: _MetricV3 | None = msgspec.field(name="baseMetricV3", default=None)
    v2: _MetricV2 | None = msgspec.field(name="baseMetricV2", default=None)


class _Item(msgspec.Struct, rename="camel", gc=False):
    cve: _Cve
    published_date: str
    last_modified_date: str
    configurations: _Configurations = msgspec.field(default_factory=_Configurations)
    impact: _Impact = msgspec.field(default_factory=_Impact)


_ITEM = msgspec.json.Decoder(_Item)
_TIMESTAMP = re.compile(rb'"CVE_data_timestamp"\s*:\s*"([^"\\]{4,40})"')
_COUNT = re.compile(rb'"CVE_data_numberOfCVEs"\s*:\s*"?(\d{1,9})\b')
_REJECTED = re.compile(r"\s*(?:\*\* ?REJECT|Rejected reason:)")


def read_nvd_archive(stream: BinaryIO, name: str) -> Feed:
    """Return the records of an NVD 1.1 archive in *stream*.

    Raises:
        InvalidError: there is no `CVE_Items` array at its start.
    """
    array = ArrayReader(stream, "CVE_Items", name)
    header = FeedHeader("nvd", name, found(_TIMESTAMP, array.head), replaces=False)
    return Feed(header, batches(array, name, _decode, _COUNT))


def _decode(raw: bytes) -> Cve:
    item = _ITEM.decode(raw)
    summary = english(item.cve.description.description_data)
    problems = item.cve.problemtype.problemtype_data
    return Cve(
        id=item.cve.meta.id,
        published=instant(item.published_date),
        modified=instant(item.last_modified_date),
        summary=summary,
        cvss=tuple(_scores(item.impact)),
        cwes=cwes(text.value for problem in problems for text in problem.description),
        references=tuple(dict.fromkeys(link.url for link in item.cve.references.reference_data)),
        configurations=tuple(_node(node) for node in item.configurations.nodes),
        rejected=_REJECTED.match(summary) is not None,
        exploits=exploits(item.cve.references.reference_data),
    )


def _scores(impact: _Impact) -> Iterator[Cvss]:
    for metric in (impact.v3, impact.v2):
        if metric:
            yield score(metric.cvss, "nvd@nist.gov")


def _node(node: _Node) -> Node:
    return Node(
        node.operator,
        tuple([criterion(match) for match in node.cpe_match]),
        tuple([_node(child) for child in node.children]),
        node.negate,
    )
