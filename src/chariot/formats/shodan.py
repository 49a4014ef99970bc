"""Shodan: downloaded banners (JSON lines, packed or not), host and search answers, InternetDB."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused
from chariot.formats.support.certificates import present
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.packed import peeked, unpacked
from chariot.formats.support.record import Record, try_domain
from chariot.formats.support.scanners import hour, is_json, moment, port_number
from chariot.formats.support.technologies import technology, technology_of_cpe
from chariot.formats.support.values import (
    cves,
    instant,
    items,
    key_values,
    line,
    mapping,
    number,
    severity_of_score,
    text,
)
from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Certificate

_NAMES_LIMIT = 1_000


class Shodan(Format):
    """A banner becomes an Address with its names and a Port; its product, certificate and page what they are.

    | CVSS score of an entry in `vulns` | ours | | verified | confidence |
    | --- | --- | --- | --- | --- |
    | 9.0 to 10 | critical | | true | 100 |
    | 7.0 to 8.9 | high | | false | 30: derived from the version alone |
    | 4.0 to 6.9 | medium | | | |
    | 0.1 to 3.9 | low | | | |

    The weakness is the CVE. CPE names become technologies; product and version stand for one without. Each banner
    counts as a finding, and so does each entry of `vulns`. Files of `shodan download` are gzip and read as they
    are. The host answer (`data`), the search answer (`matches`) and InternetDB's short form are understood too.
    Source: Shodan, "Banner specification" and the developer API reference.
    """

    name = "shodan"
    title = "Shodan (JSON, JSON lines, gzip)"
    example = "shodan download perimeter 'net:192.0.2.0/24'"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        start = peeked(head)
        if not is_json(start):
            return 0
        if b'"_shodan"' in start or (b'"ip_str"' in start and b'"port' in start):
            return 94
        database = (b'"cpes"', b'"hostnames"', b'"ip"', b'"ports"', b'"vulns"')
        return 90 if all(mark in start for mark in database) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for item in json_values(unpacked(stream)):
            if not isinstance(item, Value):
                yield item
                continue
            answer = mapping(item.value)
            if not answer:
                raise InvalidError("expected an object of Shodan", place=item.place)
            yield from _answer(answer, item.place)


def _answer(answer: dict[str, Any], place: str) -> Iterator[Parsed | Refused]:
    if isinstance(answer.get("matches"), list):
        banners = answer["matches"]
    elif isinstance(answer.get("data"), list):
        # The host's own words (names, country) stand beside the list of its banners.
        own = {name: value for name, value in answer.items() if name not in ("data", "vulns", "ports")}
        banners = [{**own, **mapping(one)} for one in answer["data"]]
        # Of its weaknesses some answers tell only that the host has them, and not where.
        placed = {name for one in banners for name in _weaknesses(one)}
        if rest := [name for name in _weaknesses(answer) if name not in placed]:
            banners.append({**own, "vulns": rest})
    elif "ports" in answer and "port" not in answer:
        banners = [{**answer, "ip_str": answer.get("ip"), "port": one} for one in items(answer.get("ports"))]
        banners = [{**one, "vulns": None, "cpes": None} for one in banners]
        banners.append({**answer, "ip_str": answer.get("ip")})
    else:
        banners = [answer]
    for banner in banners:
        try:
            yield _banner(mapping(banner), place)
        except ValueError as error:
            yield Refused(place, str(error))


def _banner(banner: dict[str, Any], place: str) -> Parsed:
    record = Record(place)
    location = mapping(banner.get("location"))
    asn = line(banner.get("asn"), 20).upper().removeprefix("AS")
    country = line(location.get("country_code") or banner.get("country_code"), 10).upper()
    address = Address(
        ip=line(banner.get("ip_str"), 100),
        asn=int(asn) if asn.isdecimal() and int(asn) < 2**32 else None,
        holder=line(banner.get("org") or banner.get("isp"), 500),
        country=country if len(country) == 2 else "",
    )
    key = record.add(address)
    for name in items(banner.get("hostnames"))[:_NAMES_LIMIT]:
        if (domain := try_domain(name)) is not None:
            record.host(domain.host, address.ip)
    if banner.get("os"):
        record.attribute(key, "operating-system", line(banner["os"], 300))
    found = port_number(banner.get("port"))
    seen_at = hour(instant(banner.get("timestamp")))
    target = key
    if found:
        target = _port(record, address, found, banner)
    listed = _vulns(record, target, banner)
    return record.parsed(listed + (1 if found else 0), seen_at)


def _port(record: Record, address: Address, number_of: int, banner: dict[str, Any]) -> Key:
    module = line(mapping(banner.get("_shodan")).get("module"), 60)
    target = record.port(
        address.ip,
        number_of,
        banner.get("transport") or "tcp",
        service=module.removesuffix("-simple-new").removesuffix("-simple"),
        banner=text(banner.get("data"), 8_000) or None,
    )
    _technologies(record, target, banner)
    _certificate(record, target, mapping(banner.get("ssl")))
    page = mapping(banner.get("http"))
    if page:
        scheme = "https" if banner.get("ssl") else "http"
        literal = f"[{address.ip}]" if ":" in address.ip else address.ip
        status = page.get("status")
        web = record.web(
            f"{scheme}://{literal}:{number_of}/",
            status_code=status if isinstance(status, int) and 100 <= status <= 999 else None,
            title=line(page.get("title"), 1_000) or None,
            server=line(page.get("server"), 1_000),
        )
        for name, about in list(mapping(page.get("components")).items())[:100]:
            versions = items(mapping(about).get("versions"))
            record.runs(web, name, versions[0] if versions else "")
    return target


def _technologies(record: Record, target: Key, banner: dict[str, Any]) -> None:
    product, version = line(banner.get("product"), 200), line(banner.get("version"), 100)
    names = items(banner.get("cpe23")) or items(banner.get("cpe")) or items(banner.get("cpes"))
    known = [one for one in map(technology_of_cpe, names[:100]) if one is not None]
    for one in known:
        record.has_technology(target, one)
    if product and not known and technology(product, version) is None:
        record.attribute(target, "technology", f"{product} {version}".strip())
    elif product and not known:
        record.runs(target, product, version)
    elif not known:
        record.banner(target, banner.get("data"))


def _certificate(record: Record, target: Key, ssl: dict[str, Any]) -> None:
    cert = mapping(ssl.get("cert"))
    digest = line(mapping(cert.get("fingerprint")).get("sha256"), 100)
    if not digest:
        return
    certificate = Certificate(
        sha256=digest,
        subject=_name(cert.get("subject")),
        issuer=_name(cert.get("issuer")),
        not_before=_day(cert.get("issued")),
        not_after=_day(cert.get("expires")),
        signature_algorithm=line(cert.get("sig_alg"), 64),
    )
    present(record, target, certificate)


def _name(parts: Any) -> str:
    return ",".join(
        f"{line(name, 40)}={line(value, 500)}" for name, value in list(mapping(parts).items())[:30]
    )


def _day(written: Any) -> datetime | None:
    return moment(line(written, 40).removesuffix("Z"), "%Y%m%d%H%M%S") if written else None


def _weaknesses(said: dict[str, Any]) -> list[str]:
    vulns = said.get("vulns")
    # A list or an object by their names.
    return [str(name) for name in (vulns if isinstance(vulns, dict) else items(vulns))]


def _vulns(record: Record, target: Key, banner: dict[str, Any]) -> int:
    vulns = banner.get("vulns")
    about: dict[str, Any] = vulns if isinstance(vulns, dict) else dict.fromkeys(map(str, items(vulns)))
    count = 0
    for name, told in list(about.items())[:5_000]:
        known = mapping(told)
        for cve in cves(name):
            count += 1
            score = number(known.get("cvss_v3")) or number(known.get("cvss"))
            facts = {
                name: known.get(name)
                for name in ("cvss", "cvss_v3", "cvss_v2", "epss", "verified", "summary", "kev")
            }
            record.risk(
                target,
                cve,
                title=f"{cve} reported by Shodan",
                severity=severity_of_score(score),
                evidence=(key_values("Shodan", facts),),
                confidence=100 if known.get("verified") is True else 30,
            )
    return count
