"""What passes between the merge and a store: entities undecoded, so that what did not change costs little.

Instants are microseconds since 1970 in UTC. `doc` is the canonical JSON of the facts, kept to the letter.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from chariot.model.keys import Key
from chariot.model.records import Op
from chariot.model.states import Source, Status, Surface

EdgeId = tuple[Key, str, Key]
"""Source, type and target of a relationship."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Return *at* as microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def instant(at_us: int) -> datetime:
    """Return microseconds since 1970 as an aware instant in UTC."""
    return _EPOCH + timedelta(microseconds=at_us)


class Common(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fields that every kind has and that are part of a version."""

    source: Source = Source.SEED
    surface: Surface = Surface.EXTERNAL
    tags: dict[str, str] = {}
    decided: dict[str, int] = {}
    """Fields that a person decided, with when; `status` and `tag:<label>` stand beside the kind's own."""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """One entity as a store holds it."""

    revision: int
    status: str
    doc: str
    common: str
    changed_us: int
    first_seen_us: int
    visited_us: int
    origins: str
    """Sorted, joined by commas."""
    stamps: str
    """JSON of when each field was last stated, where that is not `visited_us`; empty when none differs."""


def is_withdrawn(held: Stored) -> bool:
    """Tell whether all who ever said that it is there took it back: to a merge it was never there."""
    return held.status == Status.GONE.value and not held.origins


class Presence(msgspec.Struct, frozen=True, gc=False):
    """Who saw an entity and when: moves without making a version."""

    key: Key
    first_seen_us: int
    visited_us: int
    origins: str
    stamps: str


class EntityWrite(msgspec.Struct, frozen=True, gc=False):
    """A new version of an entity, and the change that tells of it."""

    key: Key
    kind: str
    revision: int
    op: Op
    status: str
    facts: tuple[str | int | float | None, ...]
    """The indexed facts behind its place; see `facts`."""
    doc: str
    common: str
    fields: str
    """Names of the fields that differ, joined by commas."""
    actor: str
    why: str
    presence: Presence


class StoredEdge(msgspec.Struct, frozen=True, gc=False):
    """One relationship as a store holds it; `present` is False after it was unlinked."""

    present: bool
    evidence: str
    first_seen_us: int
    last_seen_us: int
    origins: str
    evidence_us: int
    """When the evidence was seen; 0 without any."""


class EdgeWrite(msgspec.Struct, frozen=True, gc=False):
    """What becomes of a relationship; with `op` None only its presence moves, without a change."""

    id: EdgeId
    op: Op | None
    evidence: str
    actor: str
    why: str
    first_seen_us: int
    last_seen_us: int
    origins: str
    evidence_us: int


class Refusal(msgspec.Struct, frozen=True):
    """One item of a batch that did not get in, and why."""

    place: str
    reason: str


class Writes(msgspec.Struct):
    """What a decision wants written, in one transaction."""

    entities: list[EntityWrite] = []
    presences: list[Presence] = []
    edges: list[EdgeWrite] = []
    refused: list[Refusal] = []


Decide = Callable[[Mapping[Key, Stored], Mapping[EdgeId, StoredEdge]], Writes]
"""A pure function from what is stored to what shall be; a store may call it again after a conflict."""


class Applied(msgspec.Struct, frozen=True):
    """What a transaction did."""

    sequence: int
    """The log's last sequence number after it."""
    created: int
    changed: int
    confirmed: int
    """Entities seen again without a difference."""
    linked: int
    refused: tuple[Refusal, ...]


def summary(sequence: int, writes: Writes) -> Applied:
    """Return what *writes* amount to, with the log's last *sequence* after them."""
    created = [write.op for write in writes.entities].count(Op.CREATED)
    return Applied(
        sequence,
        created,
        len(writes.entities) - created,
        len(writes.presences),
        [write.op for write in writes.edges].count(Op.LINKED),
        tuple(writes.refused),
    )


ON_SURFACE_WORDS = tuple(
    status.value for status in (Status.ACTIVE, Status.PENDING, Status.STALE, Status.FROZEN)
)
