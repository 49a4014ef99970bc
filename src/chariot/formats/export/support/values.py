"""Fields as the cells of a table: the same plain values for CSV, Parquet and graphs."""

from datetime import datetime
from enum import Enum
from typing import Any

from chariot.formats.export.support.json import encode
from chariot.model.base import FieldSpec
from chariot.modules.surface.query import plain_type

TEXTS = "texts"
JSON = "json"


def form_of(spec: FieldSpec) -> Any:
    """Return what a column of the field holds: str, int, float, bool, datetime, `TEXTS` or `JSON`."""
    plain = plain_type(spec.type)
    if plain in (str, int, float, bool, datetime):
        return plain
    if isinstance(plain, type) and issubclass(plain, Enum):
        return str
    return TEXTS if plain == tuple[str, ...] else JSON


def cell(value: Any, form: Any) -> Any:
    """Return *value* in the form of its column: a plain value, a list of text, or JSON as text."""
    if value is None:
        return None
    if form is JSON:
        return encode(value).decode() if value else None
    if form is TEXTS:
        return list(value)
    return value.value if isinstance(value, Enum) else value
