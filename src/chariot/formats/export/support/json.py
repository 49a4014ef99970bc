"""JSON written piece by piece."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from chariot.modules.exchange.exports.contract import Sink

encode = msgspec.json.Encoder().encode
"""Encodes values of the model and plain ones."""


class Items:
    """The items of one array: separated by commas, one a line."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.count = 0

    def add(self, item: Any) -> None:
        """Write *item*."""
        self._sink.write(b",\n" if self.count else b"\n")
        self._sink.write(encode(item))
        self.count += 1


def stated(values: dict[str, Any]) -> dict[str, Any]:
    """Return *values* without what says nothing: None, empty text, empty lists and objects."""
    return {name: value for name, value in values.items() if value not in (None, "", [], (), {})}


def milliseconds(at: datetime) -> int:
    """Return *at* as milliseconds since 1970."""
    return int(at.timestamp() * 1_000)


def stamp(at: datetime) -> str:
    """Return *at* in UTC with three digits of its second.

    >>> stamp(datetime(2026, 3, 1, 12, tzinfo=UTC))
    '2026-03-01T12:00:00.000Z'
    """
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
