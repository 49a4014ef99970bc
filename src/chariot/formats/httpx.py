"""httpx of ProjectDiscovery (`-json`): web applications and what runs them."""

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from chariot.format import Parsed, Refused
from chariot.formats.support.certificates import present
from chariot.formats.support.files import each, json_names
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.redaction import redacted
from chariot.formats.support.repeated import renaming
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, text, whole
from chariot.model.keys import Key
from chariot.model.kinds.network import Certificate
from chariot.model.relationships import RelationshipType

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ITEMS = 1_000

_renamed = renaming(lambda name: line(name, 80).replace("-", "_"))
"""Gives names as later releases wrote them."""


class Httpx(Skimmed):
    """Each answer becomes its WebApplication with host, port, technologies and certificate.

    | httpx | here |
    | --- | --- |
    | `url` | WebApplication of its scheme, host and port |
    | `status_code`, `title`, `webserver`, `location` | its fields, when the path is `/` |
    | another path | Attribute `path` of the application |
    | `host_ip` or `host`, `port` | Address, Port, HAS_PORT, SERVES |
    | `a`, `aaaa`, `cname` | RESOLVES_TO, ALIAS_OF |
    | `tech`, `webserver` | Technology where the CPE name is known, else Attribute `technology` |
    | `tls` | Certificate with its names |
    | `cdn_name` | Attribute `cdn` of the application |
    | `failed` true | nothing: it did not answer |

    Releases before 1.2.6 write dashes in names (`status-code`); both are read. Each answer counts as a finding;
    there are no severities and no risks. Source: httpx's `runner/types.go`.
    """

    name = "httpx"
    title = "httpx JSON lines"
    example = "httpx -l hosts.txt -td -json -o web.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "url" not in names or names & {"template-id", "templateID", "template", "vulnerabilities"}:
            return 0
        marks = {"input", "scheme", "webserver", "tech", "words", "lines", "content_length", "content-length"}
        marks |= {"status_code", "status-code", "failed", "content_type", "knowledgebase", "timestamp"}
        if "results" in names or {"position", "FFUFHASH"} & names or "input.FUZZ" in names:
            return 0
        return 90 if len(names & marks) >= 3 else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        yield from each(json_values(stream), _parsed)


def _parsed(item: Value) -> Parsed:
    values = _renamed(mapping(item.value))
    record = Record(item.place)
    seen_at = instant(values.get("timestamp"))
    if values.get("failed") is True:
        return record.parsed(0, seen_at)
    url = text(values.get("url"))
    parts = urlsplit(url)
    path = parts.path or "/"
    peer = try_address(values.get("host_ip") or values.get("host"))
    key = record.web(url, peer.ip if peer is not None else None, **(_page(values) if path == "/" else {}))
    if path != "/":
        record.attribute(key, "path", path)
    _names(record, parts.hostname or "", values)
    server = line(values.get("webserver"), 1_000)
    if server:
        record.headers(key, (("Server", server),))
    for name in items(values.get("tech") or values.get("technologies"))[:_ITEMS]:
        product, _, version = line(name, 300).partition(":")
        record.runs(key, product, version)
    if values.get("cdn_name"):
        record.attribute(key, "cdn", line(values["cdn_name"], 200))
    _certificate(record, key, mapping(values.get("tls") or values.get("tls_grab")))
    return record.parsed(1, seen_at)


def _page(values: dict[str, Any]) -> dict[str, Any]:
    status = whole(values.get("status_code"))
    return {
        "status_code": status if 100 <= status <= 999 else None,
        "title": line(values.get("title"), 1_000) or None,
        "server": line(values.get("webserver"), 1_000),
        "redirect": redacted(line(values.get("location"), 4_096)),
    }


def _names(record: Record, host: str, values: dict[str, Any]) -> None:
    domain = try_domain(host)
    if domain is None or try_address(host) is not None:
        return
    for ip in [*items(values.get("a")), *items(values.get("aaaa"))][:_ITEMS]:
        record.host(host, ip)
    for alias in items(values.get("cname") or values.get("cnames"))[:_ITEMS]:
        target = try_domain(alias)
        if target is not None:
            record.relate(RelationshipType.ALIAS_OF, domain.key, record.add(target))


def _certificate(record: Record, key: Key, tls: dict[str, Any]) -> None:
    digests = mapping(tls.get("fingerprint_hash") or tls.get("fingerprint-hash"))
    digest = line(digests.get("sha256"), 100).lower()
    if not _SHA256.fullmatch(digest):
        return
    names = [line(name, 300) for name in items(tls.get("subject_an") or tls.get("dns_names"))[:_ITEMS]]
    certificate = Certificate(
        sha256=digest,
        subject=text(tls.get("subject_dn")),
        issuer=text(tls.get("issuer_dn")),
        names=tuple(name for name in names if name),
        not_before=instant(tls.get("not_before")),
        not_after=instant(tls.get("not_after")),
    )
    present(record, key, certificate)
