"""Counts: of risks by what calls for something, and over time by one field."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.errors import InvalidError
from chariot.model.keys import SHARED
from chariot.model.registry import kinds_named, spec_of
from chariot.modules.risk.life import UNRESOLVED
from chariot.modules.surface.ports import Span
from chariot.modules.surface.query import Compare, Query, plain_type

OPERATIONS = Operations("History")
MOST = 400
"""The most moments of one series."""
_AGES_DAYS = (7, 30, 90)


class Interval(Enum):
    """The distance between two moments."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


_STEPS = {
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(weeks=1),
}


class SeriesParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of what, by what, and when."""

    kind: Annotated[str, Meta(max_length=80, description="Kinds as one word: `risks`, `assets`")] = "risks"
    by: Annotated[
        str,
        Meta(
            max_length=80,
            description="A field with few values: `severity`, `decision`, `state`; by default the kind",
        ),
    ] = ""
    since: Annotated[
        str, Meta(max_length=64, description="An instant (ISO 8601), or a time ago", examples=["30d"])
    ] = "30d"
    until: Annotated[str, Meta(max_length=64, description="As `since`; by default now")] = ""
    interval: Annotated[Interval, Meta(description="The distance between two moments")] = Interval.DAY


class Line(msgspec.Struct, frozen=True):
    """One value over time."""

    value: str | None
    """Null where nothing is stated."""
    counts: list[int]
    """One for each moment."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """Counts over time."""

    by: str
    moments: list[datetime]
    lines: list[Line]


class RiskAge(msgspec.Struct, frozen=True, kw_only=True):
    """How many risks have been known for so long."""

    from_days: int
    """Since this many days or longer."""
    below_days: int | None
    """And for less than so many; null: however long."""
    risks: int


class RiskStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """Unresolved risks: those in triage and those that are open."""

    total: int
    by_decision: dict[str, int]
    """By SSVC decision; `undecided` where there is none yet."""
    by_severity: dict[str, int]
    """By severity; `unknown` where none is stated."""
    by_age: list[RiskAge]
    """The youngest first."""
    at: datetime


@OPERATIONS.add("GET", "/api/v1/statistics/risks", "entities:read", data=RiskStatistics, sighted=True)
async def read_risk_statistics(call: Call) -> Answer:
    """Count the unresolved risks by decision, by severity, and by how long they have been known."""
    now = call.services.now()
    store, organisation = call.services.store, call.caller.organisation
    stamp = store.stamp()
    unresolved = Compare("state", "=", tuple(sorted(state.value for state in UNRESOLVED)))
    query = Query(kinds=("risk",), where=unresolved)
    moments = [now - timedelta(days=days) for days in _AGES_DAYS]
    tallies, ages = await asyncio.gather(
        store.tally(organisation, query, ("decision", "severity")),
        store.tally(organisation, query, (), moments=moments),
    )
    risks = Counter[int]({one.age: one.entities for one in ages})
    decisions, severities = Counter[str](), Counter[str]()
    for one in tallies:
        decision, severity = one.values
        decisions[decision or "undecided"] += one.entities
        severities[severity or "unknown"] += one.entities
    bounds = zip((0, *_AGES_DAYS), (*_AGES_DAYS, None), strict=True)
    return call.one(
        RiskStatistics(
            total=decisions.total(),
            by_decision=dict(sorted(decisions.items())),
            by_severity=dict(sorted(severities.items())),
            by_age=[
                RiskAge(from_days=first, below_days=last, risks=risks[age])
                for age, (first, last) in enumerate(bounds)
            ],
            at=now,
        ),
        holds=stamp,
    )


@OPERATIONS.add(
    "GET",
    "/api/v1/statistics/series",
    "entities:read",
    data=Series,
    parameters=SeriesParameters,
    sighted=True,
)
async def read_series(call: Call) -> Answer:
    """Count over time what was on the surface, by kind or by one field.

    At most 400 moments, the last one at `until`. The counts of the past never change.
    """
    asked: SeriesParameters = call.parameters
    kinds = kinds_named(asked.kind)
    if asked.by and len(kinds) > 1:
        raise InvalidError("goes with one kind only", place="by")
    default = _default(kinds[0], asked.by) if asked.by else None
    span = _span(call, asked)
    lines: list[Line] = []
    for kind in kinds:
        organisation = SHARED if kind == "vulnerability" else call.caller.organisation
        found = await call.services.store.series(organisation, kind, asked.by, span)
        for value, counts in found.items():
            lines.append(Line(_named(kind, asked.by, value, default), list(counts)))
    lines.sort(key=lambda line: line.value or "")
    series = Series(by=asked.by or "kind", moments=span.moments(), lines=_merged(lines))
    return call.one(series)


def _named(kind: str, by: str, value: str | None, default: str | None) -> str | None:
    if not by:
        return kind
    # What states its default is stored without it.
    return default if value is None else value


def _merged(lines: list[Line]) -> list[Line]:
    found: dict[str | None, list[int]] = {}
    for line in lines:
        known = found.get(line.value, [0] * len(line.counts))
        found[line.value] = [a + b for a, b in zip(known, line.counts, strict=True)]
    return [Line(value, counts) for value, counts in found.items()]


def _default(kind: str, by: str) -> str | None:
    """Return what an entity that states nothing about *by* has.

    Raises:
        InvalidError: the kind has no such field, or it may have any number of values.
    """
    specs = spec_of(kind)
    fields = [name for name, spec in specs.items() if _has_few_values(spec.type)]
    if by not in fields:
        raise InvalidError(f"must be one of {', '.join(fields) or 'nothing'}", place="by")
    default = specs[by].default
    return str(default.value) if isinstance(default, Enum) else None


def _has_few_values(hint: Any) -> bool:
    plain = plain_type(hint)
    return isinstance(plain, type) and issubclass(plain, Enum)


def _span(call: Call, asked: SeriesParameters) -> Span:
    now = call.services.now()
    since = instant(asked.since, place="since", now=now)
    until = instant(asked.until, place="until", now=now) if asked.until else now
    if since > until:
        raise InvalidError("lies after until", place="since")
    step = _STEPS[asked.interval]
    count = (until - since) // step + 1
    if count > MOST:
        raise InvalidError(f"lies more than {MOST} moments back; choose a longer interval", place="since")
    return Span(until - (count - 1) * step, step, count)
