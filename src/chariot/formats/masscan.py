"""masscan (`-oJ`, `-oD`, `-oX`): addresses, open ports, and the banners that it grabbed."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record
from chariot.formats.support.values import instant, items, line, mapping, text, whole
from chariot.formats.support.xml import elements, root_name

_SERVICES = {"http.server": "http", "title": "http", "ssl": "https", "X509": "https"}
"""What masscan calls a part of a service's answer, by the service that gives it."""
_NAMES = frozenset(
    {"http", "https", "ssh", "ftp", "smtp", "imap", "pop3", "telnet", "snmp", "vnc", "rdp", "smb"}
)


_LISTED = re.compile(r"(?:open|closed|banner) (?:tcp|udp|sctp|icmp) \d{1,5} [0-9a-fA-F.:]{2,45} \d{1,12}\b")


class Masscan(Format):
    """Open ports become Port entities; a banner becomes the port's, and the products that it shows Technologies.

    | masscan | here |
    | --- | --- |
    | `ip`, `ports[].port`, `ports[].proto` with `status` open | Address, Port, HAS_PORT |
    | `ports[].status` closed | nothing: it says nothing of the surface |
    | `open tcp 80 192.0.2.7 1772500000` in a list (`-oL`), and `banner` lines there | the same |
    | `ports[].proto` icmp: it answered a ping | Address |
    | `ports[].service.name`, `.banner` | service and banner of the Port |

    masscan has no severities; each open port and each ping that was answered counts as a finding and makes no
    risk. A banner record beside the record of its port is no second finding. Sources: masscan's `out-json.c`,
    `out-ndjson.c`, `out-text.c` and `out-xml.c`; older releases end the array with `{finished: 1}`, which is no JSON
    and is read as the end.
    """

    name = "masscan"
    title = "masscan JSON, XML and list"
    example = "masscan -p 1-65535 -oJ scan.json 192.0.2.0/28"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<nmaprun" in head:
            return 99 if b'scanner="masscan"' in head and root_name(head) == "nmaprun" else 0
        if _LISTED.match(decoded(head).removeprefix("#masscan").lstrip()):
            return 95
        names = json_names(head)
        if {"ip", "timestamp", "ports", "ports.port"} <= names:
            return 95
        return 95 if {"ip", "timestamp", "port", "proto", "rec_type"} <= names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, whole_stream = begin(stream)
        if decoded(head).startswith("<"):
            yield from _hosts(whole_stream)
        elif not decoded(head).startswith(("{", "[")):
            yield from each(_lines(whole_stream), _parsed)
        else:
            yield from each(json_values(whole_stream, epilogue="{finished: 1}"), _parsed)


def _parsed(item: Value) -> Parsed:
    record = Record(item.place)
    values = mapping(item.value)
    if not values.get("ip"):
        raise ValueError("expected an object with an ip")
    ports = [mapping(port) for port in items(values.get("ports"))] or [_of_line(values)]
    opened = 0
    for port in ports:
        service = mapping(port.get("service"))
        if port.get("status", "open" if service else "") != "open":
            continue
        if port.get("proto") == "icmp":
            record.host(values["ip"])
        else:
            _port(record, values["ip"], port, service)
        opened += "service" not in port
    return record.parsed(opened, instant(values.get("timestamp")))


def _of_line(values: dict[str, Any]) -> dict[str, Any]:
    """Return the port of one line of `-oD` in the form that `-oJ` has."""
    data = mapping(values.get("data"))
    if values.get("rec_type") == "banner":
        service = {"name": data.get("service_name"), "banner": data.get("banner")}
        return {"port": values.get("port"), "proto": values.get("proto"), "service": service}
    return {"port": values.get("port"), "proto": values.get("proto"), "status": data.get("status")}


def _lines(stream: IO[bytes]) -> Iterator[Value | Refused]:
    """Yield the lines of a list in the form of `-oJ`."""
    known = False
    for item in text_lines(stream):
        words = item.value.split(None, 6)
        match words:
            case ["open" | "closed" as state, protocol, number, ip, at]:
                port = {"port": number, "proto": protocol, "status": state}
            case ["banner", protocol, number, ip, at, name, *banner]:
                service = {"name": name, "banner": " ".join(banner)}
                port = {"port": number, "proto": protocol, "service": service}
            case [comment, *_] if comment.startswith("#"):
                known = True
                continue
            case _ if not known:
                raise InvalidError("is no list of masscan", place=item.place)
            case _:
                yield Refused(item.place, "expected `open protocol port address time`")
                continue
        known = True
        yield Value(item.place, {"ip": ip, "timestamp": at, "ports": [port]})


def _port(record: Record, ip: Any, port: dict[str, Any], service: dict[str, Any]) -> None:
    name = line(service.get("name"), 64)
    banner = text(service.get("banner")) or None
    spoken = name if name in _NAMES else _SERVICES.get(name, "")
    key = record.port(
        ip,
        whole(port.get("port")),
        port.get("proto") or "tcp",
        service=spoken,
        banner=banner if name not in ("X509", "ssl", "title") else None,
    )
    if banner and name == "http.server":
        record.headers(key, (("Server", banner),))
    elif banner:
        record.banner(key, banner)


def _hosts(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    for element in elements(stream, ("host",)):
        place = f"line {element.sourceline}"
        address = element.find("address")
        ports = [
            {
                "port": port.get("portid"),
                "proto": port.get("protocol"),
                "status": state.get("state") if (state := port.find("state")) is not None else None,
                **(
                    {"service": dict(service.attrib)} if (service := port.find("service")) is not None else {}
                ),
            }
            for port in element.iterfind("ports/port")
        ]
        values = {
            "ip": address.get("addr") if address is not None else None,
            "ports": ports,
            "timestamp": element.get("endtime"),
        }
        yield from each([Value(place, values)], _parsed)
