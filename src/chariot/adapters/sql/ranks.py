"""In which order the few rows of some query stand, kept until something is written.

Who sees little has that little found and sorted for each page of a list, which costs several times what a walk along an
index does. So the order is kept. What is shown is asked of each page of it anew, of the rows as they are then.
"""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from threading import Lock
from typing import Any, Final

import msgspec

from chariot.adapters.sql.compile import Compiled, Dialect, compile_query
from chariot.adapters.sql.cursors import decode_cursor, forms
from chariot.adapters.sql.seeing import seen_now
from chariot.errors import InvalidError
from chariot.modules.surface.query import Query

LONGEST: Final = 20_000
"""So many rows of an order are kept at most; what stands further down is sorted for each page."""
_KEPT: Final = 100_000
"""So many rows are kept altogether: some 15 MB."""
_ORDERS: Final = 1_000
"""So many orders are, also of no rows."""

Row = tuple[Any, ...]
"""The sequence of a version, and its position."""


class Order(msgspec.Struct, frozen=True):
    """The rows of a query in the order in which they are listed."""

    rows: Sequence[Row]
    is_whole: bool = True
    """False where more rows stand behind them."""


class Ranks:
    """Keeps orders by what they are of; an order is right as long as the last number of the log is the same."""

    def __init__(self) -> None:
        self._orders: OrderedDict[Hashable, tuple[int, Order]] = OrderedDict()
        self._rows = 0
        self._lock = Lock()

    def get(self, name: Hashable, last: int) -> Order | None:
        """Return the order of *name* as of *last*, None where it is not kept."""
        with self._lock:
            stamp, order = self._orders.get(name, (-1, None))
            if order is None or stamp != last:
                return None
            self._orders.move_to_end(name)
            return order

    def keep(self, name: Hashable, last: int, order: Order) -> None:
        """Keep *order*, which was found when *last* was the last number of the log, or later."""
        with self._lock:
            if name in self._orders:
                self._rows -= len(self._orders.pop(name)[1].rows)
            self._orders[name] = (last, order)
            self._rows += len(order.rows)
            while self._rows > _KEPT or len(self._orders) > _ORDERS:
                _, (_, oldest) = self._orders.popitem(last=False)
                self._rows -= len(oldest.rows)


def order_of(legs: Iterable[Sequence[Row]]) -> Order:
    """Return the order that *legs* are in one behind the other; each holds no more than one row too many."""
    rows: list[Row] = []
    for leg in legs:
        rows += leg
        if len(rows) > LONGEST:
            return Order(tuple(rows[:LONGEST]), is_whole=False)
    return Order(tuple(rows))


class Ranking(msgspec.Struct, frozen=True):
    """How an order is found: a statement for each of its legs."""

    statements: tuple[str, ...]
    values: tuple[Any, ...]
    """Those of each of the statements."""

    @property
    def name(self) -> Hashable:
        """What the order is of."""
        return (self.statements, self.values)


def ranking(query: Query, organisation: int, kinds: Mapping[str, int], dialect: Dialect) -> Ranking | None:
    """Return how the order of the rows that *dialect* finds for *query* is found; None where it cannot be kept."""
    if query.sight is None or query.as_of is not None or dialect.source == dialect.walked:
        return None
    # Tags stand in other rows, and are asked of those of a page alone.
    mild = tuple(msgspec.structs.replace(rule, tags=()) for rule in query.sight)
    whole = msgspec.structs.replace(query, sight=mild, cursor="")
    compiled: Compiled = compile_query(whole, organisation, kinds, dialect)
    statements = tuple(filter(None, (compiled.ranked(leg, LONGEST + 1) for leg in compiled.legs)))
    return Ranking(statements, tuple(compiled.values)) if len(statements) == len(compiled.legs) else None


def behind(query: Query, rows: Sequence[Row]) -> Sequence[Row]:
    """Return those of *rows*, all of a query in its order, that stand behind its cursor.

    Raises:
        InvalidError: it is not a cursor, or one of another order.
    """
    if not query.cursor:
        return rows
    place = _rank(decode_cursor(query.cursor, query.sort, *forms(query.sort.removeprefix("-"))))
    try:
        if not query.sort.startswith("-"):
            return rows[bisect_right(rows, place, key=_rank_of) :]
        rising = rows[::-1]
        return rising[: bisect_left(rising, place, key=_rank_of)][::-1]
    except TypeError:
        raise InvalidError("belongs to another list or order", place="cursor") from None


def _rank_of(row: Row) -> Row:
    return _rank(row[1:])


def pieces(rows: Sequence[Row], limit: int) -> Iterator[Sequence[Row]]:
    """Yield *rows* in pieces, the first as long as a page of *limit* and what tells that there is more."""
    size = limit + 1
    while rows:
        yield rows[:size]
        rows, size = rows[size:], 2 * size


def found_among(some: Sequence[Row], records: Iterable[Row]) -> Iterator[Row]:
    """Yield *records*, each with its sequence at its end, in the order of *some*, with their position in its place."""
    by_sequence = {record[-1]: record for record in records}
    for sequence, *position in some:
        if sequence in by_sequence:
            yield (*by_sequence[sequence][:-1], *position)


def _rank(position: Row) -> Row:
    """Return what positions are compared by: what has no value stands below all values."""
    return (0, *position[1:]) if position[0] is None else (1, *position)


def shown(
    query: Query, kinds: Mapping[str, int], dialect: Dialect, sequences: Any, columns: str, source: str
) -> tuple[str, list[Any]]:
    """Return the statement for those of the rows with *sequences* that are shown, in any order, and its values.

    *source* is where these rows are, as the table `v`; *columns* are read of each, its sequence behind them.
    """
    values = [sequences]
    condition = seen_now(query.sight or (), query.kinds, kinds, dialect, values)
    statement = (
        f"SELECT {columns}, v.sequence FROM {source} JOIN presence AS p ON p.entity = v.entity"
        f" JOIN kind AS k ON k.id = v.kind WHERE {dialect.present} AND {condition}"
    )
    return statement, values
