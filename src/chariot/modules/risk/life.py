"""The life of a risk: which state may follow which, and what each step needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from chariot.errors import ConflictError, InvalidError
from chariot.model.kinds.weakness import Risk
from chariot.model.states import RiskState

_TRIAGE, _OPEN, _ACCEPTED = RiskState.TRIAGE, RiskState.OPEN, RiskState.ACCEPTED
_REMEDIATED, _REJECTED = RiskState.REMEDIATED, RiskState.REJECTED

TRANSITIONS: Final[Mapping[RiskState, frozenset[RiskState]]] = {
    _TRIAGE: frozenset({_OPEN, _ACCEPTED, _REMEDIATED, _REJECTED}),
    _OPEN: frozenset({_TRIAGE, _ACCEPTED, _REMEDIATED, _REJECTED}),
    _ACCEPTED: frozenset({_OPEN, _ACCEPTED, _REMEDIATED, _REJECTED}),
    _REMEDIATED: frozenset({_OPEN}),
    _REJECTED: frozenset({_OPEN, _TRIAGE}),
}
"""By present state, those that may follow. Accepted again is acceptance for longer, or for another reason."""

NEEDS_REASON: Final = frozenset({_ACCEPTED, _REJECTED})
"""States that nobody enters without saying why."""

UNRESOLVED: Final = frozenset({_TRIAGE, _OPEN})
"""States in which somebody has yet to act."""


def step(risk: Risk, to: RiskState, why: str, until: datetime | None, now: datetime) -> dict[str, Any]:
    """Return the fields that the step to *to* sets.

    Raises:
        ConflictError: *to* does not follow the present state; the text names what does.
        InvalidError: a reason or the end of an acceptance is missing or wrong.
    """
    allowed = TRANSITIONS[risk.state]
    if to not in allowed:
        names = ", ".join(state.value for state in RiskState if state in allowed)
        raise ConflictError(
            f"a risk that is {risk.state.value} cannot become {to.value}; it can become {names}"
        )
    if to in NEEDS_REASON and not why.strip():
        raise InvalidError(f"say why it is {to.value}", place="why")
    if to is _ACCEPTED:
        if until is None:
            raise InvalidError("an acceptance needs a day on which it ends", place="until")
        if until.tzinfo is None or until <= now:
            raise InvalidError("must be an instant with a time zone in the future", place="until")
    elif until is not None:
        raise InvalidError("only an acceptance ends by itself", place="until")
    return {
        "state": to.value,
        "reason": why if to in NEEDS_REASON else "",
        "accepted_until": until.isoformat() if until is not None else None,
        **settled(to),
    }


def settled(to: RiskState, verified: str = "") -> dict[str, Any]:
    """Return what a step to *to* sets beside the state: *verified* says what showed that the risk is gone."""
    # What opens again later is due by a new count, not by the old one.
    over = {} if to in UNRESOLVED else {"due_at": None, "overdue": False}
    return {"verified": verified[:2_000], **over}
