"""Files of other tools, made to measure with: any size, the same bytes each time, every record another one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

_HOST_FINDINGS = 60
_DESCRIPTION = (
    "The remote host runs a version of the service that does not check the length of a field before it copies it. "
    "Somebody who can reach the port can send a request that is longer than the buffer, and so stop the service or "
    "run commands with its rights. "
)
_PORTS = (22, 25, 80, 110, 143, 443, 445, 993, 3306, 3389, 5432, 8080)


def _address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def _nessus() -> Iterator[bytes]:
    yield (
        b'<?xml version="1.0" ?>\n<NessusClientData_v2>\n<Policy><policyName>all</policyName></Policy>\n'
        b'<Report name="all" xmlns:cm="http://www.nessus.org/cm">\n'
    )
    host = 0
    while True:
        items = "".join(_nessus_item(host, number) for number in range(_HOST_FINDINGS))
        yield (
            f'<ReportHost name="{_address(host)}"><HostProperties>'
            f'<tag name="HOST_END">Tue Mar  3 {host // 3600 % 24:02}:{host // 60 % 60:02}:{host % 60:02} 2026</tag>'
            f'<tag name="host-fqdn">host-{host}.corp.example</tag><tag name="host-ip">{_address(host)}</tag>'
            f'<tag name="operating-system">Linux Kernel 6.1 on Debian 12</tag></HostProperties>\n{items}</ReportHost>\n'
        ).encode()
        host += 1


def _nessus_item(host: int, number: int) -> str:
    port = _PORTS[number % len(_PORTS)]
    cve = f"<cve>CVE-2023-{10_000 + number}</cve>" if number % 3 == 0 else ""
    return (
        f'<ReportItem port="{port}" svc_name="www" protocol="tcp" severity="{number % 5}" pluginID="{90_000 + number}"'
        f' pluginName="Service {number} does not check a length" pluginFamily="Web Servers">\n'
        f"<description>{_DESCRIPTION * 3}</description>\n<fname>plugin_{number}.nasl</fname>\n"
        f"<plugin_modification_date>2024/05/01</plugin_modification_date>\n<plugin_type>remote</plugin_type>\n"
        f"<cvss3_base_score>{number % 10}.{number % 7}</cvss3_base_score>\n"
        f"<cvss3_vector>CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</cvss3_vector>\n{cve}"
        f"<risk_factor>High</risk_factor>\n<see_also>https://vendor.example/advisory/{number}</see_also>\n"
        f"<solution>Install version {number}.{host % 9} or a later one.</solution>\n"
        f"<synopsis>The service can be stopped or taken over.</synopsis>\n"
        f"<plugin_output>\n  Path : /srv/app-{host}\n  Installed version : 1.{number}\n  Fixed version : 2.{number}\n"
        f"</plugin_output>\n</ReportItem>\n"
    )


def _nmap() -> Iterator[bytes]:
    yield b'<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" args="nmap -sV" start="1772500000">\n'
    host = 0
    while True:
        ports = "".join(
            f'<port protocol="tcp" portid="{port}"><state state="open" reason="syn-ack"/><service name="http"'
            f' product="nginx" version="1.{number}.0"><cpe>cpe:/a:nginx:nginx:1.{number}.0</cpe></service></port>\n'
            for number, port in enumerate(_PORTS)
        )
        yield (
            f'<host starttime="1772500000" endtime="{1772500000 + host}"><status state="up"/>'
            f'<address addr="{_address(host)}" addrtype="ipv4"/><hostnames><hostname name="host-{host}.corp.example"/>'
            f"</hostnames><ports>{ports}</ports></host>\n"
        ).encode()
        host += 1


def _nuclei() -> Iterator[bytes]:
    number = 0
    while True:
        host = number // 20
        yield msgspec.json.encode(
            {
                "template-id": f"check-{number % 20}",
                "info": {
                    "name": f"Check {number % 20}", "author": ["us"], "tags": ["web", "exposure"],
                    "description": _DESCRIPTION, "severity": ("info", "low", "medium", "high", "critical")[number % 5],
                    "classification": {"cve-id": [f"CVE-2023-{20_000 + number % 20}"], "cvss-score": 7.5},
                },
                "type": "http", "host": f"https://host-{host}.corp.example",
                "matched-at": f"https://host-{host}.corp.example/page-{number % 20}", "ip": _address(host),
                "timestamp": "2026-03-03T10:00:00.000000000Z", "request": "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
                "response": "HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n" + "a" * 400, "matcher-status": True,
            }
        ) + b"\n"  # fmt: skip
        number += 1


def _httpx() -> Iterator[bytes]:
    number = 0
    while True:
        yield msgspec.json.encode(
            {
                "timestamp": "2026-03-03T10:00:00Z", "port": "443", "url": f"https://host-{number}.corp.example",
                "input": f"host-{number}.corp.example", "title": "Welcome", "scheme": "https", "webserver": "nginx",
                "content_type": "text/html", "method": "GET", "host": _address(number), "path": "/",
                "a": [_address(number)], "tech": ["Nginx:1.24.0", "Bootstrap"], "words": 10, "lines": 2,
                "status_code": 200, "content_length": 512, "failed": False,
            }
        ) + b"\n"  # fmt: skip
        number += 1


def _sarif() -> Iterator[bytes]:
    rules = [
        {"id": f"rule-{number}", "shortDescription": {"text": f"Rule {number}"},
         "fullDescription": {"text": _DESCRIPTION}, "properties": {"security-severity": "7.5"}}
        for number in range(50)
    ]  # fmt: skip
    yield (
        b'{"version":"2.1.0","$schema":"https://json.schemastore.org/sarif-2.1.0.json","runs":[{"tool":{"driver":'
        b'{"name":"checker","version":"1.0","rules":' + msgspec.json.encode(rules) + b'}},"results":['
    )
    number = 0
    while True:
        result = {
            "ruleId": f"rule-{number % 50}", "level": "warning", "message": {"text": _DESCRIPTION},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": f"src/module_{number // 5}.py"},
                                                "region": {"startLine": number % 900 + 1}}}],
        }  # fmt: skip
        yield (b"," if number else b"") + msgspec.json.encode(result)
        number += 1


def _trivy() -> Iterator[bytes]:
    yield (
        b'{"SchemaVersion":2,"ArtifactName":"registry.example/app:1","ArtifactType":"container_image","Results":['
        b'{"Target":"registry.example/app:1 (debian 12)","Class":"os-pkgs","Type":"debian","Vulnerabilities":['
    )
    number = 0
    while True:
        found = {
            "VulnerabilityID": f"CVE-2023-{10_000 + number}", "PkgName": f"lib{number % 300}",
            "PkgID": f"lib{number % 300}@1.0", "InstalledVersion": "1.0", "FixedVersion": "1.1", "Severity": "HIGH",
            "Title": f"lib{number % 300}: a length is not checked", "Description": _DESCRIPTION * 2,
            "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "V3Score": 9.8}},
            "References": [f"https://vendor.example/{number}"],
        }  # fmt: skip
        yield (b"," if number else b"") + msgspec.json.encode(found)
        number += 1


MAKERS: dict[str, tuple[Callable[[], Iterator[bytes]], bytes]] = {
    "nessus": (_nessus, b"</Report>\n</NessusClientData_v2>\n"),
    "nmap": (_nmap, b"</nmaprun>\n"),
    "nuclei": (_nuclei, b""),
    "httpx": (_httpx, b""),
    "sarif": (_sarif, b"]}]}"),
    "trivy": (_trivy, b"]}]}"),
}
"""By format: what yields records without end, and what closes the file."""


def make(name: str, path: Path, size_bytes: int) -> None:
    """Write a file of the format *name* that has at least *size_bytes*."""
    maker, end = MAKERS[name]
    written = 0
    with path.open("wb") as stream:
        for record in maker():
            written += stream.write(record)
            if written >= size_bytes:
                break
        stream.write(end)
