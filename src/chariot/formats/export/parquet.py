"""Parquet: a typed table of one kind, for analytics."""

import importlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from chariot.errors import ConfigurationError
from chariot.formats.export.support.values import TEXTS, cell, form_of
from chariot.model.records import Record
from chariot.model.registry import spec_of
from chariot.modules.exchange.exports.contract import Exporter, Sink, Written
from chariot.modules.exchange.exports.source import Source


class Column(msgspec.Struct, frozen=True):
    """One column."""

    name: str
    form: Any
    """str, int, float, bool, datetime, `TEXTS`, `JSON` (text that holds JSON) or dict (text by text)."""
    value: Callable[[Record], Any]


COMMON: tuple[Column, ...] = (
    Column("key", str, lambda record: record.key),
    Column("kind", str, lambda record: record.kind),
    Column("organisation", str, lambda record: record.organisation),
    Column("name", str, lambda record: record.name),
    Column("status", str, lambda record: record.status.value),
    Column("surface", str, lambda record: record.surface.value),
    Column("origins", TEXTS, lambda record: list(record.origins)),
    Column("tags", dict, lambda record: list(record.tags.items())),
    Column("first_seen", datetime, lambda record: record.created),
    Column("last_seen", datetime, lambda record: record.visited),
    Column("updated", datetime, lambda record: record.updated),
    Column("expires", datetime, lambda record: record.expires),
    Column("revision", int, lambda record: record.revision),
)
"""Columns that every kind has, before its own."""


class Parquet(Exporter):
    """Common columns, then the kind's fields with their types; lists of text stay lists, structures are JSON."""

    name = "parquet"
    title = "Parquet, a table of one kind"
    media_type = "application/vnd.apache.parquet"
    extension = "parquet"
    default_kinds = ("risk",)
    one_kind = True

    async def write(self, source: Source, sink: Sink) -> Written:
        """See `Exporter.write`."""
        arrow, parquet = _libraries()
        (kind,) = source.selection.kinds
        columns = columns_of(kind)
        schema = arrow.schema([(column.name, _type(arrow, column.form)) for column in columns])
        records = 0
        file = arrow.PythonFile(_File(sink), mode="w")
        with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            async for page in source.pages():
                values = [
                    arrow.array([column.value(record) for record in page], type=field.type)
                    for column, field in zip(columns, schema, strict=True)
                ]
                writer.write_table(arrow.Table.from_arrays(values, schema=schema))
                records += len(page)
        return Written(records)


def columns_of(kind: str) -> tuple[Column, ...]:
    """Return the columns of *kind*."""
    return COMMON + tuple(
        Column(spec.name, form_of(spec), _reader(spec.name, form_of(spec)))
        for spec in spec_of(kind).values()
        if not spec.mark.secret
    )


def _reader(name: str, form: Any) -> Callable[[Record], Any]:
    return lambda record: cell(getattr(record.entity, name), form)


def _type(arrow: Any, form: Any) -> Any:
    if form is datetime:
        return arrow.timestamp("us", tz="UTC")
    types: dict[Any, Any] = {
        int: arrow.int64(),
        float: arrow.float64(),
        bool: arrow.bool_(),
        TEXTS: arrow.list_(arrow.string()),
        dict: arrow.map_(arrow.string(), arrow.string()),
    }
    return types.get(form, arrow.string())


def _libraries() -> tuple[Any, Any]:
    try:
        return importlib.import_module("pyarrow"), importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise ConfigurationError(
            "Parquet needs a library that is not installed: pip install 'chariot-asm[parquet]'"
        ) from error


class _File:
    """A sink as the file that the library wants: it only goes forward."""

    closed = False

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._at = 0

    def write(self, data: Any) -> int:
        self._sink.write(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """The owner of the sink does."""

    def close(self) -> None:
        """The owner of the sink does."""
