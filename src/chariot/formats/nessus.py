"""Nessus and Tenable: `.nessus` XML and the CSV exports of Nessus, Tenable.sc and web application scans."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

import msgspec

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.csv import Row, csv_rows, header
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.scanners import add_risks, beginning, hour, is_xml, moment, port_number, weakness
from chariot.formats.support.settled import conclude, settle
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import (
    cves,
    instant,
    key_values,
    line,
    number,
    severity,
    severity_of_score,
    text,
)
from chariot.formats.support.xml import check_xml, elements, inner, root_name
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.network import Certificate, Port
from chariot.model.relationships import RelationshipType
from chariot.model.states import Severity

_LEVELS = dict(zip("01234", Severity, strict=True))
_PORT_SCANNERS = frozenset({"10335", "10180", "11219", "14272", "14274", "25221", "34220", "34277"})
_SERVICES = {"www": "http", "cifs": "microsoft-ds", "dns": "domain", "msrdp": "ms-wbt-server"}
_CERTIFICATE_PLUGIN = "10863"
_CPE_PLUGIN = "45590"
_CPE = re.compile(r"cpe:/[aoh]:[^\s>]+", re.IGNORECASE)
_URL = re.compile(r"https?://[^\s'\"<>]+", re.IGNORECASE)
_FINGERPRINT = re.compile(r"SHA-256 Fingerprint: *((?:[0-9A-F]{2}[ \n]*){32})")
_VALIDITY = re.compile(r"Not Valid (Before|After) *: *([A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}) GMT")
_NAME = re.compile(r"(Subject|Issuer) Name:.*?Common Name: *([^\n]+)", re.DOTALL)
_ATTRIBUTES = {
    "operating-system": "operating-system",
    "netbios-name": "netbios-name",
    "mac-address": "mac-address",
}
_INVENTORIES = frozenset({_CERTIFICATE_PLUGIN, _CPE_PLUGIN})
_OUTPUT_LIMIT = 20_000
_PLUGINS = 2_048
_WORDS_LIMIT = 16_000
"""A plugin's words are remembered up to so many characters, so that what is remembered stays small."""
_Words = tuple[tuple[str, str | None], ...]
_RECORDS = ("HostProperties", "ReportItem")
_OUTPUTS = frozenset(
    {"plugin_output", "compliance-actual-value", "{http://www.nessus.org/cm}compliance-actual-value"}
)
_SETTLED = {"PASSED": "passed", "SKIPPED": "skipped", "ERROR": "error"}
"""What an audit says of a check that is no risk, and the attribute that it becomes."""
_AUDITED = re.compile(r'^"?(.{1,400}?)"? ?: ?\[(PASSED|FAILED|WARNING|ERROR|SKIPPED)\]')
"""How an audit begins its description in CSV, where its result stands for the severity."""
_DETAILS = (
    "synopsis", "description", "see_also", "cvss3_base_score", "cvss3_vector", "cvss_base_score",
    "cvss_vector", "cvss4_base_score", "cvss4_vector", "cvss", "cvssv3", "vpr_score", "epss_score",
    "exploit_available", "exploitability_ease", "exploit_code_maturity", "unsupported_by_vendor",
    "patch_publication_date", "plugin_modification_date", "stig_severity",
    "cwe", "xref", "bid", "compliance-result", "compliance-info", "compliance-policy-value",
    "compliance-reference", "compliance-see-also", "compliance-audit-file",
)  # fmt: skip
_CSV_DETAILS = (
    "Family", "Synopsis", "Description", "Plugin Output", "See Also", "CVSS v4.0 Base Score",
    "CVSS v3.0 Base Score", "CVSS V3 Base Score", "CVSS3 Base Score", "CVSSv3", "CVSS v2.0 Base Score",
    "CVSS V2 Base Score", "CVSS",
    "CVSS V3 Vector", "VPR Score", "Vulnerability Priority Rating", "EPSS Score", "Exploit?", "Exploit Ease",
    "XREF", "Cross References", "Patch Publication Date", "Plugin Modification Date", "First Discovered",
    "Recast Risk Comment", "Accept Risk Comment",
)  # fmt: skip


class Nessus(Format):
    """A host becomes an Address with its names, an item at a port a Port, and each item a risk there.

    | severity | CSV | ours |
    | --- | --- | --- |
    | 4 | Critical | critical |
    | 3 | High | high |
    | 2 | Medium | medium |
    | 1 | Low | low |
    | 0 | None, Info | info |

    A risk's weakness is each CVE that the plugin names, else `nessus:<plugin id>`; items of web application scans
    stand at the web application whose address they tell. Port scanners' items (such as 11219) say only that a port
    is open: they count as findings and become ports without a risk. An item of a compliance audit is the risk
    `nessus:<plugin id>:<check>`; one that PASSED, and one that could not be checked (ERROR, SKIPPED), is the
    attribute `passed`, `error` or `skipped`. The CPE names of the host and of plugin 45590
    become technologies, and what plugin 10863 tells of a certificate becomes a Certificate. What Tenable's CSV calls
    Fixed in `Vulnerability State` is the attribute `fixed`; other files do not say that a finding was mended.
    Every ReportItem and every CSV row counts as a finding; Nessus writes one CSV row for each CVE of a plugin, and
    DefectDojo counts the same plugin at the same port once.
    Source: Tenable, "Nessus v2 file format" and the export pages of the Nessus, Security Center and Vulnerability
    Management user guides.
    """

    name = "nessus"
    title = "Nessus (.nessus, CSV)"
    example = "nessuscli export, or in the browser: scan, Export, Nessus or CSV"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<NessusClientData" in head:
            return 98 if root_name(head).startswith("NessusClientData") else 0
        names = set(header(head))
        own = {"Plugin ID", "Plugin Output"} <= names or {"Plugin", "Plugin Name", "Family"} <= names
        return 95 if own else 0

    def check(self, stream: IO[bytes]) -> None:
        """See `Format.check`."""
        if is_xml(beginning(stream)):
            check_xml(stream, _RECORDS)
        else:
            super().check(stream)

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_xml(beginning(stream)):
            yield from _items(stream)
            return
        for row in csv_rows(stream):
            try:
                yield _row(row)
            except ValueError as error:
                yield Refused(row.place, str(error))


def _items(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    parent: Any = None
    host: _Host | None = None
    plugins = _Plugins()
    for element in elements(stream, _RECORDS):
        place = f"line {element.sourceline}"
        try:
            above = element.getparent()
            if host is None or above is not parent:
                parent, host = above, None
                properties = element if element.tag == "HostProperties" else None
                host = _Host(above.get("name") if above is not None else "", properties, plugins)
                yield host.parsed(place)
            if element.tag == "ReportItem":
                yield host.item(element, place)
        except ValueError as error:
            yield Refused(place, str(error))


class _Host:
    """One `<ReportHost>`: what its items have in common."""

    def __init__(self, written: Any, properties: Any, plugins: "_Plugins") -> None:
        self._plugins = plugins
        self._tags = {tag.get("name"): inner(tag) for tag in properties} if properties is not None else {}
        given = line(written, 2_000)
        self._url = (
            given if _URL.match(given) else next(iter(_URL.findall(self._tags.get("host-fqdn", ""))), "")
        )
        self.seen_at = hour(
            instant(self._tags.get("HOST_END_TIMESTAMP"))
            or moment(self._tags.get("HOST_END"), "%a %b %d %H:%M:%S %Y")
        )
        self._name = given
        addresses = (try_address(one) for one in (given, self._tags.get("host-ip")))
        self._address = next((one for one in addresses if one is not None), None)
        self._ports: dict[tuple[Any, Any], Key] = {}
        self._key: Key | None = None

    def parsed(self, place: str) -> Parsed:
        """Return the host itself: address, names, systems."""
        record = Record(place)
        ip = self._address.ip if self._address is not None else None
        if self._url:
            self._key = record.web(self._url, ip)
            return record.parsed(0, self.seen_at)
        names = (self._name, self._tags.get("host-fqdn"), self._tags.get("host-rdns"))
        domains = [one for one in map(try_domain, names) if one is not None] if ip else []
        for domain in domains:
            record.host(domain.host, ip)
        self._key = record.host(ip or self._name)
        for name, value in self._tags.items():
            found = technology_of_cpe(value.split(" ", 1)[0]) if name and name.startswith("cpe") else None
            if found is not None:
                record.has_technology(self._key, found)
            elif name in _ATTRIBUTES and value:
                record.attribute(self._key, _ATTRIBUTES[name], value)
        return record.parsed(0, self.seen_at)

    def item(self, element: Any, place: str) -> Parsed:
        """Return one `<ReportItem>`."""
        if self._key is None:
            raise ValueError("its host is not named by an address, a DNS name or a web address")
        record = Record(place)
        number = element.get("pluginID") or ""
        target = self._target(record, element)
        words, outputs = _words(element)
        self._inventory(record, target, number, outputs)
        if number not in _PORT_SCANNERS:
            named = (number, element.get("pluginName"), element.get("pluginFamily"), element.get("severity"))
            plugin = self._plugins.of(words, *named)
            if plugin.settled:
                record.attribute(target, plugin.settled, plugin.title)
                for name in plugin.weaknesses:
                    conclude(record, target, plugin.settled, name, "Nessus", at=self.seen_at)
                return record.parsed(1, self.seen_at)
            add_risks(
                record,
                target,
                plugin.weaknesses,
                title=plugin.title,
                severity=plugin.severity,
                evidence=(plugin.told, key_values("Nessus", {"output": outputs}))
                if outputs
                else (plugin.told,),
                remediation=plugin.remediation,
            )
        return record.parsed(1, self.seen_at)

    def _target(self, record: Record, element: Any) -> Key:
        assert self._key is not None
        written = (element.get("port"), element.get("protocol"))
        known = self._ports.get(written)
        if known is None:
            known = self._ports[written] = self._port(record, *written, element.get("svc_name"))
        return known

    def _port(self, record: Record, port: Any, protocol: Any, service: Any) -> Key:
        assert self._key is not None
        number = port_number(port)
        if self._address is None or not number or self._url:
            return self._key
        name = line(service, 60).removesuffix("?")
        name = "" if name in ("general", "unknown") else _SERVICES.get(name, name)
        return record.port(self._address.ip, number, line(protocol, 20).lower() or "tcp", service=name)

    def _inventory(self, record: Record, target: Key, plugin: str, outputs: list[str]) -> None:
        assert self._key is not None
        if plugin not in _INVENTORIES:
            return
        output = text(outputs[0] if outputs else "", _OUTPUT_LIMIT)
        if plugin == _CPE_PLUGIN:
            for written in _CPE.findall(output):
                found = technology_of_cpe(written)
                if found is not None:
                    record.has_technology(self._key, found)
        elif plugin == _CERTIFICATE_PLUGIN and target.startswith("#port#"):
            certificate = _certificate(output)
            if certificate is not None:
                record.relate(RelationshipType.PRESENTS_CERTIFICATE, target, record.add(certificate))


class _Plugin(msgspec.Struct, frozen=True):
    """What items of one plugin say alike, wherever they are."""

    weaknesses: tuple[str, ...]
    title: str
    severity: Severity | None
    remediation: str
    told: KeyValues
    settled: str
    """How an audit says that nothing is to be done."""


class _Plugins:
    """What plugins say, read once for all hosts at which they speak."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], _Plugin] = {}

    def of(self, words: _Words, number: str, *named: str | None) -> _Plugin:
        """Return what an item with these words, of which `_plugin` tells, says beside its output."""
        key = (words, number, named)
        known = self._known.get(key)
        if known is None:
            known = _plugin(words, number, *named)
            if sum(len(written or "") for _, written in words) <= _WORDS_LIMIT:
                if len(self._known) >= _PLUGINS:
                    self._known.clear()
                self._known[key] = known
        return known


def _words(element: Any) -> tuple[_Words, list[str]]:
    """Return the words of an item's plugin as they stand in the file, and what the plugin put out here."""
    words = [(child.tag, child.text) for child in element]
    told = [place for place, (tag, _) in enumerate(words) if tag in _OUTPUTS]
    # What is put out differs from host to host, so that all else can be known again.
    outputs = [(words.pop(place)[1] or "").strip() for place in reversed(told)]
    return tuple(words), [one for one in reversed(outputs) if one]


def _plugin(words: _Words, number: str, name: str | None, family: str | None, level: str | None) -> _Plugin:
    told: dict[str, list[str]] = {}
    for tag, given in words:
        if given and (written := given.strip()):
            # Those of audits stand in a namespace of their own.
            told.setdefault(tag.rpartition("}")[2], []).append(written)
    details: dict[str, Any] = {"plugin": number, "family": family}
    details.update((one, told[one]) for one in _DETAILS if one in told)
    check = _first(told, "compliance-check-name")
    own = f"{number}:{line(check, 120)}" if check else number
    return _Plugin(
        weaknesses=tuple(cves(*told.get("cve", ())) or [weakness("nessus", own)]),
        title=check or name or _first(told, "plugin_name") or f"Nessus plugin {number}",
        severity=_LEVELS.get(level or "") or severity(_first(told, "risk_factor")),
        remediation=_solution(_first(told, "solution") or _first(told, "compliance-solution")),
        told=key_values("Nessus plugin", details),
        settled=_SETTLED.get(_first(told, "compliance-result").upper(), ""),
    )


def _certificate(output: str) -> Certificate | None:
    """Return the first certificate that plugin 10863 describes; None where it does not tell the SHA-256."""
    digest = _FINGERPRINT.search(output)
    if digest is None:
        return None
    names = dict(_NAME.findall(output[: digest.start()]))
    instants: dict[str, datetime | None] = {
        which: moment(when, "%b %d %H:%M:%S %Y")
        for which, when in _VALIDITY.findall(output[: digest.start()])
    }
    return Certificate(
        sha256="".join(digest[1].split()),
        subject=f"CN={line(names['Subject'], 1_000)}" if "Subject" in names else "",
        issuer=f"CN={line(names['Issuer'], 1_000)}" if "Issuer" in names else "",
        not_before=instants.get("Before"),
        not_after=instants.get("After"),
    )


def _row(row: Row) -> Parsed:
    values = row.values
    record = Record(row.place)
    plugin = values.get("Plugin ID") or values.get("Plugin") or ""
    if not plugin.strip():
        raise ValueError("names no plugin")
    target = _row_target(record, values)
    seen_at = hour(
        moment(values.get("Last Observed"), "%b %d, %Y %H:%M:%S") or instant(values.get("Last Found"))
    )
    audited = _AUDITED.match(values.get("Description", "").lstrip())
    names = cves(values.get("CVE")) or [
        weakness("nessus", f"{plugin}:{line(audited[1], 120)}" if audited is not None else plugin)
    ]
    if audited is not None and audited[2] in _SETTLED:
        record.attribute(target, _SETTLED[audited[2]], audited[1])
        for name in names:
            conclude(record, target, _SETTLED[audited[2]], name, "Nessus", at=seen_at)
    elif values.get("Vulnerability State", "").strip().lower() == "fixed":
        for name in names:
            settle(record, target, "fixed", name, "Nessus", at=seen_at)
    elif plugin not in _PORT_SCANNERS:
        details = {"plugin": plugin, **{name: values.get(name) for name in _CSV_DETAILS}}
        add_risks(
            record,
            target,
            names,
            title=(audited[1] if audited is not None else "")
            or values.get("Name")
            or values.get("Plugin Name")
            or f"Nessus plugin {plugin}",
            severity=_row_severity(values),
            evidence=(key_values("Nessus", details),),
            remediation=_solution(values.get("Solution", "")),
        )
    return record.parsed(1, seen_at)


def _row_severity(values: dict[str, str]) -> Severity | None:
    word = values.get("Risk") or values.get("Severity") or values.get("Risk Factor")
    scores = (
        values.get(name)
        for name in ("CVSS v3.0 Base Score", "CVSS V3 Base Score", "CVSS3 Base Score", "CVSSv3")
    )
    return severity(word) or severity_of_score(next((number(one) for one in scores if one), 0.0))


def _row_target(record: Record, values: dict[str, str]) -> Key:
    written = values.get("Host") or values.get("IP Address") or values.get("DNS Name") or ""
    protocol = values.get("Protocol", "").strip().lower()
    if _URL.match(written) or protocol in ("http", "https"):
        # Web application scans write the scheme where other scans write the transport.
        url = written if _URL.match(written) else f"{protocol}://{written}"
        return record.web(url)
    address = try_address(written) or try_address(values.get("IP Address"))
    if address is None:
        return record.host(written)
    named = values.get("DNS Name") or values.get("FQDN", "").partition(",")[0]
    name = try_domain(named or (written if try_address(written) is None else ""))
    if name is not None:
        record.host(name.host, address.ip)
    key = record.host(address.ip)
    if netbios := values.get("NetBIOS Name"):
        record.attribute(key, "netbios-name", netbios)
    if system := values.get("OS"):
        record.attribute(key, "operating-system", line(system, 300))
    found = port_number(values.get("Port"))
    if not found:
        return key
    port = Port(address=address.ip, protocol=protocol or "tcp", number=found)
    return record.port(address.ip, port.number, port.protocol)


def _first(told: dict[str, list[str]], name: str) -> str:
    return told[name][0] if name in told else ""


def _solution(written: str) -> str:
    return "" if written.strip().lower() == "n/a" else written
