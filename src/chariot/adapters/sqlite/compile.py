"""From a checked query to SQL: values always as parameters, names only from the model's declarations.

A page of the present walks one index from where the cursor stands. A page of the past reads the versions that
were valid then.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import apsw
import msgspec

from chariot.adapters.sqlite.cursors import decode_cursor
from chariot.adapters.sqlite.migrations import fact_expression
from chariot.model.registry import spec_of
from chariot.modules.surface.query import All, Compare, Filter, Not, Query, Some
from chariot.modules.surface.states import ON_SURFACE_WORDS, micros

_COMMON = {
    "key": "v.key",
    "kind": "k.name",
    "status": "v.status",
    "surface": "ifnull(json_extract(v.common, '$.surface'), 'external')",
    "created": "p.first_seen",
    "visited": "p.visited",
    "updated": "v.valid_from",
    "revision": "v.revision",
}
_ENTITY, _SEQUENCE = 10, 11
"""Where the entity's number and the sequence stand in a row of `RECORD_COLUMNS`."""


class Compiled(msgspec.Struct):
    """Conditions, order and values of one query; `position` tells where a row stands in that order."""

    where: str
    order: str
    values: dict[str, Any]
    position: Callable[[apsw.Connection, Any], tuple[Any, ...]]


def compile_query(query: Query, organisation: int, kinds: Mapping[str, int]) -> Compiled:
    """Return the SQL of *query* for one organisation; *kinds* are the kinds' numbers by name."""
    return _Compiler(query, organisation, kinds).compile()


class _Compiler:
    def __init__(self, query: Query, organisation: int, kinds: Mapping[str, int]) -> None:
        self._query = query
        self._numbers = [kinds[kind] for kind in query.kinds]
        self._values: dict[str, Any] = {"organisation": organisation}

    def compile(self) -> Compiled:
        query = self._query
        terms = ["v.organisation = :organisation"]
        if query.as_of is None:
            terms.append("v.valid_to IS NULL")
        else:
            moment = self._value(micros(query.as_of))
            terms.append(f"v.valid_from <= {moment} AND (v.valid_to IS NULL OR v.valid_to > {moment})")
        # One kind is compared with a literal, so that its partial indexes can serve.
        if len(self._numbers) == 1:
            terms.append(f"v.kind = {self._numbers[0]}")
        else:
            terms.append(f"v.kind IN ({', '.join(map(str, self._numbers))})")
        if not query.everything:
            terms.append(f"v.status IN ({', '.join(map(self._value, ON_SURFACE_WORDS))})")
        if query.where is not None:
            terms.append(self._filter(query.where))
        order, after, position = self._order()
        if after:
            terms.append(after)
        return Compiled(" AND ".join(terms), order, self._values, position)

    def _value(self, value: Any) -> str:
        name = f"v{len(self._values)}"
        self._values[name] = micros(value) if isinstance(value, datetime) else value
        return f":{name}"

    def _order(self) -> tuple[str, str, Callable[[apsw.Connection, Any], tuple[Any, ...]]]:
        query = self._query
        field, down = query.sort.removeprefix("-"), query.sort.startswith("-")
        direction = "DESC" if down else "ASC"
        place = decode_cursor(query.cursor, query.sort) if query.cursor else None
        if field == "key":
            if place is None and len(self._numbers) == 1:
                return f"v.key {direction}", "", lambda _, row: (row[0],)
            sign = "<" if down else ">"
            after = f"v.key {sign} {self._value(place[0])}" if place else ""
            return f"v.key {direction}", after, lambda _, row: (row[0],)
        expression = "v.valid_from" if field == "updated" else self._fact(field)
        order = f"{expression} {direction}, v.entity {direction}"

        def position(connection: apsw.Connection, row: Any) -> tuple[Any, ...]:
            value = connection.execute(
                f"SELECT {expression} FROM version AS v WHERE v.sequence = ?", (row[_SEQUENCE],)
            ).get
            return (value, row[_ENTITY])

        return order, self._after(expression, place, down=down), position

    def _after(self, expression: str, place: tuple[Any, ...] | None, *, down: bool) -> str:
        """Return the condition for what stands behind the cursor; SQLite sorts NULL before all values."""
        if place is None:
            return ""
        value, entity = place
        last = self._value(entity)
        if down:
            if value is None:
                return f"({expression} IS NULL AND v.entity < {last})"
            name = self._value(value)
            return (
                f"({expression} <= {name} OR {expression} IS NULL)"
                f" AND ({expression} < {name} OR {expression} IS NULL OR v.entity < {last})"
            )
        if value is None:
            return f"({expression} IS NOT NULL OR v.entity > {last})"
        name = self._value(value)
        return f"{expression} >= {name} AND ({expression} > {name} OR v.entity > {last})"

    def _fact(self, field: str) -> str:
        for kind in self._query.kinds:
            spec = spec_of(kind).get(field)
            if spec is not None and not spec.mark.secret:
                return fact_expression(kind, field, "v.doc")
        raise AssertionError(field)  # The query was checked when it was built.

    def _filter(self, term: Filter) -> str:
        match term:
            case Not(inner):
                # A field without a value makes a comparison unknown, and "not unknown" must still hold.
                return f"NOT ifnull({self._filter(inner)}, 0)"
            case All(terms):
                return "(" + " AND ".join(map(self._filter, terms)) + ")"
            case Some(terms):
                return "(" + " OR ".join(map(self._filter, terms)) + ")"
            case Compare():
                return self._compare(term)

    def _compare(self, term: Compare) -> str:
        if term.field == "origin":
            return self._origin(term)
        if term.field.startswith("tag."):
            label = self._value(f'$.tags."{term.field.removeprefix("tag.").replace(chr(34), "")}"')
            expression = f"json_extract(v.common, {label})"
        else:
            expression = _COMMON.get(term.field) or self._fact(term.field)
        if term.operator == "~":
            return f"instr(lower({expression}), lower({self._value(term.values[0])})) > 0"
        if term.operator in ("=", "!="):
            stated = [self._value(_bound(value)) for value in term.values if value is not None]
            parts = [f"{expression} IN ({', '.join(stated)})"] if stated else []
            if None in term.values:
                parts.append(f"ifnull({expression}, '') = ''")
            found = f"({' OR '.join(parts)})"
            return found if term.operator == "=" else f"NOT ifnull({found}, 0)"
        return f"{expression} {term.operator} {self._value(_bound(term.values[0], term.field))}"

    def _origin(self, term: Compare) -> str:
        parts = [f"instr(',' || p.origins || ',', {self._value(f',{value},')}) > 0" for value in term.values]
        found = f"({' OR '.join(parts)})"
        return f"NOT {found}" if term.operator == "!=" else found


def _bound(value: Any, field: str = "") -> Any:
    if isinstance(value, bool):
        return int(value)
    # Instants among the facts are stored as msgspec writes them: RFC 3339 with a Z, which sorts as text.
    if isinstance(value, datetime) and field not in ("", *_COMMON):
        return msgspec.to_builtins(value)
    return value
