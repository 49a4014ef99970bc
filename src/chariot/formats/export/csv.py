"""CSV: a table of one kind, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chariot.formats.export.support.values import JSON, TEXTS, cell, form_of
from chariot.model.records import Record
from chariot.model.registry import spec_of
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source

COMMON = ("key", "status", "surface", "origins", "tags", "first_seen", "last_seen", "updated")
"""Columns that every kind has, behind its own."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - spreadsheets take these too
"""A cell that begins so is a formula to a spreadsheet. Source: OWASP, CSV Injection."""


class Csv(Exporter):
    """The fields of one kind, then key, status, tags and times, with one header line (RFC 4180, UTF-8)."""

    name = "csv"
    title = "CSV, a table of one kind"
    media_type = "text/csv"
    extension = "csv"
    default_kinds = ("risk",)
    one_kind = True

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        (kind,) = source.selection.kinds
        specs = [spec for spec in spec_of(kind).values() if not spec.mark.secret]
        sink.write(_rows([[*(spec.name for spec in specs), *COMMON]]))
        records = 0
        async for page in source.pages():
            rows = [
                [
                    *(_text(getattr(record.entity, spec.name), form_of(spec)) for spec in specs),
                    *_common(record),
                ]
                for record in page
            ]
            sink.write(_rows(rows))
            records += len(rows)
        return Written(records)


def _rows(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _common(record: Record) -> list[str]:
    tags = "; ".join(f"{label}={value}" for label, value in record.tags.items())
    return [
        harmless(record.key),
        record.status.value,
        record.surface.value,
        harmless("; ".join(record.origins)),
        harmless(tags),
        *(at.isoformat() for at in (record.created, record.visited, record.updated)),
    ]


def _text(value: Any, form: Any) -> str:
    plain = cell(value, form)
    if plain is None:
        return ""
    if form is TEXTS:
        return harmless("; ".join(plain))
    if form is datetime:
        return str(plain.isoformat())
    if form is bool:
        return "true" if plain else "false"
    return harmless(plain) if form in (str, JSON) else str(plain)


def harmless(text: str) -> str:
    """Return *text* as a spreadsheet shows it and does not run it: an apostrophe goes before a formula.

    >>> harmless("=1+1")
    "'=1+1"
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
