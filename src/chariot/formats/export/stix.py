"""STIX 2.1: assets as cyber observables, weaknesses as vulnerabilities, risks as what joins them.

All ids are deterministic, so the same thing has the same id in every export. Source: OASIS, STIX 2.1.
"""

import uuid
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from chariot.formats.export.support.findings import Finding, findings
from chariot.formats.export.support.json import Items, encode, stamp, stated
from chariot.formats.export.support.text import line, paragraphs
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Certificate, Domain, Netblock, Port, WebApplication
from chariot.model.kinds.weakness import Technology
from chariot.model.records import Edge, Record
from chariot.model.relationships import RelationshipType
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source

_OBSERVABLES = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""The namespace of deterministic ids of observables. Source: STIX 2.1, section 2.9."""
_OURS = uuid.UUID("c1a0c9ee-2b1c-5c39-8f6a-64f0c1f9d5b3")
_ASSETS = ("domain", "address", "netblock", "port", "webapplication", "certificate", "technology")
_AT_ONCE = 500
_CANONICAL = msgspec.json.Encoder(order="sorted").encode
_TYPES = {
    RelationshipType.RESOLVES_TO: "resolves-to",
    RelationshipType.ALIAS_OF: "resolves-to",
    RelationshipType.CONTAINS: "related-to",
    RelationshipType.SERVES: "related-to",
    RelationshipType.NAMES: "related-to",
    RelationshipType.PRESENTS_CERTIFICATE: "related-to",
    RelationshipType.CERTIFIES: "related-to",
    RelationshipType.HAS_TECHNOLOGY: "related-to",
}
"""Relationships that go in. The specification has a word for two of them; the others keep ours beside it."""


class Stix(Exporter):
    """One bundle. A risk is an infrastructure that has a vulnerability; a closed one is revoked."""

    name = "stix"
    title = "STIX 2.1 bundle"
    media_type = "application/stix+json;version=2.1"
    extension = "stix.json"
    kinds = (*_ASSETS, "risk")

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        bundle = _id("bundle", f"{source.organisation} {source.made_at.isoformat()}")
        sink.write(b'{"type":"bundle","id":' + encode(bundle) + b',"objects":[')
        items = Items(sink)
        items.add(_identity(source))
        records = relationships = 0
        async for record in source.records(*_ASSETS):
            items.add(observable(record.entity))
            records += 1
        author = _identity(source)["id"]
        async for known in _weaknesses(source, author):
            items.add(known)
        async for target in _targets(source, author):
            items.add(target)
        async for finding in findings(source):
            items.add(_risk(finding, author))
            records += 1
        async for edges in _batches(source.edges(*_TYPES)):
            held = await source.get([end for edge in edges for end in (edge.source, edge.target)])
            for edge in edges:
                items.add(_related(held, edge, author))
            relationships += len(edges)
        sink.write(b"]}\n")
        return Written(records, relationships)


def observable(entity: Entity) -> dict[str, Any]:
    """Return *entity* as a cyber observable; its id follows from what it is."""
    kind, identity, more = _observable(entity)
    digest = uuid.uuid5(_OBSERVABLES, _CANONICAL(identity).decode())
    return stated({"type": kind, "spec_version": "2.1", "id": f"{kind}--{digest}", **identity, **more})


def _observable(entity: Entity) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the type, the properties that make the id, and the others."""
    match entity:
        case Domain(host=host):
            return "domain-name", {"value": host}, {}
        case Address(ip=value) | Netblock(cidr=value):
            return ("ipv6-addr" if ":" in value else "ipv4-addr"), {"value": value}, {}
        case WebApplication(url=url):
            return "url", {"value": url}, {}
        case Port(address=address, protocol=protocol, number=number, service=service):
            family = "ipv6" if ":" in address else "ipv4"
            protocols = [word for word in (family, protocol, service) if word]
            return (
                "network-traffic",
                {
                    "dst_ref": observable(Address(ip=address))["id"],
                    "dst_port": number,
                    "protocols": protocols,
                },
                {},
            )
        case Certificate():
            return "x509-certificate", {"hashes": {"SHA-256": entity.sha256}}, _validity(entity)
        case Technology():
            return (
                "software",
                stated({"name": line(entity.name), "cpe": entity.cpe, "version": line(entity.version)}),
                {},
            )
        case _:
            raise TypeError(f"a {entity.kind} is no observable")


def _validity(certificate: Certificate) -> dict[str, Any]:
    return {
        "subject": line(certificate.subject, 4_096),
        "issuer": line(certificate.issuer, 4_096),
        "validity_not_before": stamp(certificate.not_before) if certificate.not_before else None,
        "validity_not_after": stamp(certificate.not_after) if certificate.not_after else None,
    }


def _id(kind: str, name: str) -> str:
    return f"{kind}--{uuid.uuid5(_OURS, f'{kind} {name}')}"


def _object(kind: str, identity: str, created: datetime, modified: datetime, **values: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": _id(kind, identity),
        "created": stamp(created),
        "modified": stamp(max(created, modified)),
        **stated(values),
    }


def _identity(source: Source) -> dict[str, Any]:
    return _object(
        "identity",
        source.organisation,
        source.made_at,
        source.made_at,
        name=source.organisation,
        identity_class="organization",
        description=f"Attack surface as {source.program} knows it",
    )


async def _weaknesses(source: Source, author: str) -> AsyncIterator[dict[str, Any]]:
    last = ""
    async for finding in findings(source, sort="weakness"):
        if finding.risk.weakness == last:
            continue
        last = finding.risk.weakness
        known = finding.vulnerability
        published = known.published if known and known.published else finding.record.created
        yield _object(
            "vulnerability",
            last,
            published,
            published,
            created_by_ref=author,
            name=last,
            description=paragraphs(known.description) if known and known.description else finding.title,
            external_references=[{"source_name": "cve", "external_id": last}] if finding.is_cve else None,
        )


async def _targets(source: Source, author: str) -> AsyncIterator[dict[str, Any]]:
    """Yield each target of a risk as infrastructure, and what it consists of."""
    last = ""
    async for finding in findings(source, sort="target"):
        target = finding.risk.target
        if target == last:
            continue
        last = target
        created = finding.target.created if finding.target else finding.record.created
        yield _object(
            "infrastructure",
            target,
            created,
            created,
            created_by_ref=author,
            name=finding.target_name or target,
            infrastructure_types=["unknown"],
        )
        if finding.target is not None and finding.target.kind in _ASSETS:
            yield _object(
                "relationship",
                f"consists-of {target}",
                created,
                created,
                created_by_ref=author,
                relationship_type="consists-of",
                source_ref=_id("infrastructure", target),
                target_ref=observable(finding.target.entity)["id"],
            )


def _risk(finding: Finding, author: str) -> dict[str, Any]:
    risk, record = finding.risk, finding.record
    facts = {
        "state": risk.state.value,
        "severity": risk.severity.value if risk.severity else None,
        "score": risk.score,
        "decision": risk.decision.value if risk.decision else None,
    }
    return _object(
        "relationship",
        record.key,
        record.created,
        record.updated,
        created_by_ref=author,
        relationship_type="has",
        source_ref=_id("infrastructure", risk.target),
        target_ref=_id("vulnerability", risk.weakness),
        description=finding.title,
        confidence=risk.confidence,
        labels=[f"{name}:{value}" for name, value in facts.items() if value is not None],
        start_time=stamp(record.created),
        revoked=finding.is_closed or None,
    )


async def _batches(edges: AsyncIterator[Edge]) -> AsyncIterator[list[Edge]]:
    batch: list[Edge] = []
    async for edge in edges:
        batch.append(edge)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _related(held: Mapping[Key, Record], edge: Edge, author: str) -> dict[str, Any]:
    return _object(
        "relationship",
        f"{edge.source} {edge.type.value} {edge.target}",
        edge.first_seen,
        edge.first_seen,
        created_by_ref=author,
        relationship_type=_TYPES[edge.type],
        source_ref=_reference(held, edge.source),
        target_ref=_reference(held, edge.target),
        description=edge.type.value,
        start_time=stamp(edge.first_seen),
    )


def _reference(held: Mapping[Key, Record], key: Key) -> str:
    return str(observable(held[key].entity)["id"])
