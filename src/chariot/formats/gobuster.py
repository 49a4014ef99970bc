"""gobuster (text output of `dir`, `dns` and `vhost`): paths and names that answered."""

import re
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlsplit

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.files import decoded, each
from chariot.formats.support.json import Value
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record, web_root

_DIR = re.compile(
    r"(?P<path>\S{1,4000})\s{1,200}\(Status: (?P<status>\d{3})\)(?: \[Size: (?P<size>-?\d{1,18})\])?"
    r"(?: \[--> (?P<redirect>\S{0,4000})\])?"
)
_DNS = re.compile(r"Found: (?P<name>[^\s\[]{1,300})(?: ?\[(?P<addresses>[^\]]{0,4000})\])?")
_VHOST = re.compile(
    r"(?:Found: )?(?P<name>[^\s(]{1,300})(?: \(?Status: |\s{1,200}Status: )(?P<status>\d{3}).{0,4200}"
)
_URL = re.compile(r"\[\+\] Url:\s{1,60}(?P<url>https?://\S{1,4000})")
_PENDING = 10_000
_NO_SITE = "the file does not say which site this path is of; run gobuster with -e, so that it writes whole addresses"


class Gobuster(Format):
    """Each line of `dir` becomes an Attribute `path` of its WebApplication, each of `dns` a Domain.

    | gobuster | here |
    | --- | --- |
    | `/path (Status: …) [Size: …]` | Attribute `path`; status, size and redirect are its evidence |
    | `Found: name [addresses]` | Domain, Address, RESOLVES_TO |
    | `Found: name Status: …` | Domain: a virtual host, whose scheme the line does not tell |

    A path alone does not tell its site. It is taken from the line `[+] Url:` of the banner, or from a redirect
    that only adds a slash to the same path; lines before it wait for it, and what never learns it is refused.
    There are no severities; each line counts as a finding and makes no risk. Source: gobuster's `gobusterdir`,
    `gobusterdns` and `gobustervhost` results.
    """

    name = "gobuster"
    title = "gobuster text"
    example = "gobuster dir -e -u https://www.example.com -w words.txt -o paths.txt"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        lines = [one.strip() for one in decoded(head).splitlines() if one.strip()]
        if any(_URL.fullmatch(one) for one in lines) or "Gobuster v" in decoded(head):
            return 85
        if not lines or lines[0].startswith(("<", "{")):
            return 0
        return 80 if _DIR.fullmatch(lines[0]) or _found(lines[0]) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        site = ""
        pending: list[Value] = []
        for item in text_lines(stream):
            if banner := _URL.fullmatch(item.value):
                site = banner["url"]
                continue
            known = _DIR.fullmatch(item.value)
            if known is None:
                yield from each([item], _name)
                continue
            site = site or _site(known)
            pending.append(item)
            if site or len(pending) > _PENDING:
                yield from _paths(pending, site)
                pending = []
        yield from _paths(pending, site)


def _found(line: str) -> bool:
    return line.startswith("Found: ") and bool(_DNS.fullmatch(line) or _VHOST.fullmatch(line))


def _site(known: re.Match[str]) -> str:
    """Return the site that a redirect tells, when it only adds a slash to the path that was asked for."""
    path, redirect = known["path"], known["redirect"] or ""
    try:
        parts = urlsplit(redirect)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.path.endswith(f"/{path.strip('/')}/"):
        return ""
    return redirect[: len(redirect) - len(path.strip("/")) - 1]


def _paths(items: list[Value], site: str) -> Iterator[Parsed | Refused]:
    for item in items:
        known = _DIR.fullmatch(item.value)
        path = known["path"] if known else ""
        if not path.startswith(("http://", "https://")):
            if not site:
                yield Refused(item.place, _NO_SITE)
                continue
            path = f"{site.rstrip('/')}/{path.lstrip('/')}"
        yield from each([Value(item.place, (path, known))], _path)


def _path(item: Value) -> Parsed:
    url, known = item.value
    record = Record(item.place)
    web_root(url)
    record.page(url, status=known["status"], size=known["size"], redirect=known["redirect"])
    return record.parsed(1)


def _name(item: Value) -> Parsed:
    record = Record(item.place)
    if item.value.startswith(
        ("[+]", "[-]", "=====", "Gobuster v", "by OJ", "Starting", "Finished", "Progress")
    ):
        return record.parsed()
    known = _DNS.fullmatch(item.value) or _VHOST.fullmatch(item.value)
    if known is None:
        raise ValueError("is no line of gobuster dir, dns or vhost")
    name = known["name"]
    record.host(urlsplit(name).hostname if "://" in name else name)
    addresses = known.groupdict().get("addresses") or ""
    for address in addresses.split(","):
        if address.strip():
            record.host(name, address.strip())
    return record.parsed(1)
