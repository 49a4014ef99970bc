"""What a store remembers: an entity with its common fields, its versions, its changes, its relationships."""

from datetime import datetime
from enum import Enum

import msgspec

from chariot.model.base import Entity
from chariot.model.evidence import Evidence
from chariot.model.keys import Key, Organisation
from chariot.model.relationships import RelationshipType
from chariot.model.states import Source, Status, Surface


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """An entity as one organisation knows it, now or at some moment."""

    key: Key
    kind: str
    organisation: Organisation
    name: str
    status: Status
    source: Source
    surface: Surface
    origins: tuple[str, ...]
    """Capabilities and people that saw or made it."""
    tags: dict[str, str]
    created: datetime
    """First seen."""
    visited: datetime
    """Last seen. In a read of the past: last seen as known now, but never after that moment."""
    updated: datetime
    """When this version became true."""
    expires: datetime | None
    """When silence makes it stale; None is never."""
    revision: int
    decided: tuple[str, ...]
    """Fields that a person decided; sightings leave them."""
    entity: Entity


class Op(Enum):
    """What a change did."""

    CREATED = "created"
    UPDATED = "updated"
    RETURNED = "returned"
    """Back on the surface."""
    STALE = "stale"
    GONE = "gone"
    """Left the surface."""
    DECIDED = "decided"
    """An edit."""
    LINKED = "linked"
    UNLINKED = "unlinked"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One real difference, in the order of the log. It names the entity; it does not carry it."""

    sequence: int
    organisation: Organisation
    at: datetime
    op: Op
    key: Key
    """The entity, or the source of a relationship."""
    kind: str
    revision: int
    fields: tuple[str, ...] = ()
    """Which fields are different."""
    actor: str = ""
    why: str = ""
    relationship: RelationshipType | None = None
    target: Key | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One state of an entity and how long it was true."""

    change: Change
    status: Status
    valid_from: datetime
    valid_to: datetime | None
    entity: Entity
    tags: dict[str, str]


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """A relationship as remembered."""

    type: RelationshipType
    source: Key
    target: Key
    first_seen: datetime
    last_seen: datetime
    origins: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """How one entity differs between two moments."""

    key: Key
    kind: str
    before: Record | None
    """None when it was not on the surface then."""
    after: Record | None
    fields: tuple[str, ...]
