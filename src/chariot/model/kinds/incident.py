"""Incidents: what the audit log gives reason to look into, what became of it, and who has to be told by when."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import msgspec

from chariot.model import checks
from chariot.model.base import Entity, declared
from chariot.model.fields import Merge, field
from chariot.model.states import Severity

ENTRIES_LIMIT = 200
TEXTS_LIMIT = 20


class IncidentState(Enum):
    """Where the handling of an incident stands."""

    OPEN = "open"
    CONTAINED = "contained"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"


def texts(value: object) -> dict[str, str]:
    """Check lines of text by short names."""
    if not isinstance(value, dict):
        raise ValueError(f"expected text by name, got {type(value).__name__}")  # noqa: TRY004 - msgspec places it
    return {checks.slug(name): checks.line(text) for name, text in sorted(value.items())}


@declared
class Incident(Entity, frozen=True, tag="incident"):
    """Something that a detection rule found in the audit log, and what people made of it."""

    id: Annotated[str, field("Rule, day and digest of what it is about", check=checks.slug, identity=True)]
    rule: Annotated[str, field("The rule that found it", max_length=100, indexed=True)] = ""
    title: Annotated[str, field("What happened, in a sentence", outside=True, max_length=500)] = ""
    severity: Annotated[Severity | None, field("How bad it may be", indexed=True)] = None
    subject: Annotated[
        str,
        field(
            "Whom or what it is about: an actor, an address, an object",
            personal=True,
            outside=True,
            max_length=1_000,
        ),
    ] = ""
    log: Annotated[str, field("Whose audit log it stands in", max_length=200)] = ""
    began_at: Annotated[
        datetime | None, field("When its first event was", check=checks.utc, merge=Merge.FIRST, indexed=True)
    ] = None
    last_at: Annotated[datetime | None, field("When its last event was", check=checks.utc)] = None
    events: Annotated[int, field("How many events", check=checks.whole(0, 2**53))] = 0
    entries: Annotated[
        tuple[int, ...],
        field(
            "Numbers of the last entries of the audit log that it rests on",
            check=checks.sorted_set(checks.whole(0, 2**53), ENTRIES_LIMIT),
        ),
    ] = ()
    evidence: Annotated[
        dict[str, str],
        field("Short facts", check=texts, outside=True, max_length=TEXTS_LIMIT),
    ] = msgspec.field(default_factory=dict)
    state: Annotated[
        IncidentState, field("Where its handling stands", merge=Merge.DECISION, indexed=True)
    ] = IncidentState.OPEN
    reason: Annotated[
        str, field("Why it was resolved or dismissed", merge=Merge.DECISION, outside=True, max_length=4_000)
    ] = ""
    aware_at: Annotated[
        datetime | None,
        field(
            "When people became aware of it; deadlines count from here",
            check=checks.utc,
            merge=Merge.DECISION,
        ),
    ] = None
    regimes: Annotated[
        tuple[str, ...],
        field("Rules of law or contract by which somebody has to be told",
              check=checks.sorted_set(checks.slug, TEXTS_LIMIT), merge=Merge.DECISION),
    ] = ()  # fmt: skip
    notified: Annotated[
        dict[str, str],
        field(
            "When each duty was done, by its name", check=texts, merge=Merge.DECISION, max_length=TEXTS_LIMIT
        ),
    ] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """What happened."""
        return self.title or self.id
