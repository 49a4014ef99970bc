"""How SQLite says what `chariot.adapters.sql.compile` leaves open. See `Dialect`."""

from typing import Any

from chariot.modules.surface.facts import Fact


class SqliteDialect:
    """SQL of SQLite."""

    present = "v.valid_to IS NULL"
    whole_key = "v.key"

    def placeholder(self, number: int) -> str:
        """See `Dialect.placeholder`."""
        return f"?{number}"

    def past(self, moment: str) -> str:
        """See `Dialect.past`."""
        return f"v.valid_from <= {moment} AND (v.valid_to IS NULL OR v.valid_to > {moment})"

    def member(self, column: str, name: str) -> str:
        """See `Dialect.member`."""
        return f"({column} ->> {name})"

    def tag(self, label: str) -> str:
        """See `Dialect.tag`. The arrow takes a text that begins with a dollar for a path, so the label is quoted."""
        return f"""(v.common ->> ('$.tags."' || replace({label}, '"', '') || '"'))"""

    def contains(self, text: str, part: str) -> str:
        """See `Dialect.contains`."""
        return f"instr(lower({text}), lower({part})) > 0"

    def key_value(self, key: str) -> str:
        """See `Dialect.key_value`."""
        return key

    def fact_text(self, column: str, member: str) -> str:  # noqa: ARG002 - the column holds it whole
        """See `Dialect.fact_text`."""
        return column

    def fact_value(self, value: Fact) -> Any:
        """See `Dialect.fact_value`."""
        return value
