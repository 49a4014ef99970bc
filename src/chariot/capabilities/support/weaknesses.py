"""What is wrong at a place: a risk, with the relationship that joins both."""

from collections.abc import Iterator, Mapping

from chariot.capabilities.support.reading import storable
from chariot.capability import Found
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

_VALUE_LIMIT = 2_000
_TITLE_LIMIT = 300


def risk(
    target: Key,
    weakness: str,
    title: str,
    severity: Severity,
    *,
    remedy: str,
    seen: Mapping[str, str],
    confidence: int = 100,
) -> Iterator[Found]:
    """Yield the risk *weakness* at *target*; *seen* is what shows it, and may hold hostile text."""
    values = {label: storable(text, _VALUE_LIMIT) for label, text in seen.items()}
    found = Risk(
        target=target,
        weakness=weakness,
        title=storable(title, _TITLE_LIMIT),
        severity=severity,
        remediation=storable(remedy, _VALUE_LIMIT),
        confidence=confidence,
        evidence=(KeyValues(title=weakness, values=values),),
    )
    yield found
    yield Relationship(RelationshipType.HAS_RISK, target, found.key)


def attribute(owner: Key, label: str, value: str) -> Iterator[Found]:
    """Yield a small fact about *owner*."""
    found = Attribute(owner=owner, label=label, value=storable(value, _VALUE_LIMIT))
    yield found
    yield Relationship(RelationshipType.HAS_ATTRIBUTE, owner, found.key)
