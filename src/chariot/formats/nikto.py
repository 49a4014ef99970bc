"""Nikto (`-Format xml`, `json`, `csv`): findings at web servers."""

import csv
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record, try_address
from chariot.formats.support.values import cves, items, key_values, line, mapping, whole
from chariot.formats.support.xml import elements, root_name
from chariot.model.keys import Key
from chariot.model.states import Severity

_COLUMNS = 7
_ITEMS = 50_000


class Nikto(Format):
    """Each host becomes a WebApplication with a Risk for each test of Nikto that found something.

    | Nikto | here |
    | --- | --- |
    | `id` of an item | weakness `nikto:<id>`; several paths of one test are one Risk with several pieces of evidence |
    | a CVE in message or references | the weakness is the CVE |
    | no severity at all | info; none for a CVE, whose own severity counts |
    | `host`, `ip`, `port`, `banner` | Domain, Address, Port, WebApplication, Technology |
    | port 443, 8443, or a `ssl` element or `https:` site name | scheme https, else http |
    | CSV, which has no test id | weakness `nikto:<message>` |

    Each item counts as a finding. Other importers group items of one message, which gives a smaller number.
    Sources: Nikto's report plugins `nikto_report_json`, `_xml` and `_csv`, and `docs/nikto.dtd`.
    """

    name = "nikto"
    title = "Nikto XML, JSON and CSV"
    example = "nikto -h https://www.example.com -Format json -o nikto.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<nikto" in head:
            return 95 if root_name(head) in ("niktoscan", "niktoscans") else 0
        names = json_names(head)
        if names:
            return 90 if {"host", "port", "vulnerabilities"} <= names and names & {"ip", "banner"} else 0
        return 90 if decoded(head).startswith('"Nikto - v') else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, rest = begin(stream)
        start = decoded(head)
        if start.startswith("<"):
            for element in elements(rest, ("scandetails",)):
                yield from each([Value(f"line {element.sourceline}", element)], _of_element)
        elif start.startswith(("[", "{")):
            yield from each(json_values(rest), _of_object)
        else:
            yield from each(text_lines(rest), _of_row)


def _of_object(item: Value) -> Parsed:
    values = mapping(item.value)
    if "vulnerabilities" not in values:
        raise ValueError("expected an object with host and vulnerabilities")
    record = Record(item.place)
    target = _site(record, values, https=False)
    found = items(values.get("vulnerabilities"))
    for one in found[:_ITEMS]:
        _finding(record, target, mapping(one))
    return record.parsed(len(found))


def _of_element(item: Value) -> Parsed:
    element = item.value
    record = Record(item.place)
    values = {
        "host": element.get("targethostname"),
        "ip": element.get("targetip"),
        "port": element.get("targetport"),
        "banner": element.get("targetbanner"),
    }
    site = element.get("sitename") or ""
    target = _site(record, values, https=site.startswith("https:") or element.find("ssl") is not None)
    findings = 0
    for one in element.iterfind("item"):
        findings += 1
        found = {
            "id": one.get("id"),
            "method": one.get("method"),
            "url": one.findtext("uri"),
            "msg": one.findtext("description"),
            "references": one.findtext("references"),
        }
        _finding(record, target, found)
    return record.parsed(findings)


def _of_row(item: Value) -> Parsed:
    record = Record(item.place)
    if item.value.startswith('"Nikto - v'):
        return record.parsed()
    try:
        cells = next(csv.reader([item.value], strict=True), [])
    except csv.Error as error:
        raise ValueError(f"the CSV is broken: {error}") from None
    if len(cells) < _COLUMNS or not cells[5]:
        if len(cells) < 3:
            raise ValueError("expected host, ip, port, references, method, path and message")
        _site(record, dict(zip(("host", "ip", "port"), cells, strict=False)), https=False)
        return record.parsed()
    host, ip, port, references, method, url, message = cells[:_COLUMNS]
    target = _site(record, {"host": host, "ip": ip, "port": port}, https=False)
    found = {"id": line(message, 200), "method": method, "url": url, "msg": message, "references": references}
    _finding(record, target, found)
    return record.parsed(1)


def _site(record: Record, values: dict[str, Any], *, https: bool) -> Key:
    number = whole(values.get("port")) or 80
    scheme = "https" if https or number in (443, 8443) else "http"
    address = try_address(values.get("ip"))
    host = line(values.get("host") or values.get("ip"), 300)
    literal = f"[{host}]" if ":" in host else host
    server = line(values.get("banner"), 1_000)
    ip = address.ip if address is not None else None
    key = record.web(f"{scheme}://{literal}:{number}/", ip, server=server)
    if server:
        record.headers(key, (("Server", server),))
    return key


def _finding(record: Record, target: Key, found: dict[str, Any]) -> None:
    message = line(found.get("msg"), 2_000)
    named = cves(message, found.get("references"))
    test = line(found.get("id"), 200) or message[:200] or "unnamed"
    facts = {name: found.get(name) for name in ("method", "url", "msg", "references")}
    for weakness in named or [f"nikto:{test}"]:
        record.risk(
            target,
            weakness,
            title=message or test,
            severity=None if named else Severity.INFO,
            evidence=(key_values("Nikto", facts),),
        )
