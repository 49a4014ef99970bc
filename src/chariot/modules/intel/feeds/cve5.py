"""CVE records in the JSON 5 form, as the CVE programme publishes them: one file a CVE.

Of the containers, that of the numbering authority and those of data publishers (CISA's Vulnrichment among
them, with its SSVC decision) are read.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.affected import Affected, choice
from chariot.modules.intel.feeds.nvd import (
    NvdConfiguration,
    WireCvss,
    WireText,
    configuration,
    cwes,
    english,
    instant,
    score,
)
from chariot.modules.intel.records import MAX_REFERENCES, Cve, CveId, Cvss, Node, Ssvc

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_Url = Annotated[str, msgspec.Meta(max_length=4_096)]


class _Meta(msgspec.Struct, rename="camel", gc=False):
    cve_id: CveId
    state: Literal["PUBLISHED", "REJECTED", "RESERVED"]
    date_published: str = ""
    date_updated: str = ""
    date_rejected: str = ""


class _Reference(msgspec.Struct, gc=False):
    url: _Url
    tags: list[str] = []


class _Problem(msgspec.Struct, rename="camel", gc=False):
    cwe_id: str = ""


class _Problems(msgspec.Struct, gc=False):
    descriptions: list[_Problem] = []


class _Other(msgspec.Struct, gc=False):
    type: str = ""
    content: Any = None


class _Metric(msgspec.Struct, gc=False):
    v40: WireCvss | None = msgspec.field(name="cvssV4_0", default=None)
    v31: WireCvss | None = msgspec.field(name="cvssV3_1", default=None)
    v30: WireCvss | None = msgspec.field(name="cvssV3_0", default=None)
    v2: WireCvss | None = msgspec.field(name="cvssV2_0", default=None)
    other: _Other | None = None


class _Provider(msgspec.Struct, rename="camel", gc=False):
    short_name: str = ""


class _Container(msgspec.Struct, rename="camel", gc=False):
    provider_metadata: _Provider = msgspec.field(default_factory=_Provider)
    descriptions: list[WireText] = []
    rejected_reasons: list[WireText] = []
    affected: list[Affected] = []
    cpe_applicability: list[NvdConfiguration] = []
    references: Annotated[list[_Reference], msgspec.Meta(max_length=MAX_REFERENCES)] = []
    problem_types: list[_Problems] = []
    metrics: list[_Metric] = []


class _Containers(msgspec.Struct, gc=False):
    cna: _Container
    adp: list[_Container] = []


class _Record(msgspec.Struct, rename="camel", gc=False):
    data_type: Literal["CVE_RECORD"]
    data_version: Annotated[str, msgspec.Meta(pattern=r"^5\.")]
    cve_metadata: _Meta
    containers: _Containers


class _Point(msgspec.Struct, gc=False):
    exploitation: Literal["none", "poc", "active"] | None = msgspec.field(name="Exploitation", default=None)
    automatable: Literal["yes", "no"] | None = msgspec.field(name="Automatable", default=None)
    impact: Literal["partial", "total"] | None = msgspec.field(name="Technical Impact", default=None)


class _Decision(msgspec.Struct, gc=False):
    timestamp: str
    options: list[_Point]


_RECORD: Final = msgspec.json.Decoder(_Record)


def decode_cve5(data: bytes) -> Iterator[Cve | Ssvc]:
    """Yield the CVE of the record in *data*, and the SSVC decision about it where one stands there.

    A reserved id says nothing yet and yields nothing.

    Raises:
        InvalidError: it is no such record.
    """
    try:
        record = _RECORD.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"not a CVE record of version 5: {error}") from error
    meta, every = record.cve_metadata, [record.containers.cna, *record.containers.adp]
    if meta.state == "RESERVED":
        return
    yield _cve(meta, every)
    for container in every:
        yield from _decisions(meta.cve_id, container)


def _cve(meta: _Meta, every: list[_Container]) -> Cve:
    own = every[0]
    references = [reference for container in every for reference in container.references]
    updated = meta.date_updated or meta.date_rejected or meta.date_published
    return Cve(
        id=meta.cve_id,
        published=instant(meta.date_published) if meta.date_published else EPOCH,
        modified=instant(updated) if updated else EPOCH,
        summary=english(own.descriptions or own.rejected_reasons),
        cvss=tuple(_scores(every)),
        cwes=cwes(
            problem.cwe_id
            for container in every
            for problems in container.problem_types
            for problem in problems.descriptions
        ),
        references=tuple(dict.fromkeys(reference.url for reference in references)),
        configurations=() if meta.state == "REJECTED" else _configurations(every),
        rejected=meta.state == "REJECTED",
        exploits=tuple(dict.fromkeys(r.url for r in references if "exploit" in r.tags)),
    )


def _configurations(every: Iterable[_Container]) -> tuple[Node, ...]:
    """Return what makes a product vulnerable: conditions over CPE names where a container has them."""
    containers = list(every)
    written = tuple(
        node for container in containers for one in container.cpe_applicability for node in configuration(one)
    )
    if written:
        return written
    products = [product for container in containers for product in container.affected]
    # Where some name a CPE, the same products stand there a second time, in words.
    named = [product for product in products if product.cpes]
    return choice(named or products)


def _scores(every: Iterable[_Container]) -> Iterator[Cvss]:
    metrics = [
        (metric, container.provider_metadata.short_name)
        for container in every
        for metric in container.metrics
    ]
    for name in ("v40", "v31", "v30", "v2"):
        for metric, source in metrics:
            wire = getattr(metric, name)
            if wire is not None:
                yield score(wire, source)


def _decisions(cve: str, container: _Container) -> Iterator[Ssvc]:
    for metric in container.metrics:
        if metric.other is None or metric.other.type != "ssvc":
            continue
        try:
            decision = msgspec.convert(metric.other.content, _Decision)
        except msgspec.ValidationError as error:
            raise InvalidError(f"not an SSVC decision: {error}") from error
        point = _Point()
        for option in decision.options:
            point = _Point(
                option.exploitation or point.exploitation,
                option.automatable or point.automatable,
                option.impact or point.impact,
            )
        if point.exploitation and point.automatable and point.impact:
            yield Ssvc(
                cve,
                point.exploitation,
                point.automatable == "yes",
                point.impact == "total",
                instant(decision.timestamp),
            )
