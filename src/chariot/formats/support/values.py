"""What other tools wrote, made fit for our fields: text, numbers, instants, severities, evidence with limits."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from math import isfinite
from typing import Any, Protocol, TypeVar

import msgspec
from msgspec.structs import force_setattr

from chariot.formats.support.redaction import names_secret, redacted, redacted_header
from chariot.model.evidence import HttpExchange, KeyValues, Table
from chariot.model.states import Severity

EVIDENCE_CHARACTERS = 60_000
"""Characters of text in one piece of evidence; encoded they stay below the model's limit whatever they are."""
TITLE_LIMIT = 500
_LABEL_LIMIT = 200
REMEDIATION_LIMIT = 10_000

T = TypeVar("T")


class _Copy(Protocol):
    def __call__(self, one: T, /) -> T: ...


copied: _Copy = msgspec.Struct.__copy__  # type: ignore[attr-defined]  # the stubs leave it out
"""Returns another struct of the same fields; what finds it out for any class takes twice as long."""

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_CVE = re.compile(r"\bCVE-\d{4}-\d{4,19}\b", re.IGNORECASE | re.ASCII)
_FRACTION = re.compile(r"(\.\d{6})\d+")
_EMPTY = KeyValues(values={})
_EMPTY_TABLE = Table(columns=(), rows=())
_EMPTY_EXCHANGE = HttpExchange(method="", url="")
_SHORT_EXCHANGE = 10_000
"""Characters that stay far below the limits of evidence, even where what is left out is shorter than what says so."""
_ROWS = 500
_PLAIN_COLUMNS = 20
_HEAD_LENGTH = 4_000
_REMEMBERED = 1_024
_BANDS = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))
_WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    "information": Severity.INFO,
    "none": Severity.INFO,
}


def text(value: Any, limit: int = 4_096) -> str:
    """Return *value* as text that every store can hold, cut to *limit* characters; None is empty."""
    if value is None:
        return ""
    written = value if isinstance(value, str) else str(value)
    if written.isascii() and "\0" not in written:
        return written[:limit]
    return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", written[:limit])


def line(value: Any, limit: int = TITLE_LIMIT) -> str:
    """Return *value* as one line of printable text of at most *limit* characters."""
    # Nearly all text is in order already, and this runs for each field of each record.
    if isinstance(value, str) and len(value) <= limit and value.isprintable() and "  " not in value:
        return value.strip()
    joined = " ".join(text(value, 4 * limit).split())
    return "".join(character if character.isprintable() else " " for character in joined)[:limit].strip()


def mapping(value: Any) -> dict[str, Any]:
    """Return *value* when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return *value* when it is a list, a single value as a list of it, and nothing as an empty one."""
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def whole(value: Any) -> int:
    """Return a number that may be written as text; 0 where it is none."""
    try:
        return int(str(value).strip()[:20])
    except ValueError:
        return 0


def number(value: Any) -> float:
    """Return a finite number that may be written as text; 0.0 where it is none."""
    if value is None:
        return 0.0
    try:
        found = value if value.__class__ is float else float(str(value).strip()[:40])
    except ValueError:
        return 0.0
    return found if isfinite(found) else 0.0


def instant(value: Any) -> datetime | None:
    """Return an instant from ISO 8601 or seconds since 1970, in UTC where no zone is told; None for neither."""
    written = str(value if value is not None else "").strip()[:64]
    return _instant(written) if written else None


# Many records of a file tell the same second.
@lru_cache(maxsize=_REMEMBERED)
def _instant(written: str) -> datetime | None:
    try:
        if written.isdecimal():
            return datetime.fromtimestamp(int(written), UTC)
        parsed = datetime.fromisoformat(_FRACTION.sub(r"\1", written))
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def severity(word: Any) -> Severity | None:
    """Return the severity that an English word names; None for a word that names none."""
    return _WORDS.get(str(word).strip().lower()) if word is not None else None


def severity_of_score(score: float) -> Severity | None:
    """Return the band of a CVSS score; None for 0. Source: CVSS 3.1, section 5."""
    return next((band for least, band in _BANDS if score >= least), None)


def cves(*texts: Any) -> list[str]:
    """Return the CVE ids that the texts name, in capitals, each once and in order."""
    return list(dict.fromkeys(match.upper() for one in texts for match in _CVE.findall(text(one, 65_536))))


def key_values(title: str, values: Mapping[str, Any]) -> KeyValues:
    """Return the values that say something, without the secrets in them; what is longer than the limit is cut."""
    kept = _facts(values)
    # Nearly all of it is plain and short, and this runs for each record of a file.
    everything = "\n".join((*kept, *kept.values()))
    is_plain = len(everything) <= EVIDENCE_CHARACTERS and everything.isascii() and "\0" not in everything
    if not is_plain or len(title) > _LABEL_LIMIT or not title.isascii():
        return _cut(title, kept)
    # What evidence checks of itself was checked here, and to join all its texts again takes as long as all above.
    made = copied(_EMPTY)
    force_setattr(made, "title", title)
    force_setattr(made, "values", kept)
    return made


def _facts(values: Mapping[str, Any]) -> dict[str, str]:
    kept: dict[str, str] = {}
    for name, value in values.items():
        if value.__class__ is str:
            if value:
                kept[name] = value
        elif value is not None and (joined := _joined(value)):
            kept[name] = joined
    for name, value in kept.items():
        clean = redacted_header(name, value) if names_secret(name) else redacted(value)
        if clean is not value:
            kept[name] = clean
    return kept


def _cut(title: str, values: Mapping[str, str]) -> KeyValues:
    left = EVIDENCE_CHARACTERS
    cut = False
    kept: dict[str, str] = {}
    for name, value in values.items():
        room = left - len(name)
        if room <= 0:
            cut = True
            break
        cut = cut or len(value) > room
        kept[text(name, _LABEL_LIMIT)] = text(value, room)
        left = room - len(value)
    return KeyValues(title=line(title, _LABEL_LIMIT), values=kept, cut=cut)


def _joined(value: Any) -> str:
    if isinstance(value, list | tuple):
        return value[0] if len(value) == 1 and value[0].__class__ is str else ", ".join(map(str, value))
    return str(value)


def table(title: str, columns: tuple[str, ...], rows: Iterable[Iterable[Any]]) -> Table:
    """Return the rows as evidence; what is beyond the limits is cut and says so."""
    left = EVIDENCE_CHARACTERS
    kept: list[tuple[str, ...]] = []
    cut = False
    heading = "".join((title, *columns))
    is_plain = (
        len(columns) <= _PLAIN_COLUMNS
        and len(heading) <= _LABEL_LIMIT
        and heading.isascii()
        and heading.isprintable()
    )
    for row in rows:
        cells = tuple([text(cell, 2_000) for cell in row])
        together = "\n".join(cells)
        if redacted(together) is not together:
            cells = tuple(map(redacted, cells))
        is_plain = is_plain and together.isascii()
        left -= sum(map(len, cells))
        if left < 0 or len(kept) >= _ROWS:
            cut = True
            break
        kept.append(cells)
    if cut or not is_plain:
        return Table(title=line(title, _LABEL_LIMIT), columns=columns, rows=tuple(kept), cut=cut)
    # What evidence checks of itself was checked here, see `key_values`.
    made = copied(_EMPTY_TABLE)
    force_setattr(made, "title", title)
    force_setattr(made, "columns", columns)
    force_setattr(made, "rows", tuple(kept))
    return made


def exchange(title: str, url: Any, request: Any, response: Any) -> HttpExchange:
    """Return one request and answer, given as raw text."""
    sent, received = text(request, 1_000_000), text(response, 1_000_000)
    first, sent_headers, sent_body = _message(sent)
    status, received_headers, received_body = _message(received)
    limit = EVIDENCE_CHARACTERS // 4
    fields: dict[str, Any] = {
        "title": line(title, _LABEL_LIMIT),
        "method": line(first.split(" ")[0], 20),
        "url": redacted(text(url)),
        "request_headers": sent_headers,
        "request_body": redacted(sent_body[:limit]),
        "status": min(whole(status.partition(" ")[2][:3]), 999),
        "response_headers": received_headers,
        "response_body": redacted(received_body[:limit]),
    }
    is_short = len(sent) + len(received) <= _SHORT_EXCHANGE and sent.isascii() and received.isascii()
    if not is_short or not fields["url"].isascii() or not title.isascii():
        cut = len(sent_body) > limit or len(received_body) > limit or len(received) == 1_000_000
        return HttpExchange(**fields, cut=cut)
    # What evidence checks of itself was checked here, see `key_values`.
    made = copied(_EMPTY_EXCHANGE)
    for name, value in fields.items():
        force_setattr(made, name, value)
    return made


def _message(raw: str) -> tuple[str, tuple[tuple[str, str], ...], str]:
    head, _, body = raw.replace("\r\n", "\n").partition("\n\n")
    first, _, rest = head.partition("\n")
    return first, (_headers_again if len(rest) <= _HEAD_LENGTH else _headers)(rest), body


def _headers(written: str) -> tuple[tuple[str, str], ...]:
    if not written:
        return ()
    return tuple(
        (name.strip()[:100], redacted_header(name, value.strip()[:400]))
        for name, _, value in (one.partition(":") for one in written.split("\n")[:30])
    )


# What a scanner sends, and what one server answers, differs little from record to record.
_headers_again = lru_cache(maxsize=_REMEMBERED)(_headers)
