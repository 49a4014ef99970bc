"""Counts over time from the rows of versions: one pass, whatever the number of moments."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate

from chariot.modules.surface.ports import Span
from chariot.modules.surface.states import micros


def bounds(span: Span) -> tuple[int, int, int]:
    """Return first moment, step and last moment in microseconds."""
    first, step = micros(span.first), int(span.step.total_seconds() * 1_000_000)
    return first, step, first + step * (span.count - 1)


def bucket(column: str, first: str, step: str) -> str:
    """Return the SQL of which moment is the first at or after the one in *column*; *first* and *step* are values."""
    return f"CASE WHEN {column} <= {first} THEN 0 ELSE ({column} - {first} + {step} - 1) / {step} END"


def summed(rows: Iterable[tuple[str | None, int, int]], span: Span) -> Mapping[str | None, Sequence[int]]:
    """Return the counts at each moment, from by how much each moment differs from the one before."""
    found: dict[str | None, list[int]] = {}
    for value, number, difference in rows:
        found.setdefault(value, [0] * span.count)[number] += difference
    counts = {value: list(accumulate(differences)) for value, differences in found.items()}
    return {value: series for value, series in counts.items() if any(series)}
