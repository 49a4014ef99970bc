"""What the SQL of the audit log has in common, whatever the engine."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from chariot.modules.audit.ports import Question
from chariot.modules.surface.states import micros

COLUMNS: Final = (
    "sequence, at, actor, action, object, ending, address, request_id, before, after, details, hash"
)
NUMBERED: Final = """
SELECT start, body, key, signature FROM audit_head WHERE organisation = {organisation}
UNION ALL SELECT sequence, body, key, signature FROM audit_checkpoint WHERE organisation = {organisation}
"""
"""What is signed, each behind the number at which it is kept."""
_ANY: Final = (
    ("actor", "actors"),
    ("object", "objects"),
    ("address", ""),
    ("request_id", ""),
)
"""Columns that are compared whole, each with the part of a question that names several values of it."""


def found(organisation: str, question: Question, placeholder: Callable[[int], str]) -> tuple[str, list[Any]]:
    """Return the statement that answers *question*, and its values; see `AuditLog.find`."""
    values: list[Any] = [organisation]
    where = [f"organisation = {placeholder(1)}"]

    def narrow(condition: str, *wanted: Any) -> None:
        places = [placeholder(len(values) + place) for place in range(1, len(wanted) + 1)]
        values.extend(wanted)
        where.append(condition.format(", ".join(places)))

    for name, wanted in _compared(question):
        narrow(f"{name} IN ({{}})" if len(wanted) > 1 else f"{name} = {{}}", *wanted)
    if question.action.endswith("*"):
        beginning = question.action.rstrip("*")
        narrow("action >= {}", beginning)
        narrow("action < {}", f"{beginning}\U0010ffff")
    elif question.action:
        narrow("action = {}", question.action)
    if question.ending is not None:
        narrow("ending = {}", question.ending.value)
    if question.since is not None:
        narrow("at >= {}", micros(question.since))
    if question.until is not None:
        narrow("at < {}", micros(question.until))
    if question.before:
        narrow("sequence < {}", question.before)
    values.append(question.limit)
    statement = (
        f"SELECT {COLUMNS} FROM audit_entry WHERE {' AND '.join(where)}"
        f" ORDER BY sequence DESC LIMIT {placeholder(len(values))}"
    )
    return statement, values


def _compared(question: Question) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield columns with what they have to be."""
    for name, several in _ANY:
        one = getattr(question, name)
        if wanted := [*([one] if one else []), *(getattr(question, several) if several else ())]:
            yield name, wanted
