"""naabu (`-json`): open ports of names and addresses."""

from collections.abc import Iterator
from typing import IO

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.skim import skim
from chariot.formats.support.values import instant, line, mapping, whole
from chariot.model.relationships import RelationshipType

_PROTOCOLS = {0: "tcp", 1: "udp", "0": "tcp", "1": "udp"}
"""Releases before 2.1 wrote the number of their own enumeration."""


class Naabu(Format):
    """Each line is an open port: Address, Port, HAS_PORT; the name that was asked for RESOLVES_TO the address.

    | naabu | here |
    | --- | --- |
    | `ip`, `port`, `protocol` | Port; releases before 2.1 nest number and protocol in `port` |
    | `host` | Domain with RESOLVES_TO |
    | `cdn`, `cdn-name` | Attribute `cdn` of the address |

    naabu has no severities: each line counts as a finding and makes no risk. A port that naabu wrote twice counts
    twice, since both lines are its own; it is one Port. Source: naabu's `pkg/runner/output.go`.
    """

    name = "naabu"
    title = "naabu JSON lines"
    example = "naabu -host www.example.com -json -o ports.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if names & {
            "url",
            "templateID",
            "template-id",
            "status_code",
            "rec_type",
            "proto",
            "resolver",
            "severity",
        }:
            return 0
        if {"ip", "port", "timestamp"} <= names and names & {"protocol", "tls", "port.Port", "port.port"}:
            return 85
        return 50 if {"ip", "port"} <= names <= {"ip", "port", "host", "cdn", "cdn-name"} else 0

    def check(self, stream: IO[bytes]) -> None:
        """See `Format.check`."""
        if not skim(stream):
            super().check(stream)

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    record = Record(item.place)
    values = {line(name, 40).lower(): value for name, value in mapping(item.value).items()}
    port = mapping(values.get("port"))
    if port:
        number, protocol = port.get("Port", port.get("port")), port.get("Protocol", port.get("protocol"))
    else:
        number, protocol = values.get("port"), values.get("protocol")
    if isinstance(protocol, int | str):
        protocol = _PROTOCOLS.get(protocol, protocol)
    record.port(values.get("ip") or values.get("host"), whole(number), protocol or "tcp")
    address = try_address(values.get("ip") or values.get("host"))
    domain = try_domain(values.get("host") or "")
    if address is not None and domain is not None:
        record.relate(RelationshipType.RESOLVES_TO, record.add(domain), address.key)
    if address is not None and values.get("cdn-name"):
        record.attribute(address.key, "cdn", line(values["cdn-name"], 200))
    return record.parsed(1, instant(values.get("timestamp")))
