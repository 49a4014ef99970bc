"""From what somebody may see to SQL: the same rules as `chariot.modules.surface.sight.shows`, as one condition.

Kinds and places are conditions of the row itself. What can change with time (tags, how bad a risk is) is asked of the
present row: of the row itself where it is the present one, else of the row that has its key.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chariot.modules.surface.facts import slots
from chariot.modules.surface.places import FOLLOWED, PLACE, PLACED, ROOT, inside
from chariot.modules.surface.sight import SEVERITIES, Rule, Sight

if TYPE_CHECKING:
    from chariot.adapters.sql.compile import Dialect

_NOTHING, _EVERYTHING = "false", "true"
_MARK = re.compile("\0(\\d+)\0")


class Seeing:
    """Writes conditions of rows of the table `version`, named `v`."""

    def __init__(
        self,
        kinds: Mapping[str, int],
        dialect: "Dialect",
        value: Callable[[Any], str],
        *,
        is_present: bool,
    ) -> None:
        """*value* binds a value and returns how the statement names it; *is_present*: all rows hold now."""
        self._kinds = kinds
        self._dialect = dialect
        self._bind = value
        self._values: list[Any] = []
        self._bound: dict[str, str] = {}
        self._is_present = is_present

    def condition(self, sight: Sight, kinds: Iterable[str]) -> str:
        """Return the condition of rows of *kinds* that *sight* shows."""
        alike: dict[str, list[str]] = {}
        for kind in kinds:
            shown = _some(self._rule(rule, kind) for rule in sight)
            alike.setdefault(shown, []).append(str(self._kinds[kind]))
        if len(alike) == 1:
            return self._with_values(next(iter(alike)))
        return self._with_values(
            _some(
                _all((f"v.kind IN ({', '.join(numbers)})", shown))
                for shown, numbers in alike.items()
                if shown != _NOTHING
            )
        )

    def _with_values(self, condition: str) -> str:
        """Return *condition* with its values bound: what fell out of it must not be."""
        return _MARK.sub(self._bound_value, condition)

    def _bound_value(self, mark: re.Match[str]) -> str:
        if mark[1] not in self._bound:
            self._bound[mark[1]] = self._bind(self._values[int(mark[1])])
        return self._bound[mark[1]]

    def _rule(self, rule: Rule, kind: str) -> str:
        parts = []
        if rule.kinds and kind not in rule.kinds:
            parts.append(self._root_among(rule.kinds, kind))
        if rule.places:
            parts.append(self._inside(rule.places, kind))
        if rule.highest is not None:
            parts.append(self._mild(SEVERITIES[rule.highest], kind))
        if rule.tags:
            parts.append(self._tagged(rule.tags, kind))
        return _all(parts)

    def _value(self, value: Any) -> str:
        """Return the mark of *value*, which is bound once however often it stands in the condition."""
        if value not in self._values:
            self._values.append(value)
        return f"\0{self._values.index(value)}\0"

    def _fact(self, kind: str, name: str, table: str = "v") -> str:
        return f"{table}.fact_{slots(kind).index(name)}"

    def _root(self, kind: str) -> str:
        """Return the key of the asset at the bottom of a row of *kind*."""
        field = FOLLOWED[kind]
        if not field:
            return "v.key"
        direct = self._fact(kind, field) if field in slots(kind) else "NULL"
        root = self._fact(kind, ROOT)
        # Under row-level security no index of PostgreSQL answers COALESCE, which it does not know to leak nothing.
        return f"CASE WHEN {root} IS NULL THEN {direct} ELSE {root} END"

    def _root_among(self, wanted: tuple[str, ...], kind: str) -> str:
        if not FOLLOWED[kind]:
            return _NOTHING
        root = self._root(kind)
        # A key begins with its kind.
        return _some(f"({root} >= '#{one}#' AND {root} < '#{one}$')" for one in wanted if not FOLLOWED[one])

    def _inside(self, places: tuple[str, ...], kind: str) -> str:
        if kind not in PLACED:
            return _NOTHING
        fact = self._dialect.place(self._fact(kind, PLACE))
        ranges = (map(self._value, inside(place)) for place in places)
        return _some(f"({fact} >= {low} AND {fact} < {high})" for low, high in ranges)

    def _mild(self, highest: int, kind: str) -> str:
        if kind == "risk":
            worst = self._value(self._dialect.fact_value(highest))
            here, there = (self._fact(kind, "severity", table) for table in ("v", "now"))
            return self._now("v.key", f"{there} <= {worst}", f"{here} <= {worst}")
        if not FOLLOWED[kind]:
            return _EVERYTHING
        return f"NOT ({self._dialect.contains(self._dialect.whole_key, self._value('#risk#'))})"

    def _tagged(self, tags: tuple[tuple[str, str], ...], kind: str) -> str:
        here = None if FOLLOWED[kind] else self._bears(tags, "v.common")
        return self._now(self._root(kind), self._bears(tags, "now.common"), here)

    def _bears(self, tags: tuple[tuple[str, str], ...], column: str) -> str:
        found = ((self._dialect.tag(self._value(label), column), value) for label, value in tags)
        return _some(
            f"{tag} = {self._value(value)}" if value else f"{tag} IS NOT NULL" for tag, value in found
        )

    def _now(self, key: str, there: str, here: str | None) -> str:
        """Return that the present row of *key* fulfils *there*, or *here* where that is the row itself."""
        if self._is_present and here is not None:
            return f"COALESCE({here}, false)"
        present = self._dialect.present.replace("v.", "now.")
        return (
            "EXISTS (SELECT 1 FROM version AS now WHERE now.organisation = v.organisation"
            f" AND now.key = {key} AND {present} AND {there}{self._dialect.row_by_row})"
        )


def counted(
    sight: Sight, organisation: int | None, kinds: Mapping[str, int], dialect: "Dialect"
) -> tuple[str, list[Any]]:
    """Return the statement that counts what *sight* shows by kind and status, and its values.

    It goes through all that the organisation has: nothing keeps a count for each who may see another part.
    """
    values: list[Any] = []
    bind = _binder(values, dialect)
    own = bind(organisation)
    known = [kind for kind in kinds if kind in FOLLOWED]
    condition = Seeing(kinds, dialect, bind, is_present=True).condition(sight, known)
    numbers = ", ".join(str(kinds[kind]) for kind in known)
    statement = (
        "SELECT k.name, v.status, count(*) FROM version AS v JOIN kind AS k ON k.id = v.kind"
        f" WHERE v.organisation = {own} AND v.kind IN ({numbers}) AND {dialect.present} AND {condition}"
        " GROUP BY k.id, k.name, v.status ORDER BY k.id, v.status"
    )
    return statement, values


def seen(sight: Sight, kind: str, kinds: Mapping[str, int], dialect: "Dialect", values: list[Any]) -> str:
    """Return the condition of versions of *kind*, whenever they held, that *sight* shows; add to *values*."""
    return Seeing(kinds, dialect, _binder(values, dialect), is_present=False).condition(sight, (kind,))


def seen_now(
    sight: Sight, wanted: Iterable[str], kinds: Mapping[str, int], dialect: "Dialect", values: list[Any]
) -> str:
    """Return the condition of rows of the *wanted* kinds that hold now and that *sight* shows; add to *values*."""
    return Seeing(kinds, dialect, _binder(values, dialect), is_present=True).condition(sight, wanted)


def _binder(values: list[Any], dialect: "Dialect") -> Callable[[Any], str]:
    def bind(value: Any) -> str:
        values.append(value)
        return dialect.placeholder(len(values))

    return bind


def _all(parts: Iterable[str]) -> str:
    wanted = [part for part in parts if part != _EVERYTHING]
    if _NOTHING in wanted:
        return _NOTHING
    return f"({' AND '.join(wanted)})" if wanted else _EVERYTHING


def _some(parts: Iterable[str]) -> str:
    wanted = [part for part in parts if part != _NOTHING]
    if _EVERYTHING in wanted:
        return _EVERYTHING
    return f"({' OR '.join(wanted)})" if wanted else _NOTHING
