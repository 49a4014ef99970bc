"""BloodHound OpenGraph: the whole graph, for path finding there. Source: the JSON schemas of its upload service."""

import re
import uuid
from datetime import datetime
from typing import Any

from chariot.formats.export.support.json import Items, encode, stamp
from chariot.formats.export.support.text import line, paragraphs
from chariot.formats.export.support.values import JSON, TEXTS, cell, form_of
from chariot.model.keys import Key
from chariot.model.records import Edge, Record
from chariot.model.registry import KINDS
from chariot.model.relationships import ENDS
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source

SOURCE_KIND = "Chariot"
_SPACE = uuid.UUID("0b0de0d5-34a4-5d0a-8e0c-9b5f6f1f7a11")
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_]")
_JOINED = frozenset(kind for ends in ENDS.values() for end in ends for kind in end)
"""Kinds that a relationship can have at one of its ends: the others are no part of a graph."""


class BloodHoundOpenGraph(Exporter):
    """Entities as nodes, relationships as edges; kinds begin with Chariot, so that they meet none of its own."""

    name = "bloodhound"
    title = "BloodHound OpenGraph"
    media_type = "application/json"
    extension = "json"
    default_kinds = tuple(kind for kind in KINDS if kind in _JOINED)

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        sink.write(b'{"metadata":' + encode({"source_kind": SOURCE_KIND}) + b',"graph":{"nodes":[')
        nodes = Items(sink)
        async for record in source.records():
            nodes.add(_node(record))
        sink.write(b'],"edges":[')
        edges = Items(sink)
        async for edge in source.edges():
            edges.add(_edge(edge))
        sink.write(b"]}}\n")
        return Written(nodes.count, edges.count)


def node_id(key: Key) -> str:
    """Return the id of the node of *key*: BloodHound writes ids in capitals, so a key itself would not do."""
    return str(uuid.uuid5(_SPACE, key)).upper()


def _node(record: Record) -> dict[str, Any]:
    return {
        "id": node_id(record.key),
        "kinds": [f"{SOURCE_KIND}{KINDS[record.kind].__name__}", SOURCE_KIND],
        "properties": _properties(record),
    }


def _properties(record: Record) -> dict[str, Any]:
    """Return plain values and lists of text: the format has no nested values and no null."""
    facts: dict[str, Any] = {
        "name": line(record.name),
        "displayname": line(record.name),
        "key": record.key,
        "organisation": record.organisation,
        "status": record.status.value,
        "surface": record.surface.value,
        "origins": list(record.origins),
        "tags": [f"{label}={value}" for label, value in record.tags.items()],
        "firstseen": stamp(record.created),
        "lastseen": stamp(record.visited),
    }
    for spec in record.entity.specs:
        form = form_of(spec)
        value = cell(getattr(record.entity, spec.name), form)
        if spec.mark.secret or form is JSON or value is None or value in ("", []):
            continue
        name = _NOT_ALLOWED.sub("_", "identifier" if spec.name == "id" else spec.name)
        facts.setdefault(name, _plain(value, form))
    return facts


def _plain(value: Any, form: Any) -> Any:
    if form is TEXTS:
        return [line(one) for one in value]
    if form is datetime:
        return stamp(value)
    return paragraphs(value) if isinstance(value, str) else value


def _edge(edge: Edge) -> dict[str, Any]:
    return {
        "kind": edge.type.value,
        "start": {"match_by": "id", "value": node_id(edge.source)},
        "end": {"match_by": "id", "value": node_id(edge.target)},
        "properties": {
            "firstseen": stamp(edge.first_seen),
            "lastseen": stamp(edge.last_seen),
            "origins": list(edge.origins),
        },
    }
