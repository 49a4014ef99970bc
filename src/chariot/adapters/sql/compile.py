"""From a checked query to SQL: values always as parameters, names only from the model's declarations.

A page walks an index from where the cursor stands; one of several kinds, or of the past, more than one, side by side.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from chariot.adapters.sql.cursors import decode_cursor, forms
from chariot.adapters.sql.seeing import Seeing
from chariot.model.registry import spec_of
from chariot.modules.surface.facts import Fact, fact, slots
from chariot.modules.surface.query import COMMON_FIELDS, All, Compare, Filter, Not, Query, Some
from chariot.modules.surface.sight import SEVERITIES
from chariot.modules.surface.states import ON_SURFACE_WORDS, micros


class Walk(msgspec.Struct, frozen=True):
    """Where rows are looked for: the table `version`, named `v`, perhaps with an index; and which of its rows."""

    source: str
    where: str


class Dialect(Protocol):
    """Where two SQL engines differ."""

    present: str
    """The condition of a row that holds now."""

    again: str
    """How a row of `version` is looked up by the `sequence` in `few`; empty where it is read whole at once."""

    walked: str
    """The table `version`, named `v`, to be walked through along an index."""

    source: str
    """Where the rows are looked for that hold now: `walked`, or what is quicker."""

    whole_key: str
    """The key of a row to the letter; its column may hold a shorter one that sorts alike."""

    row_by_row: str
    """What ends a subquery that is to be asked of each row by itself, and not to be joined with all; often empty."""

    def placeholder(self, number: int) -> str:
        """Return how the statement names its value *number*, the first being 1."""
        ...

    def past(self, moment: str) -> Sequence[Walk]:
        """Return where the rows are that held at *moment*, each row once."""
        ...

    def member(self, column: str, name: str) -> str:
        """Return the text of a member of the JSON in *column*, by its name as an SQL text."""
        ...

    def tag(self, label: str, column: str = "v.common") -> str:
        """Return the value of the tag that *label*, an SQL text, names."""
        ...

    def contains(self, text: str, part: str) -> str:
        """Return the condition that *text* contains *part*, whatever the case."""
        ...

    def key_value(self, key: str) -> str:
        """Return a key as it is bound to be compared with the column of keys."""
        ...

    def fact_text(self, column: str, member: str) -> str:
        """Return the whole text of an indexed fact, which *member* of the JSON holds too."""
        ...

    def place(self, column: str) -> str:
        """Return where a row of `v` is; *column* holds that where it is kept. It must not choose the index to walk."""
        ...

    def fact_value(self, value: Fact) -> Any:
        """Return a value as it is bound to be compared with an indexed fact."""
        ...


_COLUMNS = {
    "key": "v.key",
    "kind": "k.name",
    "status": "v.status",
    "created": "p.first_seen",
    "visited": "p.visited",
    "updated": "v.valid_from",
    "revision": "v.revision",
}


_JOINS = (
    " JOIN presence AS p ON p.entity = v.entity",
    " JOIN kind AS k ON k.id = v.kind",
)


class Leg(msgspec.Struct, frozen=True):
    """One part of an order: a condition, the SQL of where a row stands, and the direction."""

    where: str
    position: tuple[str, ...]
    direction: str
    values: int
    """How many of the query's values it binds, from the first on."""

    @property
    def order(self) -> str:
        """The order as columns of the tables."""
        return ", ".join(f"{column} {self.direction}" for column in self.position if column != "NULL")

    def order_behind(self, width: int) -> str:
        """Return the order by the number of the column, of a statement that selects *width* columns before."""
        return ", ".join(
            f"{number} {self.direction}"
            for number, column in enumerate(self.position, width + 1)
            if column != "NULL"
        )


class Compiled(msgspec.Struct):
    """One query as SQL: its legs are gone through one after the other until the page is full.

    Rows without a value of the sort field stand below all values and have a leg of their own: the index of an
    indexed fact does not hold them. The rows of one leg come from one walk along an index or from several.
    """

    where: str
    walks: tuple[Walk, ...]
    legs: tuple[Leg, ...]
    values: list[Any]
    again: str = ""
    """How the rows that were found are looked up again by their sequence; empty where they are read whole at once."""
    conditions: tuple[str, ...] = ()
    """Of those that the rows were to be asked besides, whatever they answer."""

    def statement(self, leg: Leg, columns: str, width: int, limit: int) -> str:
        """Return the statement for the first *limit* rows of *leg*: *columns*, *width* of them, then its position."""
        if not self.again:
            return self._found(leg, columns, _JOINS, width, limit)
        # What is sorted is narrow: a row is read whole when it is known to be one of the page.
        few = self._found(leg, "v.sequence AS sequence", self._needed(leg), 1, limit)
        places = [f"at_{number}" for number in range(len(leg.position))]
        names = ", ".join(places)
        order = ", ".join(
            f"{place} {leg.direction}"
            for place, column in zip(places, leg.position, strict=True)
            if column != "NULL"
        )
        return (
            f"WITH few (sequence, {names}) AS ({few}) SELECT {columns}, {names} FROM few"
            f" CROSS JOIN {self.again}{''.join(_JOINS)} ORDER BY {order}"
        )

    def _needed(self, leg: Leg) -> Sequence[str]:
        conditions = " ".join((self.where, leg.where, *(walk.where for walk in self.walks)))
        return [join for join in _JOINS if re.search(rf"\b{join.split()[3]}\.", conditions)]

    def ranked(self, leg: Leg, limit: int) -> str | None:
        """Return the statement for the sequences of the rows of *leg* in their order, each with its position.

        None where something else than new versions can change which they are, or where.
        """
        if len(self.walks) > 1 or self._needed(leg):
            return None
        return self._found(leg, "v.sequence", (), 1, limit)

    def _found(self, leg: Leg, columns: str, joins: Iterable[str], width: int, limit: int) -> str:
        walks = [
            f"SELECT {columns}, {', '.join(leg.position)} FROM {walk.source}{''.join(joins)}"
            f" WHERE {self.where} AND {walk.where} AND {leg.where} ORDER BY {leg.order} LIMIT {limit}"
            for walk in self.walks
        ]
        if len(walks) == 1:
            return walks[0]
        # Each walk stops when it has a page of its own, so what is sorted here is small.
        together = " UNION ALL ".join(f"SELECT * FROM ({walk}) AS walk" for walk in walks)
        return f"{together} ORDER BY {leg.order_behind(width)} LIMIT {limit}"


AMONG = 1
"""The number of the value that says among which keys the rows are."""


def compile_query(
    query: Query,
    organisation: int,
    kinds: Mapping[str, int],
    dialect: Dialect,
    *,
    among: Any = None,
    conditions: Sequence[Filter] = (),
) -> Compiled:
    """Return the SQL of *query* for one organisation; *kinds* are the kinds' numbers by name.

    *among* are keys, as the engine binds a list, for the dialect's `source` to find rows by; *conditions* are what
    the rows are asked besides.
    """
    return _Compiler(query, organisation, kinds, dialect, among).compile(conditions)


class _Compiler:
    def __init__(
        self, query: Query, organisation: int, kinds: Mapping[str, int], dialect: Dialect, among: Any
    ) -> None:
        self._query = query
        self._kinds = kinds
        self._dialect = dialect
        self._values: list[Any] = [] if among is None else [among]
        self._organisation = self._value(organisation)

    def compile(self, conditions: Sequence[Filter]) -> Compiled:
        query = self._query
        terms = [f"v.organisation = {self._organisation}"]
        walks = self._walks()
        if not query.everything:
            terms.append(f"v.status IN ({', '.join(map(self._value, ON_SURFACE_WORDS))})")
        if query.where is not None:
            terms.append(self._filter(query.where))
        if query.sight is not None:
            seeing = Seeing(self._kinds, self._dialect, self._value, is_present=query.as_of is None)
            terms.append(seeing.condition(query.sight, query.kinds))
        is_one_walk = len(walks) == 1 and walks[0].source == self._dialect.walked
        again = "" if is_one_walk else self._dialect.again
        asked = tuple(map(self._filter, conditions))
        return Compiled(" AND ".join(terms), walks, self._legs(), self._values, again, asked)

    def _walks(self) -> tuple[Walk, ...]:
        query = self._query
        moments: Sequence[Walk] = (Walk(self._dialect.source, self._dialect.present),)
        if query.as_of is not None:
            moments = self._dialect.past(self._value(micros(query.as_of)))
        # Kinds are numbers of our own, so the planner may see which they are.
        numbers = [str(self._kinds[kind]) for kind in query.kinds]
        kinds = [f"v.kind IN ({', '.join(numbers)})"]
        if len(numbers) == 1 or query.sort.endswith("updated"):
            # The index by the last change holds each kind apart.
            kinds = [f"v.kind = {number}" for number in numbers]
        if query.as_of is None and query.kinds == ("risk",) and query.sort.removeprefix("-") == "score":
            kinds = [f"{kinds[0]}{mild}" for mild in self._mild()]
        return tuple(Walk(one.source, f"{kind} AND {one.where}") for one in moments for kind in kinds)

    def _mild(self) -> Sequence[str]:
        """Return the severities that a sight shows, each as a condition.

        The worst risks have the highest scores: who does not see them would walk through all of them.
        """
        highest = {rule.highest for rule in self._query.sight or ()}
        worst = max((SEVERITIES[one] for one in highest if one is not None), default=-1)
        if (
            None in highest
            or not 0 <= worst < len(SEVERITIES) - 1
            or self._dialect.source != self._dialect.walked
        ):
            return ("",)
        column = f"v.fact_{slots('risk').index('severity')}"
        shown = [self._dialect.fact_value(number) for number in range(worst + 1)]
        return [f" AND {column} = {self._value(one)}" for one in shown]

    def _value(self, value: Any) -> str:
        self._values.append(value)
        return self._dialect.placeholder(len(self._values))

    def _legs(self) -> tuple[Leg, ...]:
        query = self._query
        field, down = query.sort.removeprefix("-"), query.sort.startswith("-")
        place = decode_cursor(query.cursor, query.sort, *forms(field)) if query.cursor else None
        direction, sign = ("DESC", "<") if down else ("ASC", ">")
        if field == "key":
            return (self._key_leg(direction, place[0] if place else None),)
        if field == "updated":
            return (self._leg("v.valid_from", direction, sign, place),)
        expression = self._expression(field)
        fact_value = self._dialect.fact_value
        valued = self._leg(expression, direction, sign, None, extra="IS NOT NULL")
        void = self._void(expression, direction, sign, None)
        # The leg that the cursor stands in comes last: only it binds the cursor's values.
        if place is not None and place[0] is None:
            void = self._void(expression, direction, sign, place[1:])
            return (void,) if down else (void, valued)
        if place is not None:
            valued = self._leg(expression, direction, sign, (fact_value(place[0]), place[1]))
            return (valued, void) if down else (valued,)
        return (valued, void) if down else (void, valued)

    def _key_leg(self, direction: str, last: str | None) -> Leg:
        # A key begins with its kind, so the walk neither begins before the wanted kinds nor goes on behind them.
        # It is bounded once on each side: of two bounds an engine might take the one that is further off.
        low, high = f"'#{min(self._query.kinds)}#'", f"'#{max(self._query.kinds)}$'"
        if last is not None and direction == "ASC":
            low = self._value(last)
        elif last is not None:
            high = self._value(last)
        return Leg(f"v.key > {low} AND v.key < {high}", ("v.key",), direction, len(self._values))

    def _void(self, expression: str, direction: str, sign: str, place: tuple[Any, ...] | None) -> Leg:
        leg = self._leg("v.valid_from", direction, sign, place)
        where = f"{expression} IS NULL AND {leg.where}"
        return Leg(where, ("NULL", *leg.position), direction, leg.values)

    def _leg(
        self, expression: str, direction: str, sign: str, place: tuple[Any, ...] | None, *, extra: str = ""
    ) -> Leg:
        where = f"{expression} {extra}" if extra else "true"
        if place is not None:
            value, last = self._value(place[0]), self._value(place[1])
            where = (
                f"{expression} {sign}= {value} AND ({expression} {sign} {value} OR v.entity {sign} {last})"
            )
        return Leg(where, (expression, "v.entity"), direction, len(self._values))

    def _expression(self, field: str, *, text: bool = False) -> str:
        """Return the SQL of a kind's own field, to compare it or its whole text; kinds that lack it have no value."""
        cases = []
        for kind in self._query.kinds:
            if field not in spec_of(kind):
                continue
            value = member = self._dialect.member("v.doc", f"'{field}'")
            if field in slots(kind):
                column = f"v.fact_{slots(kind).index(field)}"
                value = self._dialect.fact_text(column, member) if text else column
            cases.append((self._kinds[kind], value))
        if len(self._query.kinds) == 1:
            return cases[0][1]
        return f"CASE v.kind {' '.join(f'WHEN {number} THEN {sql}' for number, sql in cases)} END"

    def _filter(self, term: Filter) -> str:
        match term:
            case Not(inner):
                # A field without a value makes a comparison unknown, and "not unknown" must still hold.
                return f"NOT COALESCE({self._filter(inner)}, false)"
            case All(terms):
                return "(" + " AND ".join(map(self._filter, terms)) + ")"
            case Some(terms):
                return "(" + " OR ".join(map(self._filter, terms)) + ")"
            case Compare():
                return self._compare(term)

    def _compare(self, term: Compare) -> str:
        if term.field == "origin":
            return self._origin(term)
        is_fact = term.field not in COMMON_FIELDS and not term.field.startswith("tag.")
        expression = self._expression(term.field) if is_fact else self._common(term.field)
        if term.operator == "~":
            text = self._expression(term.field, text=True) if is_fact else expression
            text = self._dialect.whole_key if term.field == "key" else text
            return self._dialect.contains(text, self._value(term.values[0]))
        values = [
            self._fact(value, term.field) if is_fact else self._plain(value, term.field)
            for value in term.values
            if value is not None
        ]
        if term.operator in ("=", "!="):
            parts = [f"{expression} IN ({', '.join(map(self._value, values))})"] if values else []
            if None in term.values:
                parts.append(f"{expression} IS NULL")
            found = f"({' OR '.join(parts)})"
            return found if term.operator == "=" else f"NOT COALESCE({found}, false)"
        return f"{expression} {term.operator} {self._value(values[0])}"

    def _common(self, field: str) -> str:
        if field == "surface":
            surface = self._dialect.member("v.common", "'surface'")
            return f"COALESCE({surface}, 'external')"
        if field.startswith("tag."):
            return self._dialect.tag(self._value(field.removeprefix("tag.")))
        return _COLUMNS[field]

    def _fact(self, value: Any, field: str) -> Any:
        hints = [spec_of(kind)[field].type for kind in self._query.kinds if field in spec_of(kind)]
        plain = fact(value, hints[0])
        indexed = any(field in slots(kind) for kind in self._query.kinds)
        return self._dialect.fact_value(plain) if indexed else plain

    def _plain(self, value: Any, field: str) -> Any:
        if field == "key":
            return self._dialect.key_value(value)
        return micros(value) if isinstance(value, datetime) else value

    def _origin(self, term: Compare) -> str:
        if term.operator == "~":
            return self._dialect.contains("p.origins", self._value(term.values[0]))
        if term.operator not in ("=", "!="):
            return f"p.origins {term.operator} {self._value(term.values[0])}"
        # The commas keep one name from being found inside another.
        parts = [
            self._dialect.contains("(',' || p.origins || ',')", self._value(f",{value or ''},"))
            for value in term.values
        ]
        found = f"({' OR '.join(parts)})"
        return f"NOT {found}" if term.operator == "!=" else found
