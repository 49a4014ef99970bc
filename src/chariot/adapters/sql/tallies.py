"""Counts by fields with few values, and by age: one pass over what a filter holds for, whatever there is."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chariot.adapters.sql.compile import Dialect, compile_query
from chariot.errors import InvalidError
from chariot.modules.surface.facts import slots, words
from chariot.modules.surface.ports import Tally
from chariot.modules.surface.query import Query
from chariot.modules.surface.states import micros


class Counting(msgspec.Struct, frozen=True):
    """The statements whose rows together are the tally, and how a row is read."""

    statements: tuple[str, ...]
    values: list[Any]
    words: tuple[Mapping[Any, str], ...]
    """The words of each field, by what its column holds."""

    def read(self, rows: Iterable[Sequence[Any]]) -> tuple[Tally, ...]:
        """Return what the rows of all statements say together."""
        found: Counter[tuple[tuple[str | None, ...], int]] = Counter()
        for *values, age, entities in rows:
            said = tuple(known.get(value) for known, value in zip(self.words, values, strict=True))
            found[said, int(age)] += int(entities)
        return tuple(Tally(said, age, entities) for (said, age), entities in found.items())


def counting(
    query: Query,
    fields: Sequence[str],
    moments: Sequence[datetime],
    organisation: int,
    kinds: Mapping[str, int],
    dialect: Dialect,
) -> Counting:
    """Return how to count what *query* finds, see `Tallies.tally`.

    Raises:
        InvalidError: it asks for several kinds, or a field may have any number of values.
    """
    kind, known = counted_fields(query, fields)
    compiled = compile_query(query, organisation, kinds, dialect)
    values = list(compiled.values)
    age = "0"
    if moments:
        steps = []
        for number, moment in enumerate(moments):
            values.append(micros(moment))
            steps.append(f"WHEN p.first_seen > {dialect.placeholder(len(values))} THEN {number}")
        age = f"CASE {' '.join(steps)} ELSE {len(moments)} END"
    columns = [*(f"v.fact_{slots(kind).index(field)}" for field in fields), age]
    places = ", ".join(str(number) for number in range(1, len(columns) + 1))
    statements = []
    for walk in compiled.walks:
        rest = f"WHERE {compiled.where} AND {walk.where} GROUP BY {places}"
        # A look at who saw each entity would cost more than all the rest, where nothing asks for it.
        joined = "JOIN presence AS p ON p.entity = v.entity " if "p." in f"{age} {compiled.where}" else ""
        joined += "JOIN kind AS k ON k.id = v.kind " if "k." in compiled.where else ""
        statements.append(f"SELECT {', '.join(columns)}, count(*) FROM {walk.source} {joined}{rest}")
    held = tuple({dialect.fact_value(place): word for place, word in enumerate(one)} for one in known)
    return Counting(tuple(statements), values, held)


def counted_fields(query: Query, fields: Sequence[str]) -> tuple[str, list[tuple[str, ...]]]:
    """Return the kind that *query* asks for and the words of each of *fields*.

    Raises:
        InvalidError: it asks for several kinds, or a field may have any number of values.
    """
    if len(query.kinds) > 1:
        raise InvalidError("counts one kind at a time", place="kinds")
    (kind,) = query.kinds
    known = [words(kind, field) for field in fields]
    if not all(known):
        raise InvalidError(f"{kind} has more values of it than can be counted apart", place="fields")
    return kind, known
