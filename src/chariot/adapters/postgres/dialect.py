"""How PostgreSQL says what `chariot.adapters.sql.compile` leaves open. See `Dialect`.

Facts stand in text columns ordered by code point, whatever the locale of the database, because the comparison of
text is among the few that row-level security lets an index answer; that of jsonb is not. Numbers are written so
that their texts have the order of the numbers.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chariot.adapters.sql.compile import Walk
from chariot.modules.surface.facts import Fact

PRESENT_US = 2**63 - 1
"""The `valid_to` of what holds now, in microseconds."""

INDEXED_LIMIT = 500
"""The longest text that an index takes as it is, in characters: an index entry has at most 2,704 octets."""

_KEPT = 480
_BELOW_ZERO = "\x01"
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_INT64 = range(-(2**63), 2**63)


class PostgresDialect:
    """SQL of PostgreSQL."""

    def __init__(self, *, source: str = "") -> None:
        self.source = source or self.walked

    walked = "version AS v"
    """The source of a walk through all rows."""
    again = ""
    present = f"v.valid_to = {PRESENT_US}"
    whole_key = "COALESCE(v.long_key, v.key)"
    row_by_row = " OFFSET 0"

    def placeholder(self, number: int) -> str:
        """See `Dialect.placeholder`."""
        return f"${number}"

    def past(self, moment: str) -> Sequence[Walk]:
        """See `Dialect.past`."""
        return (Walk("version AS v", f"v.valid_from <= {moment} AND v.valid_to > {moment}"),)

    def member(self, column: str, name: str) -> str:
        """See `Dialect.member`."""
        return f'(({column}::json ->> {name}) COLLATE "C")'

    def tag(self, label: str, column: str = "v.common") -> str:
        """See `Dialect.tag`."""
        return f"""(({column}::json -> 'tags' ->> ({label}::text)) COLLATE "C")"""

    def contains(self, text: str, part: str) -> str:
        """See `Dialect.contains`."""
        return f'strpos(lower({text} COLLATE "C"), lower({part}::text COLLATE "C")) > 0'

    def key_value(self, key: str) -> str:
        """See `Dialect.key_value`."""
        return shortened(key)

    def fact_text(self, column: str, member: str) -> str:
        """See `Dialect.fact_text`; what was too long for an index stands whole in the JSON."""
        return f"(CASE WHEN length({column}) > {INDEXED_LIMIT} THEN {member} ELSE {column} END)"

    def place(self, column: str) -> str:
        """See `Dialect.place`; it is always kept, and the engine sorts nothing where an index gives the order."""
        return column

    def fact_value(self, value: Fact) -> Any:
        """See `Dialect.fact_value`."""
        if value is None:
            return None
        return shortened(value) if isinstance(value, str) else sortable(value)


def shortened(text: str) -> str:
    """Return *text* as an index takes it: what is too long keeps its beginning, and a hash tells it from others."""
    if len(text) <= INDEXED_LIMIT:
        return text
    return f"{text[:_KEPT]}…{hashlib.sha256(text.encode()).hexdigest()[:40]}"


@lru_cache(maxsize=65_536)
def sortable(number: float) -> str | None:
    """Return *number* as a text that sorts like it, None for what is not a number.

    The first character counts the digits before the point; below zero each is turned around.

    >>> sorted([sortable(n) for n in (10, -2, 9, 0.5)]) == [sortable(n) for n in (-2, 0.5, 9, 10)]
    True
    """
    if isinstance(number, float) and not math.isfinite(number):
        return None if math.isnan(number) else (chr(0xD000) if number > 0 else _BELOW_ZERO)
    digits = str(abs(number)) if isinstance(number, int) else _plain(abs(number))
    whole = len(digits.partition(".")[0])
    if number < 0:
        return f"{_BELOW_ZERO}{chr(0xD000 - whole)}{digits.translate(_COMPLEMENT)}~"
    return chr(1 + whole) + digits


def _plain(number: float) -> str:
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def storable(values: Iterable[Any]) -> bool:
    """Tell whether the engine can be asked about *values*: 64 bits hold a number, and text is text without NUL."""
    return all(map(_is_storable, values))


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return _UNSTORABLE.search(value) is None
    return not isinstance(value, int) or value in _INT64
