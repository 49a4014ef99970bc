"""How entities look: as JSON without secrets, as columns of a list, as names that people type."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from chariot.entrypoints.cli.terminal import Cell, Styled
from chariot.entrypoints.cli.times import local
from chariot.errors import InvalidError, NotFoundError
from chariot.model.base import Entity
from chariot.model.evidence import Evidence
from chariot.model.keys import SHARED, Key, Organisation, escape
from chariot.model.kinds.work import seed_value
from chariot.model.records import Record
from chariot.model.registry import KINDS

HIDDEN = "(hidden)"

SEVERITY_STYLES = {
    "critical": "bold red",
    "high": "red",
    "medium": "yellow",
    "low": "blue",
    "act": "bold red",
    "attend": "red",
    "track*": "yellow",
}

COLUMNS: dict[str, tuple[str, ...]] = {
    "risk": ("score", "decision", "severity", "state", "weakness", "target", "title"),
    "domain": ("host", "status", "registrar"),
    "address": ("ip", "status", "asn", "holder"),
    "netblock": ("cidr", "status", "holder"),
    "port": ("name", "status", "service", "banner"),
    "webapplication": ("url", "status", "status_code", "title", "server"),
    "certificate": ("name", "not_after", "names", "sha256"),
    "technology": ("name", "status", "cpe"),
    "vulnerability": ("id", "severity", "cvss_score", "epss", "known_exploited", "title"),
    "dnsrecord": ("host", "type", "value"),
    "scan": (
        "id",
        "state",
        "requested_by",
        "seeds",
        "started_at",
        "ended_at",
        "looked",
        "unknown",
        "waiting",
    ),
    "job": ("outcome", "capability", "target", "found", "reason"),
    "seed": ("value", "depth", "deny", "note"),
    "attribute": ("owner", "label", "value"),
}
"""What a list of one kind shows, before `first seen` and `last seen`."""

_MIXED = ("kind", "key", "status")
_DEFAULT = ("key", "status")


def facts(entity: Entity) -> dict[str, Any]:
    """Return the stated fields of *entity* by name, secrets hidden."""
    found: dict[str, Any] = {}
    for spec in entity.specs:
        value = getattr(entity, spec.name)
        if spec.mark.identity or value != spec.default:
            found[spec.name] = HIDDEN if spec.mark.secret else value
    return found


def record_json(record: Record) -> dict[str, Any]:
    """Return *record* as JSON-like values, secrets hidden."""
    plain: dict[str, Any] = msgspec.to_builtins(record)
    plain["entity"] = {"kind": record.kind, **msgspec.to_builtins(facts(record.entity))}
    return plain


def columns_of(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns of a list of *kinds*."""
    own = _MIXED if len(kinds) > 1 else COLUMNS.get(kinds[0], _DEFAULT)
    return (*own, "first seen", "last seen")


def cells(record: Record, columns: tuple[str, ...]) -> list[Cell]:
    """Return the values of *record* under *columns*."""
    return [_cell(record, column) for column in columns]


def _cell(record: Record, column: str) -> Cell:
    common: dict[str, Callable[[], str]] = {
        "first seen": lambda: local(record.created),
        "last seen": lambda: local(record.visited),
        "status": lambda: record.status.value,
    }
    if column in common:
        return common[column]()
    for holder in (record.entity, record):
        if hasattr(holder, column):
            text = value_text(getattr(holder, column))
            style = SEVERITY_STYLES.get(text, "")
            return Styled(text, style) if style else text
    return "-"


def value_text(value: Any) -> str:
    """Return one value as a person reads it; `-` when there is none."""
    text = "-"
    match value:
        case None | "" | ():
            pass
        case bool():
            text = "yes" if value else "no"
        case Enum():
            text = str(value.value)
        case datetime():
            text = local(value)
        case tuple():
            text = ", ".join(value_text(item) for item in value[:10])
            text += f", … ({len(value) - 10:,} more)" if len(value) > 10 else ""
        case msgspec.Struct():
            text = ", ".join(value_text(item) for item in msgspec.structs.astuple(value))
        case _:
            text = str(value)
    return text


def evidence_lines(evidence: Evidence) -> list[str]:
    """Return one piece of evidence as lines; they still are text from outside."""
    plain: dict[str, Any] = msgspec.to_builtins(evidence)
    form, title = plain.pop("form"), plain.pop("title", "")
    lines = [f"[{form}] {title}".rstrip()]
    if plain.pop("cut", False):
        lines.append("  (cut at the limit: the original was longer)")
    for name, value in plain.items():
        if isinstance(value, dict):
            lines += [f"  {label}: {text}" for label, text in value.items()]
        elif isinstance(value, str):
            first, *rest = value.splitlines() or [""]
            lines += [f"  {name}: {first}", *(f"    {line}" for line in rest[:20])]
            lines += [f"    … ({len(rest) - 20} more lines)"] if len(rest) > 20 else []
        else:
            lines.append(f"  {name}: {value_text(tuple(value) if isinstance(value, list) else value)}")
    return lines


def home_of(kinds: tuple[str, ...], organisation: Organisation) -> Organisation:
    """Return where *kinds* live: vulnerabilities are known once to all organisations."""
    return SHARED if kinds == ("vulnerability",) else organisation


def candidates(text: str) -> list[Key]:
    """Return the keys that a person may mean by *text*: a key, also without its first `#`, or a bare name.

    >>> candidates("domain#example.com")
    ['#domain#example.com']

    Raises:
        InvalidError: it can be no key.
    """
    if not text.isprintable() or not text.strip():
        raise InvalidError("is empty or has control characters", place="key")
    if text.startswith("#"):
        return [Key(text)]
    if text.partition("#")[0] in KINDS and "#" in text:
        return [Key(f"#{text}")]
    if text.upper().startswith("CVE-"):
        return [Key(f"#vulnerability#{text.upper()}")]
    if "://" in text:
        url = text if text.count("/") > 2 else f"{text}/"
        return [Key(f"#webapplication#{escape(url)}")]
    try:
        value = escape(seed_value(text))
    except ValueError:
        raise InvalidError(
            f"{text[:80]!r} is no key; keys look like 'domain#example.com' and stand in `chariot list`",
            place="key",
        ) from None
    return [Key(f"#{kind}#{value}") for kind in ("domain", "address", "netblock", "seed")]


def missing(text: str, as_of: datetime | None = None) -> NotFoundError:
    """Return the error for a key that nothing has, or had at *as_of*."""
    if as_of is not None:
        return NotFoundError(
            f"nothing had the key {text[:200]!r} at {local(as_of)}; leave --as-of out to see what has it now"
        )
    return NotFoundError(f"nothing has the key {text[:200]!r}; `chariot list assets` shows what there is")
