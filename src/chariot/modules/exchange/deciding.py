"""What a file says that people decided about its risks becomes decisions, where nobody decided otherwise here."""

from collections.abc import Mapping
from datetime import datetime

from chariot.format import Decided
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import RiskState


def decisions(
    records: Mapping[Key, Record], wanted: Mapping[Key, Decided], actor: str, now: datetime
) -> list[Edit]:
    """Return the edits that make of *records* what the file says was decided; none for those that are so already."""
    return [
        _edit(record, told, actor)
        for key, told in wanted.items()
        if (record := records.get(key)) is not None and _applies(record, told, now)
    ]


def _applies(record: Record, told: Decided, now: datetime) -> bool:
    risk = record.entity
    if not isinstance(risk, Risk):
        return False
    if told.state is RiskState.REMEDIATED and told.at is not None and record.visited > told.at:
        # Somebody saw it after it was called mended.
        return False
    is_so = (risk.state, risk.reason, risk.accepted_until) == (told.state, told.reason, told.until)
    if is_so and "state" in record.decided:
        return False
    # A clock that is ahead must not win against what is decided here from now on.
    return "state" not in record.decided or (told.at is not None and record.updated < told.at <= now)


def _edit(record: Record, told: Decided, actor: str) -> Edit:
    fields = {"state": told.state.value, "reason": told.reason, "accepted_until": told.until}
    return Edit(
        actor=actor,
        why=told.reason or f"{told.state.value} in the file",
        key=record.key,
        fields={name: value for name, value in fields.items() if value is not None},
        if_revision=record.revision,
    )
