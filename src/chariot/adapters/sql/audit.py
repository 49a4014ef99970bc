"""What the SQL of the audit log has in common, whatever the engine."""

from collections.abc import Callable
from typing import Any, Final

from chariot.modules.audit.ports import Question
from chariot.modules.surface.states import micros

COLUMNS: Final = (
    "sequence, at, actor, action, object, ending, address, request_id, before, after, details, hash"
)
_EQUAL: Final = ("actor", "object", "address", "request_id")


def found(organisation: str, question: Question, placeholder: Callable[[int], str]) -> tuple[str, list[Any]]:
    """Return the statement that answers *question*, and its values; see `AuditLog.find`."""
    values: list[Any] = [organisation]
    where = [f"organisation = {placeholder(1)}"]

    def narrow(condition: str, value: Any) -> None:
        values.append(value)
        where.append(condition.format(placeholder(len(values))))

    for name in _EQUAL:
        if getattr(question, name):
            narrow(f"{name} = {{}}", getattr(question, name))
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
