"""What a tool itself calls settled is no new risk; of a risk that is there, it tells what became of it."""

from datetime import datetime
from typing import Final

from chariot.format import Decided
from chariot.formats.support.record import Record
from chariot.formats.support.values import line
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk
from chariot.model.states import RiskState

_MEANS: Final = {
    "fixed": RiskState.REMEDIATED,
    "passed": RiskState.REMEDIATED,
    "absent": RiskState.REMEDIATED,
    "suppressed": RiskState.ACCEPTED,
    "accepted": RiskState.ACCEPTED,
    "ignored": RiskState.ACCEPTED,
    "not-affected": RiskState.REJECTED,
    "false-positive": RiskState.REJECTED,
}
"""By the label, what becomes of a risk; other labels say nothing of it."""


def settle(
    record: Record, target: Key, label: str, weakness: str, tool: str, *, at: datetime | None = None
) -> None:
    """Add that *tool* says *label* of a weakness: an attribute of its target, and the end of a risk there."""
    record.attribute(target, label, line(weakness, 500))
    conclude(record, target, label, weakness, tool, at=at)


def conclude(
    record: Record, target: Key, label: str, weakness: str, tool: str, *, at: datetime | None = None
) -> None:
    """Add only what becomes of a risk that is there."""
    state = _MEANS.get(label)
    if state is not None:
        key = Risk(target=target, weakness=weakness).key
        record.decide(Decided(key, state, f"{label} in the file of {tool}", at=at, is_settled=True))
