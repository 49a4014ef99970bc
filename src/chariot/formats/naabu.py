"""naabu (`-json`): open ports of names and addresses."""

import re
from collections.abc import Iterator
from typing import IO

from chariot.format import Parsed, Refused
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, line, mapping, whole
from chariot.model.relationships import RelationshipType

_PROTOCOLS = {0: "tcp", 1: "udp", "0": "tcp", "1": "udp"}
"""Releases before 2.1 wrote the number of their own enumeration."""


_LISTED = re.compile(r"(?:([A-Za-z0-9._-]{1,253}|\[[0-9a-fA-F:.]{2,45}\]|[0-9a-fA-F:]{2,45})):(\d{1,5})")

_NAMES = {
    "ip",
    "port",
    "host",
    "cdn",
    "cdn-name",
    "protocol",
    "tls",
    "port.Port",
    "port.Protocol",
    "port.TLS",
}


class Naabu(Skimmed):
    """Each line is an open port: Address, Port, HAS_PORT; the name that was asked for RESOLVES_TO the address.

    | naabu | here |
    | --- | --- |
    | `ip`, `port`, `protocol` | Port; releases before 2.1 nest number and protocol in `port` |
    | `host` | Domain with RESOLVES_TO |
    | a line `host:port`, as naabu writes without `-json` | the same, of an address; of a name only the name |
    | `cdn`, `cdn-name` | Attribute `cdn` of the address |

    naabu has no severities: each line counts as a finding and makes no risk. A port that naabu wrote twice counts
    twice, since both lines are its own; it is one Port. Source: naabu's `pkg/runner/output.go`.
    """

    name = "naabu"
    title = "naabu JSON lines and text"
    example = "naabu -host www.example.com -json -o ports.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        written = decoded(head).splitlines()
        if written and all(_LISTED.fullmatch(one) for one in written[:20]):
            return 50
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
        return 50 if {"ip", "port"} <= names <= _NAMES else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, whole_stream = begin(stream)
        if decoded(head).startswith(("{", "[")):
            yield from each(json_values(whole_stream), _parsed)
        else:
            yield from each(text_lines(whole_stream), _listed)


def _listed(item: Value) -> Parsed:
    known = _LISTED.fullmatch(item.value)
    if known is None:
        raise ValueError("expected host:port")
    record = Record(item.place)
    record.endpoint(known[1], whole(known[2]))
    return record.parsed(1)


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
