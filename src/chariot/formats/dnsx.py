"""dnsx (`-json`): DNS records of names."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, host_entity, try_address, try_domain
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, text, whole
from chariot.model.kinds.network import Address, DnsRecord, Domain
from chariot.model.relationships import RelationshipType

_RECORDS = ("mx", "ns", "txt", "srv", "caa", "soa")
_ITEMS = 1_000
_ANSWERED = ("", "NOERROR")


class Dnsx(Skimmed):
    """Addresses become RESOLVES_TO, aliases ALIAS_OF, other records DnsRecord with HAS_RECORD.

    | dnsx | here |
    | --- | --- |
    | `a`, `aaaa` | Address with RESOLVES_TO from the end of the chain of aliases and from `host` |
    | `cname` | ALIAS_OF along the chain |
    | `mx`, `ns`, `txt`, `srv`, `caa`, `soa` | DnsRecord |
    | `ptr` of an address | Domain with RESOLVES_TO; the name claims the address, as with Nmap |
    | `asn.as-number`, `.as-name`, `.as-country` | fields of the addresses |
    | `status_code` other than NOERROR | nothing: the name does not exist now |

    Each line that was answered counts as a finding; there are no severities and no risks. Source: dnsx's
    `libs/dnsx` and retryabledns' `DNSData`.
    """

    name = "dnsx"
    title = "dnsx JSON lines"
    example = "dnsx -l names.txt -recon -json -o records.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "host" not in names or names & {"url", "webserver", "templateID", "template-id", "matched-at"}:
            return 0
        if {"resolver", "status_code"} <= names:
            return 90
        records = {"a", "aaaa", "cname", "mx", "ns", "txt", "ptr", "soa", "resolver", "ttl"}
        return 60 if names & records and "port" not in names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    values = mapping(item.value)
    record = Record(item.place)
    seen_at = instant(values.get("timestamp"))
    host = host_entity(values.get("host"))
    if line(values.get("status_code"), 20).upper() not in _ANSWERED:
        return record.parsed(0, seen_at)
    key = record.add(host)
    if isinstance(host, Address):
        for written in items(values.get("ptr"))[:_ITEMS]:
            domain = try_domain(written)
            if domain is not None:
                record.relate(RelationshipType.RESOLVES_TO, record.add(domain), key)
        return record.parsed(1, seen_at)
    _addresses(record, host, values)
    for kind in _RECORDS:
        for data in items(values.get(kind))[:_ITEMS]:
            _record(record, host, kind, data)
    return record.parsed(1, seen_at)


def _addresses(record: Record, host: Domain, values: dict[str, Any]) -> None:
    holders = [host]
    for alias in (try_domain(one) for one in items(values.get("cname"))[:_ITEMS]):
        if alias is not None and alias.key != holders[-1].key:
            record.relate(RelationshipType.ALIAS_OF, holders[-1].key, record.add(alias))
            holders.append(alias)
    system = mapping(values.get("asn"))
    number = whole(line(system.get("as-number") or system.get("as_number"), 20).upper().removeprefix("AS"))
    for address in (try_address(one) for kind in ("a", "aaaa") for one in items(values.get(kind))[:_ITEMS]):
        if address is None:
            continue
        stated = Address(
            ip=address.ip,
            asn=number if 0 < number < 2**32 else None,
            holder=line(system.get("as-name") or system.get("as_name"), 500),
            country=line(system.get("as-country") or system.get("as_country"), 2),
        )
        for holder in dict.fromkeys((holders[0].key, holders[-1].key)):
            record.relate(RelationshipType.RESOLVES_TO, holder, record.add(stated))


def _record(record: Record, host: Domain, kind: str, data: Any) -> None:
    if isinstance(data, dict):
        data = " ".join(text(data.get(name), 300) for name in ("ns", "mbox", "serial") if data.get(name))
    value = text(data)
    if value.strip():
        found = DnsRecord(host=host.host, type=kind.upper(), value=value)
        record.relate(RelationshipType.HAS_RECORD, host.key, record.add(found))
