"""From a checked query to SQL: values always as parameters, names only from the model's declarations.

A page of the present walks one index from where the cursor stands. A page of the past reads the versions that
were valid then.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from chariot.adapters.sqlite.cursors import decode_cursor
from chariot.model.registry import spec_of
from chariot.modules.surface.facts import fact, slots
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


class Leg(msgspec.Struct, frozen=True):
    """One walk along one index: a condition, an order, and the SQL of where a row stands in that order."""

    where: str
    order: str
    position: str


class Compiled(msgspec.Struct):
    """One query as SQL: its legs are walked one after the other until the page is full.

    Rows without a value of the sort field stand below all values and have a leg of their own: the index of an
    indexed fact does not hold them.
    """

    where: str
    legs: tuple[Leg, ...]
    values: dict[str, Any]


def compile_query(query: Query, organisation: int, kinds: Mapping[str, int]) -> Compiled:
    """Return the SQL of *query* for one organisation; *kinds* are the kinds' numbers by name."""
    return _Compiler(query, organisation, kinds).compile()


class _Compiler:
    def __init__(self, query: Query, organisation: int, kinds: Mapping[str, int]) -> None:
        self._query = query
        self._kinds = kinds
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
        return Compiled(" AND ".join(terms), self._legs(), self._values)

    def _value(self, value: Any) -> str:
        name = f"v{len(self._values)}"
        self._values[name] = value
        return f":{name}"

    def _legs(self) -> tuple[Leg, ...]:
        query = self._query
        field, down = query.sort.removeprefix("-"), query.sort.startswith("-")
        place = decode_cursor(query.cursor, query.sort) if query.cursor else None
        direction, sign = ("DESC", "<") if down else ("ASC", ">")
        if field == "key":
            after = f"v.key {sign} {self._value(place[0])}" if place else "1"
            return (Leg(after, f"v.key {direction}", "v.key"),)
        if field == "updated":
            return (self._leg("v.valid_from", direction, sign, place),)
        expression = self._expression(field)
        in_void = place is not None and place[0] is None
        valued = self._leg(expression, direction, sign, None if in_void else place, extra="IS NOT NULL")
        void = self._leg("v.valid_from", direction, sign, place[1:] if place and in_void else None)
        void = Leg(f"{expression} IS NULL AND {void.where}", void.order, f"NULL, {void.position}")
        if down:
            return (void,) if in_void else (valued, void)
        return (void, valued) if in_void or place is None else (valued,)

    def _leg(
        self, expression: str, direction: str, sign: str, place: tuple[Any, ...] | None, *, extra: str = ""
    ) -> Leg:
        where = f"{expression} {extra}" if extra else "1"
        if place is not None:
            value, last = self._value(place[0]), self._value(place[1])
            where = (
                f"{expression} {sign}= {value} AND ({expression} {sign} {value} OR v.entity {sign} {last})"
            )
        return Leg(where, f"{expression} {direction}, v.entity {direction}", f"{expression}, v.entity")

    def _expression(self, field: str) -> str:
        """Return the SQL of a kind's own field; kinds that lack it have no value."""
        cases = []
        for kind in self._query.kinds:
            if field in slots(kind):
                cases.append((self._kinds[kind], f"v.fact_{slots(kind).index(field)}"))
            elif field in spec_of(kind):
                cases.append((self._kinds[kind], f"json_extract(v.doc, '$.{field}')"))
        if len(self._query.kinds) == 1:
            return cases[0][1]
        return f"CASE v.kind {' '.join(f'WHEN {number} THEN {sql}' for number, sql in cases)} END"

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
            expression = _COMMON.get(term.field) or self._expression(term.field)
        if term.operator == "~":
            return f"instr(lower({expression}), lower({self._value(term.values[0])})) > 0"
        values = [self._comparable(value, term.field) for value in term.values if value is not None]
        if term.operator in ("=", "!="):
            parts = [f"{expression} IN ({', '.join(map(self._value, values))})"] if values else []
            if None in term.values:
                parts.append(f"ifnull({expression}, '') = ''")
            found = f"({' OR '.join(parts)})"
            return found if term.operator == "=" else f"NOT ifnull({found}, 0)"
        return f"{expression} {term.operator} {self._value(values[0])}"

    def _comparable(self, value: Any, field: str) -> Any:
        if field in _COMMON or field.startswith("tag."):
            return micros(value) if isinstance(value, datetime) else value
        hints = (spec_of(kind)[field].type for kind in self._query.kinds if field in spec_of(kind))
        return fact(value, next(hints))

    def _origin(self, term: Compare) -> str:
        parts = [f"instr(',' || p.origins || ',', {self._value(f',{value},')}) > 0" for value in term.values]
        found = f"({' OR '.join(parts)})"
        return f"NOT {found}" if term.operator == "!=" else found
