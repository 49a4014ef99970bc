"""How SQLite says what `chariot.adapters.sql.compile` leaves open. See `Dialect`."""

from collections.abc import Sequence
from typing import Any

import msgspec

from chariot.adapters.sql.compile import Walk
from chariot.modules.surface.facts import Fact

PLACE_OF = "chariot_place"
"""The function that gives the place of a key; see `places`."""


class Past(msgspec.Struct, frozen=True):
    """How to find what held at a moment of the past."""

    index: str
    """The index along which the versions that have ended are found."""
    last: int | None = None
    """The last sequence of that moment, where so little was written by then that going through all of it is best."""


class SqliteDialect:
    """SQL of SQLite."""

    def __init__(
        self,
        past: Past = Past("version_ended"),  # noqa: B008 - frozen
        *,
        source: str = "",
        keeps_places: bool = False,
    ) -> None:
        self._past = past
        self.source = source or self.walked
        self.keeps_places = keeps_places

    walked = "version AS v"
    """The source of a walk through all rows."""
    again = "version AS v ON v.sequence = few.sequence"
    present = "v.valid_to IS NULL"
    row_by_row = ""
    whole_key = "v.key"

    def placeholder(self, number: int) -> str:
        """See `Dialect.placeholder`."""
        return f"?{number}"

    def past(self, moment: str) -> Sequence[Walk]:
        """See `Dialect.past`."""
        last, begun = self._past.last, f"v.valid_from <= {moment}"
        if last is not None:
            held = f"v.sequence <= {last} AND {begun} AND (v.valid_to IS NULL OR v.valid_to > {moment})"
            return (Walk("version AS v NOT INDEXED", held),)
        ended = f"v.valid_to IS NOT NULL AND v.valid_to > {moment} AND {begun}"
        return (
            Walk("version AS v", f"v.valid_to IS NULL AND {begun}"),
            Walk(f"version AS v INDEXED BY {self._past.index}", ended),
        )

    def member(self, column: str, name: str) -> str:
        """See `Dialect.member`."""
        return f"({column} ->> {name})"

    def tag(self, label: str, column: str = "v.common") -> str:
        """See `Dialect.tag`. The arrow takes a text that begins with a dollar for a path, so the label is quoted."""
        return f"""({column} ->> ('$.tags."' || replace({label}, '"', '') || '"'))"""

    def contains(self, text: str, part: str) -> str:
        """See `Dialect.contains`."""
        return f"instr(lower({text}), lower({part})) > 0"

    def key_value(self, key: str) -> str:
        """See `Dialect.key_value`."""
        return key

    def fact_text(self, column: str, member: str) -> str:  # noqa: ARG002 - the column holds it whole
        """See `Dialect.fact_text`."""
        return column

    def place(self, column: str) -> str:
        """See `Dialect.place`. Source: SQLite, query optimizer overview, section 9."""
        return f"+{column}" if self.keeps_places else f"{PLACE_OF}(v.key)"

    def fact_value(self, value: Fact) -> Any:
        """See `Dialect.fact_value`."""
        return value
