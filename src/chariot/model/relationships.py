"""Relationship types, each with the kinds it may join, declared once as data."""

from enum import Enum

import msgspec

from chariot.model.checks import shown
from chariot.model.evidence import FORMS, Evidence
from chariot.model.keys import Key


class RelationshipType(Enum):
    """How one entity relates to another."""

    DISCOVERED = "DISCOVERED"
    """Looking at the first led to the second: the chain back to a seed."""
    RESOLVES_TO = "RESOLVES_TO"
    ALIAS_OF = "ALIAS_OF"
    CONTAINS = "CONTAINS"
    HAS_RECORD = "HAS_RECORD"
    HAS_PORT = "HAS_PORT"
    SERVES = "SERVES"
    """A port serves a web application."""
    NAMES = "NAMES"
    """A name or address is the host part of a web application."""
    PRESENTS_CERTIFICATE = "PRESENTS_CERTIFICATE"
    CERTIFIES = "CERTIFIES"
    HAS_TECHNOLOGY = "HAS_TECHNOLOGY"
    HAS_VULNERABILITY = "HAS_VULNERABILITY"
    HAS_RISK = "HAS_RISK"
    INSTANCE_OF = "INSTANCE_OF"
    """A risk is this vulnerability, at one target."""
    HAS_ATTRIBUTE = "HAS_ATTRIBUTE"
    HAS_CREDENTIAL = "HAS_CREDENTIAL"
    HAS_FILE = "HAS_FILE"
    OPENS = "OPENS"
    """A credential lets its holder in."""
    CAN_ASSUME = "CAN_ASSUME"
    """An identity may act as another one."""
    MEMBER_OF = "MEMBER_OF"

    # There is one of each, and the hash of Enum is slow where each relationship of a batch is looked up.
    __hash__ = object.__hash__
    ADMIN_TO = "ADMIN_TO"
    CONTROLS = "CONTROLS"
    """An identity has rights over the other that amount to control: owning it, changing its rights or its secret."""
    HAS_SESSION = "HAS_SESSION"
    """A host holds an open session of an identity."""
    CAN_REACH = "CAN_REACH"
    """Packets of the first get to the second."""


_ASSETS = frozenset({"domain", "address", "netblock", "port", "webapplication"})
_ACTORS = _ASSETS | {"file", "credential"}
"""What an attacker may come to hold; identities without a kind of their own are files of the graph they came in."""
_FOUND = _ASSETS | {"dnsrecord", "certificate", "technology", "attribute", "credential", "file", "risk"}

ENDS: dict[RelationshipType, tuple[frozenset[str], frozenset[str]]] = {
    RelationshipType.DISCOVERED: (
        _ASSETS | {"seed", "certificate", "dnsrecord", "technology", "file"},
        _FOUND,
    ),
    RelationshipType.RESOLVES_TO: (frozenset({"domain"}), frozenset({"address"})),
    RelationshipType.ALIAS_OF: (frozenset({"domain"}), frozenset({"domain"})),
    RelationshipType.CONTAINS: (frozenset({"netblock"}), frozenset({"address", "netblock"})),
    RelationshipType.HAS_RECORD: (frozenset({"domain"}), frozenset({"dnsrecord"})),
    RelationshipType.HAS_PORT: (frozenset({"address"}), frozenset({"port"})),
    RelationshipType.SERVES: (frozenset({"port"}), frozenset({"webapplication"})),
    RelationshipType.NAMES: (frozenset({"domain", "address"}), frozenset({"webapplication"})),
    RelationshipType.PRESENTS_CERTIFICATE: (
        frozenset({"port", "webapplication"}),
        frozenset({"certificate"}),
    ),
    RelationshipType.CERTIFIES: (frozenset({"certificate"}), frozenset({"domain", "address"})),
    RelationshipType.HAS_TECHNOLOGY: (_ASSETS | {"file"}, frozenset({"technology"})),
    RelationshipType.HAS_VULNERABILITY: (frozenset({"technology"}), frozenset({"vulnerability"})),
    RelationshipType.HAS_RISK: (_FOUND - {"risk"}, frozenset({"risk"})),
    RelationshipType.INSTANCE_OF: (frozenset({"risk"}), frozenset({"vulnerability"})),
    RelationshipType.HAS_ATTRIBUTE: (_FOUND | {"seed", "candidate"}, frozenset({"attribute"})),
    RelationshipType.HAS_CREDENTIAL: (_FOUND - {"credential"}, frozenset({"credential"})),
    RelationshipType.HAS_FILE: (_FOUND | {"seed"}, frozenset({"file"})),
    RelationshipType.OPENS: (frozenset({"credential"}), _ACTORS),
    RelationshipType.CAN_ASSUME: (_ACTORS, _ACTORS),
    RelationshipType.MEMBER_OF: (_ACTORS, _ACTORS),
    RelationshipType.ADMIN_TO: (_ACTORS, _ACTORS),
    RelationshipType.CONTROLS: (_ACTORS, _ACTORS),
    RelationshipType.HAS_SESSION: (_ACTORS, _ACTORS),
    RelationshipType.CAN_REACH: (_ACTORS, _ACTORS),
}
"""Which kinds stand at the source and at the target of each type."""

_BEGINNINGS = {
    kind: tuple(frozenset(f"#{one}#" for one in ends) for ends in joined) for kind, joined in ENDS.items()
}
"""How keys of the kinds in `ENDS` begin, so that no key need be taken apart."""


def _begins(key: Key, beginnings: frozenset[str]) -> bool:
    at = key.find("#", 1) + 1
    return key[:at] in beginnings and len(key) > at


class Relationship(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, gc=False):
    """One directed relationship between two entities, with what shows it.

    Raises:
        ValueError: the type does not join these kinds.
    """

    type: RelationshipType
    source: Key
    target: Key
    evidence: tuple[Evidence, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.type, RelationshipType):
            raise ValueError(f"type: not a relationship type: {shown(self.type)}")  # noqa: TRY004 - msgspec places it
        if self.source.__class__ is not str or self.target.__class__ is not str:
            wrong = "source" if self.source.__class__ is not str else "target"
            raise ValueError(f"{wrong}: expected a key, got {type(getattr(self, wrong)).__name__}")
        if self.evidence != () and (
            self.evidence.__class__ is not tuple or any(one.__class__ not in FORMS for one in self.evidence)
        ):
            raise ValueError("evidence: expected a list of evidence")
        sources, targets = _BEGINNINGS[self.type]
        if not _begins(self.source, sources):
            raise ValueError(f"source: {self.type.value} does not begin at {self.source[:80]!r}")
        if not _begins(self.target, targets):
            raise ValueError(f"target: {self.type.value} does not lead to {self.target[:80]!r}")
        if self.source == self.target:
            raise ValueError("target: an entity has no relationship with itself")
