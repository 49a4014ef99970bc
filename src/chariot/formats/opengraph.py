"""BloodHound OpenGraph: nodes and edges of any source."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import resource_at
from chariot.formats.support.json_paths import Found, json_at, look_ahead, require
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.secrets import speaks_of_secrets
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, key_values, line, mapping
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.work import File
from chariot.model.relationships import ENDS, RelationshipType

NODES_LIMIT = 1_000_000
"""Nodes that edges can refer to; what stands behind is imported, but its edges are refused."""

_ADDRESSES = ("ip", "ipaddress", "ip_address", "ipv4", "ipv6")
_NAMES = ("dnshostname", "dns_host_name", "hostname", "fqdn", "dns_name")
_HOSTS = frozenset({"computer", "domain", "host", "server", "machine", "website"})
_RIGHTS: dict[RelationshipType, frozenset[str]] = {
    RelationshipType.MEMBER_OF: frozenset({"memberof", "azmemberof"}),
    RelationshipType.ADMIN_TO: frozenset({"adminto", "localadmin", "azglobaladmin", "azowns"}),
    RelationshipType.HAS_SESSION: frozenset({"hassession"}),
    RelationshipType.CAN_ASSUME: frozenset(
        {"canassume", "assumerole", "stsassumerole", "azrunas", "allowedtoact", "allowedtodelegate"}
    ),
    RelationshipType.CONTROLS: frozenset(
        {
            "addallowedtoact",
            "addkeycredentiallink",
            "addmember",
            "allextendedrights",
            "canpsremote",
            "canrdp",
            "contains",
            "controls",
            "dcsync",
            "executedcom",
            "forcechangepassword",
            "genericall",
            "genericwrite",
            "getchanges",
            "owns",
            "readgmsapassword",
            "readlapspassword",
            "sqladmin",
            "syncedtoaduser",
            "writedacl",
            "writeowner",
        }
    ),
    RelationshipType.CAN_REACH: frozenset({"canreach", "connectsto", "connectedto"}),
}
"""Kinds of edges that are rights and ways of getting on, in small letters without separators.

Source: BloodHound's documentation, chapter on edges.
"""
_BY_KIND = {type_.value.replace("_", "").lower(): type_ for type_ in RelationshipType} | {
    kind: type_ for type_, kinds in _RIGHTS.items() for kind in kinds
}
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")
_SEPARATORS = re.compile(r"[-._]+")


class OpenGraph(Skimmed):
    """A node becomes an Address or a Domain where its properties say which; any other becomes a File.

    | OpenGraph | ours |
    | --- | --- |
    | node with an address property (`ip`, `ipaddress`, …) | Address |
    | node with a DNS name property, or of kind Computer, Domain, Host, Server whose name is one | Domain |
    | any other node | File `opengraph/<first kind>/<name or id>` |
    | edge between two nodes of the file whose kind is a right or a way | MEMBER_OF, ADMIN_TO, HAS_SESSION, … |
    | any other edge | attribute of the start: label is the edge's kind, value the end's name |

    Rights and ways (MemberOf, AdminTo, HasSession, GenericAll, …) are what attack paths follow; CONTROLS stands for
    all that amount to control. A node's properties stand as evidence of the relationship DISCOVERED from the graph
    (a File named by its `source_kind`); properties whose names speak of secrets are left out. There are no findings
    in it. Edges name their ends by id or by name. Memory grows with the number of nodes that edges may refer to, up
    to a limit. Source: BloodHound's documentation, chapters on OpenGraph: schema, nodes, edges.
    """

    name = "opengraph"
    title = "BloodHound OpenGraph"
    example = "any OpenGraph collector, e.g. one that writes graph.json for BloodHound's file ingest"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"graph.nodes", "graph.edges"} & names:
            return 95
        return 70 if "metadata.source_kind" in names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        start = stream.tell()
        graph: _Graph | None = None
        for found in json_at(stream, "graph.nodes.*"):
            graph = graph or _Graph(look_ahead(stream, start, "metadata.source_kind"))
            yield from _one(graph.node, found)
        if graph is None:
            require(stream, start, "OpenGraph", "graph")
            graph = _Graph([])
        # Edges may stand before the nodes that they join.
        stream.seek(start)
        for found in json_at(stream, "graph.edges.*"):
            yield from _one(graph.edge, found)


def _one(read: Any, found: Found) -> Iterator[Parsed | Refused]:
    try:
        yield read(found.place, mapping(found.value))
    except ValueError as error:
        yield Refused(found.place, str(error))


class _Graph:
    """What was read of the graph."""

    def __init__(self, about: list[Found]) -> None:
        kind = next((line(one.value, 100) for one in about), "")
        self._source = resource_at("opengraph", kind)
        self._by_id: dict[str, tuple[Address | Domain | File, str]] = {}
        self._by_name: dict[str, str] = {}

    def node(self, place: str, value: dict[str, Any]) -> Parsed:
        """Return the record of one node.

        Raises:
            ValueError: it has no id.
        """
        identifier = line(value.get("id"), 1_000)
        if not identifier:
            raise ValueError("the node has no id")
        kinds = [line(kind, 100) for kind in items(value.get("kinds"))]
        properties = {line(name, 100).lower(): one for name, one in mapping(value.get("properties")).items()}
        name = line(properties.get("name") or properties.get("displayname"), 500) or identifier
        entity = _entity(kinds, properties, name)
        if len(self._by_id) < NODES_LIMIT:
            self._by_id[identifier] = (entity, name)
            self._by_name.setdefault(name.lower(), identifier)
        record = Record(place)
        shown = {
            name: one
            for name, one in list(properties.items())[:100]
            if isinstance(one, str | int | float | bool | list) and not speaks_of_secrets(name)
        }
        evidence = key_values("OpenGraph node", {"id": identifier, "kinds": kinds[:10], **shown})
        record.relate(RelationshipType.DISCOVERED, record.add(self._source), record.add(entity), evidence)
        return record.parsed()

    def edge(self, place: str, value: dict[str, Any]) -> Parsed:
        """Return the record of one edge.

        Raises:
            ValueError: its start is no node of this file, or it has no kind.
        """
        kind = _NOT_SLUG.sub("-", line(value.get("kind"), 100).lower()).strip("-._")
        start, _ = self._end(mapping(value.get("start")))
        other, end = self._end(mapping(value.get("end")))
        if start is None or not kind or not end:
            raise ValueError("the edge has no kind, or begins at no node of this file")
        record = Record(place)
        type_ = _BY_KIND.get(_SEPARATORS.sub("", kind))
        if type_ is not None and other is not None and _joins(type_, start.kind, other.kind):
            record.relate(type_, record.add(start), record.add(other))
            return record.parsed()
        record.attribute(record.add(start), kind, end)
        return record.parsed()

    def _end(self, end: dict[str, Any]) -> tuple[Address | Domain | File | None, str]:
        written = line(end.get("value"), 1_000)
        identifier = self._by_name.get(written.lower(), "") if end.get("match_by") == "name" else written
        return self._by_id.get(identifier, (None, written))


def _joins(type_: RelationshipType, source: str, target: str) -> bool:
    sources, targets = ENDS[type_]
    return source in sources and target in targets


def _entity(kinds: list[str], properties: dict[str, Any], name: str) -> Address | Domain | File:
    for key in _ADDRESSES:
        address = try_address(properties.get(key)) if properties.get(key) else None
        if address is not None:
            return address
    hosts = [properties.get(key) for key in _NAMES]
    if any(kind.lower() in _HOSTS for kind in kinds):
        hosts.append(name)
    for host in hosts:
        domain = try_domain(host) if host and "." in str(host) else None
        if domain is not None:
            return domain
    return resource_at("opengraph", kinds[0] if kinds else "node", name)
