"""OWASP Nettacker: the JSON report of a scan."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.json import json_values
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.scanners import add_risks, is_json, port_number, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, instant, key_values, line, mapping, text
from chariot.model.keys import Key
from chariot.model.states import Severity


class Nettacker(Skimmed):
    """A target becomes a Domain or Address, an event's port a Port, and each event a risk there.

    | kind of module | ours |
    | --- | --- |
    | *_vuln | the severity of its CVE is not told: none, until it is assessed |
    | *_brute | high: a password was found |
    | *_scan and others | info |

    The weakness is the CVE in the module's name, else `nettacker:<module>`. A port scan's event says that a port
    is open: where the address is known it becomes a Port, where only a name is, an info risk at the name. Every
    event counts as a finding. Source: OWASP Nettacker's documentation, "Reports", and the fields of its events.
    """

    name = "nettacker"
    title = "OWASP Nettacker JSON"
    example = "nettacker -i app.example.com -m port_scan -o report.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        own = (b'"module_name"', b'"json_event"', b'"target"', b'"event"')
        return 95 if is_json(head) and all(mark in head for mark in own) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for item in json_values(stream):
            if isinstance(item, Refused):
                yield item
                continue
            try:
                yield _event(mapping(item.value), item.place)
            except ValueError as error:
                yield Refused(item.place, str(error))


def _event(event: dict[str, Any], place: str) -> Parsed:
    module = line(event.get("module_name") or event.get("category"), 200)
    if not module:
        raise ValueError("names no module")
    record = Record(place)
    target = _target(record, event)
    seen_at = instant(event.get("date"))
    if module == "port_scan" and target.startswith("#port#"):
        return record.parsed(1, seen_at)
    # At a port the key tells the port already; at a name the weakness must.
    where = port_number(event.get("port")) if not target.startswith("#port#") else 0
    add_risks(
        record,
        target,
        cves(module.replace("_", "-")) or [weakness("nettacker", f"{module}:{where}" if where else module)],
        title=f"{module.replace('_', ' ')}: {line(event.get('event'), 300)}",
        severity=_severity(module),
        evidence=(
            key_values(
                "Nettacker",
                {
                    "module": module,
                    "port": event.get("port"),
                    "event": text(event.get("event"), 20_000),
                    "details": text(event.get("json_event"), 20_000),
                },
            ),
        ),
    )
    return record.parsed(1, seen_at)


def _severity(module: str) -> Severity | None:
    if module.endswith("_vuln"):
        return None
    return Severity.HIGH if module.endswith("_brute") else Severity.INFO


def _target(record: Record, event: dict[str, Any]) -> Key:
    written = line(event.get("target") or event.get("host"), 2_000)
    number = port_number(event.get("port"))
    if "://" in written:
        return record.web(written)
    address = try_address(written)
    if address is not None and number:
        return record.port(address.ip, number)
    return record.host(written)
