"""Gathering by a field with any number of values: the engine counts, and only the first groups leave it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from chariot.adapters.sql.compile import Dialect, compile_query
from chariot.errors import InvalidError
from chariot.model.registry import spec_of
from chariot.modules.surface.facts import slots
from chariot.modules.surface.ports import Group, Groups
from chariot.modules.surface.query import COMMON_SORTS, Filter, Query


class Gathering(msgspec.Struct, frozen=True):
    """The statement whose rows are the first groups."""

    statement: str
    values: list[Any]

    def read(self, rows: Iterable[Any]) -> Groups:
        """Return what the rows say; each ends with how many groups and entities there are in all."""
        found = list(rows)
        if not found:
            return Groups()
        first = tuple(Group(row[0], int(row[1]), tuple(map(int, row[2:-2]))) for row in found)
        return Groups(first, int(found[0][-2]), int(found[0][-1]))


def gathering(
    query: Query,
    field: str,
    conditions: Sequence[Filter],
    organisation: int,
    kinds: Mapping[str, int],
    dialect: Dialect,
) -> Gathering:
    """Return how to gather what *query* finds by *field*, see `Tallies.group`.

    Raises:
        InvalidError: it asks for several kinds or sorts by no field of its kind, or *field* is no indexed text.
    """
    kind, rank = _grouped(query, field)
    column = f"v.fact_{slots(kind).index(field)}"
    value = dialect.fact_text(column, dialect.member("v.doc", f"'{field}'"))
    # In no order, and from the beginning: the cursor and the order are those of a list.
    whole = msgspec.structs.replace(query, sort="key", cursor="")
    compiled = compile_query(whole, organisation, kinds, dialect, conditions=conditions)
    marks = [f"CASE WHEN {condition} THEN 1 ELSE 0 END" for condition in compiled.conditions]
    asked = " ".join((compiled.where, *marks))
    joined = "".join(join for name, join in _JOINS.items() if f"{name}." in asked)
    names = [f"holds_{number}" for number in range(len(marks))]
    columns = ", ".join(
        f"{sql} AS {name}"
        for sql, name in zip((value, rank, *marks), ("said", "stands", *names), strict=True)
    )
    walks = " UNION ALL ".join(
        f"SELECT {columns} FROM {walk.source}{joined}"
        f" WHERE {compiled.where} AND {walk.where} AND {column} IS NOT NULL"
        for walk in compiled.walks
    )
    down = "DESC" if query.sort.startswith("-") else "ASC"
    best = "max" if down == "DESC" else "min"
    sums = "".join(f", sum({name}) AS {name}" for name in names)
    listed = "".join(f", {name}" for name in names)
    return Gathering(
        f"WITH member AS ({walks}), gathered AS ("
        f"SELECT said, {best}(stands) AS best, count(*) AS entities{sums} FROM member GROUP BY said)"
        f" SELECT said, entities{listed}, count(*) OVER (), sum(entities) OVER () FROM gathered"
        f" ORDER BY best IS NULL, best {down}, entities DESC, said LIMIT {query.limit}",
        compiled.values,
    )


_JOINS = {
    "p": " JOIN presence AS p ON p.entity = v.entity",
    "k": " JOIN kind AS k ON k.id = v.kind",
}


def _grouped(query: Query, field: str) -> tuple[str, str]:
    """Return the kind that is gathered, and the column of its field that says which group is first."""
    if len(query.kinds) > 1:
        raise InvalidError("gathers one kind at a time", place="kinds")
    (kind,) = query.kinds
    rank = query.sort.removeprefix("-")
    if rank in COMMON_SORTS:
        raise InvalidError(f"has to be a field of {kind}", place="sort")
    if field not in slots(kind) or field not in spec_of(kind) or spec_of(kind)[field].type is not str:
        raise InvalidError(f"{kind} has no such text to be gathered by", place="field")
    return kind, f"v.fact_{slots(kind).index(rank)}"
