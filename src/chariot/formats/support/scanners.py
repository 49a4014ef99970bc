"""What findings of web and network scanners share: names that last, their spellings of instants, plain text."""

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import IO, Any
from urllib.parse import urlsplit

from chariot.errors import InvalidError
from chariot.format import SNIFFED_BYTES
from chariot.formats.support.record import Record
from chariot.formats.support.values import instant, line, text, whole
from chariot.model.evidence import Evidence
from chariot.model.keys import Key
from chariot.model.states import Severity

CVES_LIMIT = 1_000
"""The most CVE ids that one finding may name; cumulative updates name hundreds."""

_PATH_LIMIT = 300
_TAG = re.compile(r"<[a-zA-Z/!][^<>]*>")
_BLOCK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d|/ul|/ol|/pre)\b[^<>]*>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n(?:[ \t\xa0]*\n)+")
_ZONE = re.compile(r"[A-Z]{2,5}\b(?![+-])")
_HOURS = {
    "ACST": 9.5, "AEDT": 11, "AEST": 10, "AKDT": -8, "AKST": -9, "BRT": -3, "BST": 1, "CDT": -5, "CEST": 2,
    "CET": 1, "CST": -6, "EDT": -4, "EEST": 3, "EET": 2, "EST": -5, "GMT": 0, "HKT": 8, "HST": -10, "IST": 5.5,
    "JST": 9, "KST": 9, "MDT": -6, "MSK": 3, "MST": -7, "NZDT": 13, "NZST": 12, "PDT": -7, "PST": -8, "SAST": 2,
    "SGT": 8, "UTC": 0, "WEST": 1, "WET": 0, "WIB": 7,
}  # fmt: skip


def plain(markup: Any, limit: int = 20_000) -> str:
    """Return the text of a piece of HTML, its blocks on lines of their own; text without tags stays as it is."""
    written = text(markup, 4 * limit)
    if "<" in written:
        written = _TAG.sub("", _BLOCK.sub("\n", written))
    return text(_BLANK_LINES.sub("\n\n", html.unescape(written)).strip(), limit)


def moment(written: Any, *patterns: str) -> datetime | None:
    """Return the instant that *written* is in ISO 8601 or one of *patterns*, in UTC where no zone is told.

    The usual abbreviations of zones, which `strptime` does not understand, may stand anywhere in it.
    """
    given = line(written, 100)
    known = instant(given)
    if known is not None or not given:
        return known
    zone = UTC
    for name in _ZONE.findall(given):
        if name in _HOURS:
            zone = timezone(timedelta(hours=_HOURS[name]))
            given = " ".join(given.replace(name, "").split())
            break
    for pattern in patterns:
        try:
            found = datetime.strptime(given, pattern)  # noqa: DTZ007 - the zone is added where none is read
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def hour(at: datetime | None) -> datetime | None:
    """Return the beginning of the hour of *at*: sightings of one scan belong together, and are written together."""
    return at.replace(minute=0, second=0, microsecond=0) if at is not None else None


def weakness(tool: str, rule: Any, where: Any = "") -> str:
    """Return a name for a finding that lasts: the tool's rule and, where it is at one page, that page's path.

    The query is left out, so that a parameter that changes does not make another finding of it.
    """
    name = f"{tool}:{line(rule, 150) or 'unnamed'}"
    if not where:
        return name
    try:
        path = urlsplit(line(where, 4_096)).path.strip()
    except ValueError:
        path = ""
    if path in ("", "/"):
        return name
    if len(path) > _PATH_LIMIT:
        path = f"{path[:_PATH_LIMIT]}~{sha256(path.encode()).hexdigest()[:12]}"
    return f"{name}:{path}"


def add_risks(
    record: Record,
    target: Key,
    names: Iterable[str],
    *,
    title: Any,
    severity: Severity | None,
    evidence: tuple[Evidence, ...],
    remediation: Any = "",
    confidence: int = 100,
) -> list[Key]:
    """Add one risk for each of the weaknesses that one finding names, all with its title and its evidence."""
    return [
        record.risk(
            target,
            name,
            title=title,
            severity=severity,
            evidence=evidence,
            remediation=remediation,
            confidence=confidence,
        )
        for name in list(names)[:CVES_LIMIT]
    ]


def port_number(written: Any) -> int:
    """Return a port number from 1 to 65535; 0 where *written* is none."""
    number = whole(written)
    return number if 0 < number < 65_536 else 0


def beginning(stream: IO[bytes]) -> bytes:
    """Return the first bytes of a file, and go back before them.

    Raises:
        InvalidError: the file cannot be read twice.
    """
    if not stream.seekable():
        raise InvalidError("cannot be read twice, as this format needs; store it in a file first")
    head = stream.read(SNIFFED_BYTES)
    stream.seek(0)
    return head


def is_xml(head: bytes) -> bool:
    """Tell whether the beginning of a file is XML, in UTF-8 or UTF-16."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe<", b"\xfe\xff\x00<"))


def is_json(head: bytes) -> bool:
    """Tell whether the beginning of a file may be JSON: an object or an array."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"["))
