"""OWASP Amass (`-json` of release 3, the text of release 4): names, addresses and who holds them."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record, host_entity, try_address, try_domain
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, line, mapping, whole
from chariot.model.keys import Key
from chariot.model.kinds.network import Address, DnsRecord, Domain, Netblock
from chariot.model.relationships import RelationshipType

_TRIPLE = re.compile(r"(\S{1,300}) \((\w{1,40})\) --> ([a-z_]{1,40}) --> (\S.{0,300}?) \((\w{1,40})\)")
_RECORDS = {"mx_record": "MX", "ns_record": "NS", "srv_record": "SRV"}


class Amass(Skimmed):
    """Names become Domains with RESOLVES_TO; blocks and autonomous systems become Netblocks and fields.

    | amass 3 | amass 4 | here |
    | --- | --- | --- |
    | `name` | `(FQDN)` | Domain; DISCOVERED from `domain` |
    | `addresses[].ip` | `a_record`, `aaaa_record` | Address with RESOLVES_TO |
    | `addresses[].cidr` | `contains` | Netblock with CONTAINS |
    | `addresses[].asn`, `.desc` | `announces`, `managed_by`: not about one asset, left out | `asn`, `holder` |
    |  | `cname_record`, `ptr_record` | ALIAS_OF; a reverse name says nothing more than its name |
    |  | `mx_record`, `ns_record`, `srv_record` | DnsRecord |

    Each name (each line of release 4) counts as a finding; there are no severities and no risks. Sources: Amass
    3's `requests/request.go` and Amass 4's user guide.
    """

    name = "amass"
    title = "Amass JSON lines, or the text of Amass 4"
    example = "amass enum -passive -d example.com -json names.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if names:
            return 90 if {"name", "domain"} <= names and names & {"addresses", "sources", "tag"} else 0
        first = decoded(head).split("\n", 1)[0].strip()
        return 90 if _TRIPLE.fullmatch(first) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, rest = begin(stream)
        if decoded(head).startswith(("{", "[")):
            yield from each(json_values(rest), _parsed)
        else:
            yield from each(text_lines(rest), _triple)


def _parsed(item: Value) -> Parsed:
    values = mapping(item.value)
    record = Record(item.place)
    domain = Domain(host=line(values.get("name"), 300).removeprefix("*."))
    key = record.add(domain)
    parent = try_domain(values.get("domain") or "")
    if parent is not None and parent.key != key:
        record.relate(RelationshipType.DISCOVERED, record.add(parent), key)
    for one in items(values.get("addresses"))[:10_000]:
        _address(record, key, mapping(one))
    return record.parsed(1)


def _address(record: Record, domain: Key, values: dict[str, Any]) -> None:
    address = try_address(values.get("ip"))
    if address is None:
        return
    number = whole(values.get("asn"))
    stated = Address(
        ip=address.ip,
        asn=number if 0 < number < 2**32 else None,
        holder=line(values.get("desc"), 500),
    )
    key = record.add(stated)
    record.relate(RelationshipType.RESOLVES_TO, domain, key)
    if values.get("cidr"):
        _contains(record, values["cidr"], key)


def _contains(record: Record, cidr: Any, address: Key) -> None:
    try:
        block = Netblock(cidr=line(cidr, 100))
    except ValueError:
        # Amass writes 0.0.0.0/0 where it knows no block.
        return
    record.relate(RelationshipType.CONTAINS, record.add(block), address)


def _triple(item: Value) -> Parsed:
    known = _TRIPLE.fullmatch(item.value)
    if known is None:
        raise ValueError("expected `name (kind) --> relation --> name (kind)`")
    source, source_kind, relation, target, _ = known.groups()
    record = Record(item.place)
    if relation in ("a_record", "aaaa_record"):
        record.host(source, target)
    elif relation == "cname_record":
        record.relate(RelationshipType.ALIAS_OF, record.host(source), record.host(target))
    elif relation in _RECORDS:
        owner = record.host(source)
        data = DnsRecord(host=source, type=_RECORDS[relation], value=target.rstrip("."))
        record.relate(RelationshipType.HAS_RECORD, owner, record.add(data))
    elif relation == "contains" and source_kind == "Netblock":
        _contains(record, source, record.add(host_entity(target)))
    elif relation in ("ptr_record", "node") and source_kind == "FQDN":
        record.host(target if relation == "node" else source)
    return record.parsed(1)
